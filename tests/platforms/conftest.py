"""Fixtures of the platforms' tests: a front end, and the demo server as the storage behind platforms."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from s3tui.demo.access import DemoOptions
from s3tui.demo.process import DemoServer
from tests.platforms.front import Front, open_front
from tests.platforms.standin import Answered, StandIn


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    """Gives a front end with small parts."""
    async with open_front(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    """Gives a demo server: the storage behind the platform."""
    with DemoServer.start(options=DemoOptions(scratch=False)) as server:
        yield server


@pytest.fixture
def service() -> Iterator[StandIn]:
    """Gives a web server whose answers the test sets."""
    with StandIn(lambda _: Answered(500)) as server:
        yield server
