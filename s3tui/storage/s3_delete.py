"""Deleting objects: a thousand in one request where the server allows it, else one by one."""

import asyncio

from s3tui.errors import AccessDenied, Damaged, NotFound, ServerFault, StorageError
from s3tui.model.location import S3Location
from s3tui.storage.s3_call import S3Calls

BATCH = 1000
"""Keys per DeleteObjects request."""

SINGLES_AT_ONCE = 6
"""Fewer than the browsing client has connections, so that listings go on."""


async def delete_keys(
    calls: S3Calls, bucket: str, keys: tuple[str, ...]
) -> tuple[int, tuple[tuple[str, StorageError], ...]]:
    """Delete keys and return how many are gone, and for each of the others why it is not.

    Raises:
        CredentialsExpired: nothing can be said about what is left.
        Unreachable: likewise.
    """
    gone, failed = 0, list[tuple[str, StorageError]]()
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        left = await _delete_batch(calls, bucket, batch) if len(batch) > 1 else batch
        gone += len(batch) - len(left)
        slots = asyncio.Semaphore(SINGLES_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            singles = [(key, group.create_task(_delete_one(calls, bucket, key, slots))) for key in left]
        for key, task in singles:
            error = task.result()
            if error is None:
                gone += 1
            else:
                failed.append((key, error))
    return gone, tuple(failed)


async def _delete_batch(calls: S3Calls, bucket: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Delete what one request can, and return the keys that need one of their own."""
    try:
        answer = await calls.call(
            "delete_objects",
            "delete",
            S3Location(bucket, keys[0]),
            Bucket=bucket,
            Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
        )
    except (AccessDenied, Damaged, NotFound, ServerFault):
        # Ceph refuses the whole batch for one foreign key; some servers know no batches, or no such keys.
        return keys
    refused = {str(error.get("Key")) for error in answer.get("Errors", ())}
    return tuple(key for key in keys if key in refused)


async def _delete_one(calls: S3Calls, bucket: str, key: str, slots: asyncio.Semaphore) -> StorageError | None:
    async with slots:
        try:
            await calls.call("delete_object", "delete", S3Location(bucket, key), Bucket=bucket, Key=key)
        except NotFound:
            return None
        except StorageError as error:
            return error
    return None
