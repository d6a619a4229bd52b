"""The recording proxy: what it counts is what happened, and what a rule says is what the client meets."""

import asyncio
import gc
import http.client
import socket
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ResponseStreamingError
from botocore.exceptions import IncompleteReadError as ShortBody

from tests.servers.http_messages import Head
from tests.servers.moto_server import MotoServer
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import (
    Action,
    Answer,
    CutReply,
    CutRequest,
    Delay,
    Hold,
    LoseReply,
    Reply,
    Request,
    Rule,
    asking,
)
from tests.servers.workspace import PREFIX, Workspace

MIB = 1024**2


@pytest.fixture
def s3(rgw_workspace: Workspace, recording_proxy: RecordingProxy) -> Any:
    """Gives a client of the scoped credentials that goes through the proxy."""
    return rgw_workspace.credentials.client(endpoint_url=recording_proxy.endpoint_url)


def open_upload(s3: Any, workspace: Workspace, name: str) -> dict[str, Any]:
    """Creates a multipart upload and returns what names it."""
    upload = {"Bucket": workspace.bucket, "Key": PREFIX + name}
    return {**upload, "UploadId": s3.create_multipart_upload(**upload)["UploadId"]}


def test_every_operation_is_counted_by_its_name(
    s3: Any, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    bucket, key = rgw_workspace.bucket, PREFIX + "a b/ü+%.txt"
    s3.put_object(Bucket=bucket, Key=key, Body=b"x" * 100)
    s3.head_object(Bucket=bucket, Key=key)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x" * 100
    assert s3.get_object(Bucket=bucket, Key=key, Range="bytes=10-19")["Body"].read() == b"x" * 10
    s3.copy_object(Bucket=bucket, Key=PREFIX + "copy", CopySource={"Bucket": bucket, "Key": key})
    s3.list_objects_v2(Bucket=bucket, Prefix=PREFIX)
    upload = open_upload(s3, rgw_workspace, "big")
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
    s3.list_parts(**upload)
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    s3.abort_multipart_upload(**open_upload(s3, rgw_workspace, "never"))
    s3.delete_object(Bucket=bucket, Key=PREFIX + "copy")
    with pytest.raises(ClientError):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
    with pytest.raises(ClientError):
        s3.list_buckets()
    assert recording_proxy.operations() == {
        "PutObject": 1,
        "HeadObject": 1,
        "GetObject": 2,
        "CopyObject": 1,
        "ListObjectsV2": 1,
        "CreateMultipartUpload": 2,
        "UploadPart": 1,
        "ListParts": 1,
        "CompleteMultipartUpload": 1,
        "AbortMultipartUpload": 1,
        "DeleteObjects": 1,
        "DeleteObject": 1,
        "ListBuckets": 1,
    }
    put, whole, ranged = *recording_proxy.of("PutObject"), *recording_proxy.of("GetObject")
    assert (put.key, put.sent_bytes) == (key, 100)
    assert (whole.received_bytes, ranged.received_bytes, ranged.attempt) == (100, 10, 1)
    assert recording_proxy.requests[-1].status == 403


def test_one_connection_serves_many_requests(
    rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    where = urllib.parse.urlsplit(recording_proxy.endpoint_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.connect()
    port = connection.sock.getsockname()[1]
    for body in (b"", b"some bytes", b"x" * 300_000):
        connection.request("PUT", f"/{rgw_workspace.bucket}/anonymous", body=body)
        reply = connection.getresponse()
        assert (reply.status, b"AccessDenied" in reply.read()) == (403, True)
        if reply.will_close:
            break
        assert connection.sock.getsockname()[1] == port
    connection.close()
    assert recording_proxy.operations()["PutObject"] >= 1


def test_chunked_replies_and_bodies_pass(moto: MotoServer) -> None:
    proxy = RecordingProxy(moto.endpoint_url)
    where = urllib.parse.urlsplit(proxy.endpoint_url)
    moto.client().create_bucket(Bucket="data")
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    pieces = [b"first " * 1000, b"second ", b"y" * 200_000]
    connection.request("PUT", "/data/chunked", body=iter(pieces), encode_chunked=True)
    reply = connection.getresponse()
    assert (reply.status, reply.read()) == (200, b"")
    assert proxy.of("PutObject")[0].sent_bytes == sum(map(len, pieces))
    assert moto.client().get_object(Bucket="data", Key="chunked")["Body"].read() == b"".join(pieces)
    connection.close()
    proxy.stop()


def test_many_requests_at_once_keep_their_own_bytes(
    s3: Any, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    def there_and_back(number: int) -> bool:
        key, data = f"{PREFIX}{number}", bytes([number]) * (200_000 + number)
        s3.put_object(Bucket=rgw_workspace.bucket, Key=key, Body=data)
        return bool(s3.get_object(Bucket=rgw_workspace.bucket, Key=key)["Body"].read() == data)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(there_and_back, range(40)))
    assert recording_proxy.operations() == {"PutObject": 40, "GetObject": 40}
    assert all(request.succeeded() for request in recording_proxy.requests)


def test_a_cut_upload_is_never_stored(
    s3: Any, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    recording_proxy.add(Rule(asking("PutObject"), CutRequest(after_bytes=MIB), times=1))
    put = {"Bucket": rgw_workspace.bucket, "Key": PREFIX + "cut.bin", "Body": b"z" * 3 * MIB}
    with pytest.raises(BotoCoreError):
        s3.put_object(**put)
    assert rgw_workspace.names() == ()
    assert recording_proxy.requests[0].sent_bytes == MIB
    s3.put_object(**put)
    assert [(seen.attempt, seen.succeeded()) for seen in recording_proxy.requests] == [(1, False), (2, True)]


@pytest.mark.parametrize("reset", [True, False])
def test_a_cut_download_ends_after_the_bytes_it_says(
    s3: Any, rgw_workspace: Workspace, recording_proxy: RecordingProxy, reset: bool
) -> None:
    key = rgw_workspace.put("data.bin", b"q" * 3 * MIB)
    recording_proxy.add(Rule(asking("GetObject"), CutReply(after_bytes=1_000_001, reset=reset)))
    reply = s3.get_object(Bucket=rgw_workspace.bucket, Key=key)
    with pytest.raises((ResponseStreamingError, ShortBody)):
        reply["Body"].read()
    recording_proxy.wait_until(lambda: recording_proxy.requests[0].received_bytes == 1_000_001)


def test_a_lost_reply_leaves_the_work_done(
    s3: Any, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    recording_proxy.add(Rule(asking("PutObject"), LoseReply()))
    with pytest.raises(ConnectionClosedError):
        s3.put_object(Bucket=rgw_workspace.bucket, Key=PREFIX + "kept", Body=b"data")
    assert rgw_workspace.read("kept") == b"data"


def test_held_parts_wait_until_they_are_released(
    s3: Any, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    hold = Hold()
    recording_proxy.add(Rule(asking("UploadPart", part_number=2), hold))
    upload = open_upload(s3, rgw_workspace, "held.bin")

    def send(number: int) -> Any:
        return s3.upload_part(**upload, PartNumber=number, Body=bytes([number]) * MIB)

    with ThreadPoolExecutor(3) as pool:
        sent = [pool.submit(send, number) for number in (1, 2, 3)]
        recording_proxy.wait_until(lambda: recording_proxy.parts_stored(upload["Key"]) == {1: 1, 3: 1})
        assert [request.part_number for request in hold.held] == [2]
        assert not sent[1].done()
        hold.release()
        assert all(part.result(timeout=20)["ETag"] for part in sent)
    assert recording_proxy.parts_stored(upload["Key"]) == {1: 1, 2: 1, 3: 1}


def test_a_rule_delays_or_answers_itself_and_only_so_often(
    s3: Any, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    body = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    recording_proxy.add(Rule(asking("ListObjectsV2"), Reply(Answer(400, body)), times=1))
    recording_proxy.add(Rule(asking("ListObjectsV2"), Delay(0.5), times=1))
    listing = {"Bucket": rgw_workspace.bucket, "Prefix": PREFIX}
    with pytest.raises(ClientError, match="ExpiredToken"):
        s3.list_objects_v2(**listing)
    started = time.monotonic()
    assert s3.list_objects_v2(**listing)["KeyCount"] == 0
    assert time.monotonic() - started >= 0.5
    recording_proxy.clear_rules()
    assert s3.list_objects_v2(**listing)["KeyCount"] == 0


class WaitForEver(Action):
    """Takes the head of a request and never goes on."""

    async def before_request(self, request: Request) -> Answer | None:
        await asyncio.get_running_loop().create_future()
        return None


def fill(client: socket.socket) -> None:
    """Sends until nobody takes it any more; raises TimeoutError then."""
    while True:
        client.sendall(b"x" * 65536)


def test_a_connection_nobody_reads_from_lives_until_the_proxy_stops(
    rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    recording_proxy.add(Rule(asking("PutObject"), WaitForEver()))
    where = urllib.parse.urlsplit(recording_proxy.endpoint_url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=0.2) as client:
        client.sendall(f"PUT /{rgw_workspace.bucket}/x HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            fill(client)
        gc.collect()
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.settimeout(10)
        recording_proxy.stop()
        with pytest.raises(ConnectionError):
            client.recv(1)


def test_waiting_in_vain_says_what_was_seen(recording_proxy: RecordingProxy) -> None:
    with pytest.raises(TimeoutError, match="seen"):
        recording_proxy.wait_until(lambda: bool(recording_proxy.requests), timeout_seconds=0.05)


def test_a_gone_server_is_a_closed_connection_not_a_hang(free_port: int) -> None:
    proxy = RecordingProxy(f"http://127.0.0.1:{free_port}")
    where = urllib.parse.urlsplit(proxy.endpoint_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.request("GET", "/")
    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()
    proxy.stop()


class TellShorter(Action):
    """Announces ten bytes fewer, gives them in blocks of seven, and adds a word nobody asked for."""

    def __init__(self) -> None:
        self.blocks: list[int] = []

    def block_bytes(self, done: int) -> int:
        return 7

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        return reply.raw.replace(b"Content-Length: 100", b"Content-Length: 90")

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        self.blocks.append(len(block))
        return block[: max(0, 90 - offset)]

    async def after_reply(self, request: Request) -> bytes:
        return b"HTTP/1.1 408 Stray\r\nContent-Length: 0\r\n\r\n"


def read_until(client: socket.socket, wanted: bytes) -> bytes:
    """Returns what came up to and including some bytes; raises TimeoutError when they do not come."""
    got = b""
    while wanted not in got:
        piece = client.recv(65536)
        assert piece, f"the connection ended after {got!r}"
        got += piece
    return got


def test_a_reply_can_be_reworded_cut_into_blocks_and_followed_by_a_stray_one(
    s3: Any, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    rgw_workspace.put("a.bin", bytes(range(100)))
    action = TellShorter()
    recording_proxy.add(Rule(asking("GetObject"), action, times=1))
    place = {"Bucket": rgw_workspace.bucket, "Key": PREFIX + "a.bin"}
    target = urllib.parse.urlsplit(s3.generate_presigned_url("get_object", Params=place))
    with socket.create_connection((target.hostname or "", target.port or 0), timeout=20) as client:
        line = f"GET {target.path}?{target.query} HTTP/1.1\r\nHost: {target.netloc}\r\n\r\n"
        client.sendall(line.encode())
        got = read_until(client, b"408 Stray\r\nContent-Length: 0\r\n\r\n")
    assert b"Content-Length: 90\r\n" in got
    assert b"\r\n\r\n" + bytes(range(90)) + b"HTTP/1.1 408 Stray" in got
    assert action.blocks == [7] * 14 + [2]


def test_an_answer_in_the_servers_place_may_leave_the_connection_open(
    recording_proxy: RecordingProxy,
) -> None:
    recording_proxy.add(Rule(asking("PutObject"), Reply(Answer(503, b"busy", keeps_open=True)), times=1))
    where = urllib.parse.urlsplit(recording_proxy.endpoint_url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=20) as client:
        client.sendall(b"PUT /bucket/key HTTP/1.1\r\nContent-Length: 300000\r\n\r\n" + bytes(300_000))
        assert b" 503 " in read_until(client, b"busy")
        client.sendall(f"GET /bucket/key HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        assert b"NoSuchBucket" in read_until(client, b"</Error>")
        assert recording_proxy.connections == 1
    assert [request.sent_bytes for request in recording_proxy.requests] == [300_000, 0]
