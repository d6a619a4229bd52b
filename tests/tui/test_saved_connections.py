"""Several connections of one user: accounts of other tools, terms, and what is kept and remembered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.credentials.keeping.saved_list import SavedList
from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Connection, Endpoint, Workspace
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.source import ProfileSource
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.browser import BrowserScreen
from s3tui.tui.screens.credentials import CredentialsScreen
from tests.engine.test_belonging import key_of
from tests.platforms.issuers import assumed_role, synapse_that_gives
from tests.platforms.standin import Answered, Asked, StandIn
from tests.servers.moto_server import MotoServer
from tests.tui.driving import Driven, driven, settings_in

PLATFORM_TOKEN = "personal-access-token-of-a-researcher"

REMOTES = """[reef]
type = s3
provider = Ceph
access_key_id = CEPHKEY0123456789AB
secret_access_key = ceph/secret-of-rclone/0123456789abcdefgh
endpoint = {url}
acl = bucket-owner-full-control
requester_pays = true

[survey]
type = alias
remote = reef:corals/survey/2031
"""

S3CFG = """[default]
access_key = S3CMDKEY0123456789A
secret_key = s3cmd/secret/0123456789abcdefghijklmnop
host_base = {host}
host_bucket = {host}
use_https = False
"""


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives the folder of the runtime file vault; there is no keyring, whatever this machine has."""
    folder = tmp_path / "runtime"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/no-bus")
    return folder / "s3tui"


@pytest.fixture
def corals(moto: MotoServer, home: Path) -> MotoServer:
    """Gives a server with a survey, known to rclone and s3cmd."""
    client = moto.client()
    client.create_bucket(Bucket="corals")
    for key in ("survey/2031/a.csv", "survey/2031/deep/b.nc", "other/x"):
        client.put_object(Bucket="corals", Key=key, Body=b"reef")
    (home / ".rclone.conf").write_text(REMOTES.format(url=moto.endpoint_url))
    (home / ".s3cfg").write_text(S3CFG.format(host=moto.endpoint_url.removeprefix("http://")))
    return moto


@pytest.fixture
def engines() -> Iterator[list[EngineClient]]:
    """Gives a list of engines; all of them end with the test."""
    made: list[EngineClient] = []
    yield made
    for client in made:
        client.abandon()


def new_engine(engines: list[EngineClient]) -> EngineClient:
    """Another engine process."""
    engines.append(EngineClient())
    engines[-1].spawn()
    return engines[-1]


def options_in(tmp_path: Path) -> LaunchOptions:
    """Start on the credentials screen."""
    return LaunchOptions(settings=settings_in(tmp_path), local_folder=tmp_path)


def listed(tmp_path: Path) -> tuple[SavedConnection, ...]:
    """The list on disk."""
    return SavedList(tmp_path / "state").read()


async def in_browser(user: Driven, place: S3Location) -> None:
    """Wait for the panes, the right one at a place."""
    await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")
    await user.until_listed(user.app.browser.remote, place)


async def test_an_alias_of_rclone_opens_its_place_with_its_terms(
    corals: MotoServer, tmp_path: Path, engines: list[EngineClient]
) -> None:
    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("F3  s3cmd .s3cfg")
        assert "F4  rclone reef" in user.text
        await user.press("f5")
        await user.until_said("CEPH…89AB for s3://corals/survey/2031/")
        assert "secret-of-rclone" not in user.text
        await user.press("enter")
        await in_browser(user, S3Location("corals", "survey/2031/"))
        assert user.names(user.app.browser.remote) == ["deep", "a.csv"]
        connection = user.app.session.connection
        assert connection is not None
        assert connection.endpoint == Endpoint(
            corals.endpoint_url,
            connection.endpoint.region,
            canned_acl="bucket-owner-full-control",
            request_payer=True,
        )


async def test_an_account_of_s3cmd_connects_at_a_typed_place(
    corals: MotoServer, tmp_path: Path, engines: list[EngineClient]
) -> None:
    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("F3  s3cmd .s3cfg")
        await user.press("f3")
        await user.until_said("for all buckets")
        await user.press(*["tab"] * 7)
        await user.type("corals/other")
        await user.press("enter")
        await in_browser(user, S3Location("corals", "other/"))


