"""Files only their owner can read, written whole or not at all.

Everything goes through an open folder, so that nobody can swap the folder between a check and its use. Links
are never followed, and a mode is set when the file is made: setting it afterwards would leave a gap.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from s3tui.credentials.keeping.vault import KeepingError, SecretBytes
from s3tui.private import private_folder

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a planted pipe must not make the open wait for a writer.
_OLD_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextlib.contextmanager
def open_folder(path: Path, *, make: bool = False, links: bool = True) -> Iterator[int]:
    """Give a descriptor of a folder; `make` makes it and its parents with mode 0700 when it is missing.

    Raises:
        FileNotFoundError: there is no such folder and `make` is off.
        OSError: the folder cannot be opened; a link when `links` is off.
    """
    if make:
        private_folder(path)
    folder = os.open(path, _FOLDER | (0 if links else os.O_NOFOLLOW))
    try:
        yield folder
    finally:
        os.close(folder)


@contextlib.contextmanager
def open_subfolder(parent: int, name: str, *, make: bool = False) -> Iterator[int]:
    """Give a descriptor of a folder in an open folder; a link is refused.

    Raises:
        FileNotFoundError: there is no such folder and `make` is off.
        OSError: the folder cannot be made or opened.
    """
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, mode=0o700, dir_fd=parent)
    folder = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=parent)
    try:
        yield folder
    finally:
        os.close(folder)


def closed_to_others(descriptor: int) -> bool:
    """Whether an open file or folder is ours and gives nothing to the group or to others."""
    status = os.fstat(descriptor)
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS


def write_whole(folder: int, name: str, content: bytes, shown: Path) -> None:
    """Put a file of mode 0600 in the place of `name`, completely or not at all; `shown` is for sentences.

    Raises:
        KeepingError: the file system gave the new file to others as well.
        OSError: the file could not be written.
    """
    # The name must not end in what a later reader looks for, and must not be guessable in a shared folder.
    draft = f".{name}.{secrets.token_hex(8)}"
    descriptor = os.open(draft, _NEW_FILE, mode=0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            # Inherited access lists of some file systems add bits to the mode that was asked for.
            if not closed_to_others(descriptor):
                raise KeepingError(f"The file system lets other users read {shown}, so nothing was written.")
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(descriptor)
        os.rename(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise
    os.fsync(folder)


def read_whole(folder: int, name: str, shown: Path, limit: int, *, secret: bool = True) -> SecretBytes | None:
    """Return a file's content, or None when there is no such file.

    A file that is not secret may be readable by others, but not writable: others would decide where our
    credentials are sent.

    Raises:
        KeepingError: the file is a link, not a regular file, not ours, open to others, or over `limit` bytes.
    """
    try:
        descriptor = os.open(name, _OLD_FILE, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeepingError(f"{shown} is not read: {_why(error)}.", next_step=f"Look at {shown}.") from None
    try:
        status = os.fstat(descriptor)
        refusal = _refusal(status, _OTHERS if secret else _OTHERS_WRITE)
        if refusal:
            raise KeepingError(
                f"{shown} is not read: {refusal}.", next_step=f"Look at {shown}, then remove it."
            )
        if status.st_size > limit:
            raise KeepingError(f"{shown} is not read: it is larger than {limit} bytes.")
        content = bytearray()
        while len(content) <= limit and (piece := os.read(descriptor, limit + 1 - len(content))):
            content += piece
    finally:
        os.close(descriptor)
    return SecretBytes(content)


def _refusal(status: os.stat_result, forbidden: int) -> str:
    """Say why a file is not to be trusted; empty when it is."""
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_uid != os.geteuid():
        return "it belongs to another user"
    # None at all is fine: somebody has just put a newer file in its place.
    if status.st_nlink > 1:
        return "it has a second name (a hard link)"
    if status.st_mode & forbidden:
        return f"other users have access to it (mode {stat.S_IMODE(status.st_mode):04o})"
    return ""


def _why(error: OSError) -> str:
    """Say in a few words why opening failed."""
    # O_NOFOLLOW answers ELOOP for a link.
    return "it is a link" if error.errno == errno.ELOOP else os.strerror(error.errno or 0).lower()
