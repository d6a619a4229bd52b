"""The keeper's promises, with the runtime folder as the vault and the clock in the test's hands."""

import asyncio
import base64
import datetime as dt
import json
import time
import traceback
from pathlib import Path

import msgspec
import pytest

from s3tui.credentials.keeping.keeper import Keeper
from s3tui.credentials.keeping.runtime_vault import RuntimeVault
from s3tui.credentials.keeping.saved import token_ends
from s3tui.credentials.keeping.vault import KeepingError, SecretBytes, Vault, VaultKind
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.source import EodhSource, ProfileSource

PLACE = Connection(
    endpoint=Endpoint(url="https://s3.reef.example:7480", region="reef-1", addressing="path"),
    workspace=Workspace(bucket="corals", prefix="survey/"),
)
SECRET, TOKEN = "sEcReT0123456789abcdefghijklmnopqrstuvwx", "tOkEn" * 100
LASTING = Credentials("AKIAIOSFODNN7EXAMPLE", SECRET)


def _temporary(seconds: float) -> Credentials:
    return Credentials(
        "ASIAIOSFODNN7EXAMPLE", SECRET, TOKEN, dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    )


class Clock:
    """Unix seconds that only move when told."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


class MoodyVault:
    """Stands for a vault of another kind that can be made to refuse, as a locked keyring does."""

    def __init__(self, kind: VaultKind) -> None:
        self.kind = kind
        self.refusing = ""
        self.kept: dict[str, SecretBytes] = {}

    def available(self) -> str:
        return self.refusing

    def keep(self, identifier: str, secret: SecretBytes, expires_at: float | None) -> None:
        self._answer()
        self.kept[identifier] = secret

    def fetch(self, identifier: str) -> SecretBytes | None:
        self._answer()
        return self.kept.get(identifier)

    def forget(self, identifier: str) -> None:
        self._answer()
        self.kept.pop(identifier, None)

    def _answer(self) -> None:
        if self.refusing:
            raise KeepingError(self.refusing)


@pytest.fixture
def state(home: Path) -> Path:
    """Gives the state folder, not made yet."""
    return home / ".local/state/s3tui"


@pytest.fixture
def runtime(tmp_path: Path) -> RuntimeVault:
    """Gives the runtime folder, on whatever file system the tests run."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text("21 1 0:19 / / rw - tmpfs tmpfs rw\n")
    return RuntimeVault(mounts)


@pytest.fixture
def keyring() -> MoodyVault:
    """Gives a vault that refuses on demand."""
    return MoodyVault("keyring")


@pytest.fixture
def clock() -> Clock:
    """Gives the time."""
    return Clock()


@pytest.fixture
def keeper(state: Path, runtime: RuntimeVault, keyring: MoodyVault, clock: Clock) -> Keeper:
    """Gives a keeper over both vaults."""
    vaults: tuple[Vault, ...] = (keyring, runtime)
    return Keeper(state, vaults, now=clock)


async def test_nothing_is_touched_by_making_one(state: Path, home: Path) -> None:
    keeper = Keeper(state)
    assert await keeper.saved() == ()
    assert not state.exists()
    assert list((home / ".run").iterdir()) == []


async def test_what_was_saved_is_shown_and_loaded_by_another_keeper(
    keeper: Keeper, state: Path, runtime: RuntimeVault
) -> None:
    credentials = _temporary(3600)
    entry = await keeper.save(PLACE, credentials, "file", name="Reef", local_folder="/data/reef")
    assert (entry.name, entry.local_folder, entry.kept_in) == ("Reef", "/data/reef", "file")
    assert (entry.temporary, entry.expires_at) == (True, credentials.expiration)
    assert entry.key_label == "ASIA…MPLE"
    assert entry.connection == PLACE
    other = Keeper(state, (runtime,))
    assert await other.saved() == (entry,)
    assert await other.load(entry.id) == credentials


