"""One demo server for the verbs, with keys of its own for each test."""

import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from s3tui.demo.access import DemoAccess, DemoOptions, ExtraObjects
from s3tui.demo.process import DemoServer
from tests.demo.wire import boto

MANY = 100_000


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoServer]:
    """Gives a demo server whose key may do everything in its prefix; it also holds 100,000 extra keys."""
    prefix = "datasets/10378-1-42/many/"
    options = DemoOptions(
        lifetime_seconds=3600, rights="full", scratch=False, extra=(ExtraObjects(prefix, MANY, size=1),)
    )
    with DemoServer.start(options=options) as server:
        yield server


@pytest.fixture
def access(demo: DemoServer) -> DemoAccess:
    """Gives the credentials of the shared server."""
    return demo.credentials


@pytest.fixture
def s3(access: DemoAccess) -> Iterator[Any]:
    """Gives a boto client of the shared server."""
    client = boto(access)
    yield client
    client.close()


@pytest.fixture
def place(access: DemoAccess, request: pytest.FixtureRequest) -> str:
    """Gives a key prefix of this test's own, inside the allowed one."""
    number = zlib.crc32(request.node.nodeid.encode())
    return f"{access.prefix}test/{request.function.__name__[:40]}-{number:08x}/"
