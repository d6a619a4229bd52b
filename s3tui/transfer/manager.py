"""The queue: takes plans in, lets drivers run, and is the only one to change the state of a transfer.

Everybody else sends it verbs and reads snapshots. It lives in the engine's loop and knows neither screens nor
messages.
"""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from s3tui.credentials.live import LiveCredentials
from s3tui.errors import UsageError
from s3tui.model.location import Location
from s3tui.model.transfer import (
    ClashPolicy,
    CopyItem,
    NamePolicy,
    PlanSummary,
    QueueSummary,
    TransferRow,
    TransferStatus,
    UnfinishedWork,
)
from s3tui.storage.upload_checks import UploadChecks
from s3tui.transfer.aborts import Aborts
from s3tui.transfer.changes import FolderChanges
from s3tui.transfer.decisions import Deciding
from s3tui.transfer.driving import TransferSettings
from s3tui.transfer.endings import Endings
from s3tui.transfer.journal import Journal
from s3tui.transfer.leftovers import Leftovers
from s3tui.transfer.plan import TransferPlan
from s3tui.transfer.planner import HEADS_AT_ONCE, Planner
from s3tui.transfer.protocols import ByteWorkers, Gate, LocalFiles, ObjectStore
from s3tui.transfer.record import Transfer
from s3tui.transfer.run import Ending
from s3tui.transfer.runner import Runner
from s3tui.transfer.table import TransferTable, target_of

_TICK = 0.5
"""Seconds between looks at the clock: rates fall, credentials expire, folders are told of."""

_ABORT_AGAIN = 60
"""Ticks between attempts at aborts that did not get through."""

_STOP = 1.5
"""Seconds for running transfers to come to a resumable stop."""

_SLICE = 2000
"""Transfers queued before the loop gets its turn."""

_WAITING = (TransferStatus.QUEUED, TransferStatus.RUNNING)
_UNFINISHED = (*_WAITING, TransferStatus.PAUSED)


