"""Framing of messages: a 4-byte big-endian length, then one msgpack-encoded struct.

Used on the front end's socket pair and on the byte workers' alike; each side names the union it decodes.
"""

import asyncio
import socket
from typing import Any, Generic, TypeVar

import msgspec

from s3tui.errors import EngineError

MAX_FRAME = 64 * 1024 * 1024
"""Bytes; far above any message of ours, far below what a damaged length could ask for."""

_HEAD = 4
"""Bytes of a length."""

_READ = 256 * 1024
"""Bytes read at a time, at most."""

Incoming = TypeVar("Incoming")


class Channel(Generic[Incoming]):
    """One end of a message channel over a connected stream socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, incoming: Any) -> None:
        """Wrap a stream; `incoming` is the union of structs that may arrive."""
        self._reader = reader
        self._writer = writer
        self._decoder: msgspec.msgpack.Decoder[Incoming] = msgspec.msgpack.Decoder(incoming)
        self._encoder = msgspec.msgpack.Encoder()
        self._arrived = bytearray()
        """What was read and is not decoded yet: one read brings many small messages."""
        self._unsent = bytearray()
        """What the loop will write in this turn, all at once."""

    @classmethod
    async def over(cls, sock: socket.socket, incoming: Any) -> "Channel[Incoming]":
        """Open a channel over one end of a socket pair."""
        sock.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=sock, limit=1 << 22)
        return cls(reader, writer, incoming)

    def send(self, message: msgspec.Struct) -> None:
        """Queue a message; never blocks. Use `backlog` to drop what can be dropped."""
        payload = self._encoder.encode(message)
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent += len(payload).to_bytes(4, "big")
        self._unsent += payload

    @property
    def backlog(self) -> int:
        """Bytes the other side has not taken yet."""
        transport = self._writer.transport
        return len(self._unsent) + transport.get_write_buffer_size() if not transport.is_closing() else 0

    async def drain(self) -> None:
        """Wait until the other side has taken most of what was sent."""
        self._flush()
        await self._writer.drain()

    async def receive(self) -> Incoming | None:
        """Return the next message, or None when the other side is gone.

        Raises:
            EngineError: the frame is not one of ours.
        """
        if len(self._arrived) < _HEAD and not await self._have(_HEAD):
            return None
        length = int.from_bytes(self._arrived[:_HEAD], "big")
        if length > MAX_FRAME:
            raise EngineError(f"A message of {length} bytes is not one of ours.")
        if len(self._arrived) < _HEAD + length and not await self._have(_HEAD + length):
            return None
        payload = self._arrived[_HEAD : _HEAD + length]
        del self._arrived[: _HEAD + length]
        try:
            return self._decoder.decode(payload)
        except msgspec.MsgspecError as error:
            raise EngineError(f"A message could not be understood: {type(error).__name__}.") from None

    async def close(self) -> None:
        """Send what is left and close; the other side reads end of file."""
        self._flush()
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except (ConnectionError, OSError):
            pass

    async def _have(self, count: int) -> bool:
        """Read until there are `count` bytes; False when the other side is gone before."""
        while len(self._arrived) < count:
            try:
                data = await self._reader.read(_READ)
            except (ConnectionError, OSError):
                return False
            if not data:
                return False
            self._arrived += data
        return True

    def _flush(self) -> None:
        if self._unsent:
            data, self._unsent = self._unsent, bytearray()
            self._writer.write(data)
