"""The credentials screen: pastes in every way they arrive, what is said of them, and what never is."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from s3tui.engine.messages import CredentialState
from s3tui.model.credentials import Connection, Credentials
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.failure import Failure
from s3tui.model.location import S3Location
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.browser import BrowserScreen
from s3tui.tui.screens.credentials import CredentialsScreen
from tests.tui.conftest import NOON
from tests.tui.driving import Driven, driven, settings_in
from tests.tui.standin import StandInEngine

KEY, SECRET, TOKEN = (
    "ASIAQX5TESTKEYQX7M42",
    "wJalrXUtnFEMIK7MDENGbPxRfiCYtestkey12345",
    "IQoJb3JpZ2lu" + "tE5t" * 60,
)
ENDS = "2031-11-22T12:45:00Z"
PASTE = "\r".join(
    (
        f'export AWS_ACCESS_KEY_ID="{KEY}"',
        f'export AWS_SECRET_ACCESS_KEY="{SECRET}"',
        f'export AWS_SESSION_TOKEN="{TOKEN}"',
        'export AWS_ENDPOINT_URL="https://s3.reef.example.org:8443"',
        f"Expires on {ENDS}",
        "aws s3 ls s3://rrap-storage-bucket/datasets/10378-1-42/",
    )
)
HOME = S3Location("rrap-storage-bucket", "datasets/10378-1-42/")


@pytest.fixture
async def user(tmp_path: Path) -> AsyncIterator[Driven]:
    """Gives the application on its first screen: nothing is known."""
    engine = StandInEngine()
    engine.folders[HOME] = (Entry("readme.txt", EntryKind.FILE, 12, NOON),)
    options = LaunchOptions(settings=settings_in(tmp_path), local_folder=tmp_path)
    async with driven(engine, options, size=(80, 24), clock=lambda: NOON) as driven_app:
        await driven_app.until_shown("Paste your credentials here")
        yield driven_app


def engine_of(user: Driven) -> StandInEngine:
    """The stand-in behind the application."""
    engine = user.app.session.client
    assert isinstance(engine, StandInEngine)
    return engine


async def paste(user: Driven, text: str) -> None:
    """Paste as a terminal with brackets does."""
    user.app.post_message(events.Paste(text))
    await user.pilot.pause()


def no_secret_in(user: Driven) -> None:
    """Fail if a secret can be seen anywhere: on the screen, in a field, in a repr."""
    tree = [widget for screen in user.app.screen_stack for widget in screen.walk_children()]
    visible = user.text + " ".join(repr(widget) for widget in tree)
    visible += " ".join(field.value for field in user.app.screen.query(Input))
    for secret in (SECRET, TOKEN, SECRET[:12], TOKEN[:12]):
        assert secret not in visible


async def test_a_paste_is_understood_and_connects_with_enter(user: Driven) -> None:
    await paste(user, PASTE)
    await user.until_said("ASIA…7M42 for s3://rrap-storage-bucket/datasets/10378-1-42/")
    assert "at s3.reef.example.org:8443, expires in 45:00. Enter connects." in user.said
    assert f"{len(SECRET)} characters, as pasted" in user.said
    assert f"{len(TOKEN)} characters, as pasted" in user.said
    no_secret_in(user)
    await user.press("enter")
    await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")
    await user.until_listed(user.app.browser.remote, HOME)
    word, credentials, connection = engine_of(user).asked[0]
    assert word == "connect"
    assert isinstance(credentials, Credentials)
    assert (credentials.access_key_id, credentials.secret_access_key) == (KEY, SECRET)
    assert credentials.session_token == TOKEN
    assert isinstance(connection, Connection)
    assert connection.endpoint.url == "https://s3.reef.example.org:8443"
    no_secret_in(user)


async def test_a_paste_without_brackets_is_the_same_and_fires_nothing(user: Driven) -> None:
    for character in PASTE:
        named = {"\r": "enter", " ": "space"}.get(character, character)
        user.app.post_message(events.Key(named, None if character == "\r" else character))
    await user.until_said("Enter connects.")
    assert isinstance(user.app.screen, CredentialsScreen)
    assert not engine_of(user).asked, "a line end of the paste connected"
    no_secret_in(user)


async def test_the_main_path_fits_into_80_by_24(user: Driven) -> None:
    await paste(user, PASTE)
    await user.until_said("Enter connects.")
    for word in ("Key id", "Secret", "Token", "Expires", "Region", "Endpoint", "Place", "Connect", "F10"):
        assert any(word in line for line in user.lines), word


async def test_a_half_paste_says_what_is_missing(user: Driven) -> None:
    await paste(user, f"AWS_ACCESS_KEY_ID={KEY}\nAWS_SECRET_ACCESS_KEY={SECRET}")
    await user.until_said("the session token is missing")
    await user.press("enter")
    assert isinstance(user.app.screen, CredentialsScreen)
    assert not engine_of(user).asked


async def test_everything_can_be_typed(user: Driven) -> None:
    await user.press("tab")
    for text in (KEY, SECRET, TOKEN[:120], "2031-11-22 14:00", "eu-west-2", "s3.example.org", "bucket/here"):
        await user.type(text)
        await user.press("tab")
    no_secret_in_text(user)
    await user.press("enter")
    await user.until(lambda: engine_of(user).asked, "the connection")
    _, credentials, connection = engine_of(user).asked[0]
    assert isinstance(credentials, Credentials)
    assert isinstance(connection, Connection)
    assert credentials.expiration == dt.datetime(2031, 11, 22, 14, tzinfo=dt.UTC)
    assert connection.endpoint.region == "eu-west-2"
    assert connection.endpoint.url == "https://s3.example.org"
    assert (connection.workspace.bucket, connection.workspace.prefix) == ("bucket", "here/")


def no_secret_in_text(user: Driven) -> None:
    """Fail if a typed secret can be read on the screen."""
    assert SECRET not in user.text
    assert TOKEN[:120] not in user.text


async def test_a_pasted_place_can_be_corrected(user: Driven) -> None:
    await paste(user, PASTE)
    await user.until_said("Enter connects.")
    await user.press(*["tab"] * 7)
    await user.press("ctrl+u")
    await user.type("s3://other-bucket")
    await user.press("enter")
    await user.until(lambda: engine_of(user).asked, "the connection")
    _, credentials, connection = engine_of(user).asked[0]
    assert isinstance(credentials, Credentials)
    assert credentials.secret_access_key == SECRET
    assert isinstance(connection, Connection)
    assert (connection.workspace.bucket, connection.workspace.prefix) == ("other-bucket", "")


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (4, "tomorrow", "The expiry looks like"),
        (6, "ftp://x", "The endpoint looks like"),
        (7, "s3:///x", "The place looks like"),
    ],
)
async def test_a_wrong_field_is_named(user: Driven, field: int, text: str, sentence: str) -> None:
    await paste(user, PASTE)
    await user.until_said("Enter connects.")
    await user.press(*["tab"] * field)
    await user.press("ctrl+u")
    await user.type(text)
    await user.press("enter")
    await user.until_said(sentence)
    assert not engine_of(user).asked


async def test_a_refusal_is_a_sentence_with_a_next_step(user: Driven) -> None:
    engine_of(user).refusal = Failure("refused", "The secret does not fit the key id.", "Copy both again.")
    await paste(user, PASTE)
    await user.press("enter")
    await user.until_said("The secret does not fit the key id. Copy both again.")
    engine_of(user).refusal = None
    await user.press("enter")
    await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")


async def test_renewing_keeps_the_connection_and_its_place(user: Driven) -> None:
    await paste(user, PASTE)
    await user.press("enter")
    await user.until_listed(user.app.browser.remote, HOME)
    await user.press("K")
    await user.until_said("A new paste for the same place renews it.")
    keys_alone = "\r".join(PASTE.split("\r")[:3])
    await paste(user, keys_alone)
    await user.until_said("Enter renews this connection.")
    await user.press("enter")
    await user.until(lambda: engine_of(user).asked[-1][0] == "renew", "the renewal")
    await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")
    assert user.app.browser.remote.location == HOME


async def test_another_place_is_asked_about_first(user: Driven) -> None:
    await paste(user, PASTE)
    await user.press("enter")
    await user.until_listed(user.app.browser.remote, HOME)
    await user.press("f2")
    await paste(user, PASTE.replace("10378-1-42", "99"))
    await user.press("enter")
    await user.until_said("Leave the place you are connected to?")
    await user.press("enter")
    assert len(engine_of(user).asked) == 1, "No was not preselected"
    await user.press("enter")
    await user.until_said("Leave the place you are connected to?")
    await user.press("y")
    await user.until(lambda: len(engine_of(user).asked) == 2, "the other place")
    assert engine_of(user).asked[1][0] == "connect"


async def test_a_paste_on_the_browser_opens_the_screen(user: Driven) -> None:
    await user.press("escape")
    await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")
    await paste(user, PASTE)
    await user.until_said("Enter connects.")


async def test_starting_over_forgets_the_paste(user: Driven) -> None:
    await paste(user, PASTE)
    await user.until_said("Enter connects.")
    await user.press("f8")
    assert "ASIA" not in user.text
    await user.press("enter")
    await user.until_said("Paste credentials into the box")
    assert not engine_of(user).asked


async def test_expired_credentials_say_what_waits(user: Driven) -> None:
    await paste(user, PASTE)
    await user.press("enter")
    await user.until_listed(user.app.browser.remote, HOME)
    engine_of(user).tell(CredentialState("ASIA…7M42", True, NOON - 5, waiting=3))
    await user.until_shown("EXPIRED")
    await user.press("K")
    await user.until_said("These credentials have expired. 3 transfers wait for new ones.")


async def test_commands_with_ctrl_work_where_pastes_arrive(user: Driven) -> None:
    await user.press("ctrl+p")
    await user.until_said("Search for commands")
    await user.press("escape")
    await user.until(lambda: isinstance(user.app.screen, CredentialsScreen), "the credentials screen")
    await user.pilot.press("ctrl+q")
    await user.until(lambda: not user.app.is_running, "the end")


async def test_esc_stops_connecting(user: Driven) -> None:
    engine = engine_of(user)
    called = asyncio.Event()

    async def never(*_: object, **__: object) -> Connection:
        called.set()
        await asyncio.Event().wait()
        raise AssertionError

    user.app.session.connect = never  # type: ignore[method-assign]
    await paste(user, PASTE)
    await user.until_said("Enter connects.")
    await user.pilot.press("enter")
    await user.until(called.is_set, "the connection")
    await user.press("escape")
    await user.until_said("Stopped.")
    assert isinstance(user.app.screen, CredentialsScreen)
    assert not engine.asked
