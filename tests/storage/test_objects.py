"""The verbs around objects: HEAD, markers, multipart uploads, deletes, copies, and a bucket elsewhere."""

import asyncio
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from s3tui.errors import AccessDenied, NotFound, ServerFault, StorageError, Unreachable
from s3tui.model.credentials import Connection, Credentials, Endpoint
from s3tui.model.credentials import Workspace as Home
from s3tui.model.entry import EntryKind
from s3tui.model.etag import multipart_etag
from s3tui.model.location import S3Location
from s3tui.storage import s3_copy
from s3tui.storage.s3_copy import copy_in_parts
from s3tui.storage.s3_multipart import S3Multipart
from s3tui.storage.s3_objects import object_info
from tests.servers.moto_server import MotoServer
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Answer, LoseReply, Reply, Request, Rule, asking
from tests.servers.tls import TlsFront
from tests.servers.workspace import FOREIGN_PREFIX, Workspace
from tests.storage.connect import SHORT, Connected, connected, credentials_of

MIB = 1024**2


@pytest.fixture
async def connection(rgw_workspace: Workspace, recording_proxy: RecordingProxy) -> AsyncIterator[Connected]:
    """A researcher's connection, with a proxy that counts."""
    async with connected(recording_proxy.endpoint_url, credentials_of(rgw_workspace.credentials)) as opened:
        yield opened


def at(workspace: Workspace, name: str) -> S3Location:
    """A place in the workspace."""
    return S3Location(workspace.bucket, workspace.prefix + name)


async def test_head_tells_what_is_there_and_what_is_not(
    connection: Connected, rgw_workspace: Workspace
) -> None:
    rgw_workspace.owner.put_object(
        Bucket=rgw_workspace.bucket,
        Key=rgw_workspace.prefix + "x",
        Body=b"12345",
        Metadata={"mtime": "12.5", "Other": "y"},
    )
    info = await connection.store.head(at(rgw_workspace, "x"))
    assert (info.size, info.etag) == (5, "827ccb0eea8a706c4c34a16891f84e7b")
    assert info.metadata == {"mtime": "12.5", "other": "y"}
    assert not info.encrypted
    assert not info.archived
    with pytest.raises(NotFound, match="There is no s3://"):
        await connection.store.head(at(rgw_workspace, "missing"))


@pytest.mark.parametrize(
    ("etag", "kind", "name", "of_all"),
    [
        ("0" * 32, "", "crc32c", True),
        ("0" * 32 + "-2", "FULL_OBJECT", "crc32c", True),
        ("0" * 32 + "-2", "", "crc64nvme", True),
        ("0" * 32 + "-2", "", "crc32c", False),
        ("0" * 32 + "-2", "COMPOSITE", "crc32c", False),
    ],
)
def test_a_checksum_counts_for_all_only_where_it_cannot_be_that_of_parts(
    etag: str, kind: str, name: str, of_all: bool
) -> None:
    headers = {f"x-amz-checksum-{name}": "WiR/Iw==", "x-amz-checksum-type": kind}
    info = object_info({"ETag": f'"{etag}"', "ResponseMetadata": {"HTTPHeaders": headers}})
    assert bool(info.checksums) is of_all
    assert not info.composite


async def test_whole_object_checksums_are_told_and_composite_ones_left_out(moto: MotoServer) -> None:
    client = moto.client()
    client.create_bucket(Bucket="data")
    client.put_object(Bucket="data", Key="one", Body=b"123", ChecksumAlgorithm="SHA256")
    client.close()
    secret = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
    async with connected(moto.endpoint_url, secret) as connection:
        info = await connection.store.head(S3Location("data", "one"))
    assert info.checksums == {"x-amz-checksum-sha256": "pmWkWSBCL51Bfkhn79xPuKBKHz//H6B+mY6G9/eieuM="}


