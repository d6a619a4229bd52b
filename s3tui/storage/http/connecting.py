"""Makes connections: names, addresses, TLS.

All addresses of a name are tried, one a quarter of a second after the other, because one of them may lead
nowhere without saying so.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from itertools import chain, zip_longest
from typing import Any

from msgspec import Struct

from s3tui.storage.http.errors import ConnectTimeout, NameUnknown
from s3tui.storage.http.wire import Wire

HEAD_START = 0.25
"""Seconds an address gets before the next one is tried as well."""

_NAMES_KEPT = 10.0
"""Seconds for which a name's addresses are remembered."""

Address = tuple[socket.AddressFamily, Any]


class Origin(Struct, frozen=True):
    """Whom to connect to."""

    host: str
    port: int
    secure: bool


class Connector:
    """Connects to one origin."""

    def __init__(self, origin: Origin, trust: Callable[[], ssl.SSLContext], seconds: float) -> None:
        """Prepare.

        Args:
            origin: whom to connect to.
            trust: makes the settings of TLS when they are first wanted.
            seconds: for a connection, TLS included.
        """
        self._origin = origin
        self._trust = trust
        self._seconds = seconds
        self._context: ssl.SSLContext | None = None
        self._addresses: list[Address] = []
        self._known_until = 0.0

    async def connect(self) -> Wire:
        """A new connection.

        Raises:
            NameUnknown: the host has no address.
            ConnectTimeout: it took too long.
            OSError: nobody answers, or TLS fails.
        """
        loop = asyncio.get_running_loop()
        if self._origin.secure and self._context is None:
            # Before anything else: settings that are wrong are told as such, whoever answers.
            self._context = self._trust()
        try:
            async with asyncio.timeout(self._seconds):
                sock = await self._first(await self._resolved(loop), loop)
                try:
                    if self._context is not None:
                        sock = await self._secured(sock, self._context, loop)
                    return Wire(sock, loop)
                except BaseException:
                    sock.close()
                    raise
        except TimeoutError:
            raise ConnectTimeout("no connection in time") from None

    async def _resolved(self, loop: asyncio.AbstractEventLoop) -> list[Address]:
        now = time.monotonic()
        if now >= self._known_until:
            host, port = self._origin.host, self._origin.port
            try:
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except socket.gaierror as error:
                raise NameUnknown.of(host, error) from None
            # Families take turns, as in RFC 8305.
            kept = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
            first = [one for one in kept if one[0] == kept[0][0]]
            others = [one for one in kept if one[0] != kept[0][0]]
            self._addresses = [one for one in chain(*zip_longest(first, others)) if one is not None]
            self._known_until = now + _NAMES_KEPT
        return self._addresses

    async def _first(self, addresses: list[Address], loop: asyncio.AbstractEventLoop) -> socket.socket:
        """A socket connected to whichever address answers first."""
        if len(addresses) == 1:
            return await _connected(addresses[0], loop)
        running: set[asyncio.Task[socket.socket]] = set()
        error: OSError | None = None
        try:
            for address in (*addresses, None):
                if address is not None:
                    running.add(asyncio.create_task(_connected(address, loop)))
                while running:
                    done, running = await asyncio.wait(
                        running,
                        timeout=None if address is None else HEAD_START,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    if not done:
                        break  # the next one gets its chance
                    for task in done:
                        if task.exception() is None:
                            done.discard(task)
                            running |= done
                            return task.result()
                        failed = task.exception()
                        error = failed if isinstance(failed, OSError) else error
        finally:
            for task in running:
                task.cancel()
                task.add_done_callback(_close_late)
        raise error or OSError("no address could be connected to")

    async def _secured(
        self, plain: socket.socket, context: ssl.SSLContext, loop: asyncio.AbstractEventLoop
    ) -> ssl.SSLSocket:
        sock = context.wrap_socket(
            plain,
            server_hostname=self._origin.host,
            do_handshake_on_connect=False,
            # An end that was not announced may be the work of somebody in between.
            suppress_ragged_eofs=False,
        )
        try:
            while True:
                try:
                    sock.do_handshake()
                    return sock
                except ssl.SSLWantReadError:
                    await _ready(sock, loop.add_reader, loop.remove_reader, loop)
                except ssl.SSLWantWriteError:
                    await _ready(sock, loop.add_writer, loop.remove_writer, loop)
        except BaseException:
            sock.close()
            raise


async def _connected(address: Address, loop: asyncio.AbstractEventLoop) -> socket.socket:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


def _close_late(task: "asyncio.Task[socket.socket]") -> None:
    """Close what came too late to be wanted."""
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _ready(
    sock: socket.socket,
    watch: Callable[..., object],
    leave: Callable[[int], object],
    loop: asyncio.AbstractEventLoop,
) -> None:
    """Wait until a handshake can go on."""
    descriptor, waiter = sock.fileno(), loop.create_future()

    def wake() -> None:
        if not waiter.done():
            waiter.set_result(None)

    watch(descriptor, wake)
    try:
        await waiter
    finally:
        leave(descriptor)
