"""Whose a journal is: a small file beside it names the engine that holds it. Only the lock counts, though."""

import contextlib
import os
import socket
from pathlib import Path

import msgspec
from msgspec import Struct


class Owner(Struct, frozen=True):
    """The engine that holds a journal."""

    host: str
    pid: int
    parent: int
    """Its front end's process id."""


def write_owner(path: Path) -> None:
    """Say whose it is, where there is room: the lock is what counts."""
    owner = Owner(socket.gethostname(), os.getpid(), os.getppid())
    with contextlib.suppress(OSError):
        write_private(owner_path(path), msgspec.json.encode(owner))


def owner_path(path: Path) -> Path:
    """The small file of a journal."""
    return path.with_suffix(".owner")


def owner_of(path: Path) -> Owner | None:
    """Who says to hold a journal; None where nobody does."""
    try:
        return msgspec.json.decode(owner_path(path).read_bytes(), type=Owner)
    except (OSError, msgspec.DecodeError):
        return None


def about_to_end(path: Path) -> bool:
    """Whether the holder is an engine on this host whose front end is gone."""
    owner = owner_of(path)
    return owner is not None and owner.host == socket.gethostname() and not _alive(owner.parent)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state not in ("Z", "X")


def write_private(path: Path, contents: bytes) -> None:
    """Write a file that nobody else may read.

    Raises:
        OSError: it cannot be written, or is a symbolic link.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(contents)
