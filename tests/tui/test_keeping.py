"""Connections that outlive the program because the user asked: kept, chosen again, renewed, forgotten."""

import datetime as dt
import os
from pathlib import Path

import pytest
from textual import events

from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Credentials
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.location import LocalLocation
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.browser import BrowserScreen
from s3tui.tui.screens.credentials import CredentialsScreen
from tests.tui.conftest import NOON, given
from tests.tui.driving import Driven, driven, settings_in
from tests.tui.standin import StandInEngine
from tests.tui.test_credentials_screen import HOME, PASTE, SECRET, TOKEN, no_secret_in

LATER = PASTE.replace("2031-11-22T12:45:00Z", "2031-11-22T20:00:00Z").replace("IQoJb3JpZ2lu", "IQoJb3JpZ2lx")
"""The same place with newer credentials."""


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives the folder of the runtime file vault; there is no keyring, whatever this machine has."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return folder / "s3tui"


def kept_files(vault: Path) -> list[Path]:
    """The secrets in the vault."""
    return sorted(vault.glob("kept-*")) if vault.exists() else []


def listed(tmp_path: Path) -> str:
    """The text of the list of connections; empty when there is none."""
    path = tmp_path / "state" / "connections.json"
    return path.read_text() if path.exists() else ""


def stand_in() -> StandInEngine:
    """An engine that knows the place of the paste."""
    engine = StandInEngine()
    engine.folders[HOME] = (Entry("readme.txt", EntryKind.FILE, 12, NOON),)
    return engine


def options_in(tmp_path: Path, folder: str = "work") -> LaunchOptions:
    """Start on the credentials screen, with the local pane in a folder of its own."""
    (tmp_path / folder).mkdir(exist_ok=True)
    return LaunchOptions(settings=settings_in(tmp_path), local_folder=tmp_path / folder)


async def paste(user: Driven, text: str) -> None:
    """Paste, and wait until it was understood."""
    await user.until(lambda: isinstance(user.app.screen, CredentialsScreen), "the credentials screen")
    user.app.post_message(events.Paste(text))
    await user.until(lambda: ". Enter " in user.said, "the paste")


async def keep(user: Driven, name: str) -> None:
    """Keep what is understood in the runtime file."""
    await user.press("f7")
    await user.until_said("Memory only: Until you quit s3tui")
    await user.press("ctrl+u", "ctrl+k")
    await user.type(name)
    await user.press("enter", "f")
    await user.until_said(f'"{name}" is kept.')


async def at_home(user: Driven) -> None:
    """Wait for the browser in the kept place."""
    await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")
    await user.until_listed(user.app.browser.remote, HOME)


def now() -> float:
    """The time of the stand-in."""
    return NOON


