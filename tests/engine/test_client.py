"""A front end's view of the engine: ask, be refused, lose it, start it again."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from s3tui.config import Settings
from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.errors import EngineError
from s3tui.model.entry import EntryKind
from s3tui.model.location import LocalLocation, S3Location
from tests.engine.processes import is_alive, wait_until


async def names_in(client: EngineClient, location: LocalLocation) -> set[str]:
    """Returns the names of a whole listing."""
    return {name async for page in client.list_folder(location) for name in page.names}


async def test_a_folder_is_listed_whole(engine: EngineClient, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    wanted = {f"file-{number:05}" for number in range(2500)} | {"Übergröße", "with blank"}
    for name in wanted:
        (folder / name).touch()
    assert await names_in(engine, LocalLocation.of(folder)) == wanted


async def test_names_that_are_not_utf8_survive_the_way(engine: EngineClient, tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    raw = os.fsencode(tmp_path / "odd") + b"/\xff\xfe-data"
    os.close(os.open(raw, os.O_CREAT))
    (name,) = await names_in(engine, LocalLocation.of(tmp_path / "odd"))
    assert os.fsencode(name) == b"\xff\xfe-data"


async def test_a_refusal_names_the_folder(engine: EngineClient, tmp_path: Path) -> None:
    with pytest.raises(RequestRefused) as refusal:
        await names_in(engine, LocalLocation.of(tmp_path / "nowhere"))
    assert "nowhere" in refusal.value.sentence
    assert refusal.value.failure.code in ("local", "not-found")


async def test_s3_is_refused_before_there_is_a_connection(engine: EngineClient) -> None:
    with pytest.raises(RequestRefused, match="not connected"):
        await engine.inspect(S3Location("bucket", "key"))


async def test_a_listing_that_is_left_early_does_not_disturb_the_next(
    engine: EngineClient, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3000):
        (folder / str(number)).touch()
    pages = engine.list_folder(LocalLocation.of(folder))
    assert len(await anext(pages)) > 0
    await pages.aclose()
    assert len(await names_in(engine, LocalLocation.of(folder))) == 3000


async def test_local_folders_can_be_made_renamed_and_deleted(engine: EngineClient, tmp_path: Path) -> None:
    place = LocalLocation.of(tmp_path / "work")
    await engine.make_folder(place)
    (tmp_path / "work" / "one.txt").write_text("1")
    (tmp_path / "work" / "two.txt").write_text("2")
    await engine.rename(place.child("one.txt"), "eins.txt")
    with pytest.raises(RequestRefused, match=r"two\.txt"):
        await engine.rename(place.child("eins.txt"), "two.txt")
    with pytest.raises(RequestRefused):
        await engine.rename(place.child("eins.txt"), "../out.txt")
    assert (await engine.inspect(place.child("eins.txt"))).size == 1
    assert await engine.delete((place,)) == 2
    assert not (tmp_path / "work").exists()


async def test_a_dead_engine_is_told_and_replaced(settings: Settings, tmp_path: Path) -> None:
    client = EngineClient()
    died = asyncio.get_running_loop().create_future()
    client.on_death = died.set_result
    await client.start(settings)
    first = client.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)  # so that the request below is still open when it dies
    asked = asyncio.create_task(client.inspect(LocalLocation.of(tmp_path)))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(EngineError):
        await asked
    assert "signal 9" in await asyncio.wait_for(died, 5)
    with pytest.raises(EngineError):
        await client.inspect(LocalLocation.of(tmp_path))
    ready = await client.restart()
    assert ready.pid != first
    assert (await client.inspect(LocalLocation.of(tmp_path))).kind is EntryKind.FOLDER
    await client.shutdown()


async def test_shutdown_ends_the_process_and_is_no_death(settings: Settings) -> None:
    client = EngineClient()
    deaths: list[str] = []
    client.on_death = deaths.append
    await client.start(settings)
    pid = client.pid
    assert pid is not None
    await client.shutdown()
    assert not is_alive(pid)
    assert not deaths
    assert client.pid is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_the_engine_in_order(settings: Settings, number: signal.Signals) -> None:
    client = EngineClient()
    told: list[str] = []
    client.on_death = told.append
    ready = await client.start(settings)
    os.kill(ready.pid, number)
    await asyncio.to_thread(wait_until, lambda: bool(told), 5, "on_death")
    assert "exit status 0" in told[0]
    await client.shutdown()