async def test_terms_are_typed_on_the_second_page_and_come_back_at_the_next_start(
    corals: MotoServer, tmp_path: Path, engines: list[EngineClient], vault: Path
) -> None:
    (tmp_path / "work").mkdir()
    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("F5  rclone survey")
        await user.press("f5", "f2")
        await user.until_shown("TLS CA file")
        assert "Secret" not in user.text
        for text in ("My survey", str(tmp_path / "work"), "pa"):
            await user.press("end", "ctrl+u")
            await user.type(text)
            await user.press("tab")
        await user.press("tab", "end", "ctrl+u")
        await user.type("public")
        await user.press("enter")
        await user.until_said("New objects can be private, public-read")
        await user.press("end", "ctrl+u")
        await user.type("private")
        await user.press("f7")
        await user.until_said("Place: Name, server, bucket and folders, without keys")
        await user.press("enter", "p")
        await user.until_said('"My survey" is kept without its credentials.')
        await user.press("f8", "f12")
        await user.until_said('Forget "My survey"?')
        await user.press("n")
    assert not vault.exists() or not list(vault.iterdir()), "a secret was kept for a place"
    (entry,) = listed(tmp_path)
    assert entry.endpoint == Endpoint(
        corals.endpoint_url, None, "path", canned_acl="private", request_payer=True
    )

    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("F3  kept: My survey · waits for a paste")
        await user.press("f3")
        await user.until_said('"My survey": s3://corals/survey/2031/ at 127.0.0.1')
        await user.press("f2")
        assert user.app.screen.query_one("#field-folder", Input).value == str(tmp_path / "work")
        user.app.action_credentials(
            "AWS_ACCESS_KEY_ID=AKIA0123456789ABCDEF\nAWS_SECRET_ACCESS_KEY=" + "aB3/" * 10
        )
        await user.until_said('"My survey": AKIA…CDEF for s3://corals/survey/2031/')
        await user.press("enter")
        await in_browser(user, S3Location("corals", "survey/2031/"))
        await user.until_listed(user.app.browser.local, LocalLocation.of(tmp_path / "work"))
        connection = user.app.session.connection
        assert connection is not None
        assert connection.endpoint.canned_acl == "private"
        await user.until_shown("My survey")


async def test_the_last_folder_of_a_kept_connection_is_gone_back_to(
    corals: MotoServer, tmp_path: Path, engines: list[EngineClient]
) -> None:
    deep = S3Location("corals", "survey/2031/deep/")
    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("F5  rclone survey")
        await user.press("f5", "enter")
        await in_browser(user, S3Location("corals", "survey/2031/"))
        await user.press("f11")
        await user.until_said("Runtime file: In a file only you can read")
        await user.press("enter", "f")
        await user.until_said('"corals/survey/2031" is kept.')
        await user.go_to(str(deep))
        await user.until_listed(user.app.browser.remote, deep)
        user.app.action_quit_program()
        await user.until(lambda: engines[0].pid is None, "the end of the engine")
    assert listed(tmp_path)[0].last_folder == deep.key

    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("F3  kept: corals/survey/2031 · CEPH…89AB · no expiry")
        await user.press("f3", "enter")
        await in_browser(user, deep)
        await user.press("f12")
        await user.until_said('Forget "corals/survey/2031" and its credentials?')
        await user.press("y")
        await user.until_said("is forgotten.")
    assert listed(tmp_path) == ()


@pytest.fixture
def synapse(demo_server: DemoServer) -> Iterator[StandIn]:
    """Gives a platform that hands out the demo server's credentials."""

    with synapse_that_gives(lambda: demo_server.renew(900), PLATFORM_TOKEN) as server:
        yield server


