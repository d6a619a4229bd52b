"""Walks of local folders and of prefixes: what there is to copy, as a stream of small values.

Symbolic links to files are followed, links to folders are not; what cannot be copied comes as a sentence.
A key that no path can spell comes with the path that `rename_rule` gives it.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from itertools import islice

from msgspec import Struct

from s3tui.errors import AccessDenied, NotFound, StorageError
from s3tui.model.entry import NO_TIME, Entry, EntryKind
from s3tui.model.location import S3Location
from s3tui.transfer.names import shown
from s3tui.transfer.protocols import ObjectStore
from s3tui.transfer.rename_rule import is_temporary, local_path

_SLICE = 1000
"""Entries that are found in a thread before the loop hears of them."""


class Found(Struct, frozen=True):
    """A file or object, by its path below the walked folder."""

    path: bytes
    size: int
    modified: float
    etag: str = ""
    """Of an object, without quotes; may be unknown."""
    key: str | None = None
    """Of an object whose key is not simply the path: its key below the walked prefix."""


def key_below(found: Found) -> str:
    """The key of an object below the walked prefix."""
    return os.fsdecode(found.path) if found.key is None else found.key


class FoundFolder(Struct, frozen=True):
    """An empty folder, or a marker; its path is empty for the walked folder itself."""

    path: bytes
    modified: float = NO_TIME
    key: str | None = None
    """As in `Found`."""


class Passed(Struct, frozen=True):
    """Something that will not be copied, and why."""

    sentence: str


Step = Found | FoundFolder | Passed


async def walk_folder(root: bytes) -> AsyncIterator[list[Step]]:
    """Yield what a local folder holds, in slices; the blocking part runs in a thread.

    Raises:
        StorageError: the folder itself cannot be read.
    """
    steps = _local_steps(root)
    while chunk := await asyncio.to_thread(lambda: list(islice(steps, _SLICE))):
        yield chunk


def _local_steps(root: bytes) -> Iterator[Step]:
    waiting = [b""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(os.path.join(root, folder) if folder else root) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            if not folder:
                raise _unreadable(root, error) from None
            yield Passed(f"{shown(folder)} cannot be read ({error.strerror}); it is not copied.")
            continue
        below: list[bytes] = []
        taken = False
        for entry in entries:
            path = os.path.join(folder, entry.name) if folder else entry.name
            step = _look(entry, path)
            if step is None:
                below.append(path)
            else:
                taken = taken or isinstance(step, Found)
                yield step
        if not taken and not below:
            yield FoundFolder(folder)
        waiting.extend(reversed(below))


def _unreadable(root: bytes, error: OSError) -> StorageError:
    kind = NotFound if isinstance(error, FileNotFoundError) else StorageError
    return kind(f"{shown(root)} cannot be read: {error.strerror}.")


def _look(entry: "os.DirEntry[bytes]", path: bytes) -> Step | None:
    """What to do with an entry; None for a folder to go into."""
    try:
        if entry.is_symlink():
            return _look_at_link(entry, path)
        if entry.is_dir(follow_symlinks=False):
            return None
        return _file(entry.stat(follow_symlinks=False), path)
    except OSError as error:
        return Passed(f"{shown(path)} cannot be read ({error.strerror}); it is not copied.")


def _look_at_link(entry: "os.DirEntry[bytes]", path: bytes) -> Step:
    try:
        found = entry.stat(follow_symlinks=True)
    except OSError:
        return Passed(f"{shown(path)} is a link that leads nowhere; it is not copied.")
    if stat.S_ISDIR(found.st_mode):
        return Passed(f"{shown(path)} is a link to a folder, which is not followed.")
    return _file(found, path)


def _file(found: os.stat_result, path: bytes) -> Step:
    if not stat.S_ISREG(found.st_mode):
        return Passed(f"{shown(path)} is {_kind(found.st_mode)}, not a file; it is not copied.")
    if is_temporary(os.path.basename(path)):
        return Passed(f"{shown(path)} is an unfinished download; it is not copied.")
    return Found(path, found.st_size, found.st_mtime_ns / 1e9)


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a FIFO"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


async def walk_prefix(store: ObjectStore, prefix: S3Location) -> AsyncIterator[list[Step]]:
    """Yield what lies under a prefix, a list per page; paths are fit for a local folder.

    Markers come as folders whether they are empty or not: only the whole walk can tell.

    Raises:
        StorageError: the prefix cannot be listed to its end.
    """
    async for page in store.list_pages(prefix, recursive=True, etags=True):
        yield [_step_of(entry) for entry in page.rows()]
    if prefix.key:
        yield await _own_marker(store, prefix)


async def _own_marker(store: ObjectStore, prefix: S3Location) -> list[Step]:
    """The object that has the prefix itself as its key; listings leave it out."""
    try:
        info = await store.head(prefix)
    except (NotFound, AccessDenied):
        return []
    if info.size <= 0:
        return [FoundFolder(b"", info.modified)]
    if info.archived:
        return [Passed(_ARCHIVED.format(shown(prefix.key)))]
    return [Found(local_path(""), info.size, info.modified, info.etag, key="")]


_ARCHIVED = "{} lies in an archive tier and must be restored before it is copied."


def _step_of(entry: Entry) -> Step:
    marker = entry.kind is EntryKind.FOLDER
    key = f"{entry.name}/" if marker else entry.name
    # The bytes of a marker are those of a file without a name in its folder.
    folder = marker and entry.size <= 0
    try:
        path = local_path(entry.name if folder else key)
    except UnicodeEncodeError:
        return Passed(f"{shown(key)} is not valid text; it is not copied.")
    if entry.kind is EntryKind.ARCHIVED:
        return Passed(_ARCHIVED.format(shown(entry.name)))
    other = None if path == entry.name.encode() else key
    if folder:
        return FoundFolder(path, entry.modified, other)
    return Found(path, entry.size, entry.modified, entry.etag, other)
