"""The journal's file: which one this engine may use, its schema, and what to do with a bad one.

Everything here runs on the journal's own thread. The lock is SQLite's exclusive one, held for as long as the
engine lives; a small file beside it says whose it is. Exclusive locking comes before WAL, so that no shared
memory is used and homes on network file systems work.
"""

import contextlib
import errno
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from s3tui.private import private_folder
from s3tui.transfer.journal_owner import about_to_end, owner_of, owner_path, write_owner, write_private

SCHEMA = 1
"""`user_version` of the journals this program writes."""

_APPLICATION = 0x53335455  # "S3TU"

_SLOTS = 99

_GRACE = 4.0
"""Seconds to wait for an engine that is about to end because its front end is gone."""

_TABLES = f"""
CREATE TABLE transfers(
    id INTEGER PRIMARY KEY, direction TEXT NOT NULL, local BLOB NOT NULL, root INTEGER NOT NULL,
    bucket TEXT NOT NULL, key TEXT NOT NULL, key_root INTEGER NOT NULL, endpoint TEXT,
    size INTEGER NOT NULL, modified REAL NOT NULL, overwrite INTEGER NOT NULL, move INTEGER NOT NULL,
    status TEXT NOT NULL, upload_id TEXT NOT NULL DEFAULT '', part_size INTEGER NOT NULL DEFAULT 0,
    etag TEXT NOT NULL DEFAULT '', failure BLOB, assurance TEXT);
CREATE TABLE parts(
    transfer INTEGER NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL,
    PRIMARY KEY(transfer, number)) WITHOUT ROWID;
CREATE TABLE aborts(
    endpoint TEXT, bucket TEXT NOT NULL, key TEXT NOT NULL, upload_id TEXT NOT NULL,
    PRIMARY KEY(upload_id, key, bucket));
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
PRAGMA application_id={_APPLICATION};
PRAGMA user_version={SCHEMA};
"""

UNFINISHED = "(status IN ('queued', 'running', 'paused') OR (status = 'failed' AND part_size > 0))"
"""The condition for rows that can be gone on with."""

HALF_DONE = f"(direction = 'download' AND status IN ('cancelled', 'failed') AND NOT {UNFINISHED})"
"""The condition for rows of downloads whose temporary file nobody wants any more."""


OVER = f"(status IN ('succeeded', 'cancelled', 'failed') AND NOT {UNFINISHED} AND NOT {HALF_DONE})"
"""The condition for rows of which nothing is left anywhere."""

_DAMAGED = ("no such", "could not decode", "unsupported file format", "malformed")
"""Words of SQLite's operational errors that are about the file and not about its disk."""


class OpenedFile(Struct):
    """A journal that is ours."""

    connection: sqlite3.Connection
    path: Path | None
    """None when it is only in memory."""
    token: str
    """Random, of this file: keeps names of temporary files apart between engines."""
    notices: list[str]


class _Locked(Exception):
    """Another engine holds it."""


class _Unreachable(Exception):
    """It is somebody else's."""


class _Unusable(Exception):
    """It is damaged, foreign, or newer than this program."""


def open_file(state_dir: Path) -> OpenedFile:
    """Open the journal of this engine: one with unfinished work that nobody holds, else the first free one.

    Never fails: where nothing can be written the journal is kept in memory, and a notice says so.
    """
    notices: list[str] = []
    try:
        private_folder(state_dir)
        if state_dir.stat().st_mode & 0o077:
            state_dir.chmod(0o700)
        return _choose(state_dir, notices)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        notices.append(
            f"No journal can be kept in {state_dir} ({reason}): "
            "what is not finished when s3tui ends is forgotten."
        )
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.executescript(_TABLES)
    return OpenedFile(connection, None, secrets.token_hex(4), notices)


def replace_damaged(opened: OpenedFile) -> OpenedFile:
    """Set aside a journal that turned out to be damaged while it was read, and begin a new one."""
    assert opened.path is not None
    close_file(opened)
    aside = _set_aside(opened.path)
    opened.notices.append(_set_aside_notice(opened.path, "is damaged", aside))
    replacement = open_file(opened.path.parent)
    replacement.notices[:0] = opened.notices
    return replacement