class TransferManager:
    """See the module. `changed` is set whenever a snapshot would differ from the last one."""

    def __init__(
        self,
        store: ObjectStore | None,
        local: LocalFiles,
        workers: ByteWorkers | None,
        live: LiveCredentials,
        journal: Journal,
        settings: TransferSettings | None = None,
        checks: UploadChecks | None = None,
        *,
        on_folder_changed: Callable[[Location], None] = lambda _: None,
        on_notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Put together; nothing runs before `start`, and nothing moves before `attach` or `connected`.

        Args:
            store, workers: of the connection, or None until there is one.
            local, journal: local files, and the journal, open already.
            live, settings: the connection's credentials; sizes and limits.
            checks: what servers are known to check of uploads.
            on_folder_changed: called at most once a second for a folder that got or lost entries.
            on_notice: called with sentences for the user.
        """
        self.settings = settings or TransferSettings()
        self.changed = asyncio.Event()
        self._store, self._workers, self._files = store, workers, local
        self._live = live
        self._journal = journal
        self._notice = on_notice
        self._table = TransferTable(self.settings.multipart_threshold)
        self.upload_in_use = self._table.upload_in_use
        self._aborts = Aborts(journal, live.clock, self.upload_in_use, on_notice)
        self._changes = FolderChanges(on_folder_changed)
        self._endings = Endings(journal, self._aborts, local)
        self._leftovers = Leftovers(journal, local)
        parts = (self._table, journal, live, self._endings, self._changes)
        self._runner = Runner(*parts, self.settings, on_notice, self.changed, checks or UploadChecks())
        self._plans: dict[int, TransferPlan] = {}
        self._plan_count = 0
        self._next_id = 1
        self._held = True
        self._ticker: asyncio.Task[None] | None = None

    # ---- life ----------------------------------------------------------------------------------------

    async def start(self) -> UnfinishedWork | None:
        """Read what an earlier run left and begin to serve."""
        self._journal.on_trouble = self._notice
        self._next_id = self._journal.next_id
        await self._leftovers.load()
        self._aborts.load()
        self._ticker = asyncio.create_task(self._tick(), name="transfer-ticker")
        return self._leftovers.summary()

    def attach(
        self, store: ObjectStore, workers: ByteWorkers, endpoint_url: str | None, gate: Gate | None = None
    ) -> None:
        """Use this connection from now on; transfers of other endpoints are held.

        What runs over it already goes on undisturbed. `gate` is its pace, by default one of the queue's own.
        """
        means = self._runner.means
        same = means is not None and means.store is store and means.workers is workers
        self._store, self._workers = store, workers
        if not same or endpoint_url != self._runner.endpoint:
            self._runner.connect(store, workers, self._files, endpoint_url, gate)
        self.credentials_changed()

    def detach(self) -> None:
        """Stop using the connection, before it is closed; what runs is held in a resumable state."""
        self._store = self._workers = None
        self._runner.disconnect()
        self.credentials_changed()

    def when_idle(self, call: Callable[[], None]) -> None:
        """Have `call` called whenever the last that ran has ended and nothing else may run."""
        self._runner.on_idle = call

    def connected(self, endpoint_url: str | None) -> None:
        """Send only transfers of this endpoint from now on, with the store and workers there are.

        Raises:
            UsageError: there is no store, or there are no workers.
        """
        if self._store is None or self._workers is None:
            raise UsageError("There is no connection to transfer over.")
        if self._runner.means is None or endpoint_url != self._runner.endpoint:
            self._runner.connect(self._store, self._workers, self._files, endpoint_url)
        self.credentials_changed()

    def credentials_changed(self) -> None:
        """Look at the credentials again: hold, or go on."""
        self._held = self._runner.held
        self.changed.set()
        if self._runner.means is not None and not self._held:
            self._aborts.work(self._runner.means.store, self._runner.endpoint)
        self._runner.fill()

    async def stop(self) -> None:
        """Stop everything within 2 seconds; what is unfinished stays in the journal."""
        if self._ticker is not None:
            self._ticker.cancel()
        await self._runner.stop_all(_STOP)
        await self._endings.finish(timeout=0.2)
        await self._aborts.stop(timeout=0.2 if self._table.unfinished else _STOP)

    async def _tick(self) -> None:
        ticks = 0
        while True:
            await asyncio.sleep(_TICK)
            ticks += 1
            if self._runner.held is not self._held:
                self.credentials_changed()
            if self._runner.busy:
                self.changed.set()
            if self._aborts.waiting and ticks % _ABORT_AGAIN == 0:
                self._aborts.work_again()
            self._changes.tell()

    # ---- plans ---------------------------------------------------------------------------------------

    async def plan(
        self, items: tuple[CopyItem, ...], move: bool, progress: Callable[[int, int], None] = lambda *_: None
    ) -> PlanSummary:
        """Walk the sources and say what copying would do; `progress` gets files and bytes so far.

        Raises:
            S3tuiError: a source cannot be read, or this kind of copy is not possible.
        """
        means = self._runner.means
        at_once = max(means.gate.at_once, HEADS_AT_ONCE) if means is not None else HEADS_AT_ONCE
        plan = await Planner(self._store, self._files, at_once).plan(items, move, progress)
        self._plan_count += 1
        self._plans[self._plan_count] = plan
        return plan.summary(self._plan_count)

    def drop_plan(self, plan_id: int) -> None:
        """Forget a plan."""
        self._plans.pop(plan_id, None)

    async def submit(
        self,
        plan_id: int,
        policy: ClashPolicy = ClashPolicy.SKIP,
        decisions: dict[int, ClashPolicy] | None = None,
        names: NamePolicy = NamePolicy.RENAME,
    ) -> tuple[int, ...]:
        """Queue a plan and forget it; returns the transfers' ids in the plan's order.

        A file that is on its way to the same place already is not queued twice: its id is returned.

        Raises:
            UsageError: there is no such plan.
            JournalError: the transfers cannot be remembered.
        """
        plan = self._plans.pop(plan_id, None)
        if plan is None:
            raise UsageError("This plan is gone.", next_step="Copy again.")
        deciding = Deciding(plan, policy, decisions or {}, self._runner.endpoint, self._store, names)
        deciding.arrived = self._journal.arrived
        ids, fresh = list[int](), list[Transfer]()
        async for wanted in deciding.transfers():
            transfer = self._adopt(wanted)
            ids.append(transfer.id)
            if transfer is wanted or transfer.id not in self._table.records:
                fresh.append(transfer)
            if len(fresh) >= _SLICE:
                self._queue(fresh)
                fresh = []
                await asyncio.sleep(0)
        await self._queue(fresh)
        return tuple(ids)

    def _adopt(self, wanted: Transfer) -> Transfer:
        """The same transfer, if it is on its way or was left by an earlier run; else this one with an id."""
        target = target_of(wanted)
        found = self._table.active_to(target) or self._leftovers.to(target)
        if found is not None and _same_work(found, wanted):
            self._leftovers.take(found)
            found.overwrite, found.move = wanted.overwrite, wanted.move
            return found
        wanted.id = self._next_id
        self._next_id += 1
        return wanted

    def _queue(self, transfers: list[Transfer]) -> asyncio.Future[None]:
        for transfer in transfers:
            transfer.status, transfer.failure = TransferStatus.QUEUED, None
            self._table.add(transfer)
        written = self._journal.add(transfers)
        self.changed.set()
        self._runner.fill()
        return written

    # ---- verbs on the queue --------------------------------------------------------------------------

    def control(self, action: str, transfer_ids: tuple[int, ...] = ()) -> int:
        """Pause, resume, cancel, retry or clear; returns how many transfers it met.

        Raises:
            UsageError: there is no such action.
        """
        verbs: dict[str, tuple[Callable[[Transfer], None], tuple[TransferStatus, ...]]] = {
            "pause": (self._pause, _WAITING),
            "resume": (self._resume, (TransferStatus.PAUSED,)),
            "cancel": (self._cancel, _UNFINISHED),
            "retry": (self._resume, (TransferStatus.FAILED, TransferStatus.CANCELLED)),
            "clear": (
                self._clear,
                (TransferStatus.SUCCEEDED, TransferStatus.FAILED, TransferStatus.CANCELLED),
            ),
        }
        if action not in verbs:
            raise UsageError(f"Transfers cannot be asked to {action}.")
        verb, statuses = verbs[action]
        met = [transfer for transfer in self._table.picked(transfer_ids) if transfer.status in statuses]
        for transfer in met:
            verb(transfer)
        if action == "clear":
            self._journal.forget(transfer.id for transfer in met)
        else:
            self._journal.add(met)
        self.changed.set()
        self._runner.fill()
        return len(met)

    def _pause(self, transfer: Transfer) -> None:
        self._runner.stop(transfer, Ending.KEEP)
        self._table.change(transfer, TransferStatus.PAUSED)

    def _resume(self, transfer: Transfer) -> None:
        transfer.failure = None
        front = transfer.status is TransferStatus.PAUSED
        if transfer.status.finished:
            self._table.rewind(transfer)
        self._table.change(transfer, TransferStatus.QUEUED, front=front)

    def _cancel(self, transfer: Transfer) -> None:
        if not self._runner.stop(transfer, Ending.DISCARD) and transfer.touched:
            self._endings.discard(transfer, self._table)
        self._table.change(transfer, TransferStatus.CANCELLED)

    def _clear(self, transfer: Transfer) -> None:
        if transfer.resumable:
            self._endings.discard(transfer, self._table)
        self._table.drop(transfer)

    async def take_up(self, go_on: bool) -> int:
        """Go on with what an earlier run left, or abort its uploads and forget it; returns how many files."""
        transfers = self._leftovers.take_all()
        if not go_on:
            for transfer in transfers:
                self._endings.discard(transfer, self._table)
            await self._endings.finish(timeout=5.0)
            await self._journal.forget(transfer.id for transfer in transfers)
            self.credentials_changed()
            return len(transfers)
        for transfer in transfers:
            if transfer.status is not TransferStatus.PAUSED:
                transfer.status, transfer.failure = TransferStatus.QUEUED, None
            self._table.add(transfer)
        await self._journal.add(transfers)
        self.changed.set()
        self._runner.fill()
        return len(transfers)

    # ---- what it looks like --------------------------------------------------------------------------

    def snapshot(self) -> tuple[QueueSummary, tuple[TransferRow, ...]]:
        """The sums, and the rows a screen wants first (at most 64)."""
        view = (self._runner.endpoint, self._runner.held)
        summary = replace(self._table.summary(*view), outage=self._runner.outage)
        return summary, self._table.top_rows(*view)

    def rows(
        self, offset: int = 0, limit: int = 100, statuses: tuple[TransferStatus, ...] = ()
    ) -> tuple[tuple[TransferRow, ...], int]:
        """A window of the queue in its order, and how many there are in all."""
        return self._table.rows(offset, limit, statuses, self._runner.endpoint, self._runner.held)


def _same_work(found: Transfer, wanted: Transfer) -> bool:
    """Whether both bring the same bytes to the same place."""
    return (
        target_of(found) == target_of(wanted)
        and (found.local, found.bucket, found.key) == (wanted.local, wanted.bucket, wanted.key)
        and found.endpoint == wanted.endpoint
        and found.size == wanted.size
        and abs(found.modified - wanted.modified) < 1e-3
    )
