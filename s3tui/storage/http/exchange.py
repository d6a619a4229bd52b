"""One request and its reply on a connection: sent once, read strictly, cut short as soon as it goes wrong."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol

from s3tui.storage.deadline import Deadline
from s3tui.storage.http.chunks import Chunks
from s3tui.storage.http.errors import BrokenOff, HungUp, NotHttp
from s3tui.storage.http.head import END, MOST_BYTES, Head, expect_beginning, read_head
from s3tui.storage.http.wire import Wire

JOINED = 64 * 1024
"""Bytes of a body up to which its first piece goes out together with the head."""

_TURN = 1024 * 1024
"""Bytes after which others in the loop get their turn."""

_MOST_SKIPPED = 16
"""Interim replies before the real one."""


class Body(Protocol):
    """What a request carries; its bytes are asked for as the socket takes them."""

    @property
    def size(self) -> int:
        """Bytes."""
        ...

    def begin(self) -> None:
        """Start from the first byte."""
        ...

    def next(self) -> memoryview:
        """The next piece, never empty, which stays as it is until the next call.

        What it raises ends the exchange and is raised by it.
        """
        ...

    def taken(self, count: int) -> None:
        """Hear that the socket has taken bytes."""
        ...

    def finished(self) -> None:
        """Hear that it has taken all."""
        ...


class Reply:
    """Head and body of a reply. `into` or `read` the body, and `close` whatever happens."""

    def __init__(self, head: Head, wire: Wire, whole: bool, over: Callable[[Wire, bool], None]) -> None:
        """Read from `wire`, and hand it to `over` in the end, with whether it can be used again.

        `whole` tells whether the request was sent to its end.
        """
        self.status = head.status
        """HTTP status."""
        self.headers = head.headers
        """Names in small letters."""
        self._head = head
        self._wire = wire
        self._whole = whole
        self._over: Callable[[Wire, bool], None] | None = over
        self._left = head.length
        self._chunks = Chunks() if head.framing == "chunked" else None
        self._pieces: list[memoryview] = []
        self._since_turn = 0
        if head.framing == "none" or (head.framing == "length" and not head.length):
            self._done()

    async def into(self, view: memoryview) -> int:
        """Receive the next bytes of the body into `view` and return how many; 0 at its end.

        Raises:
            BrokenOff: the connection was closed before that.
            OSError: it is broken.
        """
        if self._over is None:
            return 0
        try:
            count = await self._next(view)
        except BaseException:
            self.close()
            raise
        self._since_turn += count
        if self._since_turn >= _TURN and self._over is not None:
            self._since_turn = 0
            await asyncio.sleep(0)
        return count

    async def read(self, most: int) -> bytes:
        """The rest of the body.

        Raises:
            NotHttp: it has more than `most` bytes.
            BrokenOff: the connection was closed before its end.
        """
        if self._over is None:
            return b""
        parts: list[bytes] = []
        view = memoryview(bytearray(min(most, 64 * 1024)))
        left = most
        while count := await self.into(view):
            left -= count
            if left < 0:
                self.close()
                raise NotHttp("the reply is too long")
            parts.append(bytes(view[:count]))
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the connection; one whose body was not read to its end is closed."""
        over, self._over = self._over, None
        if over is not None:
            over(self._wire, False)

    async def _next(self, view: memoryview) -> int:
        match self._head.framing:
            case "length":
                count = await _received(self._wire, view[: self._left])
                if not count:
                    raise BrokenOff(f"{self._left} of {self._head.length} bytes are missing")
                self._left -= count
                if not self._left:
                    self._done()
                return count
            case "chunked":
                return await self._from_chunks(view)
            case _:
                count = await _received(self._wire, view)
                if not count:
                    self._done()
                return count

    async def _from_chunks(self, view: memoryview) -> int:
        assert self._chunks is not None
        while not self._pieces:
            if self._chunks.done:
                self._done(clean=not self._chunks.excess)
                return 0
            raw = memoryview(bytearray(len(view)))
            count = await _received(self._wire, raw)
            if not count:
                raise BrokenOff("a chunk is missing")
            self._pieces = self._chunks.feed(raw[:count])
        piece = self._pieces[0]
        count = min(len(piece), len(view))
        view[:count] = piece[:count]
        if count == len(piece):
            self._pieces.pop(0)
        else:
            self._pieces[0] = piece[count:]
        if not self._pieces and self._chunks.done:
            self._done(clean=not self._chunks.excess)
        return count

    def _done(self, *, clean: bool = True) -> None:
        over, self._over = self._over, None
        if over is not None:
            self._wire.gather(True)
            over(self._wire, clean and self._whole and self._head.lasting)