async def test_kept_then_chosen_at_the_next_start_against_a_real_server(
    demo_server: DemoServer, tmp_path: Path, vault: Path, scratch: Path
) -> None:
    access = demo_server.credentials
    first = EngineClient()
    first.spawn()
    async with driven(first, given(demo_server, scratch, tmp_path), size=(80, 24)) as user:
        await user.until_listed(user.app.browser.remote)
        await user.press("K")
        await user.until_said("A new paste for the same place renews it.")
        assert not kept_files(vault), "a connection was kept unasked"
        assert not listed(tmp_path)
        await keep(user, "my reef")
    (secret,) = kept_files(vault)
    assert secret.stat().st_mode & 0o777 == 0o600
    assert access.secret_access_key not in listed(tmp_path)
    assert access.session_token
    assert access.session_token not in listed(tmp_path)

    second = EngineClient()
    second.spawn()
    async with driven(second, options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("F3  kept: my reef")
        await user.press("f3")
        await user.until_said("Enter connects.")
        assert f"{len(access.secret_access_key)} characters, as pasted" in user.said
        await user.press("enter")
        await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")
        await user.until_named(user.app.browser.remote, "README.txt")
        await user.until_listed(user.app.browser.local, LocalLocation.of(scratch))
        assert access.secret_access_key not in user.text


async def test_memory_only_is_the_default(tmp_path: Path, vault: Path) -> None:
    async with driven(stand_in(), options_in(tmp_path), size=(80, 24), clock=now) as user:
        await user.until_shown("Paste your credentials here")
        assert "F7" not in user.lines[-1], "nothing can be kept yet"
        await paste(user, PASTE)
        assert "F7" in user.lines[-1]
        await user.press("f7")
        await user.until_said("Memory only: Until you quit s3tui")
        assert "Not here: Keyring." in user.said, "why there is no keyring is not said"
        no_secret_in(user)
        await user.press("enter", "enter")
        await user.until_said("Nothing was kept")
        await user.press("enter")
        await at_home(user)
    assert not kept_files(vault)
    assert not listed(tmp_path)


async def test_a_kept_paste_survives_and_a_renewal_takes_its_place(tmp_path: Path, vault: Path) -> None:
    async with driven(stand_in(), options_in(tmp_path), size=(80, 24), clock=now) as user:
        await paste(user, PASTE)
        await keep(user, "reef")
        no_secret_in(user)
        await user.press("enter")
        await at_home(user)
        before = kept_files(vault)[0].read_bytes()
        await user.press("K")
        await paste(user, LATER)
        await user.press("enter")
        await user.until(lambda: kept_files(vault)[0].read_bytes() != before, "the renewed entry")
    assert len(kept_files(vault)) == 1
    assert "20:00:00" in listed(tmp_path)
    for secret in (SECRET, TOKEN, "IQoJb3JpZ2lx"):
        assert secret not in listed(tmp_path)

    engine = stand_in()
    async with driven(engine, options_in(tmp_path, "elsewhere"), size=(80, 24), clock=now) as user:
        await user.until_shown("F3  kept: reef · ASIA…7M42 · 8:00:00 left")
        await user.press("f3")
        await user.until_said("Enter connects.")
        no_secret_in(user)
        await user.press("enter")
        await at_home(user)
        await user.until_listed(user.app.browser.local, LocalLocation.of(tmp_path / "work"))
        credentials = engine.asked[0][1]
        assert isinstance(credentials, Credentials)
        assert credentials.secret_access_key == SECRET
        assert credentials.session_token == TOKEN.replace("IQoJb3JpZ2lu", "IQoJb3JpZ2lx")
        assert credentials.expiration == dt.datetime(2031, 11, 22, 20, tzinfo=dt.UTC)


async def test_expired_keys_go_and_their_place_takes_the_next_paste(tmp_path: Path, vault: Path) -> None:
    async with driven(stand_in(), options_in(tmp_path), clock=now) as user:
        await paste(user, PASTE)
        await keep(user, "reef")
    assert kept_files(vault)
    async with driven(stand_in(), options_in(tmp_path), clock=lambda: NOON + 3600) as user:
        await user.until(lambda: not kept_files(vault), "the end of the expired secret")
        await user.until_shown("F3  kept: reef · waits for a paste")
        await user.press("f3")
        await user.until_said("Paste credentials for it.")
        keys_alone = "\r".join(LATER.split("\r")[:3])
        await paste(user, keys_alone)
        await user.until_said('"reef": ASIA…7M42 for s3://rrap-storage-bucket/datasets/10378-1-42/')
        await user.press("enter")
        await at_home(user)
        await user.until_listed(user.app.browser.local, LocalLocation.of(tmp_path / "work"))
    assert not kept_files(vault), "new credentials were kept unasked"


async def test_forgetting_asks_which_one_and_deletes_its_secret(tmp_path: Path, vault: Path) -> None:
    async with driven(stand_in(), options_in(tmp_path), size=(80, 24), clock=now) as user:
        await paste(user, PASTE)
        await keep(user, "reef")
        await user.press("f8")
        await paste(user, PASTE.replace("10378-1-42", "99"))
        await keep(user, "other [bold]\\u202e")
        await user.until_shown("F4  kept: other [bold]")
        assert len(kept_files(vault)) == 2
        await user.press("f12")
        await user.until_said("Which connection?")
        await user.press("1")
        await user.until_said('Forget "reef" and its credentials?')
        await user.press("enter")
        assert len(kept_files(vault)) == 2, "No was not preselected"
        await user.press("f12")
        await user.until_said("Which connection?")
        await user.press("1")
        await user.until_said('Forget "reef" and its credentials?')
        await user.press("y")
        await user.until_said('"reef" is forgotten.')
        await user.until_shown("F3  kept: other")
    assert len(kept_files(vault)) == 1
    assert "reef" not in listed(tmp_path).replace("reef.example", "")


async def test_a_secret_that_is_gone_is_one_sentence(tmp_path: Path, vault: Path) -> None:
    async with driven(stand_in(), options_in(tmp_path), size=(80, 24), clock=now) as user:
        await paste(user, PASTE)
        await keep(user, "reef")
        await user.press("f8")
        os.unlink(kept_files(vault)[0])
        await user.press("f3")
        await user.until_said('The credentials of "reef" are not there any more')
        await user.until_said("Paste them again.")
        await user.until_shown("kept: reef · waits for a paste")


async def test_a_damaged_list_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / "connections.json").write_text("{")
    async with driven(stand_in(), options_in(tmp_path), size=(120, 30), clock=now) as user:
        await user.until_said("is damaged: saved connections in it cannot be shown.")
        await user.press("escape")
        await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")
        await user.press("f2")
        await user.until_shown("Paste your credentials here")
        await user.pilot.pause(0.3)
        assert "is damaged" not in user.said


async def test_a_name_that_holds_the_secret_is_refused(tmp_path: Path, vault: Path) -> None:
    async with driven(stand_in(), options_in(tmp_path), size=(80, 24), clock=now) as user:
        await paste(user, PASTE)
        await user.press("f7")
        await user.until_said("Memory only: Until you quit s3tui")
        await user.press("ctrl+u", "ctrl+k")
        await user.type(SECRET)
        await user.press("enter", "f")
        await user.until_said("This name holds a part of your secret")
    assert not kept_files(vault)
    assert not listed(tmp_path)
