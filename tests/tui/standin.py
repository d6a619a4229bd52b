"""An engine in memory, for tests of the screens alone; stories about real work use the real engine."""

import asyncio
from collections.abc import AsyncGenerator

from s3tui.config import Settings
from s3tui.engine import messages as say
from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.model.credentials import Connection, Credentials
from s3tui.model.entry import Entry, EntryPage
from s3tui.model.failure import Failure
from s3tui.model.location import Location
from s3tui.model.transfer import (
    ClashPolicy,
    CopyItem,
    Direction,
    NamePolicy,
    PlanSummary,
    TransferRow,
    TransferStatus,
    UnfinishedWork,
)


class StandInEngine(EngineClient):
    """Answers at once from what it was given, and remembers what it was asked."""

    def __init__(self) -> None:
        """Know no folder and no transfer."""
        super().__init__()
        self.folders: dict[Location, tuple[Entry, ...]] = {}
        self.rows: tuple[TransferRow, ...] = ()
        self.unfinished: UnfinishedWork | None = None
        self.next_plan = PlanSummary(1, Direction.UPLOAD, files=0, bytes=0)
        self.connection = Connection()
        """Where it was connected last."""
        self.refusal: Failure | None = None
        """What the next connection is refused with."""
        self.never_ending = False
        """Whether listings and plans stop half way and wait."""
        self.asked: list[tuple[object, ...]] = []

    def tell(self, event: say.Event) -> None:
        """Let the engine tell something by itself."""
        self.on_event(event)

    def spawn(self) -> None:
        """Start nothing."""

    async def start(self, settings: Settings, *, queue: bool = True) -> say.Ready:
        """Be ready at once."""
        return say.Ready(0, pid=1, unfinished=self.unfinished)

    async def restart(self) -> say.Ready:
        """Be ready again."""
        self.asked.append(("restart",))
        return say.Ready(0, pid=2, unfinished=self.unfinished)

    async def shutdown(self) -> None:
        """End nothing."""

    async def connect(
        self,
        credentials: Credentials,
        connection: Connection,
        *,
        prove: bool = True,
        any_identity: bool = False,
    ) -> Connection:
        """Take any credentials, unless a refusal was prepared."""
        self.asked.append(("connect", credentials, connection))
        return self._taken(credentials, connection)

    async def renew(self, credentials: Credentials, *, any_identity: bool = False) -> Connection:
        """Take any credentials, unless a refusal was prepared."""
        self.asked.append(("renew", credentials))
        return self._taken(credentials, self.connection)

    def _taken(self, credentials: Credentials, connection: Connection) -> Connection:
        if self.refusal is not None:
            raise RequestRefused(self.refusal)
        self.connection = connection
        ends = credentials.expiration.timestamp() if credentials.expiration else None
        self.tell(say.CredentialState(credentials.label, credentials.temporary, ends))
        return connection

    async def list_folder(
        self, location: Location, recursive: bool = False
    ) -> AsyncGenerator[EntryPage, None]:
        """Give the prepared entries as one page."""
        await asyncio.sleep(0)
        if location not in self.folders:
            raise RequestRefused(Failure("denied", f"You may not list {location}."))
        yield EntryPage.of(self.folders[location])
        if self.never_ending:
            await asyncio.Event().wait()

    async def plan(self, items: tuple[CopyItem, ...], move: bool = False) -> PlanSummary:
        """Give the prepared plan."""
        self.asked.append(("plan", items, move))
        if self.never_ending:
            self.tell(say.PlanProgress(1203, 4_200_000_000))
            await asyncio.Event().wait()
        return self.next_plan

    async def submit(
        self,
        plan_id: int,
        policy: ClashPolicy = ClashPolicy.SKIP,
        decisions: dict[int, ClashPolicy] | None = None,
        names: NamePolicy = NamePolicy.RENAME,
    ) -> say.Queued:
        """Say that everything was queued."""
        self.asked.append(("submit", plan_id, policy, decisions))
        self.names = names
        return say.Queued(0, (1,), self.next_plan.files)

    async def drop_plan(self, plan_id: int) -> None:
        """Remember it."""
        self.asked.append(("drop_plan", plan_id))

    async def delete(self, locations: tuple[Location, ...]) -> int:
        """Remember it."""
        self.asked.append(("delete", locations))
        return len(locations)

    async def control(self, action: str, transfer_ids: tuple[int, ...] = ()) -> int:
        """Remember it."""
        self.asked.append(("control", action, transfer_ids))
        return max(1, len(transfer_ids))

    async def transfers(
        self, offset: int = 0, limit: int = 100, statuses: tuple[TransferStatus, ...] = ()
    ) -> say.Transfers:
        """Give a window of the prepared rows."""
        rows = tuple(row for row in self.rows if not statuses or row.status in statuses)
        return say.Transfers(0, rows[offset : offset + limit], len(rows))

    async def take_up(self, go_on: bool) -> int:
        """Remember it."""
        self.asked.append(("take_up", go_on))
        return self.unfinished.files if self.unfinished else 0
