"""Credentials in a desktop's keyring: kept, found again, forgotten, and every way in which there is none."""

import shutil
import time
from pathlib import Path

import pytest

from s3tui.model.credentials import Credentials
from s3tui.model.source import SynapseSource
from tests.credentials.conftest import NewDesktop, NewKeeper
from tests.credentials.keeping_child import digest
from tests.credentials.samples import PLACE, new_credentials
from tests.credentials.secret_service import DIES_WITH_US, PASSWORD, Desktop

_PLAIN_BACKEND = '''
from keyring.backend import KeyringBackend


class PlaintextKeyring(KeyringBackend):
    """Stands for the backends of keyrings.alt, which a package may install without the user's knowledge."""

    priority = 0.5

    def get_password(self, service, username):
        raise AssertionError("asked for a password")

    def set_password(self, service, username, password):
        raise AssertionError("given a password")

    delete_password = get_password
'''


def _unlocked(new_desktop: NewDesktop, home: Path, password: str = PASSWORD) -> Desktop:
    desktop = new_desktop(home)
    desktop.start_bus()
    desktop.start_keyring(password)
    return desktop


def _install_plain_backend(folder: Path) -> None:
    package = folder / "keyrings" / "alt"
    package.mkdir(parents=True)
    (package / "file.py").write_text(_PLAIN_BACKEND)
    metadata = folder / "keyrings_alt-5.0.2.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: keyrings.alt\nVersion: 5.0.2\n")
    (metadata / "entry_points.txt").write_text("[keyring.backends]\nfile = keyrings.alt.file\n")


def _everything_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_credentials_outlive_the_program_and_the_session(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path
) -> None:
    credentials = new_credentials()
    first = _unlocked(new_desktop, home)
    today = new_keeper(first.env)
    assert today.why_not("keyring") == ""
    identifier = today.save(PLACE, credentials, "keyring")
    today.end(limit=5)
    first.stop()

    later = new_keeper(_unlocked(new_desktop, home).env)
    assert later.ask("saved") == [identifier]
    assert later.ask("load", id=identifier) == digest(credentials)
    later.ask("forget", id=identifier)
    assert later.ask("saved") == []
    assert "no such saved connection" in later.refused("load", id=identifier)


def test_the_secret_lies_nowhere_in_clear(new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path) -> None:
    credentials = new_credentials()
    keeper = new_keeper(_unlocked(new_desktop, home).env)
    keeper.save(PLACE, credentials, "keyring")
    written = _everything_below(home)
    assert b"connections" in written
    assert credentials.secret_access_key.encode() not in written
    assert (credentials.session_token or "").encode() not in written
    assert credentials.secret_access_key not in keeper.heard


def test_a_platforms_token_outlives_the_program_until_it_is_forgotten(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path
) -> None:
    source = SynapseSource("syn12345678", "a personal access token of somebody")
    env = _unlocked(new_desktop, home).env
    identifier = new_keeper(env).save(PLACE, source, "keyring")
    later = new_keeper(env)
    assert later.ask("load", id=identifier) == digest(source)
    assert source.access_token.encode() not in _everything_below(home)
    later.ask("forget", id=identifier)
    assert later.ask("saved") == []


def test_what_another_program_deleted_is_missed_and_its_place_stays(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path
) -> None:
    first = _unlocked(new_desktop, home)
    keeper = new_keeper(first.env)
    identifier = keeper.save(PLACE, new_credentials(None), "keyring")
    first.stop()
    shutil.rmtree(home / ".local/share/keyrings")
    later = new_keeper(_unlocked(new_desktop, home).env)
    assert "are not there any more" in later.refused("load", id=identifier)
    assert later.ask("saved") == []
    assert later.ask("places") == [identifier]


def test_an_expired_secret_is_deleted_from_the_keyring_when_it_is_met_and_its_place_stays(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path
) -> None:
    desktop = _unlocked(new_desktop, home)
    keeper = new_keeper(desktop.env)
    identifier = keeper.save(PLACE, new_credentials(1.0), "keyring")
    connections = home / ".local/state/s3tui/connections.json"
    entries = connections.read_text()
    assert identifier in entries
    deadline = time.monotonic() + 10
    while keeper.ask("saved"):
        assert time.monotonic() < deadline
    assert "keyring" not in connections.read_text()
    assert keeper.ask("places") == [identifier]

    connections.write_text(entries.replace('"expires_at"', '"was"'))
    assert "are not there any more" in keeper.refused("load", id=identifier)


