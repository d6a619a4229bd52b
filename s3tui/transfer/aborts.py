"""Multipart uploads that nobody wants any more, until their server has heard of it."""

import asyncio
from collections.abc import Callable

from s3tui.errors import AccessDenied, CredentialsExpired, NotFound, ServerFault, StorageError
from s3tui.model.location import S3Location
from s3tui.transfer.journal import Abort, Journal
from s3tui.transfer.protocols import ObjectStore


class Aborts:
    """The list, kept in the journal, and the task that works it off."""

    def __init__(self, journal: Journal, tell: Callable[[str], None]) -> None:
        """Start with what the journal knows; `tell` takes sentences for the user."""
        self._journal = journal
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
            self._wanted[_key(abort)] = abort

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

    async def stop(self, timeout: float) -> None:
        """Give what is under way `timeout` seconds, then leave the rest to the journal."""
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
        try:
            await store.abort_multipart_upload(location, abort.upload_id)
        except NotFound:
            pass
        except (AccessDenied, ServerFault) as error:
            self._tell(f"The unfinished upload of {location} stays on the server: {error.sentence}")
        except CredentialsExpired:
            return False
        except StorageError:
            return False
        self._wanted.pop(_key(abort), None)
        self._journal.aborted(abort)
        return True


def _key(abort: Abort) -> tuple[str, str, str]:
    return (abort.bucket, abort.key, abort.upload_id)
