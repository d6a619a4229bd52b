"""Multipart uploads: create, complete and abort, with lost replies decided by HEAD."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from s3tui.errors import NotFound, ServerFault, StorageError, Unreachable
from s3tui.model.entry import ObjectInfo
from s3tui.model.etag import multipart_etag
from s3tui.model.location import S3Location
from s3tui.model.upload_check import FULL_OBJECT, WholeSum
from s3tui.storage.checksums import CHECKSUM_PARAMETERS
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_client import Purpose
from s3tui.storage.s3_errors import foreign, may_have_been_done
from s3tui.storage.s3_uploads import S3Uploads

_ASKED = 2
"""Times that an upload is completed when the answer is a success and says nothing: it may be a stray one."""

CLOCK_SLACK = 5.0
"""Seconds by which an object may seem older than the request that made it."""

Head = Callable[[S3Location], Awaitable[ObjectInfo]]


class S3Multipart:
    """The verbs around the parts of one object; the parts themselves are byte work."""

    def __init__(self, calls: S3Calls, head: Head) -> None:
        """Use these calls; `head` asks what a key holds and waits for credentials."""
        self._calls = calls
        self._head = head
        self._uploads = S3Uploads(calls)

    async def create(
        self,
        location: S3Location,
        metadata: dict[str, str],
        *,
        checksum: str = "",
        wait: bool = True,
        on_stray: Callable[[], None] = lambda: None,
    ) -> str:
        """Open an upload and return its id; see `ObjectStore.create_multipart_upload`."""
        since, lost = self._calls.live.clock.time(), False
        carrier: Purpose = "transfer" if wait else "browse"
        client = self._calls.clients.client(carrier)

        async def attempt() -> str:
            nonlocal lost
            # What it takes to import a library is no time that the server has taken.
            await self._calls.clients.long(carrier)
            lost, before = True, lost
            try:
                async with asyncio.timeout(self._calls.limits.call):
                    answer = await client.create_multipart_upload(
                        Bucket=location.bucket, Key=location.key, Metadata=metadata, **_announced(checksum)
                    )
            except foreign() as error:
                lost = before or may_have_been_done(error)
                raise
            upload_id = answer.get("UploadId")
            if not isinstance(upload_id, str) or not upload_id:
                raise Unreachable(f"{self._calls.clients.endpoint.host} gave no upload id for {location}.")
            lost = before
            return upload_id

        made = await self._calls.persist(attempt, self._calls.subject("write", location), wait=wait)
        if lost:
            # The server has heard of an attempt whose answer nobody got: that upload is nobody's.
            try:
                for other in await self._uploads.others(location, since - CLOCK_SLACK, made):
                    await self.abort(location, other)
            except StorageError:
                on_stray()
        return made

    async def complete(
        self,
        location: S3Location,
        upload_id: str,
        etags: tuple[tuple[int, str], ...],
        whole: WholeSum | None = None,
    ) -> str:
        """Make the object of its parts and return the ETag, or "" where the server tells none.

        A reply that is lost, or a server that says the upload is gone, is decided by a look at the object.
        `whole` is sent along for an upload that was created with a checksum.

        Raises:
            StorageError: the object was not made.
        """
        parts = [{"PartNumber": number, "ETag": etag, **_sum_of(whole, number)} for number, etag in etags]
        sums: dict[str, Any] = {}
        if whole is not None and whole.full_object:
            sums = {CHECKSUM_PARAMETERS[whole.name]: whole.value, "ChecksumType": "FULL_OBJECT"}
        since = self._calls.live.clock.time()
        try:
            for _ in range(_ASKED):
                answer = await self._calls.call(
                    "complete_multipart_upload",
                    "write",
                    location,
                    wait=True,
                    purpose="transfer",
                    # Servers may take minutes to put an object of ten thousand parts together.
                    limit=self._calls.limits.verdict,
                    Bucket=location.bucket,
                    Key=location.key,
                    UploadId=upload_id,
                    MultipartUpload={"Parts": parts},
                    **sums,
                )
                if any(answer.get(name) for name in ("ETag", "Location", "Bucket", "Key")):
                    break
        except (NotFound, Unreachable, ServerFault) as lost:
            return await self._made_nevertheless(location, upload_id, etags, since, lost)
        return str(answer.get("ETag") or "").strip('"')

    async def abort(self, location: S3Location, upload_id: str) -> None:
        """Drop an upload and its parts; one that is gone already is fine.

        Raises:
            AccessDenied: some platforms never allow it; their owner's clean-up rule removes the parts.
        """
        try:
            await self._calls.call(
                "abort_multipart_upload",
                "abort the upload of",
                location,
                wait=False,
                purpose="transfer",
                Bucket=location.bucket,
                Key=location.key,
                UploadId=upload_id,
            )
        except NotFound:
            return

    async def _made_nevertheless(
        self,
        location: S3Location,
        upload_id: str,
        etags: tuple[tuple[int, str], ...],
        since: float,
        lost: StorageError,
    ) -> str:
        try:
            there = await self._head(location)
        except NotFound:
            await self._expect_open(location, upload_id)
            raise lost from None
        if there.etag == multipart_etag(etag.strip('"') for _, etag in etags):
            return there.etag
        # Encrypted parts have ETags that add up to nothing: the number of parts and the time have to do.
        if there.etag.endswith(f"-{len(etags)}") and there.modified >= since - CLOCK_SLACK:
            return there.etag
        await self._expect_open(location, upload_id)
        raise lost

    async def _expect_open(self, location: S3Location, upload_id: str) -> None:
        """Raise NotFound when an upload that cannot be completed is gone: some servers say so only here."""
        try:
            await self._calls.call(
                "list_parts",
                "write",
                location,
                wait=True,
                Bucket=location.bucket,
                Key=location.key,
                UploadId=upload_id,
                MaxParts=1,
            )
        except NotFound:
            raise
        except StorageError:
            return


def _announced(checksum: str) -> dict[str, str]:
    """The parameters of an upload whose parts will carry a checksum."""
    if not checksum:
        return {}
    whole = {"ChecksumType": "FULL_OBJECT"} if checksum in FULL_OBJECT else {}
    return {"ChecksumAlgorithm": checksum.upper(), **whole}


def _sum_of(whole: WholeSum | None, number: int) -> dict[str, str]:
    value = whole.parts.get(number) if whole is not None else None
    return {CHECKSUM_PARAMETERS[whole.name]: value} if whole is not None and value else {}
