"""Ways for the tests of this room to connect: a store with limits short enough to watch it fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from s3tui.credentials.live import LiveCredentials, ServerClock
from s3tui.model.credentials import Addressing, Connection, Credentials, Endpoint, Workspace
from s3tui.storage.limits import Limits
from s3tui.storage.s3_client import S3Clients
from s3tui.storage.s3_objects import S3Store
from tests.servers.workspace import Workspace as ServerWorkspace

SHORT = Limits(
    connect=2.0,
    answer=4.0,
    browse_answer=4.0,
    call=8.0,
    window=1.5,
    minimum_rate=1000,
    backoff=0.02,
    backoff_cap=0.2,
    verdict=30.0,
)


class Issued(Protocol):
    """Temporary credentials as every server of the tests hands them out."""

    @property
    def access_key_id(self) -> str: ...
    @property
    def secret_access_key(self) -> str: ...
    @property
    def session_token(self) -> str | None: ...
    @property
    def expiration(self) -> datetime | None: ...


@dataclass(frozen=True)
class Connected:
    """A store, and the live credentials under it."""

    store: S3Store
    live: LiveCredentials
    clients: S3Clients


def credentials_of(issued: Issued, *, with_expiry: bool = True) -> Credentials:
    """What a paste of this issue would give; some platforms do not tell the expiry."""
    return Credentials(
        issued.access_key_id,
        issued.secret_access_key,
        issued.session_token,
        issued.expiration if with_expiry else None,
    )


@asynccontextmanager
async def connected(
    url: str,
    credentials: Credentials | None,
    *,
    home: Workspace | None = None,
    ca_file: str | None = None,
    limits: Limits = SHORT,
    connections: int = 8,
    addressing: Addressing = "auto",
    region: str | None = None,
) -> AsyncIterator[Connected]:
    """Open clients with these credentials; `home` counts as a place that could be listed before."""
    live = LiveCredentials(ServerClock())
    if credentials is not None:
        live.put(credentials)
    endpoint = Endpoint(url, region=region, ca_file=ca_file, addressing=addressing)
    async with S3Clients(endpoint, live, limits=limits, connections=connections) as clients:
        store = S3Store(clients)
        if home is not None:
            store.calls.home_is_known_open(home)
        yield Connected(store, live, clients)


def place(workspace: ServerWorkspace, url: str | None = None) -> Connection:
    """The connection a paste from this workspace's platform describes."""
    return Connection(
        Endpoint(url or workspace.server.endpoint_url), Workspace(workspace.bucket, workspace.prefix)
    )
