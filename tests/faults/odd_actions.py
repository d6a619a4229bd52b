"""Replies that are no good HTTP, or good HTTP that few servers speak."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.faults.actions import with_header
from tests.servers.http_messages import Head
from tests.servers.rules import Action, ConnectionCut, Request

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True)
class CutHead(Action):
    """Cuts the connection when a share of the reply's head has been given."""

    share: float
    reset: bool = True

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        raise ConnectionCut(reply.raw[: int(len(reply.raw) * self.share)], reset=self.reset)


@dataclass(frozen=True)
class DripHead(Action):
    """Gives a head in pieces of some bytes, with a pause after each."""

    size: int
    seconds: float

    def head_pieces(self, raw: bytes) -> Iterator[tuple[bytes, float]]:
        for start in range(0, len(raw), self.size):
            yield raw[start : start + self.size], self.seconds


@dataclass(frozen=True)
class MoreHeaders(Action):
    """Adds lines to a reply's head as they are, and bytes before it."""

    lines: Iterable[str] = ()
    before: bytes = b""
    version: str = "HTTP/1.1"

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        head = reply.raw.removesuffix(b"\r\n\r\n").replace(b"HTTP/1.1", self.version.encode(), 1)
        return (
            self.before + b"\r\n".join([head, *(line.encode("latin-1") for line in self.lines)]) + b"\r\n\r\n"
        )


@dataclass(frozen=True)
class ClosesAfter(Action):
    """Closes the connection after the reply, told before or not."""

    told: bool

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        return with_header(reply.raw, "Connection", "close") if self.told else reply.raw

    async def after_reply(self, request: Request) -> bytes:
        raise ConnectionCut(reset=False)


@dataclass(frozen=True)
class LateAndLost(Action):
    """Lets the server do its work, waits, and cuts the connection in place of the reply."""

    seconds: float

    async def before_reply(self, request: Request) -> None:
        await asyncio.sleep(self.seconds)
        raise ConnectionCut(reset=False)


@dataclass(frozen=True)
class Chunked(Action):
    """Gives a body in chunks, whose sizes may be wrong or whose end may be missing."""

    more: int = 0
    """Added to the size that the first chunk is said to have."""
    word: str = ""
    """Said in place of the first size."""
    ends: bool = True
    left: dict[int, int] = field(default_factory=dict)

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        self.left[request.number] = int(reply.headers.get("content-length", "0"))
        raw = with_header(reply.raw, "Content-Length", None)
        return with_header(raw, "Transfer-Encoding", "chunked")

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        first = offset == 0
        size = self.word if self.word and first else f"{len(block) + (self.more if first else 0):x}"
        self.left[request.number] -= len(block)
        chunk = size.encode() + b"\r\n" + block + b"\r\n"
        if self.left[request.number] > 0:
            return chunk
        if not self.ends:
            raise ConnectionCut(chunk, reset=False)
        return chunk + b"0\r\n\r\n"


@dataclass(frozen=True)
class Blanks(Action):
    """Keeps a connection alive with blanks before the body, as S3 does while it puts an object together."""

    count: int

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        length = int(reply.headers.get("content-length", "0")) + self.count
        return with_header(reply.raw, "Content-Length", str(length))

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        # A declaration must come first in XML: blanks follow it.
        first, end, rest = block.partition(b"?>")
        if offset:
            return block
        return first + end + b" " * self.count + rest if end else b" " * self.count + block
