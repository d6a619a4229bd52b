"""Writes to the journal's file, and owes it what its disk has refused until it is taken.

A full home or quota stops no transfer: what could not be written is kept in memory in its order and tried
again, and the user hears of it when it begins and when it is over. A journal whose folder was removed is
made again with all it held. Everything here runs on the journal's own thread.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any

from s3tui.transfer.journal_file import OpenedFile, is_damage, made_again

AGAIN = 2.0
"""Seconds between attempts to write what is owed, and between looks whether the file is still there."""

Statements = tuple[tuple[str, Sequence[Sequence[Any]]], ...]
"""SQL and the rows it is executed with."""


class JournalWriter:
    """The writing side of an open journal."""

    def __init__(self, file: OpenedFile, tell: Callable[[str], None]) -> None:
        """Write to `file`; `tell` gets sentences for the user."""
        self.file = file
        self._tell = tell
        self._owed: list[Statements] = []
        self._troubled = False
        self._identity = _identity(file)
        self._looked = time.monotonic()

    @property
    def owes(self) -> bool:
        """Whether something waits for the disk."""
        return bool(self._owed)

    def write(self, batch: Sequence[Statements]) -> None:
        """Write all in one transaction, or keep it until the disk takes it.

        Raises:
            UnicodeError: it is nothing that could ever be written; it is not kept.
        """
        self._look_after_file()
        try:
            self._commit([*self._owed, *batch])
        except sqlite3.Error as error:
            self._owed += batch
            if not self._troubled:
                self._troubled = True
                self._tell(
                    f"The journal {self.file.path or ''} cannot be written ({error}). Transfers go on, but "
                    "what is not finished when s3tui ends may be forgotten: make room there."
                )
        else:
            self._owed = []
            if self._troubled:
                self._troubled = False
                self._tell("The journal can be written again; nothing of it is missing.")

    def tidy(self, statements: Statements) -> None:
        """Write what only keeps a journal small, as soon as there is room for it.

        Raises:
            sqlite3.DatabaseError: the journal is damaged.
        """
        try:
            self._commit([statements])
        except sqlite3.Error as error:
            if is_damage(error):
                raise
            self._owed.append(statements)

    def _commit(self, batch: Sequence[Statements]) -> None:
        connection = self.file.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for statements in batch:
                for sql, rows in statements:
                    connection.executemany(sql, rows)
            connection.execute("COMMIT")
        except (sqlite3.Error, UnicodeError):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _look_after_file(self) -> None:
        now = time.monotonic()
        if self._identity is None or now < self._looked + AGAIN:
            return
        self._looked = now
        if _identity(self.file) == self._identity:
            return
        try:
            self.file = made_again(self.file)
        except (OSError, sqlite3.Error):
            return  # tried again at the next look; until then what is written goes to the file without a name
        self._identity = _identity(self.file)
        self._tell(f"The journal had been removed; it was made again as {self.file.path}.")


def _identity(file: OpenedFile) -> tuple[int, int] | None:
    """What tells the file under the journal's name from another."""
    if file.path is None:
        return None
    try:
        found = os.stat(file.path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