async def exchange(
    wire: Wire,
    head: bytes,
    method: str,
    body: Body | None,
    seconds: float,
    over: Callable[[Wire, bool], None],
) -> Reply:
    """Send a request and return its reply, whose body is still to be read.

    A reply may come before the request was sent whole; the rest is not sent then.

    Args:
        wire: a connection that nobody else uses.
        head: request line and headers, with the empty line at their end.
        method: of the request.
        body: what follows the head.
        seconds: for the head of the reply, once all is sent.
        over: gets the connection in the end, see `Reply`; also when this raises.

    Raises:
        NotHttp: something else than a reply came.
        HungUp: none came.
        TimeoutError: none came in time.
        OSError: the connection is broken.
    """
    try:
        try:
            whole = await _send(wire, head, body)
        except OSError:
            # Who refuses early may say why before hanging up.
            wire.look()
            if END not in wire.pending:
                raise
            whole = False
        with Deadline(seconds):
            found = await _reply_head(wire, method)
        wire.gather(False)
        return Reply(found, wire, whole, over)
    except BaseException:
        over(wire, False)
        raise


async def _send(wire: Wire, head: bytes, body: Body | None) -> bool:
    """Whether all of it was sent; the rest is not once a reply has come."""
    if body is None or not body.size:
        return await _all_of(wire, memoryview(head), None)
    body.begin()
    done = -len(head)

    def taken(count: int) -> None:
        nonlocal done
        before, done = max(done, 0), done + count
        if done > before:
            body.taken(done - before)

    if body.size <= JOINED:
        data = memoryview(b"".join((head, body.next())))
    else:
        wire.limit_unsent()
        data = memoryview(head)
    turn = _TURN
    while await _all_of(wire, data, taken):
        if done >= body.size:
            body.finished()
            return True
        if done >= turn:
            turn = done + _TURN
            await asyncio.sleep(0)
        data = body.next()
    return False


async def _all_of(wire: Wire, data: memoryview, taken: Callable[[int], None] | None) -> bool:
    """Send all of `data`; False when a reply came before that."""
    while data:
        data = data[await wire.send(data, taken) :]
        if data and not await _interim_only(wire):
            return False
    return True


async def _interim_only(wire: Wire) -> bool:
    """Take interim replies away; whether nothing else has come."""
    while wire.pending:
        head = await _take_head(wire)
        if read_head(head, "HEAD").status >= 200:
            wire.pending = head + END + wire.pending
            return False
    return not wire.arrived


async def _reply_head(wire: Wire, method: str) -> Head:
    for _ in range(_MOST_SKIPPED):
        head = read_head(await _take_head(wire), method)
        if head.status >= 200:
            return head
        if head.status == 101:
            break
    raise NotHttp("no final reply came")


async def _take_head(wire: Wire) -> bytes:
    while (end := wire.pending.find(END)) < 0:
        expect_beginning(wire.pending)
        if len(wire.pending) >= MOST_BYTES:
            raise NotHttp("the head of the reply is too long")
        if wire.ended:
            raise HungUp("no reply came")
        try:
            await wire.more()
        except ssl.SSLEOFError:
            raise HungUp("no reply came") from None
    expect_beginning(wire.pending)
    head, wire.pending = wire.pending[:end], wire.pending[end + len(END) :]
    return head


async def _received(wire: Wire, view: memoryview) -> int:
    try:
        return await wire.receive(view)
    except (ssl.SSLEOFError, ConnectionError):
        raise BrokenOff("the connection was closed in the middle of a body") from None
