"""What is left to do when a transfer has ended: nothing half done stays, and a moved source goes."""

import asyncio
import os
from collections.abc import Callable

from s3tui.errors import JournalError, StorageError
from s3tui.model.failure import Failure
from s3tui.model.transfer import Assurance
from s3tui.transfer.aborts import Aborts
from s3tui.transfer.download import part_path
from s3tui.transfer.driving import Means, patiently
from s3tui.transfer.journal import Abort, Journal
from s3tui.transfer.names import shown
from s3tui.transfer.protocols import LocalFiles
from s3tui.transfer.record import Transfer
from s3tui.transfer.table import TransferTable

_WORTH_KEEPING = ("unreachable", "busy", "refused", "denied", "full")
"""Failures after which the same upload or download may be gone on with: the server was not there for it, or
its credentials were not good (some servers word expiry as denial)."""

_REMOVAL = 1.0
"""Seconds that a stopped transfer still waits for the removal of its source."""


class Endings:
    """Cleans up behind transfers, in the background."""

    def __init__(self, journal: Journal, aborts: Aborts, files: LocalFiles) -> None:
        """Work with these."""
        self._journal = journal
        self._aborts = aborts
        self._files = files
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def concerns(self, transfer: Transfer) -> bool:
        """Whether a transfer is being cleaned up behind, so that it may not start again yet."""
        return transfer.id in self._tasks

    def keeps(self, transfer: Transfer, failure: Failure) -> bool:
        """Whether the finished parts of a failed transfer are worth keeping for another try."""
        return failure.code in _WORTH_KEEPING and bool(transfer.parts)

    def discard(
        self, transfer: Transfer, table: TransferTable, *, then: Callable[[], None] = lambda: None
    ) -> None:
        """Forget all that is half done: parts, temporary file, and the upload on the server.

        Args:
            transfer: must not be running.
            table: where it stands.
            then: called once nothing of it is left here.
        """
        abort = None
        if transfer.upload_id:
            abort = Abort(transfer.endpoint, transfer.bucket, transfer.key, transfer.upload_id)
        cut = transfer.part_size > 0
        table.begin_anew(transfer, "", 0, "")
        temporary = None
        if not transfer.uploads and not transfer.is_folder:
            temporary = part_path(transfer, self._journal.token)
        task = asyncio.create_task(self._discard(transfer, abort, temporary, cut))
        self._tasks[transfer.id] = task

        def ended(_: asyncio.Task[None]) -> None:
            self._tasks.pop(transfer.id, None)
            then()

        task.add_done_callback(ended)

    def look_for(self, opened: Abort) -> None:
        """Find and abort an upload that may exist although its id has not come."""
        self._aborts.look_for(opened)
        self._aborts.work_again()

    async def finish(self, timeout: float) -> None:
        """Wait until all is cleaned up, at most `timeout` seconds."""
        if self._tasks:
            await asyncio.wait(set(self._tasks.values()), timeout=timeout)

    async def _discard(
        self, transfer: Transfer, abort: Abort | None, temporary: bytes | None, cut: bool
    ) -> None:
        try:
            if abort is not None:
                await self._aborts.want(abort, transfer.id)
            elif cut:
                await self._journal.begin_anew(transfer.id)
        except JournalError:
            pass  # the journal has told of its trouble; the abort is on the list all the same
        if temporary is not None:
            try:
                await asyncio.to_thread(self._files.discard, temporary, transfer.root)
            except StorageError:
                pass  # a folder that cannot be written any more keeps its temporary file
        self._aborts.work_again()

    async def remove_source(
        self, transfer: Transfer, assurance: Assurance, means: Means, say: Callable[[str], None]
    ) -> None:
        """Delete the source of a finished move; what prevents it is said, the copy is there anyway.

        A cancellation on the way is swallowed: the transfer has succeeded.
        """
        task = asyncio.create_task(self._remove_source(transfer, assurance, means, say))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=_REMOVAL)
            task.cancel()

    async def _remove_source(
        self, transfer: Transfer, assurance: Assurance, means: Means, say: Callable[[str], None]
    ) -> None:
        if assurance is not Assurance.VERIFIED:
            say(
                f"{shown(transfer.source.name)} was copied, but only its size could be compared: it was kept."
            )
            return
        try:
            if transfer.uploads:
                await self._remove_file(transfer, means)
            else:
                await self._remove_object(transfer, means)
        except StorageError as error:
            say(f"{shown(transfer.source.name)} was copied but not removed: {error.sentence}")

    async def _remove_file(self, transfer: Transfer, means: Means) -> None:
        identity = None
        if not transfer.is_folder:
            identity = await asyncio.to_thread(means.files.identify, transfer.local)
            if identity.size != transfer.size or abs(identity.modified_ns / 1e9 - transfer.modified) > 1e-6:
                raise StorageError("it has changed meanwhile.")
        # A moved folder goes as well once it is empty; one that is a link stays, as does what it leads to.
        chosen = transfer.local[: transfer.root]
        root = transfer.root if os.path.islink(chosen) else len(os.path.dirname(chosen))
        await asyncio.to_thread(means.files.remove_source, transfer.local, root, identity)

    async def _remove_object(self, transfer: Transfer, means: Means) -> None:
        if not transfer.is_folder:
            info = await patiently(means, lambda: means.store.head(transfer.object, wait=True))
            if info.size != transfer.size or abs(info.modified - transfer.modified) > 1.0:
                raise StorageError("it has changed meanwhile.")
        await patiently(means, lambda: means.store.delete_objects(transfer.bucket, (transfer.key,)))