async def test_an_empty_folder_is_a_marker(connection: Connected, rgw_workspace: Workspace) -> None:
    await connection.store.put_folder_marker(at(rgw_workspace, "new folder/"))
    assert rgw_workspace.names() == ("new folder/",)
    pages = [page async for page in connection.store.list_pages(at(rgw_workspace, ""))]
    assert [(row.name, row.kind) for page in pages for row in page.rows()] == [
        ("new folder", EntryKind.FOLDER)
    ]


async def test_an_upload_is_aborted_once_or_twice(connection: Connected, rgw_workspace: Workspace) -> None:
    place = at(rgw_workspace, "big")
    upload_id = await connection.store.create_multipart_upload(place, {})
    assert rgw_workspace.open_uploads() == ((place.key, upload_id),)
    await connection.store.abort_multipart_upload(place, upload_id)
    await connection.store.abort_multipart_upload(place, upload_id)
    assert rgw_workspace.open_uploads() == ()


async def test_an_abort_that_is_not_granted_is_told_as_such(rgw_workspace: Workspace) -> None:
    issued = rgw_workspace.issue(600, without=("s3:AbortMultipartUpload",))
    async with connected(rgw_workspace.server.endpoint_url, credentials_of(issued)) as connection:
        place = at(rgw_workspace, "big")
        upload_id = await connection.store.create_multipart_upload(place, {})
        with pytest.raises(AccessDenied, match="may not abort the upload of"):
            await connection.store.abort_multipart_upload(place, upload_id)


async def test_completing_with_a_wrong_part_or_twice(connection: Connected, rgw_workspace: Workspace) -> None:
    place, client = at(rgw_workspace, "big"), connection.clients.client("transfer")
    upload_id = await connection.store.create_multipart_upload(place, {})
    sent = await client.upload_part(
        Bucket=place.bucket, Key=place.key, UploadId=upload_id, PartNumber=1, Body=b"part"
    )
    with pytest.raises(ServerFault, match="cannot put the parts of"):
        await connection.store.complete_multipart_upload(place, upload_id, ((1, "0" * 32),))
    etags = ((1, sent["ETag"].strip('"')),)
    for _ in range(2):
        etag = await connection.store.complete_multipart_upload(place, upload_id, etags)
        assert etag in ("", multipart_etag((etags[0][1],)))
    with pytest.raises(StorageError):
        await connection.store.complete_multipart_upload(at(rgw_workspace, "other"), "2~no", etags)


async def test_an_error_inside_a_200_is_an_error(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    inside = Answer(200, b"<Error><Code>InternalError</Code><Message>no</Message></Error>")
    recording_proxy.add(Rule(asking("CompleteMultipartUpload"), Reply(inside)))
    recording_proxy.add(Rule(asking("CopyObject"), Reply(inside)))
    place = at(rgw_workspace, "big")
    upload_id = await connection.store.create_multipart_upload(place, {})
    with pytest.raises(Unreachable, match="fault of its own"):
        await connection.store.complete_multipart_upload(place, upload_id, ((1, "0" * 32),))
    # Of an upload that is gone as well it is said that it is gone: the parts have to be sent again.
    await connection.store.abort_multipart_upload(place, upload_id)
    with pytest.raises(NotFound):
        await connection.store.complete_multipart_upload(place, upload_id, ((1, "0" * 32),))
    with pytest.raises(Unreachable, match="fault of its own"):
        await connection.store.copy_object(place, at(rgw_workspace, "copy"), 4)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<CopyObjectResult><LastModified>2026-01-01T00:00:00Z</LastModified></CopyObjectResult>",
        b'<CopyObjectResult><ETag>"0123456789abcdef0123456789abcdef"</ETag></CopyObjectResult>',
    ],
)
async def test_a_copy_that_is_only_said_to_be_there_is_an_error(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy, answer: bytes
) -> None:
    rgw_workspace.put("one", b"data")
    recording_proxy.add(Rule(asking("CopyObject"), Reply(Answer(200, answer))))
    with pytest.raises(StorageError):
        await connection.store.copy_object(at(rgw_workspace, "one"), at(rgw_workspace, "copy"), 4)
    rgw_workspace.put("copy", b"another thing")
    with pytest.raises(StorageError):
        await connection.store.copy_object(at(rgw_workspace, "one"), at(rgw_workspace, "copy"), 4)


