"""Sends local bytes: a whole small file in one PutObject, or one part of a multipart upload.

Every body is signed by its SHA-256, so what the server acknowledges is what was read; a body that the server
stops taking is noticed. An acknowledgement counts only when it can be meant for what was sent: it comes after
the last byte, and its ETag is that of the contents, or of the object that HEAD finds.
"""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from s3tui.errors import AccessDenied, Changed, NotFound, ServerFault, Unreachable
from s3tui.model.location import S3Location
from s3tui.model.metadata import metadata_of
from s3tui.model.work import Planned, PutFile, SendPart, Sent
from s3tui.storage.near_files import NearFiles
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_objects import object_info
from s3tui.storage.source_file import KEPT, SourceRange, identify_planned
from s3tui.storage.upload_body import STEP, Upload
from s3tui.storage.watchdog import Watchdog

Moved = Callable[[int], None]


class ByteSend:
    """Units that move bytes to the server."""

    def __init__(self, calls: S3Calls, near: NearFiles) -> None:
        """Use these calls, and read small files where `near` says."""
        self._calls = calls
        self._near = near

    async def part(self, unit: SendPart, moved: Moved) -> Sent:
        """Send one part.

        Raises:
            StorageError: it was not stored.
        """
        source = await self._near.do(
            unit.length, SourceRange, unit.path, unit.identity, unit.offset, unit.length
        )
        with source:
            etag = await self._send(
                "upload_part",
                S3Location(unit.bucket, unit.key),
                source,
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
        identity = unit.identity
        if isinstance(identity, Planned):
            identity = await self._near.do(0, identify_planned, unit.path, identity)
            unit = replace(unit, metadata={**unit.metadata, **metadata_of(identity.modified_ns)})
        source = await self._near.do(identity.size, SourceRange, unit.path, identity, 0, identity.size)
        with source:
            return Sent(await self._put(unit, source, moved), source.size)

    async def _put(self, unit: PutFile, source: SourceRange, moved: Moved) -> str:
        location = S3Location(unit.bucket, unit.key)
        parameters: dict[str, Any] = {"Metadata": unit.metadata}
        if not unit.only_if_absent:
            return await self._send("put_object", location, source, moved, **parameters)
        try:
            return await self._send("put_object", location, source, moved, IfNoneMatch="*", **parameters)
        except Changed:
            # Either the file changed, or the key is taken: perhaps by our own first attempt, its answer lost.
            source.expect_same()
            return await self._etag_if_same(location, source)
        except ServerFault as refused:
            if "NotImplemented" not in refused.detail.partition(" · ")[0] or await self._exists(location):
                raise
            return await self._send("put_object", location, source, moved, **parameters)

    async def _send(
        self, operation: str, location: S3Location, source: SourceRange, moved: Moved, **parameters: Any
    ) -> str:
        limits = self._calls.limits
        method = getattr(self._calls.clients.client("transfer"), operation)

        async def attempt() -> str:
            sha256 = await self._near.do(source.size, source.sha256)
            async with Watchdog(limits) as dog:

                def both(count: int) -> None:
                    moved(count)
                    dog.moved(max(count, 0))

                with Upload(source, sha256, both, dog.answer_awaited) as upload:
                    try:
                        answer = await method(
                            Bucket=location.bucket,
                            Key=location.key,
                            Body=b"",
                            ContentLength=source.size,
                            **parameters,
                        )
                        source.expect_same()
                        etag = self._etag(answer, location)
                        if not upload.handed_over:
                            host = self._calls.clients.endpoint.host
                            raise Unreachable(f"{host} answered before it had all of {location}.")
                    except BaseException as error:
                        upload.gone_wrong()
                        if upload.trouble is not None and isinstance(error, Exception):
                            source.expect_same()
                            raise upload.trouble from None
                        raise
            if operation == "put_object":
                return await self._etag_that_is_kept(answer, etag, location, source)
            return etag

        return await self._calls.persist(attempt, self._calls.subject("write", location), wait=True)

    def _etag(self, answer: dict[str, Any], location: S3Location) -> str:
        etag = str(answer.get("ETag") or "").strip('"')
        if not etag:
            raise Unreachable(
                f"{self._calls.clients.endpoint.host} took {location} without an ETag.",
                next_step="Is this endpoint an S3 server?",
            )
        return etag

    async def _etag_that_is_kept(
        self, answer: dict[str, Any], etag: str, location: S3Location, source: SourceRange
    ) -> str:
        """The ETag of the object, seen to be the one that was sent.

        Raises:
            Unreachable: the acknowledgement was meant for something else.
        """
        if _encrypted(answer):
            return etag  # it says nothing about the contents
        if source.size <= KEPT and etag == await _md5(source):
            return etag
        try:
            info = object_info(await self._head(location))
        except AccessDenied:
            return etag  # who may write only has to believe it
        except NotFound:
            info = None
        if info is not None and info.size == source.size and info.etag in (etag, await _md5(source)):
            return info.etag
        raise Unreachable(
            f"{self._calls.clients.endpoint.host} acknowledged {location} but does not have it.",
            next_step="Retry it.",
        )

    async def _etag_if_same(self, location: S3Location, source: SourceRange) -> str:
        info = object_info(await self._head(location))
        if info.size == source.size and info.etag == await _md5(source):
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


async def _md5(source: SourceRange) -> str:
    return _digest(source) if source.size <= STEP else await asyncio.to_thread(_digest, source)


def _encrypted(answer: dict[str, Any]) -> bool:
    kms = str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
    return kms or "SSECustomerAlgorithm" in answer


def _digest(source: SourceRange) -> str:
    digest, done = hashlib.md5(usedforsecurity=False), 0
    while done < source.size and (piece := source.read(done, KEPT)):
        digest.update(piece)
        done += len(piece)
    return digest.hexdigest()