async def test_a_platforms_token_is_kept_on_request_and_found_at_the_next_start(
    synapse: StandIn, demo_server: DemoServer, tmp_path: Path, engines: list[EngineClient], vault: Path
) -> None:
    access = demo_server.credentials
    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("Paste your credentials here")
        await user.press("f11")
        await user.until_said("asked again before they end")
        await user.press("s")
        await user.until_shown("Entity")
        for text in ("syn12345678", PLATFORM_TOKEN, "read", synapse.url, access.endpoint_url):
            await user.press("end", "ctrl+u")
            await user.type(text)
            await user.press("tab")
        await user.press("enter")
        await in_browser(user, S3Location(access.bucket, access.prefix))
        await user.press("f11")
        await user.until_said("The token of Synapse syn12345678 for s3://")
        await user.press("enter", "f")
        await user.until_said("is kept. F12 forgets it.")
    (entry,) = listed(tmp_path)
    assert (entry.asks, entry.key_label) == ("Synapse syn12345678", "")
    assert PLATFORM_TOKEN not in (tmp_path / "state" / "connections.json").read_text()
    (secret,) = vault.iterdir()
    assert PLATFORM_TOKEN in secret.read_text()

    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_said("asks Synapse syn12345678")
        await user.press("f3")
        await in_browser(user, S3Location(access.bucket, access.prefix))
        await user.until_shown("renews by itself")
        assert PLATFORM_TOKEN not in user.text
        await user.press("f12")
        await user.until_said("Forget")
        await user.press("y")
        await user.until_said("is forgotten.")
    assert not list(vault.iterdir())


async def test_somebody_elses_credentials_for_the_same_place_wait_for_a_yes(
    corals: MotoServer, tmp_path: Path, engines: list[EngineClient]
) -> None:
    def paste_of(account: int) -> str:
        return (
            f"AWS_ACCESS_KEY_ID={key_of(account)}\nAWS_SECRET_ACCESS_KEY={'aB3/' * 10}\n"
            f"AWS_SESSION_TOKEN=IQoJb3JpZ2lu{'tE5t' * 60}\nAWS_ENDPOINT_URL={corals.endpoint_url}\n"
            "aws s3 ls s3://corals/survey/\n"
        )

    async with driven(new_engine(engines), options_in(tmp_path), size=(80, 24)) as user:
        await user.until_shown("Paste your credentials here")
        user.app.action_credentials(paste_of(111122223333))
        await user.until_said("Enter connects.")
        await user.press("enter")
        await in_browser(user, S3Location("corals", "survey/"))
        user.app.action_credentials(paste_of(444455556666))
        await user.until_said("Enter renews this connection.")
        await user.press("enter")
        await user.until_said("belong to account 444455556666, those in use to")
        await user.press("enter")
        await user.until_said("Nothing has changed: you are where you were.")
        await user.press("enter")
        await user.until_said("belong to account 444455556666")
        await user.press("y")
        await user.until(lambda: isinstance(user.app.screen, BrowserScreen), "the browser")
        credentials = user.app.session.credentials
        assert credentials is not None
        assert credentials.access_key_id == key_of(444455556666)


async def test_a_profile_of_the_command_line_asks_for_its_code_before_anything_else(
    corals: MotoServer, demo_server: DemoServer, home: Path, tmp_path: Path, engines: list[EngineClient]
) -> None:
    access = demo_server.renew(900)

    def sts(asked: Asked) -> Answered:
        if b"TokenCode=424242" not in asked.body:
            words = "MultiFactorAuthentication failed with invalid MFA one time pass code."
            return Answered(
                403,
                f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{words}</Message></Error>"
                "</ErrorResponse>",
            )
        return assumed_role(access)

    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        f"[profile lab]\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = base\n"
        f"mfa_serial = arn:aws:iam::111122223333:mfa/alice\nendpoint_url = {access.endpoint_url}\n"
        "[profile base]\naws_access_key_id = AKIABASE1234567890AB\naws_secret_access_key = base/secret\n"
    )
    place = Connection(workspace=Workspace(access.bucket, access.prefix))
    with StandIn(sts) as server:
        source = ProfileSource("lab", {"AWS_ENDPOINT_URL_STS": server.url})
        for code, wanted in (("111111", CredentialsScreen), ("424242", BrowserScreen)):
            options = LaunchOptions(
                settings=settings_in(tmp_path), local_folder=tmp_path, source=source, connection=place
            )
            async with driven(new_engine(engines), options, size=(80, 24)) as user:
                await user.until_said("MFA code of arn:aws:iam::111122223333:mfa/alice")
                await user.type(code)
                await user.press("enter")
                if wanted is CredentialsScreen:
                    await user.until_said("The MFA code for profile lab was not accepted.")
                else:
                    await in_browser(user, S3Location(access.bucket, access.prefix))
                    assert user.app.session.source == source
