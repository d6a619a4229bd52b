"""Requests about transfers: plans, the queue, and what an earlier run left; the manager does the work."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from s3tui.engine import messages as say
from s3tui.engine.connecting import Connecting, Link
from s3tui.engine.notices import Notices
from s3tui.engine.workers import InLoopWorkers, ProcessWorkers, WorkerPool
from s3tui.model.location import Location
from s3tui.storage.local_files import LocalFiles
from s3tui.storage.upload_checks import UploadChecks
from s3tui.transfer.driving import TransferSettings
from s3tui.transfer.journal import Journal
from s3tui.transfer.left_commands import lasting_folder
from s3tui.transfer.manager import TransferManager
from s3tui.transfer.planner import root_of
from s3tui.transfer.verification import Verification

PROGRESS_SECONDS = 0.25
"""Least time between two `PlanProgress` events."""

MANY_FILES = 32
MANY_BYTES = 64 * 1024 * 1024
"""A plan of fewer files and bytes is done before worker processes would be ready."""


class Queueing:
    """The queue of one engine: journal, manager and byte workers, put together."""

    def __init__(
        self,
        request: say.Configure,
        connecting: Connecting,
        send: Callable[[say.Event], None],
    ) -> None:
        """Put together as `request` says; nothing is opened before `start`."""
        self._send = send
        self._connecting = connecting
        self._notices = Notices(lambda sentence: send(say.Notice(sentence)))
        self._state_dir = Path(request.state_dir)
        self._journal = Journal()
        self.workers: WorkerPool = (
            ProcessWorkers(request.workers, request.parts_at_once, connecting.live)
            if request.workers
            else InLoopWorkers()
        )
        self._checks = UploadChecks(lasting_folder(self._state_dir))
        self.manager = TransferManager(
            None,
            LocalFiles(),
            None,
            connecting.live,
            self._journal,
            TransferSettings(request.parts_at_once, request.multipart_threshold, request.part_size),
            self._checks,
            on_folder_changed=self._folder_changed,
            on_notice=self._notices.take,
        )

    async def start(self, request: say.Configure, pid: int) -> say.Ready:
        """Open the journal and read what an earlier run left."""
        await asyncio.gather(self._journal.open(self._state_dir), self._checks.load())
        unfinished = await self.manager.start()
        return say.Ready(request.id, pid=pid, unfinished=unfinished, notices=self._journal.notices)

    async def stop(self) -> None:
        """Come to a resumable stop and let go of the journal and the workers."""
        await self.manager.stop()
        self._notices.stop()
        await self.workers.close()
        await self._checks.close()
        await self._journal.close()

    def attach(self, link: Link) -> None:
        """Move bytes over this connection from now on."""
        self.workers.use(link)
        self.workers.credentials_changed()
        self.manager.attach(link.store, self.workers, link.connection.endpoint.url, link.clients.pace)

    def credentials_changed(self) -> None:
        """Hold or go on, here and in the workers."""
        self.workers.credentials_changed()
        self.manager.credentials_changed()

    # ---- requests --------------------------------------------------------------------------------------

    async def plan(self, request: say.Plan) -> say.Reply:
        """Walk the sources, telling how far it is."""
        told = 0.0

        def progress(files: int, size: int) -> None:
            nonlocal told
            now = asyncio.get_running_loop().time()
            if now - told >= PROGRESS_SECONDS:
                told = now
                self._send(say.PlanProgress(files, size))

        plan = await self.manager.plan(request.items, request.move, progress)
        if plan.files >= MANY_FILES or plan.bytes >= MANY_BYTES:
            self.workers.warm_up()
        return say.PlanReady(request.id, plan)

    async def submit(self, request: say.Submit) -> say.Reply:
        """Queue a plan."""
        ids = await self.manager.submit(request.plan_id, request.policy, request.decisions, request.names)
        return say.Queued(request.id, transfer_ids=ids[:1000], count=len(ids))

    async def verify(self, request: say.Verify) -> AsyncGenerator[say.Reply, None]:
        """Compare files with objects as a copy would pair them; yields rows as they are found.

        Raises:
            UsageError: both sides are of one kind, or there is no connection.
        """
        root, store = root_of(request.item), self._connecting.store
        async with aclosing(Verification(request.item, root, store, self.workers).rows()) as found:
            async for rows in found:
                if rows:
                    yield say.VerifiedRows(request.id, rows)

    def drop_plan(self, request: say.DropPlan) -> say.Reply:
        """Forget a plan."""
        self.manager.drop_plan(request.plan_id)
        return say.Succeeded(request.id)

    def control(self, request: say.Control) -> say.Reply:
        """Act on transfers."""
        return say.Succeeded(request.id, self.manager.control(request.action, request.transfer_ids))

    def rows(self, request: say.ListTransfers) -> say.Reply:
        """A window of the queue."""
        rows, total = self.manager.rows(request.offset, request.limit, request.statuses)
        return say.Transfers(request.id, rows, total)

    async def take_up(self, request: say.TakeUp) -> say.Reply:
        """Go on with what an earlier run left, or forget it."""
        if request.go_on:
            self.workers.warm_up()
        return say.Succeeded(request.id, await self.manager.take_up(request.go_on))

    def _folder_changed(self, location: Location) -> None:
        self._send(say.FolderChanged(location))
