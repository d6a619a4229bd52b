"""One connection: a socket in the event loop that receives into buffers of its user and sends from them.

The loop watches the socket all the time, so that what arrives unasked is seen: `arrived` tells. While a body
is read its bytes go straight into the reader's buffer, and the socket rests when nobody reads.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable

GATHERED = 64 * 1024
"""Bytes received before anybody has a buffer for them."""

RECORD = 32 * 1024
"""Bytes handed to TLS at a time: it takes all or nothing, and a slow line must show that it moves."""

UNSENT_LIMIT = 512 * 1024
"""Bytes the kernel may keep unsent: more would look like progress on a dead connection."""

_scratch = memoryview(bytearray(GATHERED))
"""Receives what is copied at once."""


class Wire:
    """A connected, non-blocking socket, with TLS or without."""

    def __init__(self, sock: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        """Take over a socket whose handshakes are done."""
        self.sock = sock
        self.secure = isinstance(sock, ssl.SSLSocket)
        self.closed = False
        self.pending = b""
        """Received, and not read yet."""
        self.ended = False
        """Whether the other side sends no more."""
        self.on_arrival: Callable[[], None] | None = None
        """Called when something happens while the connection is not in use."""
        self._loop = loop
        self._descriptor = sock.fileno()
        self._error: OSError | None = None
        self._gathering = True
        self._target: memoryview | None = None
        self._received = 0
        self._waiter: asyncio.Future[None] | None = None
        self._watched = False
        self._room_watched = False
        self._watch()

    @property
    def arrived(self) -> bool:
        """Whether anything was received, or the other side has hung up."""
        return bool(self.pending) or self.ended or self._error is not None

    def _stirred(self) -> bool:
        return self.arrived

    def look(self) -> bool:
        """Look for what has arrived since the loop's last turn; returns `arrived`."""
        if not self.arrived:
            self._ready_to_read()
        return self.arrived

    def limit_unsent(self) -> None:
        """Have the kernel hold little, so that progress shows what the other side takes."""
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            try:
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_LIMIT)
            except OSError:
                pass  # not TCP, or closed meanwhile: the limit only makes the watch sharper

    def gather(self, whether: bool) -> None:
        """Keep what arrives while nobody receives, up to a little, or leave it in the socket."""
        self._gathering = whether
        if whether:
            self._watch()

    async def more(self) -> None:
        """Wait until more is pending, or the other side has hung up.

        Raises:
            OSError: the connection is broken.
        """
        before = len(self.pending)
        while len(self.pending) == before and not self.ended:
            self._raise_error()
            self._watch()
            await self._wait()

    async def receive(self, view: memoryview) -> int:
        """Receive up to `len(view)` bytes and return how many; 0 at the end.

        Raises:
            OSError: the connection is broken.
        """
        if self.pending:
            count = min(len(view), len(self.pending))
            view[:count] = self.pending[:count]
            self.pending = self.pending[count:]
            return count
        if self.ended:
            return 0
        self._raise_error()
        received = self._receive(view)
        if received is None:
            return await self._filled(view)
        self.ended = not received
        return received

    async def send(self, data: memoryview, taken: Callable[[int], None] | None = None) -> int:
        """Hand bytes to the socket until it has all of them, or something arrives; returns how many it took.

        `taken` is told of each piece.

        Raises:
            OSError: the connection is broken.
        """
        done, step = 0, RECORD if self.secure else len(data)
        while done < len(data):
            try:
                count = self.sock.send(data[done : done + step])
            except (BlockingIOError, InterruptedError, ssl.SSLWantWriteError):
                if not self.arrived:
                    await self.room()
                if self._stirred():
                    break
                continue
            done += count
            if taken is not None:
                taken(count)
        return done

    async def room(self) -> None:
        """Wait until the socket takes more, or something arrives."""
        self._loop.add_writer(self._descriptor, self._wake)
        self._room_watched = True
        try:
            await self._wait()
        finally:
            if self._room_watched:
                self._room_watched = False
                self._loop.remove_writer(self._descriptor)

    def close(self) -> None:
        """Close the connection at once."""
        if self.closed:
            return
        self.closed = True
        self._unwatch()
        if self._room_watched:
            self._room_watched = False
            self._loop.remove_writer(self._descriptor)
        self.sock.close()
        if self._error is None:
            self._error = ConnectionAbortedError("the connection was closed")
        self._wake()

    def _receive(self, view: memoryview) -> int | None:
        """Receive what is there: None when nothing is, 0 at the end."""
        if not self.secure:
            try:
                return self.sock.recv_into(view)
            except (BlockingIOError, InterruptedError):
                return None
        done = 0
        try:
            # TLS gives one record at a time.
            while done < len(view):
                count = self.sock.recv_into(view[done:])
                if not count:
                    break
                done += count
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return done or None
        except OSError:
            if not done:
                raise
        return done

    def _ready_to_read(self) -> None:
        """Receive; called by the loop when there is something."""
        target = self._target
        if target is None and (not self._gathering or len(self.pending) >= GATHERED):
            self._unwatch()
            return
        try:
            count = self._receive(target if target is not None else _scratch)
        except OSError as error:
            self._error = error
            count = 0
        if count is None:
            return
        if count == 0:
            self.ended = self._error is None
            self._unwatch()
        elif target is not None:
            self._target, self._received = None, count
        else:
            self.pending += bytes(_scratch[:count])
        self._wake()
        if self.on_arrival is not None:
            self.on_arrival()

    async def _filled(self, view: memoryview) -> int:
        self._watch()
        self._target, self._received = view, 0
        try:
            while True:
                await self._wait()
                if self._received or self.ended:
                    return self._received
                self._raise_error()
        finally:
            self._target = None

    async def _wait(self) -> None:
        self._waiter = waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _watch(self) -> None:
        if not self._watched and not self.closed and not self.ended and self._error is None:
            self._watched = True
            self._loop.add_reader(self._descriptor, self._ready_to_read)

    def _unwatch(self) -> None:
        if self._watched:
            self._watched = False
            self._loop.remove_reader(self._descriptor)
