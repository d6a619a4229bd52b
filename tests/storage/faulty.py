"""Faults of this room's tests, as actions of the recording proxy."""

import asyncio
import threading
from dataclasses import dataclass

from tests.servers.rules import Action, Answer, Request


@dataclass(frozen=True)
class FlipRequest(Action):
    """Turns one bit of the request's body over on its way to the server."""

    at: int = 0

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        return _flipped(block, self.at - offset)


@dataclass(frozen=True)
class FlipReply(Action):
    """Turns one bit of the reply's body over on its way to the client."""

    at: int = 0

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        return _flipped(block, self.at - offset)


@dataclass(frozen=True)
class StopReading(Action):
    """Takes the head and a first piece of the request, then nothing more, without a word."""

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        await asyncio.sleep(60)
        return block


@dataclass(frozen=True)
class DripReply(Action):
    """Gives the client the first bytes of a reply, and then next to nothing."""

    after_bytes: int = 1000

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        if offset + len(block) > self.after_bytes:
            await asyncio.sleep(60)
        return block


@dataclass(frozen=True)
class Silence(Action):
    """Takes the request and never answers."""

    async def before_request(self, request: Request) -> Answer | None:
        await asyncio.sleep(60)
        return None


def _flipped(block: bytes, at: int) -> bytes:
    if not 0 <= at < len(block):
        return block
    changed = bytearray(block)
    changed[at] ^= 0x10
    return bytes(changed)


class HoldBody(Action):
    """Holds a request's body back after some bytes, until `release` is set."""

    def __init__(self, after_bytes: int) -> None:
        self.after_bytes = after_bytes
        self.reached = threading.Event()
        self.release = threading.Event()

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        if offset + len(block) > self.after_bytes:
            self.reached.set()
            await asyncio.to_thread(self.release.wait, 30)
        return block
