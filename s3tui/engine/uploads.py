"""Requests about multipart uploads that are open on the server: list them, and abort those nobody wants."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from msgspec.structs import replace

from s3tui.engine import messages as say
from s3tui.engine.connecting import Connecting
from s3tui.model.upload import OpenUpload

_BATCH = 500
"""Uploads in one reply."""


async def list_uploads(
    connecting: Connecting, in_use: Callable[[OpenUpload], bool], request: say.ListUploads
) -> AsyncGenerator[say.Reply, None]:
    """Yield what is open below a place, as replies; `in_use` knows the uploads of the queue.

    Raises:
        StorageError: they cannot be listed.
    """
    batch: list[OpenUpload] = []
    async with aclosing(connecting.store.uploads_below(request.below)) as uploads:
        async for upload in uploads:
            batch.append(replace(upload, in_use=in_use(upload)))
            if len(batch) == _BATCH:
                yield say.Uploads(request.id, tuple(batch))
                batch = []
    if batch:
        yield say.Uploads(request.id, tuple(batch))


async def abort_uploads(connecting: Connecting, request: say.AbortUploads) -> say.Reply:
    """Abort uploads one after another; one that is gone already counts.

    Raises:
        StorageError: the first one that cannot be aborted; those before it are gone.
    """
    store = connecting.store
    for upload in request.uploads:
        await store.abort_multipart_upload(upload.location, upload.upload_id)
    return say.Succeeded(request.id, count=len(request.uploads))
