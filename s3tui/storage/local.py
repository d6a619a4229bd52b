"""Folders of this machine as panes show and change them. Everything that touches the disk runs in threads.

A folder on a slow network file system is listed in batches bounded by time, so that something is seen at
once; symbolic links are shown as what they lead to, and never followed into other folders.
"""

import asyncio
import errno
import os
import stat
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import suppress

from s3tui.errors import LocalFault, StorageError
from s3tui.model.entry import NO_SIZE, NO_TIME, Entry, EntryKind, EntryPage
from s3tui.model.location import LocalLocation
from s3tui.storage.local_errors import local_error, local_errors
from s3tui.storage.local_rename import rename_over_nothing

BATCH = 1000
"""Entries of a page at most."""

BATCH_SECONDS = 0.15
"""A page is shown after this time even if it is not full."""


class LocalStore:
    """Listing and changing local folders."""

    def __init__(self) -> None:
        """Start without complaints."""
        self.unreadable: list[str] = []
        """Sentences on folders that recursive listings had to leave out."""

    async def list_pages(
        self, location: LocalLocation, *, recursive: bool = False
    ) -> AsyncGenerator[EntryPage, None]:
        """Yield a folder's entries; recursive ones named by their path below it, folders among them.

        Folders behind symbolic links are shown but not entered, so that no loop is ever followed; folders
        that cannot be read are noted in `unreadable`.

        Raises:
            StorageError: the folder itself cannot be read.
        """
        source = self._walk(location.raw) if recursive else _scan(location.raw, b"")
        try:
            while batch := await asyncio.to_thread(_next_batch, source):
                yield EntryPage.of(batch)
        finally:
            # A thread that still reads closes the folder when it has its batch.
            with suppress(ValueError):
                source.close()

    async def inspect(self, location: LocalLocation) -> Entry:
        """One entry; NotFound when there is none."""
        return await asyncio.to_thread(_inspect, location.raw)

    async def make_folder(self, location: LocalLocation) -> None:
        """Make a folder; Changed when the name is taken."""

        def make() -> None:
            with local_errors("make", location.raw):
                os.mkdir(location.raw)

        await asyncio.to_thread(make)

    async def rename(self, location: LocalLocation, new_name: str) -> LocalLocation:
        """Give an entry another name in its folder, never over something that is there.

        Raises:
            Changed: the name is taken.
            LocalFault: it is no name.
        """
        if not new_name or "/" in new_name or new_name in (".", ".."):
            raise LocalFault(f"{new_name!r} cannot be a name.")
        target = location.parent.child(new_name)
        await asyncio.to_thread(_rename, location.raw, target.raw)
        return target

    async def delete(self, location: LocalLocation) -> int:
        """Delete a file, or a folder with all it holds; links themselves, never what they lead to.

        Returns how many files are gone.

        Raises:
            StorageError: something is left; the sentence names the first thing.
        """
        return await asyncio.to_thread(_delete, location.raw)

    def _walk(self, root: bytes) -> Generator[Entry, None, None]:
        waiting = [b""]
        while waiting:
            below = waiting.pop()
            try:
                for entry in _scan(os.path.join(root, below) if below else root, below):
                    yield entry
                    if entry.kind is EntryKind.FOLDER:
                        waiting.append(os.fsencode(entry.name))
            except StorageError as error:
                if not below:
                    raise
                self.unreadable.append(error.sentence)


def _next_batch(source: Iterator[Entry]) -> list[Entry]:
    batch: list[Entry] = []
    deadline = time.monotonic() + BATCH_SECONDS
    for entry in source:
        batch.append(entry)
        if len(batch) >= BATCH or time.monotonic() > deadline:
            break
    return batch


def _scan(folder: bytes, below: bytes) -> Generator[Entry, None, None]:
    with local_errors("list", folder), os.scandir(folder) as found:
        for item in found:
            name = os.path.join(below, item.name) if below else item.name
            entry = _entry(os.fsdecode(name), item)
            if entry is not None:
                yield entry


def _entry(name: str, item: "os.DirEntry[bytes]") -> Entry | None:
    try:
        found = item.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None  # gone between the listing and the look
    except OSError:
        return Entry(name, EntryKind.SPECIAL)
    if stat.S_ISLNK(found.st_mode):
        try:
            return _entry_of(name, item.stat(), link=True)
        except OSError:
            return Entry(name, EntryKind.BROKEN_LINK, NO_SIZE, found.st_mtime)
    return _entry_of(name, found, link=False)


def _entry_of(name: str, found: os.stat_result, *, link: bool) -> Entry:
    if stat.S_ISDIR(found.st_mode):
        kind = EntryKind.LINK_TO_FOLDER if link else EntryKind.FOLDER
        return Entry(name, kind, NO_SIZE, found.st_mtime)
    if stat.S_ISREG(found.st_mode):
        kind = EntryKind.LINK_TO_FILE if link else EntryKind.FILE
        return Entry(name, kind, found.st_size, found.st_mtime)
    return Entry(name, EntryKind.SPECIAL, NO_SIZE, found.st_mtime)


def _inspect(path: bytes) -> Entry:
    name = os.path.basename(os.fsdecode(path)) or "/"
    with local_errors("read", path):
        found = os.lstat(path)
        if not stat.S_ISLNK(found.st_mode):
            return _entry_of(name, found, link=False)
        try:
            return _entry_of(name, os.stat(path), link=True)
        except OSError:
            return Entry(name, EntryKind.BROKEN_LINK, NO_SIZE, NO_TIME)


def _rename(source: bytes, target: bytes) -> None:
    with local_errors("rename", source):
        rename_over_nothing(source, target)


def _delete(path: bytes) -> int:
    problems: list[StorageError] = []
    with local_errors("delete", path):
        parent = os.open(os.path.dirname(path) or b"/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        gone = _delete_below(os.path.basename(path), parent, path, problems)
    finally:
        os.close(parent)
    if problems:
        more = f" {len(problems) - 1} more could not be deleted." if len(problems) > 1 else ""
        first = problems[0]
        raise type(first)(first.sentence + more, next_step=first.next_step, detail=first.detail)
    return gone


def _delete_below(name: bytes, parent: int, path: bytes, problems: list[StorageError]) -> int:
    """Delete by descriptor, so that a folder replaced by a link meanwhile is not followed."""
    try:
        os.unlink(name, dir_fd=parent)
        return 1
    except OSError as error:
        if error.errno not in (errno.EISDIR, errno.EPERM):
            problems.append(local_error(error, "delete", path))
            return 0
    gone = 0
    try:
        folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
        try:
            for each in map(os.fsencode, os.listdir(folder)):
                gone += _delete_below(each, folder, os.path.join(path, each), problems)
        finally:
            os.close(folder)
        os.rmdir(name, dir_fd=parent)
    except OSError as error:
        # What a folder could not be emptied of has been told already.
        if error.errno != errno.ENOTEMPTY or not problems:
            problems.append(local_error(error, "delete", path))
    return gone