def test_a_locked_keyring_is_named_and_nothing_is_lost(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path
) -> None:
    credentials = new_credentials(None)
    first = _unlocked(new_desktop, home)
    identifier = new_keeper(first.env).save(PLACE, credentials, "keyring")
    first.stop()

    locked = _unlocked(new_desktop, home, password="not the password")
    keeper = new_keeper(locked.env)
    assert keeper.why_not("keyring") == "The keyring of this session is locked."
    for refusal in (
        keeper.refused("load", id=identifier),
        keeper.refused("forget", id=identifier),
        keeper.save_refused(PLACE, new_credentials(), "keyring"),
    ):
        assert "gnome-keyring-daemon --unlock" in refusal
    assert keeper.ask("saved") == [identifier]
    keeper.end(limit=5)
    locked.stop()

    assert new_keeper(_unlocked(new_desktop, home).env).ask("load", id=identifier) == digest(credentials)


def test_a_service_that_is_started_on_demand_and_has_no_keyring_opens_no_question(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path
) -> None:
    desktop = new_desktop(home)
    desktop.start_bus(service="/usr/bin/env gnome-keyring-daemon --start --foreground --components=secrets")
    keeper = new_keeper(desktop.env)
    assert keeper.why_not("keyring") == "The keyring service runs, but it has no keyring yet."
    assert "no keyring yet" in keeper.save_refused(PLACE, new_credentials(), "keyring")
    assert keeper.ask("saved") == []


def test_without_a_bus_or_without_a_service_there_is_no_keyring(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path, bare_env: dict[str, str]
) -> None:
    desktop = new_desktop(home)
    desktop.start_bus()
    for env in (bare_env, desktop.env, {**bare_env, "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/gone"}):
        assert new_keeper(env).why_not("keyring") == "There is no keyring on this machine."


def test_a_service_that_never_answers_is_given_up_and_does_not_hold_up_the_end(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path
) -> None:
    desktop = new_desktop(home)
    desktop.start_bus(service=f"{shutil.which(DIES_WITH_US[0])} {' '.join(DIES_WITH_US[1:])} sleep 100")
    keeper = new_keeper(desktop.env)
    started = time.monotonic()
    # The library itself would wait for 25 s, and again for every call.
    assert keeper.why_not("keyring") == "The keyring did not answer within 3 s."
    assert "did not answer" in keeper.save_refused(PLACE, new_credentials(), "keyring")
    assert time.monotonic() - started < 10
    assert keeper.ask("saved") == []
    assert keeper.why_not("file") == "", "the other vaults must go on working"
    assert keeper.end(limit=5) < 3


@pytest.mark.parametrize("name", ["keyrings.alt.file.PlaintextKeyring", "keyring.backends.null.Keyring"])
def test_a_backend_that_does_not_protect_is_no_keyring(
    name: str, new_keeper: NewKeeper, bare_env: dict[str, str], tmp_path: Path
) -> None:
    _install_plain_backend(tmp_path)
    project = Path(__file__).resolve().parents[2]
    env = {**bare_env, "PYTHONPATH": f"{project}:{tmp_path}", "PYTHON_KEYRING_BACKEND": name}
    keeper = new_keeper(env)
    wanted = "not one that keeps secrets safe" if "alt" in name else "There is no keyring on this machine."
    assert wanted in keeper.why_not("keyring")
    assert wanted in keeper.save_refused(PLACE, new_credentials(), "keyring")


def test_an_installed_plain_text_backend_is_not_taken_by_itself_nor_in_a_chain(
    new_desktop: NewDesktop, new_keeper: NewKeeper, home: Path, bare_env: dict[str, str], tmp_path: Path
) -> None:
    _install_plain_backend(tmp_path)
    path = f"{Path(__file__).resolve().parents[2]}:{tmp_path}"
    alone = new_keeper({**bare_env, "PYTHONPATH": path})
    assert "keyrings.alt.file.PlaintextKeyring" in alone.why_not("keyring")
    chained = new_keeper({**_unlocked(new_desktop, home).env, "PYTHONPATH": path})
    assert "keyrings.alt.file.PlaintextKeyring" in chained.why_not("keyring")


def test_the_keyring_library_is_not_even_imported_before_it_is_asked_for(
    new_keeper: NewKeeper, bare_env: dict[str, str], home: Path
) -> None:
    keeper = new_keeper({**bare_env, "XDG_RUNTIME_DIR": str(home / ".run")})
    assert keeper.ask("saved") == []
    identifier = keeper.save(PLACE, Credentials("AKIAEXAMPLE", "secret of the test"), "file")
    keeper.ask("load", id=identifier)
    assert keeper.ask("modules") == []
    keeper.ask("choices")
    assert "keyring" in keeper.ask("modules")
