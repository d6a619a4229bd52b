"""Nobody outlives his front end, and a front end that does not read costs the engine nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from s3tui.config import Settings
from s3tui.engine import messages as say
from s3tui.engine.client import EngineClient
from s3tui.engine.spawn import Child, spawn_child
from s3tui.engine.wire import Channel
from s3tui.model.location import LocalLocation
from tests.engine.processes import children_of, is_alive, wait_until

_FILES = 18_000
"""More than a window of full pages holds; making them is what takes the time on a slow disk."""

_FRONT_END = """
import asyncio, sys
from s3tui.config import Settings
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace

async def main():
    client = EngineClient()
    ready = await client.start(Settings(state_dir=sys.argv[1], workers=2))
    place = Connection(Endpoint("http://127.0.0.1:9"), Workspace("b"))
    await client.connect(Credentials("id", "secret"), place, prove=False)
    await client.take_up(True)  # which gets the workers ready
    print(ready.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_engine_and_workers_end_when_the_front_end_is_killed(number: signal.Signals, tmp_path: Path) -> None:
    front_end = subprocess.Popen(
        [sys.executable, "-c", _FRONT_END, str(tmp_path / "state")], stdout=subprocess.PIPE
    )
    assert front_end.stdout is not None
    engine = int(front_end.stdout.readline())
    wait_until(lambda: len(children_of(engine)) == 2, 20, "two workers")
    family = [engine, *children_of(engine)]
    assert all(is_alive(pid) for pid in family)
    os.kill(front_end.pid, number)
    front_end.wait(10)
    front_end.stdout.close()
    wait_until(lambda: not any(is_alive(pid) for pid in family), 3, "engine and workers gone")


async def test_the_engine_ignores_a_terminal_s_interrupt(engine: EngineClient, tmp_path: Path) -> None:
    assert engine.pid is not None
    assert os.getsid(engine.pid) != os.getsid(0)


async def test_the_command_line_of_the_engine_tells_nothing(engine: EngineClient) -> None:
    words = Path(f"/proc/{engine.pid}/cmdline").read_bytes().split(b"\0")[1:-1]
    assert words[:3] == [b"-P", b"-m", b"s3tui.engine"]
    assert words[3].isdigit()


async def test_credentials_of_the_environment_stay_with_the_front_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "must-not-be-inherited")
    client = EngineClient()
    await client.start(settings)
    assert b"must-not-be-inherited" not in Path(f"/proc/{client.pid}/environ").read_bytes()
    await client.shutdown()


async def test_a_reader_that_stops_holds_its_listing_back_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "large"
    folder.mkdir()
    for number in range(_FILES):
        os.close(os.open(folder / f"{number:06}-{'n' * 200}", os.O_CREAT))
    child = spawn_child("s3tui.engine", 2)
    channel: Channel[say.EngineMessage] = await Channel.over(child.socket, say.EngineMessage)
    channel.send(say.Configure(1, state_dir=str(tmp_path / "state"), workers=0))
    assert isinstance(await _next(channel), say.Ready)
    channel.send(say.OpenListing(2, LocalLocation.of(folder)))
    pages = [await _page(channel) for _ in range(say.LISTING_WINDOW)]
    # Nothing was taken, so nothing more comes, and meanwhile the engine answers others.
    channel.send(say.Inspect(3, LocalLocation.of(folder)))
    assert isinstance(await _next(channel), say.Inspected)
    channel.send(say.PageTaken(2))
    pages.append(await _page(channel))
    assert sum(len(page.page) for page in pages) < _FILES
    await _end(child, channel)


async def _page(channel: Channel[say.EngineMessage]) -> say.ListingPage:
    message = await _next(channel)
    assert isinstance(message, say.ListingPage), message
    return message


async def _next(channel: Channel[say.EngineMessage]) -> say.EngineMessage | None:
    return await asyncio.wait_for(channel.receive(), 30)


async def _end(child: Child, channel: Channel[say.EngineMessage]) -> None:
    await channel.close()
    assert await asyncio.to_thread(child.reap) == 0
