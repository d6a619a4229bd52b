"""What the command line hands on: to its commands the engine, to the screen all that was asked of it."""

from collections.abc import Callable

from msgspec import Struct

from s3tui.config import Settings
from s3tui.engine.client import EngineClient
from s3tui.engine.spawn import Child
from s3tui.model.credentials import Connection, Credentials
from s3tui.model.source import Source


class AppStart(Struct, frozen=True):
    """What the command line asks of the app."""

    settings: Settings
    demo: bool
    """Start the demo server and connect to it."""
    credentials: Credentials | None
    """None lets the app find them or ask for them."""
    source: Source | None
    """Who is to be asked for them instead."""
    connection: Connection
    """What is known of the place."""
    engine: Child | None = None
    """It has been started already."""


OpenApp = Callable[[AppStart], int]
"""Opens the screen and returns the exit status."""


class Given(Struct, frozen=True):
    """What the commands are given besides their words."""

    open_app: OpenApp
    engine: Child | None = None
    """It has been started already."""


def spawned(settings: Settings, engine: Child | None, niceness: int = 0) -> EngineClient:
    """Return an engine that is starting: the one that does already, or a new one, which may be nice.

    Raises:
        EngineError: no process could be started.
    """
    client = EngineClient(settings.state_path / "engine.log", niceness, engine)
    client.spawn()
    return client
