"""Addresses that answer with credentials: any of them, NASA's, and Synapse's with its demand on uploads."""

import secrets
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from s3tui.model.credentials import Connection, Endpoint, Workspace
from s3tui.model.source import EarthdataSource, FieldNames, HttpSource, SynapseSource
from tests.platforms.front import Front, root_of
from tests.platforms.issuers import allow, bucket_with, camel, policy_of
from tests.platforms.standin import Answered, Asked, StandIn
from tests.servers.rgw import RgwServer
from tests.servers.sts import TemporaryCredentials, issue_under, scoped_policy

PROJECT = "project/raw/"


@pytest.fixture(scope="module")
def storage(rgw: RgwServer) -> str:
    """A bucket with a project in it."""
    bucket = f"ext-{secrets.token_hex(4)}"
    bucket_with(rgw, bucket, {f"{PROJECT}a.csv": b"a\n", "owner.txt": b"somebody"})
    return bucket


def issued(rgw: RgwServer, bucket: str) -> TemporaryCredentials:
    """A set to read and write there."""
    return issue_under(rgw, scoped_policy(bucket, PROJECT, "rw"), bucket, PROJECT)


async def test_any_address_with_its_method_its_header_and_its_names(
    front: Front, service: StandIn, rgw: RgwServer, storage: str, tmp_path: Path
) -> None:
    def answer(asked: Asked) -> Answered:
        if asked.headers.get("x-api-key") != "Token kept-in-the-keyring":
            return Answered(403, {"error": {"message": "unknown key"}})
        given = issued(rgw, storage)
        keys = {"id": given.access_key_id, "key": given.secret_access_key, "tok": given.session_token}
        return Answered(200, {"result": {"s3": keys, "until": int(given.expiration.timestamp())}})

    service.answer = answer
    names = FieldNames("result.s3.id", "result.s3.key", "result.s3.tok", "result.until")
    source = HttpSource(
        f"{service.url}/v1/keys?project=7",
        "Token kept-in-the-keyring",
        header="X-Api-Key",
        method="POST",
        body='{"hours": 1}',
        names=names,
    )
    place = Connection(Endpoint(rgw.endpoint_url), Workspace(storage, PROJECT))
    found = await front.client.connect_from(source, place)
    assert (service.asked[0].method, service.asked[0].path) == ("POST", "/v1/keys?project=7")
    assert service.asked[0].json == {"hours": 1}
    await front.until(lambda: front.state.renews and front.state.expires_at)
    await front.round_trip(root_of(found), tmp_path)

    wrong = HttpSource(source.url, "Token of-somebody", header="X-Api-Key", method="POST", names=names)
    refused = await front.refused(front.client.connect_from(wrong, place))
    assert "unknown key" in refused.sentence
    assert "of-somebody" not in refused.text + refused.detail
    assert "a.csv" in await front.names(root_of(found)), "what works is still in place"


async def test_an_address_that_answers_as_a_paste_names_the_place_itself(
    front: Front, service: StandIn, rgw: RgwServer, storage: str
) -> None:
    given = issued(rgw, storage)
    service.answer = lambda _: Answered(200, given.as_shell_exports(), {"Content-Type": "text/plain"})
    found = await front.client.connect_from(HttpSource(f"{service.url}/keys"), Connection())
    assert (str(root_of(found)), found.endpoint.url) == (given.url, rgw.endpoint_url)
    assert "a.csv" in await front.names(root_of(found))


async def test_earthdata_opens_the_files_where_its_keys_are_good(
    front: Front, service: StandIn, rgw: RgwServer, storage: str, tmp_path: Path
) -> None:
    """Labelled as a page, and with a time as no other writes it."""
    given = issue_under(rgw, scoped_policy(storage, PROJECT, "ro"), storage, PROJECT)
    answer = camel(given) | {"expiration": f"{given.expiration:%Y-%m-%d %H:%M:%S}+00:00"}
    service.answer = lambda asked: (
        Answered(200, answer, {"Content-Type": "text/html; charset=utf-8"})
        if asked.headers.get("authorization") == "Bearer edl-token"
        else Answered(401)
    )
    place = Connection(Endpoint(rgw.endpoint_url), Workspace(storage, PROJECT))
    found = await front.client.connect_from(EarthdataSource("edl-token", f"{service.url}/s3"), place)
    await front.until(lambda: front.state.renews and front.state.expires_at)
    assert front.state.expires_at == given.expiration.replace(microsecond=0).timestamp()
    got = await front.downloaded(root_of(found).child("a.csv"), tmp_path / "a.csv")
    assert got.status == "succeeded"
    refused = await front.refused(front.copy(tmp_path / "a.csv", root_of(found).child("b.csv")))
    assert "for reading only" in refused.sentence


async def test_synapses_bucket_takes_only_what_comes_with_its_access_list(
    front: Front, service: StandIn, rgw: RgwServer, storage: str, tmp_path: Path
) -> None:
    root = f"{storage}/{PROJECT}"
    policy = policy_of(
        allow(("ListBucket",), storage, StringLike={"s3:prefix": [PROJECT, f"{PROJECT}*"]}),
        allow(("GetObject", "DeleteObject", "AbortMultipartUpload", "ListMultipartUploadParts"), f"{root}*"),
        allow(("PutObject",), f"{root}*", StringEquals={"s3:x-amz-acl": "bucket-owner-full-control"}),
        {"Effect": "Deny", "Action": ["s3:*"], "Resource": [f"arn:aws:s3:::{storage}/owner.txt"]},
    )
    given = issue_under(rgw, policy, storage, PROJECT)
    client = given.client()
    with pytest.raises(ClientError, match="AccessDenied"):
        client.put_object(Bucket=storage, Key=f"{PROJECT}without.txt", Body=b"x")
    client.close()

    service.answer = lambda asked: (
        Answered(200, camel(given) | {"bucket": storage, "baseKey": PROJECT.rstrip("/")})
        if asked.path == "/repo/v1/entity/syn26000000/sts?permission=read_write"
        else Answered(400, {"reason": "asked for something else"})
    )
    source = SynapseSource("syn26000000", "personal-access-token", write=True, base_url=service.url)
    found = await front.client.connect_from(source, Connection(Endpoint(rgw.endpoint_url)))
    home = root_of(found)
    assert str(home) == given.url, "the base key is the root, with its slash"
    assert found.endpoint.canned_acl == "bucket-owner-full-control"
    assert not found.workspace.read_only
    await front.round_trip(home, tmp_path)
    await front.client.make_folder(home.child("new", folder=True))
    assert "new" in await front.names(home)
    above = await front.refused(front.names(type(home)(storage, "")))
    assert above.next_step == f"They are good for {home}."
