"""The temporary file of a download: written in threads, never through a symbolic link.

Writes go at explicit offsets, one at a time and one ahead of the network. The descriptor is closed only when
no thread uses it any more, so that a cancelled write can never land in somebody else's file.
"""

import asyncio
import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from s3tui.errors import LocalFault
from s3tui.storage.contained import folder_below
from s3tui.storage.local_errors import local_errors

BATCH = 1024 * 1024
"""Bytes that are gathered before a thread is asked to write them."""

_CHUNKS = 512
"""Pieces in a batch; the system takes 1,024 in one call."""


class PartWriter:
    """Writes a run of bytes from `offset` on; `add` what arrives, then `flush`."""

    def __init__(
        self, path: bytes, descriptor: int, offset: int, seen: Callable[[bytes], Any] | None
    ) -> None:
        """Take over a descriptor; `seen` gets every piece in order, in the writing thread."""
        self._path = path
        self._descriptor = descriptor
        self._seen = seen
        self._chunks: list[bytes] = []
        self._gathered = 0
        self._writing: asyncio.Future[None] | None = None
        self.end = offset
        """Offset of the first byte that is not in the file yet."""

    async def add(self, chunk: bytes) -> None:
        """Take bytes that follow the last ones; waits while the disk is slower than the network.

        Raises:
            LocalFault: an earlier batch could not be written.
        """
        self._chunks.append(chunk)
        self._gathered += len(chunk)
        if self._gathered >= BATCH or len(self._chunks) >= _CHUNKS:
            await self._settle()
            self._start()

    async def flush(self) -> None:
        """Wait until all that was added is in the file.

        Raises:
            LocalFault: it could not be written.
        """
        await self._settle()
        if self._chunks:
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
        """Let go of the file, at once or when the thread that still writes has ended."""
        writing, self._writing = self._writing, None
        if writing is None or writing.done():
            os.close(self._descriptor)
        else:
            writing.add_done_callback(self._close_after)

    def _close_after(self, written: "asyncio.Future[None]") -> None:
        os.close(self._descriptor)
        written.exception()  # nobody waits for it any more

    def _start(self) -> None:
        chunks, self._chunks, self._gathered = self._chunks, [], 0
        self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, chunks)

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

    def _write(self, chunks: list[bytes]) -> None:
        with local_errors("write", self._path):
            views = [memoryview(chunk) for chunk in chunks if chunk]
            while views:
                count = os.pwritev(self._descriptor, views, self.end)
                self.end += count
                while views and count >= len(views[0]):
                    count -= len(views.pop(0))
                if count:
                    views[0] = views[0][count:]
        if self._seen is not None:
            for chunk in chunks:
                self._seen(chunk)


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
