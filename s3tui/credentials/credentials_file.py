"""Reads the text of `--credentials-file`: only from a file that nobody else can read or replace."""

import os
import stat
from pathlib import Path

from s3tui.credentials.parsed import MAX_BYTES
from s3tui.errors import UsageError


def read_credentials_file(path: Path) -> str:
    """Return the text of a private file of at most 64 KiB, ready for `parse_paste`.

    The checks are made on the open file, so that it cannot be exchanged between check and reading.

    Raises:
        UsageError: the file is missing, a symbolic link, no regular file, of another owner, open to others,
            or too large.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise _refusal_to_open(path, error) from None
    try:
        _check(path, os.fstat(descriptor))
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"The credentials file {path} cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)
    if len(content) > MAX_BYTES:
        raise UsageError(
            f"The credentials file {path} is larger than 64 KiB.",
            next_step="Put only the lines with the keys into it.",
        )
    return content.decode("utf-8", errors="replace")


def _check(path: Path, facts: os.stat_result) -> None:
    if not stat.S_ISREG(facts.st_mode):
        raise UsageError(
            f"The credentials file {path} is not a regular file.",
            next_step="Give --credentials - to read from standard input.",
        )
    if facts.st_uid != os.geteuid():
        raise UsageError(
            f"The credentials file {path} belongs to somebody else.", next_step="Use a file of your own."
        )
    if facts.st_mode & 0o177:
        raise UsageError(
            f"The credentials file {path} is open to others (mode {stat.S_IMODE(facts.st_mode):04o}).",
            next_step=f"Run: chmod 600 {path}",
        )


def _refusal_to_open(path: Path, error: OSError) -> UsageError:
    if path.is_symlink():
        return UsageError(
            f"The credentials file {path} is a symbolic link.", next_step="Name the file it points to."
        )
    return UsageError(f"The credentials file {path} cannot be opened: {error.strerror}.")