async def test_an_entry_without_a_name_is_called_after_its_place(keeper: Keeper) -> None:
    assert (await keeper.save(PLACE, LASTING, "file")).name == "corals/survey"
    assert (await keeper.save(Connection(), LASTING, "file")).name == "AWS"
    named = msgspec.structs.replace(PLACE, workspace=Workspace(bucket="b", name="My workspace"))
    assert (await keeper.save(named, LASTING, "file")).name == "My workspace"


async def test_choices_put_the_usable_first_and_say_why_not(keeper: Keeper, keyring: MoodyVault) -> None:
    assert [choice.kind for choice in await keeper.choices()] == ["keyring", "file"]
    keyring.refusing = "The keyring of this session is locked."
    first, second = await keeper.choices()
    assert (first.kind, first.available) == ("file", True)
    assert "until you log out" in first.sentence
    assert (second.kind, second.available, second.sentence) == ("keyring", False, keyring.refusing)


async def test_the_list_holds_no_secret(keeper: Keeper, state: Path) -> None:
    await keeper.save(PLACE, _temporary(3600), "file")
    text = (state / "connections.json").read_text()
    assert SECRET not in text
    assert TOKEN not in text
    assert "ASIAIOSFODNN7EXAMPLE" not in text


async def test_expired_secrets_are_deleted_when_they_are_met_and_their_places_stay(
    keeper: Keeper, keyring: MoodyVault, clock: Clock, home: Path
) -> None:
    first = await keeper.save(PLACE, _temporary(100), "keyring")
    second = await keeper.save(PLACE, _temporary(200), "file", local_folder="/data/reef")
    clock.now += 150
    assert await keeper.saved() == (first.bare, second)
    assert keyring.kept == {}
    assert await keeper.load(first.id) is None, "a place without credentials gave some"
    clock.now += 100
    with pytest.raises(KeepingError, match=r"expired at .* UTC and was deleted"):
        await keeper.load(second.id)
    assert list((home / ".run/s3tui").iterdir()) == []
    (_, left) = await keeper.saved()
    assert (left.ready, left.connection, left.local_folder) == (False, PLACE, "/data/reef")
    assert (left.key_label, left.expires_at) == ("", None)


async def test_an_expired_secret_whose_vault_refuses_is_hidden_and_deleted_later(
    keeper: Keeper, keyring: MoodyVault, clock: Clock
) -> None:
    entry = await keeper.save(PLACE, _temporary(100), "keyring")
    clock.now += 150
    keyring.refusing = "Locked."
    assert await keeper.saved() == (entry.bare,)
    assert len(keyring.kept) == 1
    keyring.refusing = ""
    assert await keeper.saved() == (entry.bare,)
    assert keyring.kept == {}


def _web_token(ends: float) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJub25lIn0.{payload}.c2lnbmF0dXJl"


async def test_a_source_is_kept_with_its_token_until_that_expires(
    keeper: Keeper, keyring: MoodyVault, clock: Clock, state: Path
) -> None:
    token = _web_token(clock.now + 100)
    source = EodhSource("reef", token)
    entry = await keeper.save(PLACE, source, "keyring")
    assert (entry.asks, entry.key_label) == ("EODH workspace reef", "")
    assert entry.expires_at is not None
    assert round(entry.expires_at.timestamp() - clock.now) == 100
    assert token not in (state / "connections.json").read_text()
    assert await keeper.load(entry.id) == source
    clock.now += 101
    assert await keeper.saved() == (entry.bare,)
    assert keyring.kept == {}
    with pytest.raises(KeepingError, match="The token of EODH workspace reef has expired"):
        await keeper.save(PLACE, source, "keyring")


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "Bearer plain", "eyJ.W10.x", _web_token(1e300), "e30.e30.e30"]
)
def test_a_token_that_tells_no_end_has_none(token: str) -> None:
    assert token_ends(token) is None


