"""Keeps connections for the next request, and makes new ones where none is left.

A connection is used again only when its last exchange went right to the end and it has been silent since:
what arrives unasked would be taken for the answer to whatever is asked next.
"""

import asyncio
import ssl
import time
from collections import deque
from functools import lru_cache, partial

from s3tui.storage.http.connecting import Connector, Origin
from s3tui.storage.http.exchange import Body, Reply, exchange
from s3tui.storage.http.trust import trusting
from s3tui.storage.http.wire import Wire

IDLE_SECONDS = 12.0
"""How long an unused connection is kept: servers close theirs after a while, too."""


class HttpClient:
    """Exchanges with any number of origins; for one event loop."""

    def __init__(self, *, ca_file: str | None, connect: float, answer: float, idle: int) -> None:
        """Prepare; connects to nobody yet.

        Args:
            ca_file: authorities to trust instead of the usual ones.
            connect: seconds for a connection.
            answer: seconds for the head of a reply, once the request is sent.
            idle: unused connections kept at most for one origin.
        """
        self._answer = answer
        self._connect = connect
        self._most = idle
        # All connections share what was read from the file.
        self._trust = lru_cache(1)(lambda: trusting(ca_file))
        self._connectors: dict[Origin, Connector] = {}
        self._idle: dict[Origin, deque[tuple[Wire, float]]] = {}
        self._busy: set[Wire] = set()
        self._closed = False
        self._sweep: asyncio.TimerHandle | None = None

    async def ask(self, origin: Origin, method: str, head: bytes, body: Body | None = None) -> Reply:
        """Send one request and return its reply, which is to be read or closed.

        Args:
            origin: whom to ask.
            method: of the request.
            head: request line and headers, with the empty line at their end.
            body: what follows.

        Raises:
            NotHttp: something else than a reply came.
            OSError: no connection, none in time, or a broken one; see `errors`.
        """
        wire = self._silent(origin) or await self._connector(origin).connect()
        if self._closed:
            wire.close()
            raise ConnectionAbortedError("the client was closed")
        self._busy.add(wire)
        return await exchange(wire, head, method, body, self._answer, partial(self._take_back, origin))

    def close(self) -> None:
        """Close every connection; exchanges under way break off."""
        self._closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for wires in self._idle.values():
            for wire, _ in wires:
                wire.close()
        self._idle.clear()
        for wire in tuple(self._busy):
            wire.close()
        self._busy.clear()

    @property
    def open_connections(self) -> int:
        """Connections in use and kept."""
        return len(self._busy) + sum(map(len, self._idle.values()))

    def _connector(self, origin: Origin) -> Connector:
        found = self._connectors.get(origin)
        if found is None:
            found = self._connectors[origin] = Connector(origin, self._context, self._connect)
        return found

    def _context(self) -> ssl.SSLContext:
        return self._trust()

    def _silent(self, origin: Origin) -> Wire | None:
        """The connection that was used last, if nothing has arrived on it since."""
        wires = self._idle.get(origin)
        while wires:
            wire, until = wires.pop()
            wire.on_arrival = None
            if time.monotonic() < until and not wire.look():
                return wire
            wire.close()
        return None

    def _take_back(self, origin: Origin, wire: Wire, good: bool) -> None:
        self._busy.discard(wire)
        wires = self._idle.setdefault(origin, deque())
        if not good or self._closed or wire.arrived or len(wires) >= self._most:
            wire.close()
            return
        kept = (wire, time.monotonic() + IDLE_SECONDS)

        def drop() -> None:
            if kept in wires:
                wires.remove(kept)
            wire.close()

        wire.on_arrival = drop
        wires.append(kept)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._drop_old)

    def _drop_old(self) -> None:
        now, self._sweep = time.monotonic(), None
        for wires in self._idle.values():
            while wires and wires[0][1] <= now:
                wires.popleft()[0].close()
        oldest = min((wires[0][1] for wires in self._idle.values() if wires), default=None)
        if oldest is not None:
            self._sweep = asyncio.get_running_loop().call_later(oldest - now + 0.1, self._drop_old)
