"""The body of an upload on its way: written in small steps, so that progress and standstill can be seen.

botocore signs the bytes; right before sending they are put into an `UploadBody`, which tells how far the
socket has taken them. A context variable carries it from the call to the client's hook.
"""

import asyncio
import socket
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

STEP = 256 * 1024
"""Bytes handed to the socket at a time."""

UNSENT_LIMIT = 512 * 1024
"""Bytes the kernel may keep unsent: more would look like progress on a dead connection."""

_current: ContextVar["UploadWatcher | None"] = ContextVar("upload watcher", default=None)


class UploadWatcher:
    """The bytes of an upload, and who is told how they move."""

    def __init__(self, data: bytes, moved: Callable[[int], None], all_sent: Callable[[], None]) -> None:
        """Call `moved` for each step (negative when the bytes are sent again), `all_sent` after the last."""
        self.data = data
        self._moved = moved
        self._all_sent = all_sent
        self._transport: asyncio.Transport | None = None
        self.sent = 0
        """Bytes of the attempt in hand."""

    def __enter__(self) -> "UploadWatcher":
        """Watch the uploads of this task."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Watch no longer."""
        _current.reset(self._token)

    def step(self, count: int) -> None:
        """Note bytes the socket has taken."""
        self.sent += count
        self._moved(count)

    def start_over(self) -> None:
        """Take back what was noted: the bytes are sent again, or were for nothing."""
        taken_back, self.sent = self.sent, 0
        if taken_back:
            self._moved(-taken_back)

    def gone_wrong(self) -> None:
        """Take back what was noted, and drop a connection that is only kept to send the rest."""
        self.start_over()
        if self._transport is not None and self._transport.is_closing():
            # Closing waits until the other side has read everything, which it may never do.
            self._transport.abort()

    def begin(self, transport: asyncio.Transport | None) -> None:
        """Note which connection carries the bytes, from the first one on."""
        self.start_over()
        self._transport = transport

    def finished(self) -> None:
        """Note that everything is handed over."""
        self._all_sent()


class UploadBody(Payload):
    """Bytes of a part as aiohttp sends them."""

    def __init__(self, watcher: UploadWatcher) -> None:
        """Send the watcher's bytes, which are what was signed."""
        super().__init__(watcher.data)
        self._size = len(watcher.data)
        self._watcher = watcher

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Hand everything to the socket; begins from the start when aiohttp sends it again."""
        transport = getattr(writer, "transport", None)
        self._watcher.begin(transport)
        _limit_unsent(transport)
        view = memoryview(self._watcher.data)
        for start in range(0, len(view), STEP):
            piece = view[start : start + STEP]
            await writer.write(piece)
            self._watcher.step(len(piece))
        self._watcher.finished()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The bytes as text; only aiohttp's debugging asks for it."""
        return self._watcher.data.decode(encoding, errors)


def put_body_in(request: Any, **_: object) -> None:
    """A `before-send` hook: send a watched upload's bytes in steps, in place of botocore's own wrapping."""
    watcher = _current.get()
    if watcher is not None and watcher.data:
        request.body = UploadBody(watcher)


def _limit_unsent(transport: asyncio.Transport | None) -> None:
    sock = transport.get_extra_info("socket") if transport is not None else None
    if sock is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_LIMIT)
        except OSError:
            pass  # not TCP, or closed meanwhile: the limit only makes the watch sharper
