"""Reads ranges of a local file that must still be the file its transfer was planned for. Blocking."""

import os
import stat

from s3tui.errors import Changed, LocalFault
from s3tui.model.work import SourceIdentity
from s3tui.storage.local_errors import local_errors


def identify(path: bytes) -> SourceIdentity:
    """The identity of a regular file; symbolic links are followed.

    Raises:
        StorageError: there is none, or it is no regular file.
    """
    with local_errors("read", path):
        found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise LocalFault(f"{_shown(path)} is not a regular file.", next_step="Only files can be copied.")
    return identity_of(found)


def identity_of(found: os.stat_result) -> SourceIdentity:
    """What tells one state of a file from another."""
    return SourceIdentity(found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev)


def read_range(path: bytes, identity: SourceIdentity, offset: int, length: int) -> bytes:
    """Read exactly `length` bytes at `offset`.

    Raises:
        Changed: the file is not, or no longer, the one with this identity.
        StorageError: it cannot be read.
    """
    with local_errors("read", path):
        # Without O_NONBLOCK a FIFO in the file's place would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _expect(path, descriptor, identity)
            pieces, done = list[bytes](), 0
            while done < length:
                piece = os.pread(descriptor, length - done, offset + done)
                if not piece:
                    raise _changed(path)
                pieces.append(piece)
                done += len(piece)
            _expect(path, descriptor, identity)
        finally:
            os.close(descriptor)
    # Almost always one piece, which is not copied then.
    return b"".join(pieces)


def _expect(path: bytes, descriptor: int, identity: SourceIdentity) -> None:
    if identity_of(os.fstat(descriptor)) != identity:
        raise _changed(path)


def _changed(path: bytes) -> Changed:
    return Changed(f"{_shown(path)} changed while it was read.", next_step="Copy it again.")


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")
