"""Multipart uploads that are open: found where listing them is allowed, so that none stays for ever."""

import math
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import unquote_plus

from s3tui.errors import ServerFault
from s3tui.model.entry import NO_TIME
from s3tui.model.location import S3Location
from s3tui.model.upload import OpenUpload
from s3tui.storage.s3_call import S3Calls


class S3Uploads:
    """ListMultipartUploads of one connection."""

    def __init__(self, calls: S3Calls) -> None:
        """Use these calls."""
        self._calls = calls

    async def below(self, location: S3Location) -> AsyncGenerator[OpenUpload, None]:
        """Yield the open uploads of all keys that begin with the location's.

        Raises:
            AccessDenied: some platforms never allow this.
            StorageError: anything else.
        """
        markers: dict[str, Any] = {}
        seen: set[tuple[str, ...]] = set()
        while True:
            answer = await self._calls.call(
                "list_multipart_uploads",
                "list the unfinished uploads of",
                location,
                Bucket=location.bucket,
                Prefix=location.key,
                EncodingType="url",
                **markers,
            )
            encoded = answer.get("EncodingType") == "url"
            for found in answer.get("Uploads") or ():
                yield _upload(found, location.bucket, encoded)
            if not answer.get("IsTruncated"):
                return
            key = str(answer.get("NextKeyMarker") or "")
            markers = {
                "KeyMarker": unquote_plus(key) if encoded else key,
                "UploadIdMarker": str(answer.get("NextUploadIdMarker") or ""),
            }
            if tuple(markers.values()) in seen:
                raise ServerFault(
                    f"{self._calls.clients.endpoint.host} repeats its list of unfinished uploads without end."
                )
            seen.add(tuple(markers.values()))

    async def of_key(self, location: S3Location, since: float, until: float) -> tuple[OpenUpload, ...]:
        """The uploads of exactly one key that were begun between two moments of the server's clock."""
        return tuple(
            [
                found
                async for found in self.below(location)
                if found.location == location and since <= found.started <= until
            ]
        )

    async def others(self, location: S3Location, since: float, ours: str) -> tuple[str, ...]:
        """Ids of uploads of a key begun since a moment, apart from ours.

        Raises:
            StorageError: they cannot be listed.
        """
        found = await self.of_key(location, since, math.inf)
        return tuple(upload.upload_id for upload in found if upload.upload_id != ours)


def _upload(found: dict[str, Any], bucket: str, encoded: bool) -> OpenUpload:
    key, started = str(found.get("Key") or ""), found.get("Initiated")
    return OpenUpload(
        S3Location(bucket, unquote_plus(key) if encoded else key),
        str(found.get("UploadId") or ""),
        started.timestamp() if started is not None else NO_TIME,
    )
