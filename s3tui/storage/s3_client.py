"""The clients of one connection: what requests of a purpose go through, opened when they are needed.

Clients sign with live credentials: replacing the set changes what running clients sign with. What a client
needs stands in an `Endpoint` and a `LiveCredentials`. Requests that move bytes go the short way where there
is one; everything else needs aiobotocore, which is imported when it is first wanted.
"""

import asyncio
import contextlib
import importlib
from typing import Any, Literal

from s3tui.credentials.live import LiveCredentials
from s3tui.model.credentials import Endpoint
from s3tui.storage.awake import AwakeClock
from s3tui.storage.lazy_client import LazyClient
from s3tui.storage.limits import Limits
from s3tui.storage.pace import Pace
from s3tui.storage.s3_place import DEFAULT_REGION, place_of
from s3tui.storage.setback import Retries
from s3tui.storage.short_listing import ShortListing
from s3tui.storage.short_way import ShortWay

__all__ = ["DEFAULT_REGION", "PURPOSES", "Purpose", "S3Clients"]

BROWSE_CONNECTIONS = 8
"""Connections of the client for listings and single questions: they never wait for transfers."""

_SOME_BUCKET = "some-bucket"

Purpose = Literal["browse", "transfer"]
"""Which of the two clients a request uses."""

PURPOSES: tuple[Purpose, ...] = ("browse", "transfer")


class S3Clients:
    """The two clients of one connection: a small one for browsing, a large one for bytes."""

    def __init__(
        self,
        endpoint: Endpoint,
        live: LiveCredentials,
        *,
        limits: Limits | None = None,
        connections: int = 0,
        retries: Retries | None = None,
    ) -> None:
        """Prepare.

        Args:
            endpoint: the server.
            live: what requests are signed with.
            limits: waiting times and counts.
            connections: requests that may move bytes at the same time; 0 has the pace find the number.
            retries: who grants them in another process; by default the pace of these clients.
        """
        self.endpoint = endpoint
        self.live = live
        self.limits = limits or Limits()
        self.clock = AwakeClock(self.limits.nap)
        self.pace = Pace(self.limits, connections, clock=self.clock)
        """Slots for requests that move bytes, and the retries of this process."""
        self.retries = retries or self.pace
        """Who grants retries."""
        self.connections = self.pace.most
        self._stack = contextlib.AsyncExitStack()
        self._clients: dict[Purpose, Any] = {}
        self._short: dict[Purpose, ShortWay] = {}
        self._lazy: dict[Purpose, LazyClient] = {}

    async def open(self, *, early: bool = True) -> None:
        """Get ready; sends nothing. With `early` an endpoint that may be none is tried out at once.

        Raises:
            StorageError: the endpoint is no address, or its region cannot be one.
        """
        self.clock.start()
        browse, transfer = LazyClient(self._browsing), LazyClient(self._transferring)
        self._lazy = {"browse": browse, "transfer": transfer}
        place = self.endpoint, self.live, self.limits
        self._short = {
            "browse": ShortListing(browse, *place, BROWSE_CONNECTIONS, self.limits.browse_answer),
            "transfer": ShortListing(transfer, *place, self.connections + 2),
        }
        self._clients = dict(self._short)
        if early and place_of(self.endpoint, _SOME_BUCKET) is None:
            try:
                await browse.opened()
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        """Close every connection; bodies still being read break off."""
        self.clock.stop()
        self._clients = {}
        short, self._short = self._short, {}
        for way in short.values():
            way.close()
        await self._stack.aclose()

    async def __aenter__(self) -> "S3Clients":
        """Open."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    def client(self, purpose: Purpose) -> Any:
        """What has the methods of an aiobotocore client; KeyError before `open` and after `close`."""
        return self._clients[purpose]

    async def long(self, purpose: Purpose) -> Any:
        """The aiobotocore client for a purpose, opened if it is not yet.

        Raises:
            StorageError: the endpoint is no address, or its region cannot be one.
        """
        return await self._lazy[purpose].opened()

    async def _browsing(self) -> Any:
        return await self._long("browse", self.limits.browse_answer, BROWSE_CONNECTIONS)

    async def _transferring(self) -> Any:
        # Two more than are used: an abort must get through while every transfer hangs.
        return await self._long("transfer", self.limits.answer, self.connections + 2)

    async def _long(self, purpose: Purpose, answer: float, connections: int) -> Any:
        # Half a second that most commands do not need, and that nobody who does should stand still for.
        await asyncio.to_thread(importlib.import_module, "s3tui.storage.long_way")
        from s3tui.storage.long_way import open_client

        client = await open_client(
            self._stack, self.endpoint, self.live, self.limits, answer=answer, connections=connections
        )
        if purpose in self._short:
            client.meta.events.register_last("before-send.s3", self._short[purpose].note_place)
        return client
