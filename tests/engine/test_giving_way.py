"""An engine behind a screen gives way to it, and one behind a command does not."""

import os

import pytest

from s3tui.engine.client import EngineClient
from s3tui.engine.spawn import own_niceness

EXTRA = 3


@pytest.mark.parametrize("niceness", [0, EXTRA])
async def test_an_engine_is_as_nice_as_it_was_asked_to_be(niceness: int) -> None:
    asked = own_niceness() + niceness if niceness else 0
    client = EngineClient(niceness=asked)
    client.spawn()
    try:
        assert client.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, client.pid) == (asked or own_niceness())
        if hasattr(os, "SCHED_BATCH"):
            assert (os.sched_getscheduler(client.pid) == os.SCHED_BATCH) is bool(asked)
    finally:
        await client.shutdown()
