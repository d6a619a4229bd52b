"""New credentials for the same place that are somebody else's: asked about, never slipped under transfers."""

import base64
from pathlib import Path

import pytest

from s3tui.config import Settings
from s3tui.engine.belonging import AnotherIdentity, Belonging, differ
from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.identity import Identity
from s3tui.model.source import InstanceSource, ProfileSource
from tests.servers.moto_server import MotoServer

HERE = Endpoint("https://s3.reef.example")


def key_of(account: int, last: int = 0) -> str:
    """A key id as AWS makes them for an account."""
    number = (account << 7) | (1 << 47) | last
    return "ASIA" + base64.b32encode(number.to_bytes(6, "big") + b"\0\0\0\0").decode()


def credentials_of(account: int, last: int = 0) -> Credentials:
    """Credentials whose key holds an account."""
    return Credentials(key_of(account, last), "s" * 40, "t" * 120)


@pytest.mark.parametrize(
    ("before", "after", "other"),
    [
        (Identity(account="111111111111"), Identity(account="222222222222"), True),
        (Identity(account="111111111111"), Identity(), False),
        (Identity(user="alice"), Identity(user="bob"), True),
        (Identity("arn:1", "1", role="reef", session="a"), Identity("arn:2", "1", role="reef"), False),
        (Identity("arn:1", "1", role="reef"), Identity("arn:2", "1", role="admin"), True),
        (Identity("arn:1", "1", role="reef"), Identity("arn:2", "1", user="alice"), True),
        (Identity(), Identity(), False),
    ],
)
def test_only_what_is_known_of_both_counts(before: Identity, after: Identity, other: bool) -> None:
    assert differ(before, after) is other


async def test_another_account_is_named() -> None:
    belonging = Belonging()
    belonging.follow(credentials_of(111122223333), HERE)
    await belonging.expect_same(credentials_of(111122223333, 5), HERE)
    with pytest.raises(AnotherIdentity) as refusal:
        await belonging.expect_same(credentials_of(444455556666), HERE)
    assert "account 444455556666, those in use to account 111122223333" in refusal.value.sentence
    belonging.stop()
    await belonging.expect_same(credentials_of(444455556666), HERE)


async def test_roles_that_the_server_tells_are_compared_by_what_they_were_while_good() -> None:
    asked: list[str] = []

    async def sts(credentials: Credentials, _: Endpoint) -> Identity:
        asked.append(credentials.access_key_id)
        return Identity("arn", "111122223333", role=credentials.session_token or "", session="alice")

    belonging = Belonging(sts)
    belonging.follow(Credentials("A", "s", "reader"), Endpoint())
    await belonging.expect_same(Credentials("B", "s", "reader"), Endpoint())
    with pytest.raises(AnotherIdentity, match="belong to admin as alice of account 111122223333"):
        await belonging.expect_same(Credentials("C", "s", "admin"), Endpoint())
    assert asked == ["A", "B", "C"], "the old credentials were asked about again when they may have ended"


async def test_a_renewal_by_somebody_else_waits_for_a_yes(
    moto: MotoServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto.client().create_bucket(Bucket="reef")
    place = Connection(Endpoint(moto.endpoint_url), Workspace("reef"))
    mine, renewed, other = (
        credentials_of(111122223333),
        credentials_of(111122223333, 9),
        credentials_of(444455556666),
    )
    config = tmp_path / "config"
    config.write_text(
        f"[profile p]\naws_access_key_id = {other.access_key_id}\n"
        f"aws_secret_access_key = {other.secret_access_key}\naws_session_token = {other.session_token}\n"
    )
    client = EngineClient()
    client.spawn()
    try:
        await client.start(Settings(state_dir=str(tmp_path / "state"), workers=0), queue=False)
        await client.connect(mine, place)
        await client.renew(renewed)
        with pytest.raises(RequestRefused) as refusal:
            await client.renew(other)
        assert refusal.value.failure.code == "identity"
        profile = ProfileSource("p", {"AWS_CONFIG_FILE": str(config)})
        with pytest.raises(RequestRefused) as refusal:
            await client.connect_from(profile, place)
        assert refusal.value.failure.code == "identity"
        config.write_text("")
        await client.connect_from(profile, place, any_identity=True)
        with pytest.raises(RequestRefused):
            await client.renew(mine)
        await client.renew(mine, any_identity=True)
        with pytest.raises(RequestRefused) as refusal:
            await client.connect_from(
                InstanceSource({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"}), place
            )
        assert refusal.value.failure.code == "not-found"
    finally:
        await client.shutdown()
