"""Engines for tests: started like a front end does it, and always ended."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.config import Settings
from s3tui.engine.client import EngineClient


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Gives settings with a state folder of this test's own and bytes moved in the engine's loop."""
    return Settings(state_dir=str(tmp_path / "state"), workers=0)


@pytest.fixture
async def engine(settings: Settings, tmp_path: Path) -> AsyncIterator[EngineClient]:
    """Gives an engine that is ready."""
    client = EngineClient(tmp_path / "engine.log")
    client.spawn()
    await client.start(settings)
    yield client
    await client.shutdown()
