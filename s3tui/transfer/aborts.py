"""Multipart uploads that nobody wants any more, until their server has heard of it."""

import asyncio
import time
from collections.abc import Callable

from s3tui.credentials.live import ServerClock
from s3tui.errors import AccessDenied, CredentialsExpired, NotFound, ServerFault, StorageError
from s3tui.model.location import S3Location
from s3tui.transfer.journal import Abort, Journal
from s3tui.transfer.protocols import ObjectStore

SLACK = 5.0
"""Seconds by which the server's clock may differ from what we think it says."""

ON_ITS_WAY = 20.0
"""Seconds for which a request may still reach its server after we have given it up."""


class Aborts:
    """The list, kept in the journal, and the task that works it off."""

    def __init__(
        self,
        journal: Journal,
        clock: ServerClock,
        in_use: Callable[[str | None, str, str], str | None],
        tell: Callable[[str], None],
    ) -> None:
        """Start empty.

        Args:
            journal: keeps the list.
            clock: the server's.
            in_use: asked with endpoint, bucket and key for the id of the upload that an unfinished transfer
                there uses: "" before it has one, None when there is no such transfer.
            tell: takes sentences for the user.
        """
        self._journal = journal
        self._clock = clock
        self._in_use = in_use
        self._told: set[str] = set()
        """Buckets whose uploads cannot be listed, which has been said."""
        self._unheard: dict[tuple[str, str, str], float] = {}
        """Until when (monotonic) the server may still have heard of requests whose upload ids never came."""
        self._tell = tell
        self._wanted: dict[tuple[str, str, str], Abort] = {}
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._server: tuple[ObjectStore, str | None] | None = None

    @property
    def waiting(self) -> int:
        """How many uploads are still to be aborted."""
        return len(self._wanted)

    def load(self) -> None:
        """Take over what an earlier run could not abort."""
        for abort in self._journal.aborts:
            self.look_for(abort, 0.0)

    def look_for(self, abort: Abort, patience: float = ON_ITS_WAY) -> None:
        """Put on the list what is in the journal already; one without an id is looked for."""
        self._wanted[_key(abort)] = abort
        if abort.since is not None:
            self._unheard[_key(abort)] = time.monotonic() + patience

    async def want(self, abort: Abort, transfer_id: int) -> None:
        """Put an upload on the list; in the journal on return."""
        self._wanted[_key(abort)] = abort
        await self._journal.want_abort(abort, transfer_id)

    def work(self, store: ObjectStore, endpoint: str | None) -> None:
        """Abort what belongs to this endpoint, in the background; what cannot be reached stays listed."""
        self._server = (store, endpoint)
        if self._task is not None and not self._task.done():
            self._again = True
            return
        if any(abort.endpoint == endpoint for abort in self._wanted.values()):
            self._task = asyncio.create_task(self._work(store, endpoint), name="aborts")

    def work_again(self) -> None:
        """Abort what belongs to the endpoint that was last connected to, if any."""
        if self._server is not None:
            self.work(*self._server)

    async def settled(self) -> None:
        """Wait until what is under way has come to its end."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def stop(self, timeout: float) -> None:
        """Give what can still be aborted `timeout` seconds, then leave the rest to the journal."""
        self.work_again()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=timeout)
            self._task.cancel()

    async def _work(self, store: ObjectStore, endpoint: str | None) -> None:
        while True:
            self._again = False
            for abort in [one for one in self._wanted.values() if one.endpoint == endpoint]:
                if not await self._abort(store, abort):
                    return
            if not self._again:
                return

    async def _abort(self, store: ObjectStore, abort: Abort) -> bool:
        """Whether going on makes sense."""
        location = S3Location(abort.bucket, abort.key)
        if abort.since is not None:
            return await self._find_and_abort(store, abort, abort.since)
        try:
            await store.abort_multipart_upload(location, abort.upload_id)
        except NotFound:
            pass
        except (AccessDenied, ServerFault) as error:
            denied = isinstance(error, AccessDenied)
            reason = "your credentials may not abort it" if denied else "it failed to abort it"
            self._tell(f"The unfinished upload of {location} stays on the server: {reason}.")
        except CredentialsExpired:
            return False
        except StorageError:
            return False
        self._wanted.pop(_key(abort), None)
        self._journal.aborted(abort)
        return True

    async def _find_and_abort(self, store: ObjectStore, abort: Abort, since: float) -> bool:
        """Abort what a request has made whose answer never came; whether going on makes sense."""
        key = _key(abort)
        location = S3Location(abort.bucket, abort.key)
        last = self._unheard[key]
        until = self._clock.time() + last - time.monotonic() + SLACK
        try:
            for found in await store.uploads_of_key(location, since - SLACK, until):
                kept = self._in_use(abort.endpoint, abort.bucket, abort.key)
                if kept == "":
                    return True  # it may be the one that a transfer of ours is about to use: later
                if found.upload_id != kept:
                    await store.abort_multipart_upload(location, found.upload_id)
        except (AccessDenied, NotFound, ServerFault):
            if abort.bucket not in self._told:
                self._told.add(abort.bucket)
                self._tell(
                    f"An unfinished upload of {location} may be left on the server: "
                    "an answer was lost, and your credentials may not list uploads."
                )
        except StorageError:
            return False
        if time.monotonic() >= last:
            self._wanted.pop(key, None)
            self._journal.aborted(abort)
        return True


def _key(abort: Abort) -> tuple[str, str, str]:
    return (abort.bucket, abort.key, abort.upload_id)
