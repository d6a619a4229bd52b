"""Opens folders below a chosen root without ever following a symbolic link there.

Object keys decide the names below the root, and somebody else may plant links between our steps: every
component is opened in the folder before it, by descriptor. Blocking.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from s3tui.errors import LocalFault

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def folder_below(path: bytes, root: int, *, make: bool = False) -> Iterator[int]:
    """Open the folder `path` and give its descriptor.

    Args:
        path: absolute.
        root: how many bytes of it the user chose; only in these are links followed.
        make: make what is missing.

    Raises:
        OSError: ELOOP for a link below the root, and whatever else the system says.
        LocalFault: a name below the root would lead out of it.
    """
    chosen, below = path[:root] or b"/", [name for name in path[root:].split(b"/") if name]
    if b".." in below or b"." in below:
        raise LocalFault(f"{path.decode('utf-8', 'replace')} would lead out of the chosen folder.")
    if make:
        os.makedirs(chosen, exist_ok=True)
    descriptor = os.open(chosen, _FOLDER)
    try:
        for name in below:
            inner = _step(descriptor, name, make)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _step(folder: int, name: bytes, make: bool) -> int:
    if make:
        try:
            os.mkdir(name, dir_fd=folder)
        except FileExistsError:
            pass
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    except NotADirectoryError:
        if stat.S_ISLNK(os.lstat(name, dir_fd=folder).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise
