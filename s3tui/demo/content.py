"""Bytes of objects without holding them: in memory, generated, in an unlinked file, joined, or a slice.

Every kind answers `read(offset, length)` from any thread. Nothing here has a name in the file system, so a
SIGKILL leaves nothing behind.
"""

import bisect
import ctypes
import functools
import hashlib
import os
import sys
import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

BLOCK_BYTES = 8 * 1024 * 1024
"""Part size of the generated files: their ETags are those of an upload in parts of this size."""

_TRAILER_BYTES = 64
_PUNCH_HOLE_KEEP_SIZE = 0x03


class Content(Protocol):
    """Bytes that can be read at any offset."""

    @property
    def size(self) -> int:
        """Length in bytes."""

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """Up to `length` bytes from `offset`; fewer only where the content says so, none only at the end.

        Raises OSError when the disk fails.
        """


class MemoryContent:
    """A small body, kept as bytes."""

    def __init__(self, data: bytes) -> None:
        """Keep `data` itself."""
        self._data = data
        self.size = len(data)

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """See `Content`."""
        return memoryview(self._data)[offset : offset + length]


class GeneratedContent:
    """A file of any size made from its seed on the fly.

    Blocks of 8 MiB are the same random bytes but for their last 64, which are the digest of seed and block
    number: a client can find swapped or repeated blocks, and the MD5 of each costs one digest of 64 bytes.
    """

    _lock = threading.Lock()
    _common: bytes = b""
    _common_md5 = hashlib.md5(usedforsecurity=False)

    def __init__(self, seed: str, size: int) -> None:
        """Describe `size` bytes (more than none) grown from `seed`."""
        self.seed = seed
        self.size = size

    @classmethod
    def _common_block(cls) -> bytes:
        with cls._lock:
            if not cls._common:
                block = hashlib.shake_128(b"s3tui demo").digest(BLOCK_BYTES - _TRAILER_BYTES)
                cls._common_md5 = hashlib.md5(block, usedforsecurity=False)
                cls._common = block
        return cls._common

    def _trailer(self, number: int) -> bytes:
        return hashlib.sha512(f"{self.seed}/{number}".encode()).digest()

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """See `Content`; never reaches over the end of a block."""
        length = min(length, self.size - offset)
        number, inside = divmod(offset, BLOCK_BYTES)
        common = self._common_block()
        if inside < len(common):
            return memoryview(common)[inside : inside + min(length, len(common) - inside)]
        start = inside - len(common)
        return self._trailer(number)[start : start + length]

    def part_sizes(self) -> tuple[int, ...]:
        """Bytes of each part of the upload this file stands for."""
        whole, rest = divmod(self.size, BLOCK_BYTES)
        return (BLOCK_BYTES,) * whole + ((rest,) if rest else ())

    def etag(self) -> str:
        """The multipart ETag these bytes have, without quotes; costs milliseconds for gigabytes."""
        common = self._common_block()
        digests = []
        for number, size in enumerate(self.part_sizes()):
            if size == BLOCK_BYTES:
                digest = self._common_md5.copy()
                digest.update(self._trailer(number))
            else:
                digest = hashlib.md5(memoryview(common)[:size], usedforsecurity=False)
                digest.update(self._trailer(number)[: max(0, size - len(common))])
            digests.append(digest.digest())
        return multipart_etag(digests)


class JoinedContent:
    """Parts one after another, as a completed multipart upload is."""

    def __init__(self, parts: Sequence[Content]) -> None:
        """Join `parts` in their order; nothing is copied."""
        self._parts = tuple(parts)
        self._starts = [0]
        for part in self._parts:
            self._starts.append(self._starts[-1] + part.size)
        self.size = self._starts.pop()

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """See `Content`; never reaches over the end of a part."""
        if offset >= self.size:
            return b""
        index = bisect.bisect_right(self._starts, offset) - 1
        inside = offset - self._starts[index]
        return self._parts[index].read(inside, min(length, self._parts[index].size - inside))


class SliceContent:
    """A range of other content, as a copied part is."""

    def __init__(self, source: Content, offset: int, size: int) -> None:
        """Stand for `size` bytes of `source` from `offset`."""
        self._source, self._offset, self.size = source, offset, size

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """See `Content`."""
        return self._source.read(self._offset + offset, max(0, min(length, self.size - offset)))


class SpooledContent:
    """An uploaded body in the spool; its room on disk is given back when nobody refers to it any more."""

    def __init__(self, spool: "Spool", offset: int, size: int) -> None:
        """Own `size` bytes of `spool` from `offset`."""
        self._spool, self._offset, self.size = spool, offset, size
        weakref.finalize(self, spool.release, offset, size).atexit = False

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """See `Content`."""
        return self._spool.read(self._offset + offset, max(0, min(length, self.size - offset)))

    def write(self, offset: int, data: bytes) -> None:
        """Fill bytes from `offset` on; raises OSError when the disk is full."""
        self._spool.write(self._offset + offset, data)


class Spool:
    """One unlinked temporary file that holds every uploaded body."""

    def __init__(self, directory: Path | None = None) -> None:
        """Open the file in `directory`, or in the system's temporary directory."""
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="s3tui-demo-", dir=directory)  # noqa: SIM115
        self._end = 0
        self._lock = threading.Lock()

    def reserve(self, size: int) -> SpooledContent:
        """Room for a body of `size` bytes, to be filled by its `write`."""
        with self._lock:
            offset, self._end = self._end, self._end + size
        return SpooledContent(self, offset, size)

    def read(self, offset: int, length: int) -> bytes:
        """Bytes of the file, from any thread."""
        return os.pread(self._file.fileno(), length, offset)

    def write(self, offset: int, data: bytes) -> None:
        """Store all of `data` at `offset`, from any thread."""
        view = memoryview(data)
        while view:
            written = os.pwrite(self._file.fileno(), view, offset)
            view, offset = view[written:], offset + written

    def release(self, offset: int, size: int) -> None:
        """Give the room back to the file system where it can do that."""
        if not self._file.closed and size:
            _punch_hole(self._file.fileno(), offset, size)

    def close(self) -> None:
        """Let the file go; contents of it must not be read afterwards."""
        self._file.close()


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _punch_hole(descriptor: int, offset: int, size: int) -> None:
    if sys.platform == "linux":
        # A file system that cannot punch holes keeps the bytes until the server ends, which is no error.
        _libc().fallocate(descriptor, _PUNCH_HOLE_KEEP_SIZE, ctypes.c_int64(offset), ctypes.c_int64(size))


def md5_of(content: Content) -> str:
    """Hexadecimal MD5 of all bytes; call it in a thread."""
    digest, offset = hashlib.md5(usedforsecurity=False), 0
    while offset < content.size:
        data = content.read(offset, 1024 * 1024)
        digest.update(data)
        offset += len(data)
    return digest.hexdigest()


def multipart_etag(digests: Sequence[bytes]) -> str:
    """ETag of a completed upload from the parts' binary MD5s, without quotes."""
    return f"{hashlib.md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"
