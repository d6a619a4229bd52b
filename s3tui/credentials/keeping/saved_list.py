"""The list of saved connections in `connections.json`: no secret in it, mode 0600, replaced whole.

The file is read anew for every change, so several running s3tui share it. Damage never stops the program:
what can be read is used, `notice` says the rest, and the damaged file is set aside before it is replaced.
"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from s3tui.credentials.keeping.private_files import open_folder, read_whole, write_whole
from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.credentials.keeping.vault import KeepingError

VERSION = 1
"""Of the files this program writes; a newer one is shown, but never replaced."""

SIZE_LIMIT = 1024 * 1024
"""Bytes of the largest list that is read."""

_NAME = "connections.json"
_ASIDE = "connections.json.damaged"
_TRIES = 10

Entries = tuple[SavedConnection, ...]


class _File(Struct):
    version: int
    connections: list[msgspec.Raw]


class SavedList:
    """Reads and changes the list in one state folder; every call blocks on the file system."""

    def __init__(self, state_dir: Path) -> None:
        """Keep where the state folder is; nothing is touched yet."""
        self._dir = state_dir
        self.path = state_dir / _NAME
        self.notice = ""
        """What was wrong with the file when it was last read; empty when nothing was."""

    def read(self) -> Entries:
        """Return the entries in the order in which they were saved; an absent list is empty.

        Raises:
            KeepingError: the file may not be trusted (a link, another owner, writable by others), or the
                folder cannot be read.
        """
        try:
            with open_folder(self._dir) as folder:
                return self._entries(self._content(folder))[0]
        except FileNotFoundError:
            self.notice = ""
            return ()
        except OSError as error:
            raise _failure(self.path, "read", error) from None

    def change(self, edit: Callable[[Entries], Entries]) -> None:
        """Replace the list by what `edit` makes of it; nothing is written when it stays the same.

        Raises:
            KeepingError: as in `read`, or the list cannot be written, or a newer s3tui wrote it.
        """
        try:
            with open_folder(self._dir, make=True) as folder:
                for _ in range(_TRIES):
                    if self._changed(folder, edit):
                        return
        except OSError as error:
            raise _failure(self.path, "written", error) from None
        raise KeepingError(f"{self.path} is being changed by another s3tui.", next_step="Try again.")

    def _changed(self, folder: int, edit: Callable[[Entries], Entries]) -> bool:
        """Make one try; returns False when another process was faster."""
        before = self._content(folder)
        entries, version = self._entries(before)
        wanted = edit(entries)
        if wanted == entries:
            return True
        if version > VERSION:
            raise KeepingError(
                f"{self.path} was written by a newer s3tui, so it is left as it is.",
                next_step="Use that version to save or forget connections.",
            )
        content = msgspec.json.format(
            msgspec.json.encode({"version": VERSION, "connections": wanted}), indent=1
        )
        if self._content(folder) != before:
            return False
        if self.notice and before is not None:
            with contextlib.suppress(FileNotFoundError):
                os.rename(_NAME, _ASIDE, src_dir_fd=folder, dst_dir_fd=folder)
        write_whole(folder, _NAME, content, self.path)
        return True

    def _content(self, folder: int) -> bytes | None:
        return read_whole(folder, _NAME, self.path, SIZE_LIMIT, secret=False)

    def _entries(self, content: bytes | None) -> tuple[Entries, int]:
        """Return the entries that can be read and the file's version; sets `notice`."""
        self.notice = ""
        if content is None:
            return (), VERSION
        try:
            file = msgspec.json.decode(content, type=_File)
        except msgspec.MsgspecError:
            self.notice = f"{self.path} is damaged: saved connections in it cannot be shown."
            return (), VERSION
        entries: dict[str, SavedConnection] = {}
        damaged = 0
        for raw in file.connections:
            try:
                entry = msgspec.json.decode(raw, type=SavedConnection)
            except msgspec.MsgspecError:
                damaged += 1
                continue
            entries[entry.id] = entry
        if damaged and file.version <= VERSION:
            self.notice = (
                f"{self.path} is damaged: {damaged} of {len(file.connections)} entries cannot be read."
            )
        return tuple(entries.values()), file.version


def _failure(path: Path, what: str, error: OSError) -> KeepingError:
    return KeepingError(f"{path} cannot be {what}: {os.strerror(error.errno or 0)}.")
