"""The engine's connection: trying credentials, putting them in place, and telling of their state.

One live credentials object lasts as long as the engine. New credentials are tried on a trial connection
first, so that a refusal leaves what works in place. The S3 libraries are imported here, in a thread, as soon
as the engine is ready: by the time somebody has pasted something they are there.
"""

import asyncio
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from s3tui.credentials.live import MARGIN, LiveCredentials, ServerClock
from s3tui.engine import messages as say
from s3tui.engine.belonging import Belonging
from s3tui.engine.child import end_imports
from s3tui.errors import AccessDenied, EngineError
from s3tui.model.credentials import Connection, Credentials, Workspace
from s3tui.model.location import Location, S3Location

if TYPE_CHECKING:
    from s3tui.storage.s3_client import S3Clients
    from s3tui.storage.s3_objects import S3Store


class Link(Struct, frozen=True):
    """A connection with its open clients."""

    connection: Connection
    clients: "S3Clients"
    store: "S3Store"
    home: Workspace | None = None
    """A place that could be listed with the credentials; None while that has not been seen."""


class Connecting:
    """Holds the one connection of an engine."""

    def __init__(
        self, on_change: Callable[[], None], on_link: Callable[[Link], None] = lambda _: None
    ) -> None:
        """Prepare.

        Args:
            on_change: called when the state of the credentials changes.
            on_link: called with each new connection, before its credentials are in place.
        """
        self._on_link = on_link
        self.changed = on_change
        """Tells that the state has changed."""
        self.renews = False
        """Whether the credentials are got anew by themselves."""
        self.live = LiveCredentials(ServerClock(), on_change)
        """What every client of this engine signs with."""
        self.belonging = Belonging()
        """Whose the credentials in use are."""
        self.link: Link | None = None
        """The connection in use; None before the first."""
        self.connections = 1
        """Requests that move bytes in this process at the same time."""
        self._importing: asyncio.Future[None] | None = None
        self._changing = asyncio.Lock()

    def import_early(self) -> None:
        """Begin to import the S3 libraries in a thread."""
        if self._importing is None:
            self._importing = asyncio.ensure_future(asyncio.to_thread(_import_storage))

    @property
    def store(self) -> "S3Store":
        """The store of the connection in use.

        Raises:
            EngineError: there is none.
        """
        if self.link is None:
            raise EngineError("You are not connected to a server.", next_step="Paste credentials (K).")
        return self.link.store

    async def connect(
        self,
        credentials: Credentials,
        wanted: Connection,
        *,
        prove: bool = True,
        any_identity: bool = False,
    ) -> Connection:
        """Take credentials and a place into use, and return the place with what was learnt.

        Raises:
            AnotherIdentity: it is the place in use, they are somebody else's, and `any_identity` is False.
            StorageError: they do not work there; what was in use stays so.
        """
        async with self._changing:
            old = self.link
            if old is not None and not any_identity and same_place(old.connection, wanted):
                await self.belonging.expect_same(credentials, wanted.endpoint)
            if prove:
                # The first is tried on the clients that are to be used: there is nothing to protect.
                trial = self.live if old is None else LiveCredentials(ServerClock())
                fresh, believable = await self._prove(credentials, wanted, trial)
            else:
                fresh, believable = await self._open(wanted, self.live), credentials
            if fresh.clients.live is not self.live:
                await fresh.clients.close()
                found = fresh.connection
                if old is not None and old.connection.endpoint == found.endpoint:
                    fresh = Link(found, old.clients, old.store, found.workspace)
                else:
                    fresh = await self._open(found, self.live, found.workspace)
            self.link = fresh
            if fresh.home is not None:
                fresh.store.calls.home_is_known_open(fresh.home)
            self._on_link(fresh)
            self.live.put(believable)
            self.belonging.follow(believable, fresh.connection.endpoint)
            if old is not None and old.clients is not fresh.clients:
                await old.clients.close()
            return fresh.connection

    async def renew(self, credentials: Credentials, *, any_identity: bool = False) -> Connection:
        """Try new credentials on the place in use, then put them under everything that waits.

        Raises:
            AnotherIdentity: they are somebody else's, and `any_identity` is False.
            EngineError: there is no connection.
            StorageError: they do not work; the old ones stay.
        """
        async with self._changing:
            if self.link is None:
                raise EngineError("There is no connection to renew.", next_step="Connect first (K).")
            trial = LiveCredentials(ServerClock())
            tried, believable = await self._prove(credentials, self.link.connection, trial)
            await tried.clients.close()
            endpoint = self.link.connection.endpoint
            if not any_identity:
                await self.belonging.expect_same(believable, endpoint)
            self.link.store.calls.home_is_known_open(self.link.connection.workspace)
            self.live.put(believable)
            self.belonging.follow(believable, endpoint)
            return self.link.connection

    def disconnect(self) -> None:
        """Forget the credentials; what needs them waits."""
        self.belonging.stop()
        self.live.clear()

    async def close(self) -> None:
        """Close every connection to the server."""
        self.belonging.stop()
        link, self.link = self.link, None
        if link is not None:
            await link.clients.close()

    def state(self, waiting: int) -> say.CredentialState:
        """What the front end shows; `waiting` is the number of transfers that are held."""
        current = self.live.current
        if current is None or self.link is None:
            return say.CredentialState(waiting=waiting)
        return say.CredentialState(
            label=current.label,
            temporary=current.temporary,
            expires_at=self.live.expires_at,
            clock_offset=self.live.clock.offset,
            refused=self.live.refused,
            waiting=waiting,
            renews=self.renews,
        )

    def expect_writable(self, *places: Location) -> None:
        """Stop what would change a place that is for reading only.

        Raises:
            AccessDenied: one of these lies there.
        """
        here = self.link.connection.workspace if self.link is not None else None
        if here is not None and here.read_only and any(isinstance(place, S3Location) for place in places):
            raise AccessDenied(
                "Your credentials are for reading only, so nothing is changed there.",
                next_step="Connect with the right to write, if your platform gives it.",
            )

    async def _prove(
        self, credentials: Credentials, wanted: Connection, trial: LiveCredentials
    ) -> tuple[Link, Credentials]:
        """Try credentials at a place; returns it with what was learnt, and them without a false expiry."""
        # While they are tried only the server's word counts: our clock may be wrong, or the expiry.
        trial.put(replace(credentials, expiration=None))
        link = await self._open(wanted, trial)
        try:
            found = await link.store.check_access(wanted)
        except BaseException:
            await link.clients.close()
            if trial is self.live:
                trial.clear()
            raise
        self.live.clock.put(trial.clock.offset)
        ends = credentials.expiration
        if ends is not None and ends.timestamp() <= trial.clock.time() + MARGIN:
            credentials = replace(credentials, expiration=None)
        if found.endpoint == wanted.endpoint:
            return Link(found, link.clients, link.store, found.workspace), credentials
        # Clients sign for the region they were made with.
        await link.clients.close()
        return await self._open(found, trial, found.workspace), credentials

    async def _open(
        self, connection: Connection, live: LiveCredentials, home: Workspace | None = None
    ) -> Link:
        self.import_early()
        assert self._importing is not None
        await asyncio.shield(self._importing)
        # The thread has imported them: this only names what is there.
        from s3tui.storage.s3_client import S3Clients
        from s3tui.storage.s3_objects import S3Store

        clients = S3Clients(connection.endpoint, live, connections=self.connections)
        await clients.open()
        return Link(connection, clients, S3Store(clients), home)


def same_place(one: Connection, other: Connection) -> bool:
    """Whether two connections lead to the same prefix of the same server."""
    return (one.endpoint.url, one.workspace.bucket, one.workspace.prefix) == (
        other.endpoint.url,
        other.workspace.bucket,
        other.workspace.prefix,
    )


def _import_storage() -> None:
    for name in ("s3tui.storage.s3_objects", "s3tui.storage.byte_work"):
        importlib.import_module(name)
    end_imports()
