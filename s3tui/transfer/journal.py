"""The journal: what must survive the end of this process, written by one thread.

Calls queue a statement and return an awaitable; whoever needs the order (the upload id before any byte)
awaits it. What is queued at the same time goes into one transaction, so that one fsync serves many transfers.
What the disk refuses is owed (see `journal_writer`): who waits for it goes on.
No secret is ever written.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import msgspec
from msgspec import Struct

from s3tui.errors import JournalError
from s3tui.model.failure import Failure
from s3tui.model.transfer import Assurance, TransferStatus
from s3tui.transfer.journal_file import (
    OVER,
    UNFINISHED,
    OpenedFile,
    close_file,
    is_damage,
    is_of_command,
    last_change,
    open_file,
    replace_damaged,
)
from s3tui.transfer.journal_rows import COLUMNS, VERSION_COLUMNS, Arrived, row_of, transfers_of, unfinished
from s3tui.transfer.journal_writer import AGAIN, JournalWriter, Statements
from s3tui.transfer.record import Transfer

_ADD = f"INSERT OR REPLACE INTO transfers({COLUMNS}) VALUES ({', '.join('?' * 18)})"
_STATUS = "UPDATE transfers SET status = ?, failure = ?, assurance = ? WHERE id = ?"
_BEGUN = "UPDATE transfers SET upload_id = ?, part_size = ?, etag = ?, status = 'running' WHERE id = ?"
_RESET = "UPDATE transfers SET upload_id = '', part_size = 0, etag = '' WHERE id = ?"
_PART = "INSERT OR REPLACE INTO parts VALUES (?, ?, ?)"
_NO_PARTS = "DELETE FROM parts WHERE transfer = ?"
_FORGET = "DELETE FROM transfers WHERE id = ?"
_ABORT = "INSERT OR IGNORE INTO aborts VALUES (?, ?, ?, ?)"
_ABORTED = "DELETE FROM aborts WHERE upload_id = ? AND key = ? AND bucket = ?"

_LEFT = f"NOT {OVER}"
_OF_LEFT = f"transfer IN (SELECT id FROM transfers WHERE {_LEFT})"

_GIVEN_UP = (
    "SELECT endpoint, bucket, key, upload_id FROM transfers "
    f"WHERE upload_id <> '' AND status <> 'succeeded' AND NOT {UNFINISHED}"
)
"""Uploads of transfers that were cancelled a moment before the end: they may still be on their server."""

_ANY_LEFT = f"EXISTS(SELECT 1 FROM transfers WHERE {UNFINISHED})"


def _tidying(keeps: str) -> Statements:
    """Leaves of an earlier run what is unfinished, and what it brought where `keeps` holds."""
    return (
        (f"INSERT OR IGNORE INTO aborts {_GIVEN_UP}", ((),)),
        (f"DELETE FROM transfers WHERE {OVER} AND NOT (status = 'succeeded' AND {keeps})", ((),)),
        (f"DELETE FROM parts WHERE NOT {_OF_LEFT}", ((),)),
    )


_BATCH = 4096
"""Statements at most in one transaction."""

_SOON = 0.02
"""Seconds that what has succeeded waits for others."""


class Abort(Struct, frozen=True):
    """A multipart upload that is not wanted any more and may still be open on its server."""

    endpoint: str | None
    bucket: str
    key: str
    upload_id: str
    """Where nobody has heard it: "?" and the moment (Unix seconds of the server's clock) of the request."""

    @classmethod
    def unheard(cls, endpoint: str | None, bucket: str, key: str, since: float) -> "Abort":
        """An upload that may have been created at a moment or a little later, by a request of ours."""
        return cls(endpoint, bucket, key, f"?{since:.3f}")

    @property
    def since(self) -> float | None:
        """When an upload may have been created whose id is not known; None when it is known."""
        try:
            return float(self.upload_id.removeprefix("?")) if self.upload_id.startswith("?") else None
        except ValueError:
            return None


class Journal:
    """The open journal of one engine."""

    def __init__(self, on_trouble: Callable[[str], None] | None = None) -> None:
        """Prepare; `on_trouble` is called in the loop with what there is to say about writing."""
        self.notices: tuple[str, ...] = ()
        """Sentences for the user about how the journal was found."""
        self.leftovers: tuple[Transfer, ...] = ()
        """What an earlier run did not finish, parts included."""
        self.half_done: tuple[Transfer, ...] = ()
        """Downloads that an earlier run gave up and whose temporary files it may not have removed."""
        self.aborts: tuple[Abort, ...] = ()
        """Uploads that an earlier run could not abort."""
        self.arrived = Arrived()
        """What this run has brought, and runs before it while work was left."""
        self.next_id = 1
        self.path: Path | None = None
        self.token = ""
        self.on_trouble = on_trouble
        self._queue: SimpleQueue[tuple[Statements, asyncio.Future[None]] | None] = SimpleQueue()
        self._soon: tuple[list[Sequence[Any]], asyncio.Future[None]] | None = None
        """What the thread is not woken up for: it would be once for every small file."""
        self._keeps_arrived, self._last_change = _ANY_LEFT, 0.0
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self, state_dir: Path) -> None:
        """Find, lock and read the journal in `state_dir`; see `journal_file.open_file`.

        That of a command is there only until it has come to a good end: what it brought is of use as long.
        In other journals that is so while something is unfinished.
        """
        self._keeps_arrived = "1" if is_of_command(state_dir) else _ANY_LEFT
        self._last_change = last_change(state_dir)
        self._loop = asyncio.get_running_loop()
        opened = self._loop.create_future()
        self._thread = threading.Thread(
            target=self._run, args=(state_dir, opened), name="journal", daemon=True
        )
        self._thread.start()
        await opened

    async def close(self) -> None:
        """Write what is queued and let go of the file."""
        if self._thread is not None:
            self._put_soon()
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    # ---- what is written -----------------------------------------------------------------------------

    def add(self, transfers: Iterable[Transfer]) -> asyncio.Future[None]:
        """Remember transfers, new or changed as a whole (their parts apart)."""
        return self._write((_ADD, [row_of(transfer) for transfer in transfers]))

    def set_status(
        self,
        transfer_id: int,
        status: TransferStatus,
        failure: Failure | None = None,
        assurance: Assurance | None = None,
    ) -> asyncio.Future[None]:
        """Note how a transfer stands; what has succeeded is written together with others a moment later."""
        coded = msgspec.json.encode(failure) if failure else None
        row = (status, coded, assurance, transfer_id)
        if status is not TransferStatus.SUCCEEDED:
            return self._write((_STATUS, (row,)))
        assert self._loop is not None
        if self._soon is None:
            self._soon = ([], self._loop.create_future())
            self._loop.call_later(_SOON, self._put_soon)
        rows, written = self._soon
        rows.append(row)
        return written

    def opening(self, perhaps: Abort) -> asyncio.Future[None]:
        """Note that an upload is about to be created: whatever happens, what comes of it can be found."""
        return self._write((_ABORT, (_abort_row(perhaps),)))

    def begun(
        self, transfer_id: int, upload_id: str, part_size: int, etag: str, opened: Abort | None = None
    ) -> asyncio.Future[None]:
        """Note a new upload id, or the ETag of the object whose ranges will be fetched; no parts yet.

        `opened` is what was said to `opening` before.
        """
        gone = [(opened.upload_id, opened.key, opened.bucket)] if opened else []
        return self._write(
            (_NO_PARTS, ((transfer_id,),)),
            (_BEGUN, ((upload_id, part_size, etag, transfer_id),)),
            (_ABORTED, gone),
        )

    def begin_anew(self, transfer_id: int) -> asyncio.Future[None]:
        """Note that nothing of a transfer is kept for going on."""
        return self._write((_NO_PARTS, ((transfer_id,),)), (_RESET, ((transfer_id,),)))

    def part_done(self, transfer_id: int, number: int, etag: str) -> asyncio.Future[None]:
        """Note a finished part or range."""
        return self._write((_PART, ((transfer_id, number, etag),)))

    def forget(self, transfer_ids: Iterable[int]) -> asyncio.Future[None]:
        """Drop transfers and their parts."""
        rows = [(transfer_id,) for transfer_id in transfer_ids]
        return self._write((_NO_PARTS, rows), (_FORGET, rows))

    def want_abort(self, abort: Abort, transfer_id: int) -> asyncio.Future[None]:
        """Note that an upload must be aborted, and that its transfer does not use it any more."""
        return self._write(
            (_ABORT, (_abort_row(abort),)),
            (_RESET, ((transfer_id,),)),
            (_NO_PARTS, ((transfer_id,),)),
        )

    def aborted(self, abort: Abort) -> asyncio.Future[None]:
        """Note that nothing is left of an upload, or that nothing can be done about it."""
        return self._write((_ABORTED, ((abort.upload_id, abort.key, abort.bucket),)))

    def _write(self, *statements: tuple[str, Sequence[Sequence[Any]]]) -> asyncio.Future[None]:
        assert self._loop is not None
        self._put_soon()  # statements keep their order
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((statements, future))
        return future

    def _put_soon(self) -> None:
        if self._soon is not None:
            (rows, written), self._soon = self._soon, None
            self._queue.put((((_STATUS, rows),), written))

    # ---- the thread ----------------------------------------------------------------------------------

    def _run(self, state_dir: Path, opened: asyncio.Future[None]) -> None:
        assert self._loop is not None
        try:
            writer = self._opened(state_dir)
        except BaseException as error:
            self._loop.call_soon_threadsafe(_refuse, [opened], f"The journal cannot be read: {error}.")
            return
        self._loop.call_soon_threadsafe(_resolve, [opened])
        while (batch := self._next_batch(AGAIN if writer.owes else None)) is not None:
            self._commit(writer, batch)
        if writer.owes:
            self._commit(writer, [])
        close_file(writer.file)

    def _opened(self, state_dir: Path) -> JournalWriter:
        file = open_file(state_dir)
        try:
            return self._taken_over(file)
        except (sqlite3.DatabaseError, ValueError) as error:
            if isinstance(error, sqlite3.Error) and not is_damage(error):
                raise
            return self._taken_over(replace_damaged(file))

    def _taken_over(self, file: OpenedFile) -> JournalWriter:
        self._read(file)
        writer = JournalWriter(file, lambda sentence: self._tell(self._trouble, sentence))
        writer.tidy(_tidying(self._keeps_arrived))
        return writer

    def _next_batch(self, patience: float | None) -> list[tuple[Statements, asyncio.Future[None]]] | None:
        """What is to be written, nothing at all after `patience` seconds; None when that was the last."""
        try:
            first = self._queue.get(timeout=patience)
        except Empty:
            return []
        if first is None:
            return None
        batch = [first]
        while len(batch) < _BATCH:
            try:
                item = self._queue.get_nowait()
            except Empty:
                break
            if item is None:
                self._queue.put(None)
                break
            batch.append(item)
        return batch

    def _commit(self, writer: JournalWriter, batch: list[tuple[Statements, asyncio.Future[None]]]) -> None:
        futures = [future for _, future in batch]
        try:
            writer.write([statements for statements, _ in batch])
        except UnicodeError as error:
            self._tell(_refuse, futures, f"The journal {self.path or ''} cannot be written: {error}.")
        else:
            self._tell(_resolve, futures)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more

    def _trouble(self, sentence: str) -> None:
        if self.on_trouble is not None:
            self.on_trouble(sentence)

    def _read(self, file: OpenedFile) -> None:
        """Learn all there is; nothing is written, so that a full disk hides no work."""
        connection = file.connection
        self.path, self.token, self.notices = file.path, file.token, tuple(file.notices)
        (last,) = connection.execute("SELECT max(id) FROM transfers").fetchone()
        if connection.execute(f"SELECT {self._keeps_arrived}").fetchone()[0]:
            arrived = f"SELECT {VERSION_COLUMNS} FROM transfers WHERE status = 'succeeded'"
            self.arrived = Arrived(map(hash, connection.execute(arrived)), self._last_change)
        found = transfers_of(
            connection.execute(f"SELECT {COLUMNS} FROM transfers WHERE {_LEFT} ORDER BY id"),
            connection.execute(f"SELECT transfer, number, etag FROM parts WHERE {_OF_LEFT}"),
        )
        for transfer in found.values():
            transfer.moved = transfer.safe
            transfer.touched = True
        self.leftovers = tuple(one for one in found.values() if unfinished(one))
        self.half_done = tuple(one for one in found.values() if not unfinished(one))
        rows = connection.execute(f"SELECT endpoint, bucket, key, upload_id FROM aborts UNION {_GIVEN_UP}")
        self.aborts = tuple(Abort(*msgspec.convert(row, tuple[str | None, str, str, str])) for row in rows)
        self.next_id = (last or 0) + 1


def _abort_row(abort: Abort) -> tuple[str | None, str, str, str]:
    return (abort.endpoint, abort.bucket, abort.key, abort.upload_id)


def _resolve(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)


def _refuse(futures: list[asyncio.Future[None]], sentence: str) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(JournalError(sentence, next_step="Make room in the state directory."))
            # Most writes are not waited for; `on_trouble` has told of this one.
            future.exception()
