"""Folders of our own that nobody else may look into."""

import errno
import os
from pathlib import Path

MODE = 0o700


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, closed to others; one that is there stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    for folder in (*reversed(path.parents), path):
        # One by one: `parents=True` would leave those between open to others.
        try:
            folder.mkdir(mode=MODE)
        except FileExistsError:
            if not folder.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
        except OSError:
            if not folder.is_dir():  # a read-only file system says so even of folders that are there
                raise
