"""Sends local bytes: a whole small file in one PutObject, or one part of a multipart upload.

Every body goes with the check its unit names: signed by its SHA-256, or with a checksum in a header. Where it
is not proven that the server looks at either, the ETag is compared with an MD5. A body that the server
stops taking is noticed. An acknowledgement counts only when it can be meant for what was sent: it comes
after the last byte, and its ETag is that of the contents, or of the object that HEAD finds.
"""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from s3tui.errors import AccessDenied, Changed, Damaged, NotFound, ServerFault, Unreachable
from s3tui.model.location import S3Location
from s3tui.model.metadata import metadata_of
from s3tui.model.upload_check import CRCS, SHA256, UploadCheck
from s3tui.model.work import Planned, PutFile, SendPart, Sent
from s3tui.storage.checksums import CHECKSUM_PARAMETERS, MD5
from s3tui.storage.near_files import NearFiles
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_objects import object_info
from s3tui.storage.sigv4 import UNSIGNED
from s3tui.storage.source_file import KEPT, SourceRange, identify_planned
from s3tui.storage.upload_body import STEP, Upload
from s3tui.storage.watchdog import Watchdog

Moved = Callable[[int], None]

_PUT = "put_object"


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
            return await self._send(
                "upload_part",
                S3Location(unit.bucket, unit.key),
                source,
                unit.check,
                moved,
                UploadId=unit.upload_id,
                PartNumber=unit.part_number,
            )

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
            return await self._put(unit, source, moved)

    async def _put(self, unit: PutFile, source: SourceRange, moved: Moved) -> Sent:
        location = S3Location(unit.bucket, unit.key)
        parameters: dict[str, Any] = {"Metadata": unit.metadata}
        if not unit.only_if_absent:
            return await self._send(_PUT, location, source, unit.check, moved, **parameters)
        parameters["IfNoneMatch"] = "*"
        try:
            return await self._send(_PUT, location, source, unit.check, moved, **parameters)
        except Changed:
            # Either the file changed, or the key is taken: perhaps by our own first attempt, its answer lost.
            source.expect_same()
            return await self._etag_if_same(location, source)
        except ServerFault as refused:
            if "NotImplemented" not in refused.detail.partition(" · ")[0] or await self._exists(location):
                raise
            del parameters["IfNoneMatch"]
            return await self._send(_PUT, location, source, unit.check, moved, **parameters)

    async def _send(
        self,
        operation: str,
        location: S3Location,
        source: SourceRange,
        check: UploadCheck,
        moved: Moved,
        **parameters: Any,
    ) -> Sent:
        limits = self._calls.limits
        method = getattr(self._calls.clients.client("transfer"), operation)

        async def attempt() -> Sent:
            sums = await self._near.do(source.size, source.sums, _wanted(check))
            if check.checksum:
                parameters[CHECKSUM_PARAMETERS[check.checksum]] = sums[check.checksum]
            payload = base64.b64decode(sums[SHA256]).hex() if check.signed else UNSIGNED
            with Watchdog(limits) as dog:

                def both(count: int) -> None:
                    moved(count)
                    dog.moved(max(count, 0))

                with Upload(source, payload, both, dog.answer_awaited) as upload:
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
                        compared = self._compared(answer, etag, sums.get(MD5, ""), check, location)
                    except BaseException as error:
                        upload.gone_wrong()
                        if upload.trouble is not None and isinstance(error, Exception):
                            source.expect_same()
                            raise upload.trouble from None
                        raise
            sent = Sent(etag, source.size, sums.get(check.checksum, ""), compared)
            return await self._kept(answer, sent, check, location, source) if operation == _PUT else sent

        return await self._calls.persist(attempt, self._calls.subject("write", location), wait=True)

    def _etag(self, answer: dict[str, Any], location: S3Location) -> str:
        etag = str(answer.get("ETag") or "").strip('"')
        if not etag:
            raise Unreachable(
                f"{self._calls.clients.endpoint.host} took {location} without an ETag.",
                next_step="Is this endpoint an S3 server?",
            )
        return etag

    def _compared(
        self, answer: dict[str, Any], etag: str, md5: str, check: UploadCheck, location: S3Location
    ) -> bool:
        """Whether the ETag shows that the server has received these bytes.

        Raises:
            Damaged: it shows that it has received others.
        """
        if not check.compare or _encrypted(answer):
            return False
        if etag != md5 and check.md5_etags:
            raise Damaged(f"{location} was damaged on its way.", next_step="Retry it.")
        return etag == md5

    async def _kept(
        self,
        answer: dict[str, Any],
        sent: Sent,
        check: UploadCheck,
        location: S3Location,
        source: SourceRange,
    ) -> Sent:
        """What was sent, seen to be the object that is there.

        Raises:
            Unreachable: the acknowledgement was meant for something else.
        """
        if _encrypted(answer):  # then its ETag says nothing about the contents
            agrees = check.proven or await self._agrees(answer, check, location, source)
            return replace(sent, compared=agrees)
        if sent.compared or (source.size <= KEPT and sent.etag == await _md5(source)):
            return replace(sent, compared=True)
        try:
            info = object_info(await self._head(location))
        except AccessDenied:
            return sent  # who may write only has to believe it
        except NotFound:
            info = None
        if info is not None and info.size == source.size:
            if info.etag == sent.etag:
                return sent
            if info.etag == await _md5(source):
                return replace(sent, etag=info.etag, compared=True)
        raise Unreachable(
            f"{self._calls.clients.endpoint.host} acknowledged {location} but does not have it.",
            next_step="Retry it.",
        )

    async def _agrees(
        self, answer: dict[str, Any], check: UploadCheck, location: S3Location, source: SourceRange
    ) -> bool:
        """Whether a checksum that the server has computed by itself is that of the bytes; one sent is not.

        Raises:
            Damaged: it is that of others.
        """
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        for name in CRCS:
            told = headers.get(f"x-amz-checksum-{name}")
            if told and name != check.checksum:
                if told != (await self._near.do(source.size, source.sums, (name,)))[name]:
                    raise Damaged(f"{location} was damaged on its way.", next_step="Retry it.")
                return True
        return False

    async def _etag_if_same(self, location: S3Location, source: SourceRange) -> Sent:
        info = object_info(await self._head(location))
        if info.size == source.size and info.etag == await _md5(source):
            return Sent(info.etag, source.size, compared=True)
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


def _wanted(check: UploadCheck) -> tuple[str, ...]:
    """The sums that a check needs, all of them computed in one pass."""
    return (
        *([check.checksum] if check.checksum else []),
        *([SHA256] if check.signed else []),
        *([MD5] if check.compare else []),
    )


async def _md5(source: SourceRange) -> str:
    sums = source.sums((MD5,)) if source.size <= STEP else await asyncio.to_thread(source.sums, (MD5,))
    return sums[MD5]


def _encrypted(answer: dict[str, Any]) -> bool:
    kms = str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
    return kms or "SSECustomerAlgorithm" in answer
