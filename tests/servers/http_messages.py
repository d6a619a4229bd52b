"""HTTP/1.1 as the recording proxy needs it: heads kept byte for byte, bodies in pieces by their framing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

HEAD_BYTES = 64 * 1024
"""The longest head that is read; a client or server that sends more is broken."""
PIECE_BYTES = 64 * 1024
"""The most payload that is relayed at once."""


class BadMessage(Exception):
    """The other side sent something that is not HTTP/1.1, or stopped in the middle of a message."""


@dataclass(frozen=True)
class Head:
    """The first line and the headers of a request or a reply."""

    raw: bytes = field(repr=False)
    """As received, the blank line included."""
    words: tuple[str, str, str]
    """The first line: verb, target, version of a request; version, status, reason of a reply."""
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""

    @property
    def status(self) -> int:
        """A reply's status; raises BadMessage for anything else."""
        try:
            return int(self.words[1])
        except ValueError as error:
            raise BadMessage(f"not a reply: {self.words}") from error

    def closes(self) -> bool:
        """Whether the sender ends the connection after this message."""
        connection = self.headers.get("connection", "").lower()
        return "close" in connection or ("HTTP/1.0" in self.words and "keep-alive" not in connection)


@dataclass(frozen=True)
class Piece:
    """Some bytes of a body, with the chunk framing that came around them."""

    before: bytes = b""
    payload: bytes = b""
    after: bytes = b""
    last: bool = False
    """Whether the framing says that nothing follows; never when the body ends with the connection."""


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Reads one head; returns None when the sender closed between messages, raises BadMessage inside one."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise BadMessage("the connection ended inside a head") from error
    except asyncio.LimitOverrunError as error:
        raise BadMessage("a head is too long") from error
    return parse_head(raw)


def parse_head(raw: bytes) -> Head:
    """Takes a head apart; raises BadMessage when it is none."""
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2:
        raise BadMessage(f"not HTTP: {first[:80]!r}")
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Head(raw, (words[0], words[1], words[2] if len(words) == 3 else ""), headers)


def is_chunked(head: Head) -> bool:
    """Whether the body comes in chunks."""
    return "chunked" in head.headers.get("transfer-encoding", "").lower()


def body_length(head: Head) -> int | None:
    """The announced length of a body in bytes, or None when none is announced; raises BadMessage."""
    text = head.headers.get("content-length")
    if text is None:
        return None
    if not text.isdecimal():
        raise BadMessage(f"not a length: {text[:40]!r}")
    return int(text)


def reply_has_body(verb: str, reply: Head) -> bool:
    """Whether bytes follow a final reply's head."""
    return verb != "HEAD" and reply.status not in (204, 304)


async def body_pieces(
    reader: asyncio.StreamReader,
    head: Head,
    *,
    to_the_end: bool,
    most: Callable[[], int] = lambda: PIECE_BYTES,
) -> AsyncIterator[Piece]:
    """Yields a body in pieces of at most `most()` bytes of payload, which is asked before each.

    `to_the_end` says what no framing means: everything until the sender closes, or nothing.
    Raises BadMessage when the sender stops before the end.
    """
    length = body_length(head)
    if is_chunked(head):
        async for piece in _chunks(reader, most):
            yield piece
    elif length is not None:
        async for payload in _exactly(reader, length, most):
            length -= len(payload)
            yield Piece(payload=payload, last=length == 0)
    elif to_the_end:
        while payload := await reader.read(most()):
            yield Piece(payload=payload)


async def _exactly(
    reader: asyncio.StreamReader, length: int, most: Callable[[], int]
) -> AsyncIterator[bytes]:
    while length:
        payload = await reader.read(min(length, most()))
        if not payload:
            raise BadMessage(f"the connection ended {length} bytes before the end of a body")
        length -= len(payload)
        yield payload


async def _chunks(reader: asyncio.StreamReader, most: Callable[[], int]) -> AsyncIterator[Piece]:
    while True:
        line = await _line(reader)
        try:
            length = int(line.split(b";", 1)[0], 16)
        except ValueError as error:
            raise BadMessage(f"not the size of a chunk: {line[:40]!r}") from error
        if length == 0:
            end = line
            while (trailer := await _line(reader)) != b"\r\n":
                end += trailer
            yield Piece(before=end + b"\r\n", last=True)
            return
        before = line
        async for payload in _exactly(reader, length, most):
            length -= len(payload)
            yield Piece(before, payload, b"" if length else await _line(reader))
            before = b""


async def _line(reader: asyncio.StreamReader) -> bytes:
    line = await reader.readline()
    if not line.endswith(b"\n"):
        raise BadMessage("the connection ended inside a chunked body")
    return line
