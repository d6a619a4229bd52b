"""The private directory of one demo: made, owned by a lock, removed, and swept when its owner was killed.

The owner holds a lock on a file inside for as long as it lives; the system lets it go with the process,
however that ends. A directory whose lock can be taken has no owner any more.
"""

import fcntl
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

DIRECTORY_PREFIX = "s3tui-demo-"
_OWNER_FILE = ".owner"
_UNOWNED_SECONDS = 60.0
"""How old a directory without an owner file has to be: a new one has none for a moment."""


class ScratchDirectory:
    """A directory (0700) that belongs to this process."""

    def __init__(self) -> None:
        """Make the directory and lock it; raises OSError."""
        self.path = Path(tempfile.mkdtemp(prefix=DIRECTORY_PREFIX))
        unlocked = self.path / f"{_OWNER_FILE}.new"
        self._lock = os.open(unlocked, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Only a locked file ever has the name that sweepers look at.
        unlocked.rename(self.path / _OWNER_FILE)

    def remove(self, patience_seconds: float = 1.0) -> None:
        """Remove the directory, going on while another process still writes into it."""
        remove_tree(self.path, patience_seconds)
        os.close(self._lock)


def remove_tree(path: Path, patience_seconds: float = 0.0) -> None:
    """Remove a tree, trying again for a while; never raises for what is left."""
    end = time.monotonic() + patience_seconds
    while path.exists():
        shutil.rmtree(path, ignore_errors=True)
        if time.monotonic() >= end:
            return
        if path.exists():
            time.sleep(0.05)


def sweep() -> int:
    """Remove the directories whose owners are gone; returns how many."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{DIRECTORY_PREFIX}*"):
        if _is_ours(path) and _is_abandoned(path):
            remove_tree(path)
            removed += 1
    return removed


def _is_ours(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _is_abandoned(path: Path) -> bool:
    try:
        descriptor = os.open(path / _OWNER_FILE, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return _age_seconds(path) > _UNOWNED_SECONDS
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
