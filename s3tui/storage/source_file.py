"""Local files as sources: ranges of a file that must stay the one its transfer was planned for. Blocking."""

import os
import stat
import time
from collections.abc import Iterable
from types import TracebackType

from s3tui.errors import Changed, LocalFault
from s3tui.model.work import Planned, SourceIdentity
from s3tui.storage.checksums import running
from s3tui.storage.local_errors import local_errors

_SAME_TIME = 1e-6
"""Seconds: times that crossed as floating point numbers may differ by less than this."""

KEPT = 1024 * 1024
"""Bytes up to which a range is kept in memory instead of being read a second time."""


_TICK = 0.02
"""Seconds within which two changes of a file may get the same time."""


def identify(path: bytes) -> SourceIdentity:
    """The identity of a regular file; symbolic links are followed.

    Raises:
        StorageError: there is none, or it is no regular file.
    """
    with local_errors("read", path):
        found = os.stat(path)
        if 0 <= time.time_ns() - found.st_mtime_ns < _TICK * 1e9:
            # Its next change might not show in its time.
            time.sleep(_TICK)
            found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise LocalFault(f"{_shown(path)} is not a regular file.", next_step="Only files can be copied.")
    return identity_of(found)


def identify_planned(path: bytes, planned: Planned) -> SourceIdentity:
    """The identity of a file that is still as it was planned.

    Raises:
        Changed: it is not.
        StorageError: there is none, or it is no regular file.
    """
    found = identify(path)
    if found.size != planned.size or abs(found.modified_ns / 1e9 - planned.modified) > _SAME_TIME:
        raise Changed(f"{_shown(path)} has changed since the copy was planned.", next_step="Copy it again.")
    return found


def identity_of(found: os.stat_result) -> SourceIdentity:
    """What tells one state of a file from another."""
    return SourceIdentity(found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev, found.st_ctime_ns)


class SourceRange:
    """Bytes [offset, offset + size) of an open file, read twice: once to be summed, once to be sent.

    The sums go ahead of the bytes, so a server that checks them refuses what changes between the two.
    """

    def __init__(self, path: bytes, identity: SourceIdentity, offset: int, size: int) -> None:
        """Open the file.

        Raises:
            Changed: it is not the one with this identity.
            StorageError: it cannot be read.
        """
        self.size = size
        """Bytes."""
        self._path = path
        self._identity = identity
        self._offset = offset
        self._kept: bytes | None = None
        with local_errors("read", path):
            # Without O_NONBLOCK a FIFO in the file's place would be waited for.
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            self.expect_same()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "SourceRange":
        """The range itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def expect_same(self) -> None:
        """Look whether the open file is still what it was, and still the one that has its name.

        Raises:
            Changed: it is not.
        """
        with local_errors("read", self._path):
            found = identity_of(os.fstat(self._descriptor))
            try:
                named = identity_of(os.stat(self._path))
            except FileNotFoundError:
                raise Changed(f"{_shown(self._path)} was removed while it was sent.") from None
        if not (found.looks_like(self._identity) and named.looks_like(self._identity)):
            raise Changed(f"{_shown(self._path)} changed while it was sent.", next_step="Copy it again.")

    def sums(self, names: Iterable[str]) -> dict[str, str]:
        """Checksums of the range by their names, computed in one pass; values as `checksums` has them.

        Raises:
            Changed: the file is no longer what it was.
            StorageError: it cannot be read.
        """
        sums = {name: running(name) for name in names}
        if self.size <= KEPT:
            self._kept = self.read(0, self.size)
            for each in sums.values():
                each.update(self._kept)
        elif sums:
            buffer = bytearray(KEPT)
            view, done = memoryview(buffer), 0
            with local_errors("read", self._path):
                while done < self.size:
                    wanted = view[: self.size - done]
                    count = os.preadv(self._descriptor, [wanted], self._offset + done)
                    if not count:
                        break
                    for each in sums.values():
                        each.update(wanted[:count])
                    done += count
        self.expect_same()
        return {name: each.value() for name, each in sums.items()}

    @property
    def kept(self) -> bytes | None:
        """All bytes of a small range, as its sums were computed of them; else None."""
        return self._kept

    def into(self, start: int, view: memoryview) -> int:
        """Read from `start` of the range into `view` and return how many bytes; 0 where there are none."""
        with local_errors("read", self._path):
            return os.preadv(self._descriptor, [view[: self.size - start]], self._offset + start)

    def read(self, start: int, length: int) -> bytes:
        """Up to `length` bytes from `start` of the range; fewer only where the file has shrunk."""
        length = min(length, self.size - start)
        if self._kept is not None:
            return self._kept[start : start + length]
        with local_errors("read", self._path):
            return os.pread(self._descriptor, length, self._offset + start)


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")
