"""What a place demands of its requests: the access list of new objects, and who pays, seen on the wire."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from s3tui.credentials.live import LiveCredentials, ServerClock
from s3tui.demo.access import DemoOptions
from s3tui.demo.process import DemoServer
from s3tui.model.credentials import CannedAcl, Connection, Endpoint, Workspace
from s3tui.model.location import S3Location
from s3tui.model.work import FetchFile, PutFile, SendPart, Sent
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.local_files import LocalFiles
from s3tui.storage.s3_client import S3Clients
from s3tui.storage.s3_objects import S3Store
from tests.servers.proxy import RecordingProxy
from tests.storage.connect import SHORT, credentials_of

ACL: CannedAcl = "bucket-owner-full-control"


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    """Gives a demo server without sample data."""
    with DemoServer.start(options=DemoOptions(scratch=False, sample=False)) as server:
        yield server


@pytest.fixture
def wire(demo: DemoServer) -> Iterator[RecordingProxy]:
    """Gives a proxy that keeps the headers of every request."""
    proxy = RecordingProxy(demo.credentials.endpoint_url)
    yield proxy
    proxy.stop()


@pytest.fixture
async def plain(demo: DemoServer, wire: RecordingProxy) -> AsyncIterator[S3Store]:
    """Gives a store at a place without terms."""
    async for store in _store(demo, Endpoint(wire.endpoint_url)):
        yield store


@pytest.fixture
async def bound(demo: DemoServer, wire: RecordingProxy) -> AsyncIterator[S3Store]:
    """Gives a store at a place with both terms."""
    endpoint = Endpoint(wire.endpoint_url, canned_acl=ACL, request_payer=True)
    async for store in _store(demo, endpoint):
        yield store


async def _store(demo: DemoServer, endpoint: Endpoint) -> AsyncIterator[S3Store]:
    live = LiveCredentials(ServerClock())
    live.put(credentials_of(demo.credentials))
    async with S3Clients(endpoint, live, limits=SHORT) as clients:
        yield S3Store(clients)


async def use_everything(store: S3Store, demo: DemoServer, folder: Path) -> None:
    """Lists, puts, gets, heads, copies, sends in parts, aborts and deletes."""
    access = demo.credentials
    here = S3Location(access.bucket, access.prefix)
    await store.check_access(
        Connection(store.calls.clients.endpoint, Workspace(access.bucket, access.prefix))
    )
    source = folder / "one.bin"
    source.write_bytes(b"1" * 100)
    work = ByteWork(store.calls.clients, None)
    identity = LocalFiles().identify(bytes(source))
    one = here.child("one.bin")
    sent = await work.run(PutFile(bytes(source), identity, one.bucket, one.key, {}), lambda _: None)
    assert isinstance(sent, Sent), sent
    await store.head(one)
    await work.run(FetchFile(one.bucket, one.key, bytes(folder / "got.part"), 100), lambda _: None)
    await store.copy_object(one, here.child("two.bin"), 100)
    three = here.child("three.bin")
    upload = await store.create_multipart_upload(three, {})
    part = await work.run(
        SendPart(bytes(source), identity, three.bucket, three.key, upload, 1, 0, 100), lambda _: None
    )
    assert isinstance(part, Sent), part
    await store.complete_multipart_upload(three, upload, ((1, part.etag),))
    await store.abort_multipart_upload(three, await store.create_multipart_upload(three, {}))
    await store.delete_objects(access.bucket, (one.key, three.key))


def carried(wire: RecordingProxy, header: str) -> dict[str, set[str | None]]:
    """Returns what each operation's requests had in a header."""
    found: dict[str, set[str | None]] = {}
    for request in wire.requests:
        found.setdefault(request.operation, set()).add(request.headers.get(header))
    return found


async def test_new_objects_carry_the_access_list_and_nothing_else_does(
    bound: S3Store, demo: DemoServer, wire: RecordingProxy, tmp_path: Path
) -> None:
    await use_everything(bound, demo, tmp_path)
    lists = carried(wire, "x-amz-acl")
    making = {"PutObject", "CreateMultipartUpload", "CopyObject"}
    assert {operation for operation, values in lists.items() if values == {ACL}} == making
    assert all(values == {None} for operation, values in lists.items() if operation not in making)


async def test_every_request_says_who_pays(
    bound: S3Store, demo: DemoServer, wire: RecordingProxy, tmp_path: Path
) -> None:
    await use_everything(bound, demo, tmp_path)
    payers = carried(wire, "x-amz-request-payer")
    wanted = {"ListObjectsV2", "GetObject", "HeadObject", "PutObject", "CopyObject", "UploadPart"}
    assert wanted <= set(payers)
    assert set(map(frozenset, payers.values())) == {frozenset({"requester"})}


async def test_a_place_without_terms_gets_none(
    plain: S3Store, demo: DemoServer, wire: RecordingProxy, tmp_path: Path
) -> None:
    await use_everything(plain, demo, tmp_path)
    for header in ("x-amz-acl", "x-amz-request-payer"):
        assert all(values == {None} for values in carried(wire, header).values())


async def test_terms_survive_what_is_learnt_of_the_place(bound: S3Store, demo: DemoServer) -> None:
    access = demo.credentials
    wanted = Connection(bound.calls.clients.endpoint, Workspace(access.bucket, access.prefix, read_only=True))
    found = await bound.check_access(wanted)
    assert found.endpoint.canned_acl == ACL
    assert found.endpoint.request_payer
    assert found.workspace.read_only
