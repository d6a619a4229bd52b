"""What the fault proxy can do to a request besides what `tests.servers.rules` and the storage tests bring."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.servers.http_messages import PIECE_BYTES, Head
from tests.servers.rules import Action, Answer, ConnectionCut, Request

FOR_EVER = 1800.0
"""Seconds; longer than any scenario lasts."""


@dataclass(frozen=True)
class Hangup(Action):
    """Ends the connection with the request read and nothing forwarded."""

    reset: bool = True

    async def before_request(self, request: Request) -> Answer | None:
        raise ConnectionCut(reset=self.reset)


@dataclass(frozen=True)
class Mute(Action):
    """Lets the server do its work and never answers."""

    seconds: float = FOR_EVER

    async def before_reply(self, request: Request) -> None:
        await asyncio.sleep(self.seconds)
        raise ConnectionCut(reset=False)


@dataclass(frozen=True)
class Deaf(Action):
    """Takes the head of a request and some bytes of its body, then nothing more."""

    after_bytes: int = 0

    async def before_request(self, request: Request) -> Answer | None:
        if request.headers.get("content-length", "0") == "0":
            await asyncio.sleep(FOR_EVER)
        return None

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        if offset + len(block) > self.after_bytes:
            await asyncio.sleep(FOR_EVER)
        return block


@dataclass(frozen=True)
class StallReply(Action):
    """Gives the head and the first bytes of a reply, then nothing more."""

    after_bytes: int = 0

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        if offset + len(block) > self.after_bytes:
            await asyncio.sleep(FOR_EVER)
        return block


@dataclass(frozen=True)
class Drip(Action):
    """Lets a body through one byte a second from some offset on, upwards and downwards."""

    after_bytes: int = 0

    def block_bytes(self, done: int) -> int:
        return 1 if done >= self.after_bytes else min(PIECE_BYTES, self.after_bytes - done)

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        return await self._slowly(offset, block)

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        return await self._slowly(offset, block)

    async def _slowly(self, offset: int, block: bytes) -> bytes:
        if offset >= self.after_bytes:
            await asyncio.sleep(1.0)
        return block


class ShortReply(Action):
    """Makes a reply shorter than what was asked for, with a Content-Length that agrees with what comes."""

    def __init__(self, fewer: int, *, told: bool = False) -> None:
        """Leave out `fewer` bytes; `told` shortens Content-Range as well."""
        self._fewer = fewer
        self._told = told
        self._left: dict[int, int] = {}

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        length = max(0, int(reply.headers.get("content-length", "0")) - self._fewer)
        self._left[request.number] = length
        raw = with_header(reply.raw, "Content-Length", str(length))
        ranged = _RANGE.fullmatch(reply.headers.get("content-range", ""))
        if self._told and ranged:
            first, last, total = (int(number) for number in ranged.groups())
            raw = with_header(raw, "Content-Range", f"bytes {first}-{last - self._fewer}/{total}")
        return raw

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        return block[: max(0, self._left[request.number] - offset)]


@dataclass(frozen=True)
class Reheaded(Action):
    """Replaces headers of a reply, or takes them away (None)."""

    headers: Mapping[str, str | None]

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        raw = reply.raw
        for name, value in self.headers.items():
            raw = with_header(raw, name, value)
        return raw


@dataclass(frozen=True)
class ShiftedRange(Action):
    """Says that the bytes of a range come from another place of the object."""

    by: int

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        ranged = _RANGE.fullmatch(reply.headers.get("content-range", ""))
        if ranged is None:
            return reply.raw
        first, last, total = (int(number) for number in ranged.groups())
        return with_header(reply.raw, "Content-Range", f"bytes {first + self.by}-{last + self.by}/{total}")


@dataclass(frozen=True)
class Stray(Action):
    """Sends a reply that nobody asked for, a moment after the one that was asked for."""

    answer: bytes
    after_seconds: float = 0.05

    async def after_reply(self, request: Request) -> bytes:
        await asyncio.sleep(self.after_seconds)
        return self.answer


class Meanwhile(Action):
    """Does something once, before a request is forwarded: what other people do to the server meanwhile."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self._begun = threading.Lock()
        self._done = asyncio.Event()

    async def before_request(self, request: Request) -> Answer | None:
        if self._begun.acquire(blocking=False):
            await asyncio.to_thread(self._act)
            self._done.set()
        await self._done.wait()
        return None


class Crowd(Action):
    """Answers SlowDown whenever more than `most` requests are under way at the same time."""

    def __init__(self, most: int, answer: Answer) -> None:
        self.most = most
        self.refused = 0
        self.passed = 0
        self._answer = answer
        self._under_way: list[Request] = []

    async def before_request(self, request: Request) -> Answer | None:
        self._under_way = [one for one in self._under_way if not one.finished]
        if len(self._under_way) >= self.most:
            self.refused += 1
            return self._answer
        self._under_way.append(request)
        self.passed += 1
        await asyncio.sleep(0.1)
        return None


def during(when: Callable[[Request], bool], seconds: float) -> Callable[[Request], bool]:
    """Returns a condition that ends `seconds` after it first held: a storm that passes."""
    end: list[float] = []

    def holds(request: Request) -> bool:
        if not when(request):
            return False
        if not end:
            end.append(time.monotonic() + seconds)
        return time.monotonic() < end[0]

    return holds


_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def with_header(raw: bytes, name: str, value: str | None) -> bytes:
    """A head in which a header has another value, is added, or is left out (None)."""
    lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    kept = [line for line in lines if not line.lower().startswith(name.lower() + ":")]
    if value is not None:
        kept.append(f"{name}: {value}")
    return ("\r\n".join(kept) + "\r\n\r\n").encode("latin-1")