async def test_a_profile_is_kept_without_any_vault_and_without_its_surroundings(
    keeper: Keeper, state: Path, home: Path
) -> None:
    source = ProfileSource("reef", {"AWS_SECRET_ACCESS_KEY": SECRET})
    entry = await keeper.save(PLACE, source, None)
    assert entry.ready
    assert SECRET not in (state / "connections.json").read_text()
    assert await keeper.load(entry.id) == ProfileSource("reef")
    assert not (home / ".run/s3tui").exists()


async def test_a_place_is_kept_alone_when_no_vault_is_named(keeper: Keeper, state: Path) -> None:
    terms = Endpoint(
        url="https://s3.reef.example",
        addressing="virtual",
        ca_file="/etc/ca.pem",
        canned_acl="bucket-owner-full-control",
        request_payer=True,
    )
    place = Connection(terms, PLACE.workspace)
    entry = await keeper.save(place, _temporary(100), None, name="Reef", local_folder="/data")
    assert (await keeper.saved())[0] == entry
    assert (entry.connection, entry.ready, entry.key_label) == (place, False, "")
    assert "ASIA" not in (state / "connections.json").read_text()


async def test_what_is_learnt_of_a_connection_is_noted_and_survives_its_renewal(
    keeper: Keeper, clock: Clock
) -> None:
    entry = await keeper.save(PLACE, _temporary(100), "file")
    refused = (("s3://corals/", "You may not list here."),)
    noted = await keeper.note(entry.id, region="reef-2", last_folder="survey/2031/", refused_above=refused)
    assert noted is not None
    assert (noted.endpoint.region, noted.last_folder, noted.refused_above) == (
        "reef-2",
        "survey/2031/",
        refused,
    )
    assert isinstance(await keeper.load(entry.id), Credentials), "a region learnt made it another server"
    again = await keeper.save(noted.connection, _temporary(200), "file", replaces=entry.id)
    assert (again.last_folder, again.refused_above) == (noted.last_folder, refused)
    assert await keeper.note("0" * 16, region=None, last_folder="", refused_above=()) is None


async def test_credentials_past_their_expiry_are_not_kept(keeper: Keeper, clock: Clock) -> None:
    with pytest.raises(KeepingError, match="have expired, so nothing is kept"):
        await keeper.save(PLACE, _temporary(-1), "file")
    assert await keeper.saved() == ()


async def test_a_refused_save_leaves_no_entry_behind(keeper: Keeper, keyring: MoodyVault) -> None:
    keyring.refusing = "Locked."
    with pytest.raises(KeepingError, match="Locked"):
        await keeper.save(PLACE, LASTING, "keyring")
    assert await keeper.saved() == ()


async def test_renewed_credentials_take_the_place_of_the_old(keeper: Keeper, keyring: MoodyVault) -> None:
    old = await keeper.save(PLACE, _temporary(100), "keyring")
    await keeper.save(PLACE, LASTING, "file")
    renewed = _temporary(3600)
    new = await keeper.save(PLACE, renewed, "keyring", replaces=old.id)
    assert (await keeper.saved())[0].id == old.id == new.id
    assert await keeper.load(new.id) == renewed
    keyring.refusing = "Locked."
    with pytest.raises(KeepingError):
        await keeper.save(PLACE, _temporary(7200), "keyring", replaces=old.id)
    keyring.refusing = ""
    assert await keeper.load(new.id) == renewed


async def test_moving_to_another_vault_leaves_nothing_in_the_first(
    keeper: Keeper, keyring: MoodyVault
) -> None:
    old = await keeper.save(PLACE, LASTING, "keyring")
    moved = await keeper.save(PLACE, LASTING, "file", replaces=old.id)
    assert keyring.kept == {}
    assert await keeper.saved() == (moved,)


async def test_a_secret_that_is_gone_or_unreadable_is_explained(
    keeper: Keeper, runtime: RuntimeVault, keyring: MoodyVault
) -> None:
    gone = await keeper.save(PLACE, LASTING, "file", name="Reef")
    runtime.forget(gone.id)
    with pytest.raises(KeepingError, match='"Reef" are not there any more: the runtime folder is emptied'):
        await keeper.load(gone.id)
    spoilt = await keeper.save(PLACE, LASTING, "keyring", name="Reef")
    keyring.kept[spoilt.id] = SecretBytes(b'{"credentials": "' + SECRET.encode() + b'"}')
    with pytest.raises(KeepingError, match='"Reef" cannot be read any more') as caught:
        await keeper.load(spoilt.id)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