async def test_a_copy_whose_answer_is_lost_is_made_once_more(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    rgw_workspace.put("one", b"data")
    recording_proxy.add(Rule(asking("CopyObject"), LoseReply(), times=2))
    recording_proxy.add(Rule(asking("DeleteObjects"), LoseReply(), times=1))
    await connection.store.copy_object(at(rgw_workspace, "one"), at(rgw_workspace, "copy"), 4)
    assert await connection.store.delete_objects(rgw_workspace.bucket, (at(rgw_workspace, "one").key,)) == 1
    assert (rgw_workspace.names(), rgw_workspace.read("copy")) == (("copy",), b"data")


async def test_deletes_go_in_batches(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    keys = tuple(rgw_workspace.put(f"{number:02} ü&<.txt", b"x") for number in range(25))
    assert await connection.store.delete_objects(rgw_workspace.bucket, keys) == 25
    assert rgw_workspace.names() == ()
    assert recording_proxy.operations()["DeleteObjects"] == 1


async def test_a_refused_batch_is_deleted_one_by_one_and_the_rest_is_named(
    connection: Connected, rgw_workspace: Workspace
) -> None:
    foreign = FOREIGN_PREFIX + "secret.txt"
    own = tuple(rgw_workspace.put(name, b"x") for name in ("a", "b"))
    gone, failed = await connection.store.delete_each(rgw_workspace.bucket, (*own, foreign))
    assert gone == 2
    assert [(key, type(error)) for key, error in failed] == [(foreign, AccessDenied)]
    more = tuple(rgw_workspace.put(name, b"x") for name in ("a", "b"))
    with pytest.raises(AccessDenied, match=r"1 of 3 objects are not deleted\. Your credentials may not"):
        await connection.store.delete_objects(rgw_workspace.bucket, (*more, foreign))
    assert rgw_workspace.names() == ()


async def test_a_server_without_batches_serves_too(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    none = Answer(501, b"<Error><Code>NotImplemented</Code></Error>")
    recording_proxy.add(Rule(asking("DeleteObjects"), Reply(none)))
    keys = tuple(rgw_workspace.put(name, b"x") for name in ("a", "b", "c"))
    assert await connection.store.delete_objects(rgw_workspace.bucket, keys) == 3
    assert rgw_workspace.names() == ()


async def test_copies_are_made_by_the_server(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    rgw_workspace.put("a b+ü.bin", b"data")
    await connection.store.copy_object(at(rgw_workspace, "a b+ü.bin"), at(rgw_workspace, "copy/ü.bin"), 4)
    assert rgw_workspace.read("copy/ü.bin") == b"data"
    assert recording_proxy.operations() == {"CopyObject": 1, "HeadObject": 1}


async def test_a_large_copy_goes_in_parts_and_leaves_nothing_when_it_fails(
    rgw_workspace: Workspace, recording_proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the owner: Ceph 16 denies UploadPartCopy to role sessions that may do everything it needs."""
    monkeypatch.setattr(s3_copy, "COPY_PART", 5 * MIB)
    data = bytes(range(256)) * (11 * 4096)
    rgw_workspace.put("big", data)
    server, source = rgw_workspace.server, at(rgw_workspace, "big")
    owner = Credentials(server.access_key_id, server.secret_access_key)
    async with connected(recording_proxy.endpoint_url, owner) as connection:
        store = connection.store
        info = await store.head(source)

        async def copy(name: str) -> None:
            multipart, target = S3Multipart(store.calls, store.head), at(rgw_workspace, name)
            await copy_in_parts(store.calls, multipart, source, target, info.size, {"mtime": "3"}, info.etag)

        await copy("copy")
        assert rgw_workspace.read("copy") == data
        assert (await store.head(at(rgw_workspace, "copy"))).metadata == {"mtime": "3"}
        gone = Answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        recording_proxy.add(Rule(asking("UploadPartCopy", part_number=2), Reply(gone)))
        with pytest.raises(NotFound):
            await copy("second")
    assert rgw_workspace.open_uploads() == ()


async def test_nobody_at_the_endpoint_and_no_trust_in_it(
    rgw_workspace: Workspace, tls_proxy: TlsFront, free_port: int, tmp_path: Path
) -> None:
    credentials = credentials_of(rgw_workspace.credentials)

    async def try_at(url: str) -> StorageError:
        async with connected(url, credentials) as connection:
            place = Connection(Endpoint(url), Home(rgw_workspace.bucket, rgw_workspace.prefix))
            with pytest.raises(StorageError) as told:
                await connection.store.check_access(place)
            return told.value

    nobody = await try_at(f"http://127.0.0.1:{free_port}")
    assert nobody.sentence == f"Nothing answers at 127.0.0.1:{free_port}."
    unknown = await try_at("http://no-such-host.invalid")
    assert unknown.sentence == "The name no-such-host.invalid cannot be found."
    untrusted = await try_at(tls_proxy.endpoint_url)
    assert "cannot be trusted" in untrusted.sentence
    assert "CA file" in untrusted.next_step
    plain = await try_at(rgw_workspace.server.endpoint_url.replace("http://", "https://"))
    assert "does not speak TLS" in plain.sentence


class AnotherRegion(Action):
    """Plays a server that takes signatures for one region only, in Amazon's wording."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.refused = 0

    async def before_request(self, request: Request) -> Answer | None:
        if f"/{self.region}/s3/" in request.headers["authorization"]:
            return None
        self.refused += 1
        body = (
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong region</Message>"
            f"<Region>{self.region}</Region></Error>"
        )
        return Answer(400, body.encode(), (("x-amz-bucket-region", self.region),))


async def test_a_bucket_of_another_region_is_followed_and_remembered(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    rgw_workspace.put("x", b"1")
    elsewhere = AnotherRegion("eu-north-1")
    recording_proxy.add(Rule(lambda _: True, elsewhere))
    place = Connection(
        Endpoint(recording_proxy.endpoint_url), Home(rgw_workspace.bucket, rgw_workspace.prefix)
    )
    await connection.store.check_access(place)
    assert elsewhere.refused == 1
    assert (await connection.store.head(at(rgw_workspace, "x"))).size == 1
    assert elsewhere.refused == 1


class Elsewhere(Action):
    """Sends the client to another host."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def before_request(self, request: Request) -> Answer | None:
        return Answer(307, b"", (("Location", self.url),))


async def test_a_redirect_takes_no_signature_to_another_host(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(4096))
        writer.close()

    stranger = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with stranger:
        port = stranger.sockets[0].getsockname()[1]
        recording_proxy.add(Rule(lambda _: True, Elsewhere(f"http://127.0.0.1:{port}/")))
        with pytest.raises(StorageError):
            await connection.store.head(at(rgw_workspace, "x"))
    assert heard == []


async def test_no_request_waits_for_a_100_continue_or_carries_a_trailer(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    await connection.store.put_folder_marker(at(rgw_workspace, "f/"))
    headers: dict[str, Any] = dict(recording_proxy.of("PutObject")[0].headers)
    assert "expect" not in headers
    assert not [name for name in headers if "trailer" in name or "checksum" in name]
    assert headers["x-amz-content-sha256"] not in ("UNSIGNED-PAYLOAD", "")
    assert urllib.parse.urlsplit(recording_proxy.endpoint_url).netloc == headers["host"]
    assert SHORT.attempts == 5
