"""What panes change besides copying: new folders, new names, deletions; S3 has none of them for prefixes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from s3tui.errors import Changed, LocalFault, NotFound
from s3tui.model.entry import EntryKind
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.storage.local import LocalStore

if TYPE_CHECKING:
    from s3tui.storage.s3_objects import S3Store

COPIES_AT_ONCE = 6
"""Server-side copies at the same time; fewer than the browsing client has connections."""

DELETE_BATCH = 1000
"""Keys per request."""


class Changing:
    """Makes, renames and deletes; `store` gives the connection's store or raises."""

    def __init__(self, local: LocalStore, store: Callable[[], "S3Store"]) -> None:
        """Work on this machine with `local` and on the server with what `store` returns."""
        self._local = local
        self._store = store

    async def make_folder(self, location: Location) -> None:
        """Make a folder.

        Raises:
            StorageError: it cannot be made, or is there already.
        """
        if isinstance(location, LocalLocation):
            await self._local.make_folder(location)
            return
        store, folder = self._store(), _prefix(location)
        if await _exists(store, folder):
            raise Changed(f"There is a {folder} already.")
        await store.put_folder_marker(folder)

    async def rename(self, location: Location, new_name: str) -> None:
        """Give an entry another name in the same folder; a prefix is copied whole before anything is deleted.

        Raises:
            LocalFault: the name cannot be used.
            Changed: there is something of that name.
            StorageError: the server or the file system refused.
        """
        if isinstance(location, LocalLocation):
            await self._local.rename(location, new_name)
            return
        store = self._store()
        if not new_name or "/" in new_name or new_name in (".", ".."):
            raise LocalFault(f"{new_name!r} cannot be a name.")
        if not location.key:
            raise LocalFault("A bucket cannot be renamed.")
        target = location.parent.child(new_name, folder=location.is_folder)
        if await _exists(store, target):
            raise Changed(f"There is a {target} already.")
        if location.is_folder:
            await _move_prefix(store, location, target)
            return
        size = (await store.head(location)).size
        await store.copy_object(location, target, size)
        await store.delete_objects(location.bucket, (location.key,))

    async def delete(self, locations: tuple[Location, ...]) -> int:
        """Delete entries with all they hold; returns how many files are gone.

        Raises:
            StorageError: some are left; the sentence names the first.
        """
        gone = 0
        keys: dict[str, list[str]] = {}
        for location in locations:
            if isinstance(location, LocalLocation):
                gone += await self._local.delete(location)
            elif not location.key:
                raise LocalFault("A bucket is not deleted from here.", next_step="Delete what it holds.")
            elif location.is_folder:
                gone += await _delete_prefix(self._store(), location)
            else:
                keys.setdefault(location.bucket, []).append(location.key)
        for bucket, several in keys.items():
            gone += await self._store().delete_objects(bucket, tuple(several))
        return gone


async def _delete_prefix(store: "S3Store", prefix: S3Location) -> int:
    gone, batch, files = 0, list[str](), 0
    async for key, _, is_marker in _objects_below(store, prefix):
        batch.append(key)
        files += not is_marker
        if len(batch) == DELETE_BATCH:
            await store.delete_objects(prefix.bucket, tuple(batch))
            gone, files = gone + files, 0
            batch.clear()
    # The marker of the prefix itself is in no listing of it; deleting one that is not there is fine.
    await store.delete_objects(prefix.bucket, (*batch, prefix.key))
    return gone + files


async def _move_prefix(store: "S3Store", prefix: S3Location, target: S3Location) -> None:
    slots = asyncio.Semaphore(COPIES_AT_ONCE)
    keys: list[str] = []

    async def copy(key: str, size: int) -> None:
        async with slots:
            destination = S3Location(target.bucket, target.key + key[len(prefix.key) :])
            await store.copy_object(S3Location(prefix.bucket, key), destination, size)

    async def copy_some(some: list[tuple[str, int]]) -> None:
        async with asyncio.TaskGroup() as group:
            for key, size in some:
                group.create_task(copy(key, size))

    waiting: list[tuple[str, int]] = []
    try:
        if await _has_marker(store, prefix):
            await store.put_folder_marker(target)
        async for key, size, _ in _objects_below(store, prefix):
            keys.append(key)
            waiting.append((key, size))
            if len(waiting) == DELETE_BATCH:
                await copy_some(waiting)
                waiting = []
        await copy_some(waiting)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    for start in range(0, len(keys), DELETE_BATCH):
        await store.delete_objects(prefix.bucket, tuple(keys[start : start + DELETE_BATCH]))
    await store.delete_objects(prefix.bucket, (prefix.key,))


async def _objects_below(store: "S3Store", prefix: S3Location) -> AsyncIterator[tuple[str, int, bool]]:
    """Yield key, size and whether it is a folder marker, of everything below a prefix."""
    async with aclosing(store.list_pages(prefix, recursive=True)) as pages:
        async for page in pages:
            for name, kind, size in zip(page.names, page.kinds, page.size_column(), strict=True):
                is_marker = kind == EntryKind.FOLDER
                yield prefix.key + name + ("/" if is_marker else ""), max(size, 0), is_marker


async def _exists(store: "S3Store", location: S3Location) -> bool:
    """Whether there is such an object, or anything below such a prefix."""
    if not location.is_folder:
        try:
            await store.head(location)
        except NotFound:
            return False
        return True
    async with aclosing(store.list_pages(location)) as pages:
        async for page in pages:
            if len(page):
                return True
    return await _has_marker(store, location)


async def _has_marker(store: "S3Store", prefix: S3Location) -> bool:
    try:
        await store.head(prefix)
    except NotFound:
        return False
    return True


def _prefix(location: S3Location) -> S3Location:
    return location if location.is_folder else S3Location(location.bucket, f"{location.key}/")