async def test_frames_shown_with_their_locals_hold_no_secret(keeper: Keeper, keyring: MoodyVault) -> None:
    entry = await keeper.save(PLACE, _temporary(3600), "keyring")
    keyring.refusing = "Locked."
    reports: list[str] = []
    for call in (keeper.save(PLACE, _temporary(3600), "keyring"), keeper.load(entry.id)):
        with pytest.raises(KeepingError) as caught:
            await call
        report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        reports.append("".join(report.format()))
    keyring.refusing, keyring.kept[entry.id] = "", SecretBytes(keyring.kept[entry.id][:-9])
    with pytest.raises(KeepingError, match="cannot be read") as caught:
        await keeper.load(entry.id)
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    reports.append("".join(report.format()))
    for text in reports:
        assert "keeper.py" in text
        assert SECRET not in text
        assert TOKEN[:50] not in text


async def test_a_list_that_was_changed_cannot_send_credentials_elsewhere(keeper: Keeper, state: Path) -> None:
    entry = await keeper.save(PLACE, LASTING, "file")
    path = state / "connections.json"
    file = json.loads(path.read_text())
    file["connections"][0]["endpoint"]["url"] = "https://thief.example"
    path.write_text(json.dumps(file))
    with pytest.raises(KeepingError, match=r"names the server thief\.example"):
        await keeper.load(entry.id)


@pytest.mark.parametrize("url", ["https://user:pw@s3.example", "https://s3.example?X-Amz-Signature=abc"])
async def test_an_address_with_a_secret_in_it_is_not_put_into_the_list(keeper: Keeper, url: str) -> None:
    with pytest.raises(KeepingError, match="holds a password or a query") as caught:
        await keeper.save(Connection(endpoint=Endpoint(url=url)), LASTING, "file")
    assert "pw" not in caught.value.sentence.replace("password", "")
    assert "abc" not in caught.value.sentence


async def test_ids_and_vaults_that_do_not_exist_are_refused(keeper: Keeper) -> None:
    for call in (keeper.load, keeper.forget):
        with pytest.raises(KeepingError, match="no such saved connection"):
            await call("../../../etc/passwd")
    with pytest.raises(KeepingError, match="no such saved connection"):
        await keeper.save(PLACE, LASTING, "file", replaces="../../../etc/passwd")
    with pytest.raises(KeepingError, match="kernel's keyring cannot be used here"):
        await keeper.save(PLACE, LASTING, "kernel")
    assert await keeper.saved() == ()


async def test_damage_is_told_and_does_not_stop_saving(keeper: Keeper, state: Path) -> None:
    state.mkdir(parents=True)
    (state / "connections.json").write_text("{ not json")
    assert await keeper.saved() == ()
    assert "is damaged" in keeper.notice
    entry = await keeper.save(PLACE, LASTING, "file")
    assert await keeper.saved() == (entry,)
    assert keeper.notice == ""


async def test_calls_at_the_same_time_lose_nothing(keeper: Keeper) -> None:
    entries = await asyncio.gather(*(keeper.save(PLACE, LASTING, "file", name=f"n{i}") for i in range(8)))
    assert {entry.id for entry in await keeper.saved()} == {entry.id for entry in entries}
    await asyncio.gather(*(keeper.forget(entry.id) for entry in entries))
    assert await keeper.saved() == ()


async def test_the_users_aws_files_are_left_alone(keeper: Keeper, home: Path) -> None:
    entry = await keeper.save(PLACE, LASTING, "file")
    await keeper.load(entry.id)
    await keeper.forget(entry.id)
    assert not (home / ".aws").exists()
