"""The temporary file of a download, never written through a symbolic link.

Writes go at explicit offsets, one at a time: at once while the disk is quick, else in a thread and one ahead
of the network. The descriptor is closed only when no thread uses it any more, so that a cancelled write can
never land in somebody else's file.
"""

import asyncio
import os
import stat
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any

from s3tui.errors import LocalFault
from s3tui.storage.contained import folder_below
from s3tui.storage.local_errors import local_error, local_errors
from s3tui.storage.near_files import NearFiles

BATCH = 1024 * 1024
"""Bytes that are gathered before a thread is asked to write them."""

AT_ONCE = 256 * 1024
"""Bytes that are received, summed and written while they are in the processor's cache."""

_NO_ROOM = memoryview(b"")


class PartWriter:
    """Writes a run of bytes from `offset` on: receive into `room`, tell how much with `add`, then `flush`."""

    def __init__(
        self,
        path: bytes,
        descriptor: int,
        offset: int,
        seen: Callable[[memoryview], Any] | None,
        near: NearFiles,
        most: int = BATCH,
    ) -> None:
        """Take over a descriptor.

        Args:
            path: for error sentences.
            descriptor: of the file.
            offset: of the first byte.
            seen: gets every piece in order, where it is written.
            near: tells whether the disk is quick.
            most: bytes that will come, if that is known.
        """
        self._path = path
        self._descriptor = descriptor
        self._seen = seen
        self._near = near
        self._size = max(1, min(BATCH, most))
        self._room = _NO_ROOM
        self._spare = _NO_ROOM
        self._gathered = 0
        self._writing: asyncio.Future[None] | None = None
        self.end = offset
        """Offset of the first byte that is not in the file yet."""

    def room(self) -> memoryview:
        """Where the next bytes are to be received; never empty, and good until the next `add`."""
        if not self._room:
            self._room = memoryview(bytearray(self._size))
        return self._room[self._gathered : self._gathered + AT_ONCE]

    async def add(self, count: int) -> None:
        """Take the first `count` bytes of `room`; waits while the disk is slower than the network.

        Raises:
            LocalFault: they, or earlier ones, could not be written.
        """
        self._gathered += count
        if self._writing is None and self._near.quick:
            view, self._gathered = self._room[: self._gathered], 0
            self._near.timed(self._write, view)
        elif self._gathered == self._size:
            await self._settle()
            self._start()

    async def flush(self) -> None:
        """Wait until all that was added is in the file.

        Raises:
            LocalFault: it could not be written.
        """
        await self._settle()
        if self._gathered:
            self._start()
            await self._settle()

    async def settle(self) -> None:
        """Bring what was written to the disk: from now on it outlives a power failure.

        Raises:
            LocalFault: the disk refused; network file systems tell of a full disk or quota only here.
        """
        await self.flush()
        await self._in_thread(self._sync)

    def close(self) -> None:
        """Let go of the file, at once or when the thread that still writes has ended.

        Raises:
            LocalFault: what was written is lost, and nothing else has gone wrong before.
        """
        writing, self._writing = self._writing, None
        if writing is None or writing.done():
            failing = sys.exception() is not None
            try:
                os.close(self._descriptor)
            except OSError as error:
                if not failing:
                    raise local_error(error, "write", self._path) from None
        else:
            writing.add_done_callback(self._close_after)

    def _close_after(self, written: "asyncio.Future[None]") -> None:
        with suppress(OSError):
            os.close(self._descriptor)
        written.exception()  # nobody waits for it any more

    def _start(self) -> None:
        """Have a thread write what is gathered; the other buffer is filled meanwhile."""
        full = self._room[: self._gathered]
        self._room, self._spare, self._gathered = self._spare, self._room, 0
        self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, full)

    async def _in_thread(self, work: Callable[[], None]) -> None:
        self._writing = asyncio.get_running_loop().run_in_executor(None, work)
        await self._settle()

    def _sync(self) -> None:
        with local_errors("write", self._path):
            os.fdatasync(self._descriptor)

    async def _settle(self) -> None:
        if self._writing is not None:
            # Shielded: the thread goes on anyway, and `close` must see it end.
            await asyncio.shield(self._writing)
            self._writing = None

    def _write(self, view: memoryview) -> None:
        left = view
        with local_errors("write", self._path):
            while left:
                count = os.pwrite(self._descriptor, left, self.end)
                self.end += count
                left = left[count:]
        if self._seen is not None:
            self._seen(view)


def open_existing(path: bytes, root: int = -1) -> int:
    """A descriptor for writing into the temporary file that is there.

    Below the first `root` bytes of the path no symbolic link is followed; -1 trusts the whole folder.

    Raises:
        StorageError: it is not, or is something else.
    """
    with local_errors("write", path), _folder_of(path, root) as folder:
        descriptor = os.open(
            os.path.basename(path),
            os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK,
            dir_fd=folder,
        )
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return descriptor
        os.close(descriptor)
        raise LocalFault("The temporary file has been replaced by something else.")


def create_below(path: bytes, root: int) -> int:
    """As `create_fresh`, following no symbolic link below the first `root` bytes of the path.

    Raises:
        StorageError: it cannot be made.
    """
    with local_errors("write", path), _folder_of(path, root) as folder:
        return create_fresh(os.path.basename(path), folder)


def _folder_of(path: bytes, root: int) -> AbstractContextManager[int]:
    folder = os.path.dirname(path)
    return folder_below(folder, len(folder) if root < 0 else min(root, len(folder)))


def create_fresh(path: bytes, folder: int | None = None) -> int:
    """A descriptor for a new, private, empty file, after removing a leftover of our own.

    `folder` is the descriptor that a relative path counts from.

    Raises:
        StorageError: it cannot be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    with local_errors("write", path):
        try:
            return os.open(path, flags, 0o600, dir_fd=folder)
        except FileExistsError:
            if os.stat(path, dir_fd=folder, follow_symlinks=False).st_uid != os.getuid():
                raise LocalFault(
                    f"{path.decode('utf-8', 'replace')} belongs to somebody else.",
                    next_step="Remove it, or choose another folder.",
                ) from None
            os.unlink(path, dir_fd=folder)
            return os.open(path, flags, 0o600, dir_fd=folder)
