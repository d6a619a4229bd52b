"""Renaming on this machine without ever taking the place of something that has the name already.

The kernel's own "rename, but replace nothing" is used where the file system knows it, so that not even a
name that appears at the same moment is overwritten; a hard link does the same for files elsewhere.
"""

import ctypes
import errno
import os
import stat
from contextlib import suppress

from s3tui.errors import Changed

_HERE = -100
"""AT_FDCWD: paths count from the working directory."""
_REPLACE_NOTHING = 1
"""RENAME_NOREPLACE."""

_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)


def rename_over_nothing(source: bytes, target: bytes) -> None:
    """Give an entry another name in the same file system.

    Raises:
        Changed: something has that name; it is untouched.
        OSError: it cannot be done.
    """
    found = os.lstat(source)
    with suppress(FileNotFoundError):
        taken = os.lstat(target)
        same = (taken.st_ino, taken.st_dev) == (found.st_ino, found.st_dev)
        # On file systems that ignore case, a new case is the same entry.
        if same and os.fsdecode(source).casefold() == os.fsdecode(target).casefold():
            os.rename(source, target)
            return
        raise _exists(target)
    try:
        if not _renamed_by_kernel(source, target):
            _rename_elsewhere(source, target, folder=stat.S_ISDIR(found.st_mode))
    except (FileExistsError, NotADirectoryError):
        raise _exists(target) from None
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:
            raise _exists(target) from None
        raise


def _renamed_by_kernel(source: bytes, target: bytes) -> bool:
    """Whether the system knows how to replace nothing, and has done it."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    if renameat2(_HERE, source, _HERE, target, ctypes.c_uint(_REPLACE_NOTHING)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), source)


def _rename_elsewhere(source: bytes, target: bytes, *, folder: bool) -> None:
    """A folder only ever replaces an empty one; a file gets its new name before it loses the old one."""
    if folder:
        os.rename(source, target)
        return
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # No links here (FAT, some network mounts): nothing had the name a moment ago, more cannot be known.
        os.rename(source, target)
    else:
        os.unlink(source)


def _exists(target: bytes) -> Changed:
    return Changed(f"{target.decode('utf-8', 'replace')} exists already.")
