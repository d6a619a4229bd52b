"""The short way sends what botocore would, to Ceph, and leaves to botocore what it does not know."""

import gc
import os
import weakref
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from s3tui.errors import AccessDenied
from s3tui.model.location import S3Location
from s3tui.model.work import Failed, Fetched, FetchFile, PutFile, SendPart, Sent
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.sigv4 import Signer
from s3tui.storage.source_file import identify
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Answer, Reply, Request, Rule
from tests.servers.workspace import FOREIGN_PREFIX, Workspace
from tests.storage.connect import SHORT, Connected, connected, credentials_of

LONG = "amz-sdk-request"
"""A header that only botocore sends."""

NAMES = ("plain.bin", "zwei Wörter+plus=%41.bin", "a//b/./c/..~'()*!", "日本/🌊?x=1&y#z")


@pytest.fixture
def wire(rgw_workspace: Workspace) -> Iterator[RecordingProxy]:
    """Gives a proxy that keeps the headers of every request."""
    proxy = RecordingProxy(rgw_workspace.server.endpoint_url)
    yield proxy
    proxy.stop()


@pytest.fixture
async def connection(rgw_workspace: Workspace, wire: RecordingProxy) -> AsyncIterator[Connected]:
    """A researcher's connection through the proxy, to a place that has to be learnt from botocore."""
    secret = credentials_of(rgw_workspace.credentials)
    async with connected(wire.endpoint_url, secret, addressing="virtual") as opened:
        yield opened


def _put(workspace: Workspace, path: Path, name: str) -> PutFile:
    raw = os.fsencode(path)
    return PutFile(raw, identify(raw), workspace.bucket, workspace.prefix + name, {"mtime": "1.5"})


def _nothing(_: int) -> None:
    pass


