"""Copies inside one server: the bytes never come here."""

import asyncio
from typing import Any

from s3tui.errors import ServerFault, StorageError
from s3tui.model.location import S3Location
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_multipart import S3Multipart

LARGEST_COPY = 5 * 1024**3
"""Bytes that one CopyObject or UploadPartCopy may copy."""

COPY_PART = 512 * 1024**2
"""Bytes per part of a larger copy, unless 10,000 parts would not do."""

PARTS_AT_ONCE = 4

COPY_SECONDS = 900.0
"""How long a server may copy for one request; it says that it is alive meanwhile."""


async def copy_whole(calls: S3Calls, source: S3Location, destination: S3Location) -> str:
    """Copy up to `LARGEST_COPY` bytes with their metadata in one request; returns the ETag of the copy.

    Raises:
        StorageError: nothing was copied, or it was not said what became of it.
    """
    answer: dict[str, Any] = await calls.call(
        "copy_object",
        "copy to",
        destination,
        purpose="transfer",
        limit=COPY_SECONDS,
        Bucket=destination.bucket,
        Key=destination.key,
        CopySource={"Bucket": source.bucket, "Key": source.key},
    )
    etag = str((answer.get("CopyObjectResult") or {}).get("ETag") or "").strip('"')
    if not etag:
        raise ServerFault(f"{calls.clients.endpoint.host} did not say what became of {destination}.")
    return etag


async def copy_in_parts(
    calls: S3Calls,
    multipart: S3Multipart,
    source: S3Location,
    destination: S3Location,
    size: int,
    metadata: dict[str, str],
    etag: str,
) -> None:
    """Copy an object of any size as a multipart upload whose parts the server fills itself.

    Raises:
        StorageError: nothing was made at the destination.
    """
    part = max(COPY_PART, -(-size // 10_000))
    upload_id = await multipart.create(destination, metadata, wait=False)
    slots = asyncio.Semaphore(PARTS_AT_ONCE)
    condition: dict[str, Any] = {"CopySourceIfMatch": etag} if etag else {}

    async def copy_part(number: int, first: int) -> tuple[int, str]:
        last = min(first + part, size) - 1
        async with slots:
            answer: dict[str, Any] = await calls.call(
                "upload_part_copy",
                "copy to",
                destination,
                purpose="transfer",
                limit=COPY_SECONDS,
                Bucket=destination.bucket,
                Key=destination.key,
                UploadId=upload_id,
                PartNumber=number,
                CopySource={"Bucket": source.bucket, "Key": source.key},
                CopySourceRange=f"bytes={first}-{last}",
                **condition,
            )
        copied = str((answer.get("CopyPartResult") or {}).get("ETag") or "")
        if not copied:
            raise ServerFault(f"{calls.clients.endpoint.host} did not say what became of {destination}.")
        return number, copied.strip('"')

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(copy_part(number, first))
                for number, first in enumerate(range(0, size, part), 1)
            ]
        await multipart.complete(destination, upload_id, tuple(task.result() for task in tasks))
    except BaseExceptionGroup as several:
        await asyncio.shield(_abort(multipart, destination, upload_id))
        raise several.exceptions[0] from None
    except BaseException:
        await asyncio.shield(_abort(multipart, destination, upload_id))
        raise


async def _abort(multipart: S3Multipart, destination: S3Location, upload_id: str) -> None:
    try:
        await multipart.abort(destination, upload_id)
    except StorageError:
        pass  # the first error is the one to tell
