"""The body of an upload on its way: read and sent in small steps, so that progress and standstill show.

A context variable carries the upload from the call to where its request is sent.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

from s3tui.errors import Changed, StorageError
from s3tui.storage.source_file import SourceRange

STEP = 256 * 1024
"""Bytes read at a time."""

_current: ContextVar["Upload | None"] = ContextVar("upload", default=None)


class Upload:
    """One attempt to send a range: where its bytes come from, and who is told how they move."""

    def __init__(
        self, source: SourceRange, payload: str, moved: Callable[[int], None], all_sent: Callable[[], None]
    ) -> None:
        """Call `moved` for each step (negative when bytes are sent again), `all_sent` after the last.

        `payload` is the SHA-256 of the bytes in hex, or what stands for none.
        """
        self.source = source
        self.size = source.size
        """Bytes."""
        self.payload = payload
        self.trouble: StorageError | None = None
        """Why the source could not be read while it was sent."""
        self.handed_over = not source.size
        """Whether the socket has taken everything: what was answered before that is no answer to it."""
        self._moved = moved
        self._all_sent = all_sent
        self._transport: asyncio.Transport | None = None
        self._buffer = memoryview(b"")
        self._read = 0
        self._sent = 0

    def __enter__(self) -> "Upload":
        """Make the requests of this task carry these bytes."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave later requests alone."""
        _current.reset(self._token)

    def begin(self, transport: asyncio.Transport | None = None) -> None:
        """Start from the first byte; `transport` is to be dropped when this goes wrong."""
        self._start_over()
        self._transport = transport

    def next(self) -> memoryview:
        """The bytes that follow, which stay as they are until the next call.

        Raises:
            StorageError: they cannot be read, or there are none any more; it is kept as `trouble`.
        """
        # Not in a thread: it was read for its hash a moment ago, so the system has it at hand.
        try:
            kept = self.source.kept
            if kept is not None:
                piece = memoryview(kept)[self._read :]
            else:
                if not self._buffer:
                    self._buffer = memoryview(bytearray(min(STEP, self.size)))
                piece = self._buffer[: self.source.into(self._read, self._buffer)]
            if not piece:
                raise Changed("The file has shrunk while it was sent.", next_step="Copy it again.")
        except StorageError as error:
            self.trouble = error
            raise
        self._read += len(piece)
        return piece

    def taken(self, count: int) -> None:
        """Note bytes the socket has taken."""
        self._sent += count
        self._moved(count)

    def finished(self) -> None:
        """Note that everything is handed over."""
        self.handed_over = True
        self._all_sent()

    def gone_wrong(self) -> None:
        """Take back what was noted, and drop a connection that is only kept to send the rest."""
        self._start_over()
        transport, self._transport = self._transport, None
        if transport is not None and transport.is_closing() and _has_socket(transport):
            # Closing waits until the other side has read everything, which it may never do.
            transport.abort()

    def _start_over(self) -> None:
        self.handed_over = not self.source.size
        taken_back, self._sent, self._read = self._sent, 0, 0
        if taken_back:
            self._moved(-taken_back)


def current_upload() -> Upload | None:
    """The upload that this task is in."""
    return _current.get()


def _has_socket(transport: asyncio.Transport) -> bool:
    """Whether a connection still exists; asyncio breaks when one that is gone is aborted."""
    sock = transport.get_extra_info("socket")
    return sock is not None and sock.fileno() >= 0
