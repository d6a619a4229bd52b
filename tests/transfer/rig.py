"""A manager on a real server for the tests of this room, put together as in the engine."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from s3tui.credentials.live import LiveCredentials
from s3tui.model.credentials import Credentials, Workspace
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.model.transfer import (
    ClashPolicy,
    CopyItem,
    PlanSummary,
    QueueSummary,
    TransferRow,
    TransferStatus,
    UnfinishedWork,
)
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.limits import Limits
from s3tui.storage.local_files import LocalFiles
from s3tui.storage.s3_objects import S3Store
from s3tui.storage.upload_checks import UploadChecks
from s3tui.transfer.driving import TransferSettings
from s3tui.transfer.journal import Journal
from s3tui.transfer.manager import TransferManager
from s3tui.transfer.parts import MIB
from tests.storage.connect import SHORT, connected

SETTINGS = TransferSettings(parts_at_once=8, multipart_threshold=6 * MIB, part_size=5 * MIB)
"""Small enough that a few MiB already go in parts."""


@dataclass
class Rig:
    """A running manager and what it told."""

    manager: TransferManager
    store: S3Store
    live: LiveCredentials
    work: ByteWork
    journal: Journal
    url: str
    unfinished: UnfinishedWork | None = None
    notices: list[str] = field(default_factory=list)
    folders: list[Location] = field(default_factory=list)

    async def plan(self, source: Location, destination: Location, *, move: bool = False) -> PlanSummary:
        """Plan to copy one thing; a folder lands under the destination."""
        folder = source.is_folder if isinstance(source, S3Location) else Path(source.path).is_dir()
        return await self.manager.plan((CopyItem(source, destination, folder),), move)

    async def copy(
        self,
        source: Location,
        destination: Location,
        policy: ClashPolicy = ClashPolicy.SKIP,
        *,
        move: bool = False,
    ) -> tuple[int, ...]:
        """Plan and queue."""
        plan = await self.plan(source, destination, move=move)
        return await self.manager.submit(plan.plan_id, policy)

    async def until(
        self, holds: Callable[[QueueSummary], bool], timeout_seconds: float = 60.0
    ) -> QueueSummary:
        """Wait until the queue looks like this."""
        end = time.monotonic() + timeout_seconds
        while not holds(summary := self.manager.snapshot()[0]):
            self.manager.changed.clear()
            try:
                await asyncio.wait_for(self.manager.changed.wait(), max(0.01, end - time.monotonic()))
            except TimeoutError:
                raise TimeoutError(f"{summary} {[row.failure for row in self.rows()]}") from None
        return summary

    async def until_done(self, timeout_seconds: float = 60.0) -> QueueSummary:
        """Wait until nothing is unfinished."""
        return await self.until(lambda summary: not summary.active, timeout_seconds)

    def rows(self, *statuses: TransferStatus) -> tuple[TransferRow, ...]:
        """All transfers with one of these statuses."""
        return self.manager.rows(0, 1_000_000, statuses)[0]

    def row(self, transfer_id: int) -> TransferRow:
        """One transfer."""
        return next(row for row in self.rows() if row.id == transfer_id)


@asynccontextmanager
async def rig(
    url: str,
    credentials: Credentials | None,
    state: Path,
    *,
    settings: TransferSettings = SETTINGS,
    limits: Limits = SHORT,
    attached: bool = True,
    home: Workspace | None = None,
    checks: UploadChecks | None = None,
) -> AsyncIterator[Rig]:
    """Start a manager whose journal lies in `state`, connected to a server; see `connected` for `home`."""
    journal = Journal()
    await journal.open(state)
    try:
        async with connected(
            url, credentials, limits=limits, connections=settings.parts_at_once, home=home
        ) as connection:
            notices: list[str] = []
            folders: list[Location] = []
            manager = TransferManager(
                None,
                LocalFiles(),
                None,
                connection.live,
                journal,
                settings,
                checks,
                on_folder_changed=folders.append,
                on_notice=notices.append,
            )
            connection.live._on_change = manager.credentials_changed
            work = ByteWork(connection.clients, home)
            built = Rig(
                manager, connection.store, connection.live, work, journal, url, None, notices, folders
            )
            built.unfinished = await manager.start()
            if attached:
                manager.attach(connection.store, work, url, connection.clients.pace)
            try:
                yield built
            finally:
                await manager.stop()
    finally:
        await journal.close()


def local(path: Path) -> LocalLocation:
    """A local location."""
    return LocalLocation.of(path)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file below a folder with its bytes, and every empty folder with None."""
    found: dict[str, bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                found[name] = None
        elif path.is_file():
            found[name] = path.read_bytes()
    return found
