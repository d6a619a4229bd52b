"""Connecting from sources that are asked: forms, questions, what is shown, and what never is."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.browser import BrowserScreen
from tests.platforms.issuers import assumed_role, synapse_that_gives
from tests.platforms.standin import Answered, Asked, StandIn
from tests.tui.driving import Driven, driven, settings_in

ACCESS_TOKEN = "personal-access-token"


@pytest.fixture
async def user(engine: EngineClient, tmp_path: Path) -> AsyncIterator[Driven]:
    """Gives the application on its first screen, over a real engine."""
    options = LaunchOptions(settings=settings_in(tmp_path), local_folder=tmp_path)
    async with driven(engine, options, size=(100, 30)) as driven_app:
        await driven_app.until_shown("Paste your credentials here")
        yield driven_app


@pytest.fixture
def synapse(demo_server: DemoServer) -> Iterator[StandIn]:
    """Gives a platform that hands out the demo server's credentials."""

    with synapse_that_gives(lambda: demo_server.renew(900), ACCESS_TOKEN) as server:
        yield server


async def fill(user: Driven, *texts: str) -> None:
    """Type into the fields of a form, from the top; each takes the place of what stands there."""
    for number, text in enumerate(texts):
        if number:
            await user.press("tab")
        await user.press("end", "ctrl+u")
        await user.type(text)


async def test_a_folder_of_synapse_is_opened_for_reading_and_renews_by_itself(
    user: Driven, synapse: StandIn, demo_server: DemoServer
) -> None:
    await user.press("f11")
    await user.until_said("asked again before they end")
    await user.press("s")
    await user.until_shown("Entity")
    await user.press("enter")
    await user.until_said("The entity looks like syn12345678.")
    url = demo_server.credentials.endpoint_url
    await fill(user, "syn12345678", "wrong", "read", synapse.url, url)
    assert "wrong" not in user.text
    await user.press("enter")
    await user.until_said("Synapse does not take this token: Invalid access token.")
    await user.press("f11")
    await user.until_said("asked again before they end")
    await user.press("s")
    await user.until_shown("Entity")
    await fill(user, "syn12345678", ACCESS_TOKEN, "read", synapse.url, url)
    await user.press("enter")
    await user.until(lambda: isinstance(user.app.screen, BrowserScreen))
    await user.until_shown("[read-only]")
    await user.until_shown("renews by itself")
    await user.until_listed(user.app.browser.remote)
    assert user.names(user.app.browser.remote)
    assert ACCESS_TOKEN not in user.text
    assert not any(ACCESS_TOKEN in field.value for field in user.app.screen.query(Input))
    connection = user.app.session.connection
    assert connection is not None
    assert connection.endpoint.canned_acl == "bucket-owner-full-control"


async def test_a_profile_with_mfa_asks_in_a_dialog(
    user: Driven, demo_server: DemoServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = demo_server.renew(900)

    def sts(asked: Asked) -> Answered:
        if b"TokenCode=424242" not in asked.body:
            return Answered(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
        return assumed_role(access)

    with StandIn(sts) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", service.url)
        (home / ".aws").mkdir()
        (home / ".aws" / "config").write_text(
            "[profile reef]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = base\n"
            f"mfa_serial = arn:aws:iam::111122223333:mfa/alice\nendpoint_url = {access.endpoint_url}\n"
            "[profile base]\naws_access_key_id = AKIABASE1234567890AB\naws_secret_access_key = base/secret\n"
        )
        await user.press("f8")
        await user.app.screen._find_sources()  # type: ignore[attr-defined]
        await user.until_shown("profile reef (role)")
        place = user.app.screen.query_one("#field-place", Input)
        place.value = f"s3://{access.bucket}/{access.prefix}"
        key = next(line for line in user.lines if "profile reef (role)" in line).split()[0].lower()
        await user.press(key)
        await user.until_said("MFA code of arn:aws:iam::111122223333:mfa/alice")
        await user.press("escape")
        await user.until_said("There was no answer")
        await user.press(key)
        await user.until_said("MFA code of arn:aws:iam::111122223333:mfa/alice")
        await user.type("424242")
        await user.press("enter")
        await user.until(lambda: isinstance(user.app.screen, BrowserScreen))
        await user.until_listed(user.app.browser.remote)
    assert "renews" not in user.text


async def test_the_form_can_be_left_and_nothing_has_happened(user: Driven) -> None:
    await user.press("f11")
    await user.until_said("asked again before they end")
    await user.press("escape")
    await user.until_shown("Paste your credentials here")
    await user.press("f11")
    await user.until_said("asked again before they end")
    await user.press("m")
    await user.until_shown("This machine's role")
    await user.press("escape")
    await user.until_said("No credentials yet.")
    assert not user.app.session.connected
