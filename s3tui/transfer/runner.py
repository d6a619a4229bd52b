"""Lets queued transfers run: how many at once, over which connection, and what follows from their end.

Part of the manager, which alone tells it what to do.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterable

from s3tui.credentials.live import LiveCredentials
from s3tui.errors import S3tuiError
from s3tui.model.failure import Failure
from s3tui.model.transfer import Assurance, TransferStatus
from s3tui.storage.limits import Limits
from s3tui.storage.pace import Pace
from s3tui.storage.upload_checks import UploadChecks
from s3tui.transfer.changes import FolderChanges
from s3tui.transfer.download import download
from s3tui.transfer.driving import Means, TransferSettings
from s3tui.transfer.endings import Endings
from s3tui.transfer.journal import Journal
from s3tui.transfer.journal_rows import version_of
from s3tui.transfer.protocols import ByteWorkers, Gate, LocalFiles, ObjectStore
from s3tui.transfer.record import Transfer
from s3tui.transfer.run import Ending, Run
from s3tui.transfer.table import TransferTable
from s3tui.transfer.upload import upload

_log = logging.getLogger(__name__)


class Runner:
    """The pool. Small files run as many at once as requests may, large ones a few at a time."""

    def __init__(
        self,
        table: TransferTable,
        journal: Journal,
        live: LiveCredentials,
        endings: Endings,
        changes: FolderChanges,
        settings: TransferSettings,
        notice: Callable[[str], None],
        changed: asyncio.Event,
        checks: UploadChecks,
    ) -> None:
        """Nothing runs before `connect`."""
        self.on_idle: Callable[[], None] = lambda: None
        """Called when the last that ran has ended and nothing else may run."""
        self.means: Means | None = None
        self.endpoint: str | None = None
        self._table = table
        self._journal = journal
        self._live = live
        self._endings = endings
        self._changes = changes
        self._settings = settings
        self._notice = notice
        self._changed = changed
        self._checks = checks
        self._runs: dict[int, Run] = {}
        self._large_running = 0
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether anything runs."""
        return bool(self._runs)

    @property
    def held(self) -> bool:
        """Whether everything waits for credentials."""
        return self.means is None or self._live.held

    @property
    def outage(self) -> str:
        """Why there is no way to the server; empty while there is one."""
        return self.means.gate.outage if self.means is not None else ""

    def connect(
        self,
        store: ObjectStore,
        workers: ByteWorkers,
        files: LocalFiles,
        endpoint: str | None,
        gate: Gate | None = None,
    ) -> None:
        """Run transfers of this endpoint over this connection; what ran over another is queued again."""
        self.disconnect()
        self.endpoint = endpoint
        gate = gate or Pace(Limits(), self._settings.parts_at_once)
        gate.on_outage = self._out_of_reach
        self.means = Means(store, workers, files, self._live, gate, self._settings, self._checks.of(endpoint))

    def disconnect(self) -> None:
        """Queue what runs again, resumable, and run nothing until there is another connection."""
        if self.means is not None:
            self.means.gate.on_outage = lambda _: None
        self.means = None
        for run in self._runs.values():
            run.stop(Ending.KEEP)
            if run.transfer.status is TransferStatus.RUNNING:
                self._table.change(run.transfer, TransferStatus.QUEUED, front=True)

    def fill(self) -> None:
        """Start what may run."""
        if self.held or self._stopping:
            return
        lane = self._table.lane(self.endpoint)
        small_running = len(self._runs) - self._large_running
        assert self.means is not None
        slots = self.means.gate.at_once
        # A few more than there are slots, so that none is free while a file is looked at.
        self._start_some(lane.small.values(), slots + slots // 4 + 1 - small_running)
        self._start_some(lane.large.values(), self._settings.large_at_once - self._large_running)

    def stop(self, transfer: Transfer, ending: Ending) -> bool:
        """Have a transfer stop; False when it does not run."""
        run = self._runs.get(transfer.id)
        if run is not None:
            run.stop(ending)
        return run is not None

    async def stop_all(self, timeout: float) -> None:
        """Stop everything in a resumable state, for good."""
        self._stopping = True
        tasks = {run.task for run in self._runs.values() if run.task is not None}
        for run in self._runs.values():
            run.stop(Ending.KEEP)
        if tasks:
            await asyncio.wait(tasks, timeout=timeout)

    def _out_of_reach(self, sentence: str) -> None:
        self._notice(f"Waiting for the network: {sentence}" if sentence else "The network is back.")
        self._changed.set()

    def _start_some(self, queue: Iterable[Transfer], room: int) -> None:
        chosen: list[Transfer] = []
        for transfer in queue:
            if len(chosen) >= room:
                break
            # One that was stopped a moment ago starts again when its driver has ended.
            if transfer.id not in self._runs and not self._endings.concerns(transfer):
                chosen.append(transfer)
        for transfer in chosen:
            self._start(transfer)

    def _start(self, transfer: Transfer) -> None:
        assert self.means is not None
        transfer.touched = True
        self._table.change(transfer, TransferStatus.RUNNING)
        run = Run(transfer, self._table, self._journal)
        self._runs[transfer.id] = run
        self._large_running += run.large
        run.task = asyncio.create_task(self._drive(run, self.means), name=f"transfer-{transfer.id}")
        self._changed.set()

    async def _drive(self, run: Run, means: Means) -> None:
        transfer = run.transfer
        try:
            if transfer.uploads:
                assurance = await upload(transfer, means, run)
            else:
                assurance = await download(transfer, means, run, self._journal.token)
        except asyncio.CancelledError:
            self._stopped(run)
        except S3tuiError as error:
            self._failed(run, Failure.of(error))
        except Exception as error:
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("%s in transfer %d\n%s", type(error).__name__, transfer.id, where)
            sentence = f"Something unforeseen happened in the transfer ({type(error).__name__})."
            self._failed(run, Failure("engine", sentence))
        else:
            if transfer.move:
                await self._endings.remove_source(transfer, assurance, means, run.say)
            self._succeeded(transfer, assurance)
        finally:
            del self._runs[transfer.id]
            for abort in (*run.given_up, run.opened):
                if abort is not None:
                    self._endings.look_for(abort)
            self._large_running -= run.large
            for sentence in run.sentences:
                self._notice(sentence)
            self._changed.set()
            self.fill()
            if not self._runs:
                self.on_idle()

    def _succeeded(self, transfer: Transfer, assurance: Assurance) -> None:
        transfer.assurance = assurance
        transfer.failure = None
        self._table.change(transfer, TransferStatus.SUCCEEDED)
        transfer.upload_id = ""
        self._journal.arrived.add(version_of(transfer))
        self._journal.set_status(transfer.id, TransferStatus.SUCCEEDED, None, assurance)
        self._changes.finished(transfer)

    def _stopped(self, run: Run) -> None:
        if run.ending is Ending.DISCARD:
            self._endings.discard(run.transfer, self._table, then=self.fill)
        else:
            self._table.rewind(run.transfer)

    def _failed(self, run: Run, failure: Failure) -> None:
        transfer = run.transfer
        if run.ending is not None:
            # It was stopped; that its end was an error makes no difference.
            self._stopped(run)
            return
        if self._endings.keeps(transfer, failure):
            self._has_failed(transfer, failure)
        else:
            # It has failed once nothing of it is left: whoever waits for the end may look then.
            self._endings.discard(transfer, self._table, then=lambda: self._has_failed(transfer, failure))

    def _has_failed(self, transfer: Transfer, failure: Failure) -> None:
        if transfer.status is TransferStatus.RUNNING:  # nobody has decided otherwise meanwhile
            transfer.failure = failure
            self._table.change(transfer, TransferStatus.FAILED)
            self._journal.set_status(transfer.id, TransferStatus.FAILED, failure)
        self._changed.set()
        self.fill()
