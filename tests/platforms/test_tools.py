"""Accounts that s3cmd and rclone know, from their files to moved bytes, with their certificates and terms."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from s3tui.credentials.other_tools import FoundRemote, remotes
from s3tui.model.credentials import Connection, Workspace
from s3tui.model.location import S3Location
from tests.platforms.front import Front, root_of
from tests.servers.proxy import RecordingProxy
from tests.servers.rgw import RgwServer
from tests.servers.tls import TlsFront
from tests.servers.workspace import Workspace as Space


@pytest.fixture
def wire(rgw: RgwServer) -> Iterator[RecordingProxy]:
    """Gives a proxy in front of the storage."""
    proxy = RecordingProxy(rgw.endpoint_url)
    yield proxy
    proxy.stop()


def account(home: Path, name: str) -> FoundRemote:
    """The account of that name, as the machine's files tell it."""
    return next(found for found in remotes({"HOME": str(home)}) if found.name == name)


async def test_an_s3cfg_with_its_own_certificates_opens_the_workspace(
    front: Front, tls_proxy: TlsFront, rgw_workspace: Space, home: Path, tmp_path: Path
) -> None:
    given = rgw_workspace.credentials
    host = tls_proxy.endpoint_url.partition("://")[2]
    (home / ".s3cfg").write_text(
        f"[default]\naccess_key = {given.access_key_id}\nsecret_key = {given.secret_access_key}\n"
        f"access_token = {given.session_token}\nhost_base = {host}\nhost_bucket = {host}\n"
        f"use_https = True\nca_certs_file = {tls_proxy.ca_file}\nbucket_location = US\n"
    )
    found = account(home, ".s3cfg")
    assert (found.tool, found.connection.endpoint.url) == ("s3cmd", tls_proxy.endpoint_url)
    assert found.credentials is not None
    place = replace(found.connection, workspace=Workspace(given.bucket, given.prefix))
    rgw_workspace.put("a.nc", b"abc")
    connected = await front.client.connect(found.credentials, place)
    assert await front.names(root_of(connected)) == ["a.nc"]
    await front.round_trip(root_of(connected), tmp_path)

    # The same without the authority is refused by name, and nothing is sent in the clear instead.
    bare = replace(place, endpoint=replace(place.endpoint, ca_file=None))
    refused = await front.refused(front.client.connect(found.credentials, bare))
    assert "certificate" in refused.sentence
    assert host in refused.sentence
    assert refused.next_step


async def test_remotes_of_rclone_keep_their_place_and_their_terms(
    front: Front, wire: RecordingProxy, rgw_workspace: Space, home: Path, tmp_path: Path
) -> None:
    given = rgw_workspace.credentials
    (home / ".config" / "rclone").mkdir(parents=True, exist_ok=True)
    (home / ".config" / "rclone" / "rclone.conf").write_text(
        "[reef]\ntype = s3\nprovider = Ceph\nenv_auth = false\n"
        f"access_key_id = {given.access_key_id}\nsecret_access_key = {given.secret_access_key}\n"
        f"session_token = {given.session_token}\nendpoint = {wire.endpoint_url}\n"
        "acl = bucket-owner-full-control\nrequester_pays = true\nforce_path_style = true\n\n"
        f"[mine]\ntype = alias\nremote = reef:{given.bucket}/{given.prefix.rstrip('/')}\n\n"
        "[box]\ntype = sftp\nhost = example.org\n"
    )
    found = account(home, "mine")
    assert found.credentials is not None
    connected = await front.client.connect(found.credentials, found.connection)
    assert str(root_of(connected)) == given.url
    object_ = await front.round_trip(root_of(connected), tmp_path)
    (stored,) = wire.of("PutObject")
    assert stored.key == object_.key
    assert stored.headers["x-amz-acl"] == "bucket-owner-full-control"
    assert {request.headers.get("x-amz-request-payer") for request in wire.requests} == {"requester"}
    denied = await front.refused(front.names(S3Location(given.bucket, "workspaces/bob/")))
    assert denied.next_step == f"They are good for {given.url}."


async def test_several_accounts_are_offered_and_one_that_is_wrong_is_told(
    front: Front, rgw: RgwServer, home: Path
) -> None:
    text = (
        "[default]\naccess_key = {}\nsecret_key = {}\nhost_base = {}\nhost_bucket = {}\nuse_https = False\n"
    )
    host = rgw.endpoint_url.partition("://")[2]
    wrong = secrets.token_hex(20)
    (home / ".s3cfg").write_text(text.format(rgw.access_key_id, rgw.secret_access_key, host, host))
    (home / ".s3cfg-old").write_text(text.format("NOBODYKNOWSTHISKEY00", wrong, host, host))
    assert [found.name for found in remotes({"HOME": str(home)})] == [".s3cfg", ".s3cfg-old"]
    old = account(home, ".s3cfg-old")
    assert old.credentials is not None
    refused = await front.refused(front.client.connect(old.credentials, Connection(old.connection.endpoint)))
    assert refused.code in ("denied", "refused"), "with STS switched on Ceph says AccessDenied of it"
    assert wrong not in refused.text + refused.detail
    good = account(home, ".s3cfg")
    assert good.credentials is not None
    await front.client.connect(good.credentials, good.connection)
    await front.until(lambda: front.state.label)
    assert not front.state.temporary
