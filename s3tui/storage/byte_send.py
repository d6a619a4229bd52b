"""Sends local bytes: a whole small file in one PutObject, or one part of a multipart upload.

Every body is signed by its SHA-256, so what the server acknowledges is what was read; a body that the server
stops taking is noticed.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

from s3tui.errors import Changed, NotFound, ServerFault, Unreachable
from s3tui.model.location import S3Location
from s3tui.model.work import PutFile, SendPart, Sent
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_objects import object_info
from s3tui.storage.source_file import read_range
from s3tui.storage.upload_body import UploadWatcher
from s3tui.storage.watchdog import Watchdog

Moved = Callable[[int], None]


class ByteSend:
    """Units that move bytes to the server."""

    def __init__(self, calls: S3Calls) -> None:
        """Use these calls."""
        self._calls = calls

    async def part(self, unit: SendPart, moved: Moved) -> Sent:
        """Send one part.

        Raises:
            StorageError: it was not stored.
        """
        data = await asyncio.to_thread(read_range, unit.path, unit.identity, unit.offset, unit.length)
        etag = await self._send(
            "upload_part",
            S3Location(unit.bucket, unit.key),
            data,
            moved,
            UploadId=unit.upload_id,
            PartNumber=unit.part_number,
        )
        return Sent(etag, unit.length)

    async def file(self, unit: PutFile, moved: Moved) -> Sent:
        """Send a whole file.

        Raises:
            Changed: `only_if_absent` was asked for and the key is taken.
            StorageError: it was not stored.
        """
        size = unit.identity.size
        data = await asyncio.to_thread(read_range, unit.path, unit.identity, 0, size)
        location = S3Location(unit.bucket, unit.key)
        parameters: dict[str, Any] = {"Metadata": unit.metadata}
        if not unit.only_if_absent:
            return Sent(await self._send("put_object", location, data, moved, **parameters), size)
        try:
            etag = await self._send("put_object", location, data, moved, IfNoneMatch="*", **parameters)
        except Changed:
            # Our own first attempt may have made it, its answer lost.
            return Sent(await self._etag_if_same(location, data), size)
        except ServerFault as refused:
            if "NotImplemented" not in refused.detail or await self._exists(location):
                raise
            etag = await self._send("put_object", location, data, moved, **parameters)
        return Sent(etag, size)

    async def _send(
        self, operation: str, location: S3Location, data: bytes, moved: Moved, **parameters: Any
    ) -> str:
        limits = self._calls.limits
        method = getattr(self._calls.clients.client("transfer"), operation)

        async def attempt() -> str:
            async with Watchdog(limits) as dog:

                def both(count: int) -> None:
                    moved(count)
                    dog.moved(max(count, 0))

                watcher = UploadWatcher(data, both, dog.answer_awaited)
                try:
                    with watcher:
                        answer = await method(
                            Bucket=location.bucket, Key=location.key, Body=data, **parameters
                        )
                    etag = str(answer.get("ETag") or "").strip('"')
                    if not etag:
                        raise Unreachable(
                            f"{self._calls.clients.endpoint.host} took {location} without an ETag.",
                            next_step="Is this endpoint an S3 server?",
                        )
                except BaseException:
                    watcher.gone_wrong()
                    raise
                return etag

        return await self._calls.persist(attempt, self._calls.subject("write", location), wait=True)

    async def _etag_if_same(self, location: S3Location, data: bytes) -> str:
        info = object_info(await self._head(location))
        digest = await asyncio.to_thread(lambda: hashlib.md5(data, usedforsecurity=False).hexdigest())
        if info.size == len(data) and info.etag == digest:
            return info.etag
        raise Changed(f"{location} exists already.", next_step="Copy again to decide what becomes of it.")

    async def _exists(self, location: S3Location) -> bool:
        try:
            await self._head(location)
        except NotFound:
            return False
        return True

    async def _head(self, location: S3Location) -> dict[str, Any]:
        return await self._calls.call(
            "head_object", "read", location, wait=True, Bucket=location.bucket, Key=location.key
        )