async def test_after_the_first_request_the_others_go_the_short_way_and_arrive(
    connection: Connected, rgw_workspace: Workspace, wire: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source, work = big_file(tmp_path, 70_000), ByteWork(connection.clients)
    for name in NAMES:
        assert isinstance(await work.run(_put(rgw_workspace, source, name), _nothing), Sent)
        assert rgw_workspace.read(name) == source.read_bytes()
    for number, name in enumerate(NAMES):
        target = os.fsencode(tmp_path / f"back{number}")
        unit = FetchFile(rgw_workspace.bucket, rgw_workspace.prefix + name, target, 70_000)
        fetched = await work.run(unit, _nothing)
        assert isinstance(fetched, Fetched)
        assert fetched.metadata == {"mtime": "1.5"}
        assert Path(os.fsdecode(target)).read_bytes() == source.read_bytes()
    first, *others = wire.of("PutObject")
    assert LONG in first.headers
    assert not [request for request in (*others, *wire.of("GetObject")) if LONG in request.headers]


async def test_where_the_place_is_certain_even_the_first_request_goes_the_short_way(
    rgw_workspace: Workspace, wire: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 5000)
    async with connected(wire.endpoint_url, credentials_of(rgw_workspace.credentials)) as connection:
        sent = await ByteWork(connection.clients).run(_put(rgw_workspace, source, "one"), _nothing)
    assert isinstance(sent, Sent)
    assert rgw_workspace.read("one") == source.read_bytes()
    assert not [request for request in wire.requests if LONG in request.headers]


async def test_behind_a_proxy_all_goes_by_the_long_way(
    rgw_workspace: Workspace,
    wire: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free_port: int,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port}")
    source = big_file(tmp_path, 5000)
    limits = msgspec.structs.replace(SHORT, attempts=1)
    secret = credentials_of(rgw_workspace.credentials)
    async with connected(wire.endpoint_url, secret, limits=limits) as connection:
        outcome = await ByteWork(connection.clients).run(_put(rgw_workspace, source, "one"), _nothing)
    assert isinstance(outcome, Failed)
    assert outcome.failure.sentence.startswith("The proxy in front of ")
    assert not wire.requests


async def test_a_put_carries_the_headers_that_botocore_sends(
    connection: Connected, rgw_workspace: Workspace, wire: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source, work = big_file(tmp_path, 5000), ByteWork(connection.clients)
    for name in ("one", "two"):
        await work.run(_put(rgw_workspace, source, name), _nothing)
    long, short = (_terms(request) for request in wire.of("PutObject"))
    assert short == long


def _terms(request: Request) -> dict[str, str]:
    """The headers that mean something to the server, without those that differ each time."""
    own = {"authorization", "x-amz-date", LONG, "amz-sdk-invocation-id", "user-agent"}
    return {name: value for name, value in request.headers.items() if name not in own}


async def test_parts_of_an_upload_go_the_short_way(
    connection: Connected, rgw_workspace: Workspace, wire: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source, work = big_file(tmp_path, 12_000_000), ByteWork(connection.clients)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "parts ü.bin")
    upload_id = await connection.store.create_multipart_upload(place, {})
    raw, etags = os.fsencode(source), []
    for number, (offset, length) in enumerate(((0, 6_000_000), (6_000_000, 6_000_000)), 1):
        unit = SendPart(raw, identify(raw), place.bucket, place.key, upload_id, number, offset, length)
        sent = await work.run(unit, _nothing)
        assert isinstance(sent, Sent)
        etags.append((number, sent.etag))
    await connection.store.complete_multipart_upload(place, upload_id, tuple(etags))
    assert rgw_workspace.read("parts ü.bin") == source.read_bytes()
    assert LONG not in wire.of("UploadPart")[-1].headers


async def test_a_refusal_is_the_same_on_both_ways(
    connection: Connected, rgw_workspace: Workspace, wire: RecordingProxy
) -> None:
    known = S3Location(rgw_workspace.bucket, rgw_workspace.put("known"))
    denied = []
    for name in ("first", "second"):
        foreign = S3Location(rgw_workspace.bucket, FOREIGN_PREFIX + name)
        rgw_workspace.owner.put_object(Bucket=foreign.bucket, Key=foreign.key, Body=b"x")
        with pytest.raises(AccessDenied) as refused:
            await connection.store.head(foreign, wait=True)
        denied.append(refused.value)
        await connection.store.head(known, wait=True)
    asked = [request for request in wire.of("HeadObject") if request.key.startswith(FOREIGN_PREFIX)]
    assert [LONG in request.headers for request in asked] == [True, False]
    assert denied[0].sentence.replace("first", "second") == denied[1].sentence
    assert "(request tx" in denied[1].detail


@pytest.mark.parametrize(
    "elsewhere",
    [
        Answer(
            301, b"<Error><Code>PermanentRedirect</Code></Error>", (("x-amz-bucket-region", "us-east-1"),)
        ),
        Answer(
            400,
            b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'x' is wrong; expecting "
            b"'us-east-1'</Message><Region>us-east-1</Region></Error>",
        ),
    ],
    ids=["moved", "region"],
)
async def test_a_bucket_that_has_moved_is_followed_by_botocore(
    connection: Connected,
    rgw_workspace: Workspace,
    wire: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    elsewhere: Answer,
) -> None:
    source, work = big_file(tmp_path, 5000), ByteWork(connection.clients)
    assert isinstance(await work.run(_put(rgw_workspace, source, "one"), _nothing), Sent)
    wire.add(Rule(lambda request: request.operation == "PutObject", Reply(elsewhere), times=1))
    assert isinstance(await work.run(_put(rgw_workspace, source, "two"), _nothing), Sent)
    assert rgw_workspace.read("two") == source.read_bytes()
    assert [LONG in request.headers for request in wire.of("PutObject")] == [True, False, True]


async def test_new_credentials_sign_at_once(
    connection: Connected, rgw_workspace: Workspace, wire: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source, work = big_file(tmp_path, 5000), ByteWork(connection.clients)
    for name in ("one", "two"):
        await work.run(_put(rgw_workspace, source, name), _nothing)
    fresh = rgw_workspace.issue(900)
    connection.live.put(credentials_of(fresh))
    assert isinstance(await work.run(_put(rgw_workspace, source, "three"), _nothing), Sent)
    assert wire.of("PutObject")[-1].headers["x-amz-security-token"] == fresh.session_token


async def test_nothing_that_signs_is_left_when_the_credentials_are_forgotten(
    connection: Connected, rgw_workspace: Workspace, big_file: MakeFile, tmp_path: Path
) -> None:
    source, work = big_file(tmp_path, 5000), ByteWork(connection.clients)
    for name in ("one", "two"):
        await work.run(_put(rgw_workspace, source, name), _nothing)
    (signer,) = (weakref.ref(one) for one in connection.live.derived.values() if isinstance(one, Signer))
    connection.live.clear()
    gc.collect()
    assert signer() is None
