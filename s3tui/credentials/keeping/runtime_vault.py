"""Secrets in files of mode 0600 in `$XDG_RUNTIME_DIR`, which the system empties when the user logs out."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from s3tui.credentials.keeping.private_files import (
    closed_to_others,
    open_folder,
    open_subfolder,
    read_whole,
    write_whole,
)
from s3tui.credentials.keeping.vault import KeepingError, SecretBytes, VaultKind

SECRET_LIMIT = 64 * 1024
"""Bytes of the largest secret that is read; credentials with the longest tokens take a few kilobytes."""

_SUBFOLDER = "s3tui"

_LOCAL_FILE_SYSTEMS = frozenset(
    {"tmpfs", "ramfs", "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "overlay", "jfs", "bcachefs"}
)
"""Everything else may lie on other machines; names of network file systems are too many to list."""


class RuntimeVault:
    """Keeps each secret in a file `kept-ID` below `$XDG_RUNTIME_DIR/s3tui`."""

    kind: VaultKind = "file"

    def __init__(self, mounts: Path = Path("/proc/self/mountinfo")) -> None:
        """Keep where the kernel lists the mounted file systems."""
        self._mounts = mounts

    def available(self) -> str:
        """Return why no file can be kept, or an empty string."""
        try:
            with self._folder():
                return ""
        except KeepingError as error:
            return error.sentence

    def keep(self, identifier: str, secret: SecretBytes, expires_at: float | None) -> None:
        """Write the file; the expiry is the caller's to watch."""
        with self._folder() as (folder, path):
            name = f"kept-{identifier}"
            try:
                write_whole(folder, name, secret, path / name)
                return
            except OSError as error:
                failure = os.strerror(error.errno or 0)
        raise KeepingError(f"{path / name} cannot be written: {failure}.")

    def fetch(self, identifier: str) -> SecretBytes | None:
        """Read the file; refuses links, foreign owners and modes that let others in."""
        with self._folder() as (folder, path):
            name = f"kept-{identifier}"
            return read_whole(folder, name, path / name, SECRET_LIMIT)

    def forget(self, identifier: str) -> None:
        """Remove the file."""
        with self._folder() as (folder, path):
            try:
                os.unlink(f"kept-{identifier}", dir_fd=folder)
            except FileNotFoundError:
                pass
            except OSError as error:
                why = os.strerror(error.errno or 0)
                raise KeepingError(f"{path / f'kept-{identifier}'} cannot be removed: {why}.") from None

    @contextlib.contextmanager
    def _folder(self) -> Iterator[tuple[int, Path]]:
        """Give our folder, checked and made when missing, and its path for sentences."""
        setting = os.environ.get("XDG_RUNTIME_DIR", "")
        if not setting:
            raise KeepingError("XDG_RUNTIME_DIR is not set on this machine.")
        root = Path(setting)
        if not root.is_absolute():
            raise KeepingError("XDG_RUNTIME_DIR is not an absolute path.")
        with contextlib.ExitStack() as stack:
            try:
                outer = stack.enter_context(open_folder(root, links=False))
                _must_be_private(outer, root)
                self._must_be_local(outer, root)
                inner = stack.enter_context(open_subfolder(outer, _SUBFOLDER, make=True))
                _must_be_private(inner, root / _SUBFOLDER)
            except OSError as error:
                why = os.strerror(error.errno or 0)
                raise KeepingError(f"{root} cannot be used: {why}.") from None
            yield inner, root / _SUBFOLDER

    def _must_be_local(self, folder: int, path: Path) -> None:
        """Refuse a folder whose file system may be on another machine."""
        kind = _file_system(self._mounts, Path(f"/proc/self/fd/{folder}").resolve())
        if kind not in _LOCAL_FILE_SYSTEMS:
            raise KeepingError(
                f"{path} is on a file system of the kind {kind!r}, perhaps on another machine."
            )


def _must_be_private(folder: int, path: Path) -> None:
    if not closed_to_others(folder):
        raise KeepingError(f"{path} is not ours alone: it needs our ownership and the mode 0700.")


def _file_system(mounts: Path, path: Path) -> str:
    """Return the kind of the file system that holds `path`, or "unknown"."""
    kind, longest = "unknown", -1
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return kind
    for line in lines:
        fields, _, tail = line.partition(" - ")
        columns = fields.split(" ")
        if len(columns) < 5 or not tail:
            continue
        # The kernel writes blanks in paths as octal escapes.
        point = Path(columns[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        # Later lines are mounted over earlier ones, so an equal length wins.
        if path.is_relative_to(point) and len(point.parts) >= longest:
            kind, longest = tail.split(" ", 1)[0], len(point.parts)
    return kind
