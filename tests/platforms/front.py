"""A front end without a screen: an engine of its own, what that told, and what researchers do with it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from s3tui.config import Settings
from s3tui.credentials.paste import parse_paste
from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.engine.messages import CredentialState, Event, Notice, Question, Ready, Snapshot
from s3tui.model.credentials import Connection, Endpoint, Workspace
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import CopyItem, TransferRow

PART = 5 * 1024 * 1024
"""Bytes of a part, and of the smallest file that goes in parts."""
PATIENCE = 40.0
"""Seconds after which something that was waited for will not come."""


class Front:
    """A front end: an engine of its own, and what that told."""

    def __init__(self, client: EngineClient) -> None:
        self.client = client
        self.ready: Ready | None = None
        """What the engine said when it was ready."""
        self.state = CredentialState()
        self.states: list[CredentialState] = []
        self.notices: list[Notice] = []
        self.snapshot: Snapshot | None = None
        self.reply: str | None = None
        """What the user answers to questions; None gives up."""
        self.questions: list[Question] = []
        self._heard = asyncio.Event()
        self._answers: set[asyncio.Task[None]] = set()
        client.on_event = self.hear

    def hear(self, event: Event) -> None:
        """Remember."""
        match event:
            case CredentialState():
                self.state = event
                self.states.append(event)
            case Notice():
                self.notices.append(event)
            case Snapshot():
                self.snapshot = event
            case Question():
                self.questions.append(event)
                self._answers.add(asyncio.ensure_future(self.client.answer(event.question_id, self.reply)))
        self._heard.set()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something is true."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self._heard.clear()
                await self._heard.wait()

    async def paste(self, text: str, url: str, **terms: object) -> S3Location:
        """Paste what a page shows, say on which server it is to be used, and connect; returns the root."""
        parsed = parse_paste(text)
        place = Connection(
            Endpoint(url, region=parsed.region, **terms),  # type: ignore[arg-type]
            Workspace(parsed.bucket, parsed.prefix or ""),
        )
        return root_of(await self.client.connect(parsed.credentials, place))

    async def names(self, place: S3Location) -> list[str]:
        """The names in a folder, sorted."""
        return sorted([name async for page in self.client.list_folder(place) for name in page.names])

    async def copy(self, source: Path, destination: S3Location) -> None:
        """Queue one upload."""
        plan = await self.client.plan((CopyItem(LocalLocation.of(source), destination),))
        await self.client.submit(plan.plan_id)

    async def fetch(self, source: S3Location, destination: Path) -> None:
        """Queue one download, of a folder with all it holds where the key ends in a slash."""
        item = CopyItem(source, LocalLocation.of(destination), folder=source.key.endswith("/"))
        plan = await self.client.plan((item,))
        await self.client.submit(plan.plan_id)

    async def uploaded(self, source: Path, destination: S3Location) -> TransferRow:
        """Upload one file and return what became of it."""
        (row,) = await self._ended(self.copy(source, destination))
        return row

    async def downloaded(self, source: S3Location, destination: Path) -> TransferRow:
        """Download one object and return what became of it."""
        (row,) = await self._ended(self.fetch(source, destination))
        return row

    async def downloaded_all(self, source: S3Location, destination: Path) -> dict[str, TransferRow]:
        """Download a folder; returns what became of each object, by its key."""
        rows = await self._ended(self.fetch(source, destination))
        return {row.source.key: row for row in rows if isinstance(row.source, S3Location)}

    async def round_trip(self, home: S3Location, folder: Path, data: bytes = b"one\n") -> S3Location:
        """Upload a file and download it again; fails unless both are right. Returns the object."""
        name = f"there-{secrets.token_hex(4)}.txt"
        (folder / "there.txt").write_bytes(data)
        place = home.child(name)
        sent = await self.uploaded(folder / "there.txt", place)
        assert (sent.status, sent.failure) == ("succeeded", None)
        got = await self.downloaded(place, folder / "back.txt")
        assert (got.status, got.failure) == ("succeeded", None)
        assert (folder / "back.txt").read_bytes() == data
        (folder / "back.txt").unlink()
        return place

    async def refused(self, work: Awaitable[object]) -> Failure:
        """The failure of something that is to be refused."""
        try:
            await work
        except RequestRefused as refusal:
            return refusal.failure
        raise AssertionError("it was not refused")

    async def _ended(self, submit: Awaitable[None]) -> tuple[TransferRow, ...]:
        known = {row.id for row in (await self.client.transfers(limit=1000)).rows}
        await submit
        async with asyncio.timeout(PATIENCE):
            while True:
                rows = (await self.client.transfers(limit=1000)).rows
                new = tuple(row for row in rows if row.id not in known)
                if new and all(row.status.finished for row in new):
                    return new
                self._heard.clear()
                await self._heard.wait()

    @property
    def done(self) -> bool:
        """Whether something was queued and all of it has ended."""
        return self.snapshot is not None and not self.snapshot.summary.active


def root_of(found: Connection) -> S3Location:
    """Where browsing begins."""
    return S3Location(found.workspace.bucket or "", found.workspace.prefix)


@asynccontextmanager
async def open_front(folder: Path) -> AsyncIterator[Front]:
    """Start an engine that keeps its state in a folder, with small parts; end it afterwards."""
    client = EngineClient(folder / "engine.log")
    client.spawn()
    settings = Settings(
        state_dir=str(folder / "state"),
        workers=0,
        parts_at_once=2,
        multipart_threshold=PART,
        part_size=PART,
    )
    front = Front(client)
    front.ready = await client.start(settings)
    try:
        yield front
    finally:
        await client.shutdown()