def close_file(opened: OpenedFile) -> None:
    """Let go of the journal."""
    opened.connection.close()
    if opened.path is not None:
        owner_path(opened.path).unlink(missing_ok=True)


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error is about the file and not about its disk."""
    words = str(error).lower()
    return not isinstance(error, sqlite3.OperationalError) or any(word in words for word in _DAMAGED)


def made_again(opened: OpenedFile) -> OpenedFile:
    """Put a journal whose file was removed under its name again, or the next free one, with all it holds.

    Raises:
        OSError, sqlite3.Error: it cannot be made; the open one is still good.
    """
    assert opened.path is not None
    private_folder(opened.path.parent)
    path = next(path for path in _slots(opened.path.parent) if not path.exists())
    write_private(path, b"")
    connection = sqlite3.connect(path, timeout=0.05, check_same_thread=False, isolation_level=None)
    try:
        opened.connection.backup(connection)
        _prepare(connection)
    except BaseException:
        connection.close()
        path.unlink(missing_ok=True)
        raise
    opened.connection.close()
    write_owner(path)
    return OpenedFile(connection, path, opened.token, opened.notices)


def is_of_command(state_dir: Path) -> bool:
    """Whether a state folder is that of one command, which goes with its good end."""
    return state_dir.parent.name == "commands"


def last_change(state_dir: Path) -> float:
    """When a journal there was written to last, in Unix seconds; 0 where there is none."""
    changes = [0.0]
    for path in state_dir.glob("queue*.db*"):
        try:
            changes.append(path.stat().st_mtime)
        except OSError:
            pass  # of another engine, gone meanwhile
    return max(changes)


def _slots(state_dir: Path) -> Iterator[Path]:
    """The names that journals can have, the one that is tried first, first."""
    for number in range(1, _SLOTS + 1):
        yield state_dir / ("queue.db" if number == 1 else f"queue-{number}.db")


def _choose(state_dir: Path, notices: list[str]) -> OpenedFile:
    chosen: tuple[Path, sqlite3.Connection] | None = None
    for path in _slots(state_dir):
        new = not path.exists()
        if new and chosen is not None:
            break
        try:
            connection = _open_or_replace(path, notices)
        except _Locked:
            if new:
                # Nobody can hold what was made a moment ago.
                path.unlink(missing_ok=True)
                raise OSError(errno.ENOLCK, "files cannot be locked there") from None
            notices.append(_in_use(path))
            continue
        except _Unreachable:
            notices.append(f"The journal {path.name} may not be read and written; this is kept in {{own}}.")
            continue
        if _has_work(connection) or chosen is None:
            if chosen is not None:
                chosen[1].close()
            chosen = (path, connection)
            if _has_work(connection):
                break
        else:
            connection.close()
        if new:
            break
    if chosen is None:
        raise OSError(0, f"{_SLOTS} journals are in use")
    path, connection = chosen
    write_owner(path)
    return OpenedFile(connection, path, _token(connection), _worded(notices, path))


def _worded(notices: list[str], path: Path) -> list[str]:
    return [notice.replace("{own}", path.name) for notice in notices]


def _in_use(path: Path) -> str:
    owner = owner_of(path)
    who = f" (host {owner.host}, process {owner.pid})" if owner else ""
    return f"Another s3tui{who} works with {path.name}; this one keeps its transfers in {{own}}."


def _open_or_replace(path: Path, notices: list[str]) -> sqlite3.Connection:
    try:
        return _open(path)
    except _Unusable as error:
        aside = _set_aside(path)
        notices.append(_set_aside_notice(path, str(error), aside))
        return _open(path)


def _set_aside_notice(path: Path, reason: str, aside: str) -> str:
    return f"The journal {path.name} {reason}; it was set aside as {aside} and a new one begun."


def _open(path: Path) -> sqlite3.Connection:
    """Open and lock one file, making it when missing."""
    if not path.exists():
        write_private(path, b"")
    elif not path.is_file():
        raise _Unusable("is no file")
    elif not os.access(path, os.R_OK | os.W_OK) and not _is_read_only(path):
        raise _Unreachable
    deadline = time.monotonic() + _GRACE
    while True:
        connection = sqlite3.connect(path, timeout=0.05, check_same_thread=False, isolation_level=None)
        try:
            _prepare(connection)
            return connection
        except sqlite3.OperationalError as error:
            connection.close()
            if is_damage(error):
                raise _Unusable("is damaged") from None
            if "locked" not in str(error):
                raise
            if time.monotonic() > deadline or not about_to_end(path):
                raise _Locked from None
            time.sleep(0.1)
        except sqlite3.DatabaseError:
            connection.close()
            raise _Unusable("is damaged") from None
        except BaseException:
            connection.close()
            raise


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    # The first touch of the file takes the lock for good.
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != _APPLICATION:
        raise _Unusable("belongs to another program")
    if version > SCHEMA:
        raise _Unusable("was written by a newer s3tui")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not tables:
            for statement in filter(str.strip, _TABLES.split(";")):
                connection.execute(statement)
            connection.execute("INSERT INTO facts VALUES ('token', ?)", (secrets.token_hex(4),))
        else:
            connection.execute("SELECT count(*) FROM parts").fetchone()
            _has_work(connection)
            _token(connection)
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _has_work(connection: sqlite3.Connection) -> bool:
    row = connection.execute(
        f"SELECT EXISTS(SELECT 1 FROM transfers WHERE {UNFINISHED} OR {HALF_DONE}) "
        "OR EXISTS(SELECT 1 FROM aborts)"
    ).fetchone()
    return bool(row[0])


def _token(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM facts WHERE name = 'token'").fetchone()
    if row is None or not re.fullmatch("[0-9a-f]{8}", str(row[0])):
        raise _Unusable("is damaged")
    return str(row[0])


def _set_aside(path: Path) -> str:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = 0
    while True:
        name = f"{path.stem}.set-aside-{stamp}{f'-{number}' if number else ''}{path.suffix}"
        aside = path.with_name(name)
        if not aside.exists():
            break
        number += 1
    for ending in ("-wal", "-journal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{ending}").rename(f"{aside}{ending}")
    path.rename(aside)
    return name


def _is_read_only(path: Path) -> bool:
    """Whether the whole file system is."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
