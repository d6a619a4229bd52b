"""What many files say at once is summed up; what one says is said at once."""

import asyncio

import pytest

from s3tui.engine import notices
from s3tui.engine.notices import Notices


async def test_one_sentence_is_said_at_once_and_a_flood_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "QUIET_SECONDS", 0.02)
    said: list[str] = []
    summed_up = asyncio.Event()

    def say(sentence: str) -> None:
        said.append(sentence)
        if len(said) == 2:
            summed_up.set()

    gate = Notices(say)
    for number in range(12):
        gate.take(f"a{number} stays on the server.")
    assert said == ["a0 stays on the server."]
    async with asyncio.timeout(5):
        await summed_up.wait()
    assert said[1] == "a1 stays on the server. And 10 more notices like it."


async def test_nothing_is_lost_at_the_end() -> None:
    said: list[str] = []
    gate = Notices(said.append)
    gate.take("one")
    gate.take("two")
    gate.stop()
    assert said == ["one", "two"]
