"""Objects: ranges, conditions, metadata, checksums, copies, and large bodies in little memory."""

import base64
import hashlib
import http.client
import os
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from awscrt import checksums
from botocore.exceptions import ClientError

from s3tui.demo.access import DemoAccess
from s3tui.demo.process import DemoServer
from tests.demo.wire import ask, boto, refusal, signed_headers, target

BODY = bytes(range(256)) * 4


@pytest.fixture
def path(access: DemoAccess, place: str) -> str:
    """Gives the address of an object that holds BODY."""
    path = target(access, f"{place}réef 1.bin")
    assert ask(access, "PUT", path, body=BODY).status == 200
    return path


@pytest.mark.parametrize("size", [0, 1, 16 * 1024, 16 * 1024 + 1, 70_000, 3 * 1024**2 + 5])
def test_bodies_of_every_size_come_back_with_their_md5(
    s3: Any, access: DemoAccess, place: str, size: int
) -> None:
    body = os.urandom(size)
    put = s3.put_object(Bucket=access.bucket, Key=f"{place}file", Body=body)
    answer = s3.get_object(Bucket=access.bucket, Key=f"{place}file")

    assert answer["Body"].read() == body
    assert put["ETag"] == answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'


def test_what_is_said_about_an_object_comes_back(s3: Any, access: DemoAccess, place: str) -> None:
    said = {
        "ContentType": "application/x-netcdf",
        "CacheControl": "no-store",
        "ContentDisposition": 'attachment; filename="a.nc"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "en",
        "Metadata": {"instrument": "ctd", "cruise": "RV 12"},
    }
    s3.put_object(Bucket=access.bucket, Key=f"{place}file", Body=b"x", **said)
    answer = s3.head_object(Bucket=access.bucket, Key=f"{place}file")

    assert {name: answer[name] for name in said} == said
    assert answer["ContentLength"] == 1
    assert answer["AcceptRanges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "expected"),
    [
        ("bytes=0-0", 206, "bytes 0-0/1024", BODY[:1]),
        ("bytes=10-19", 206, "bytes 10-19/1024", BODY[10:20]),
        ("bytes=1000-", 206, "bytes 1000-1023/1024", BODY[1000:]),
        ("bytes=-24", 206, "bytes 1000-1023/1024", BODY[1000:]),
        ("bytes=-5000", 206, "bytes 0-1023/1024", BODY),
        ("bytes=1000-99999", 206, "bytes 1000-1023/1024", BODY[1000:]),
        ("bytes=20-10", 200, None, BODY),
        ("bytes=0-1,4-5", 200, None, BODY),
        ("lines=1-2", 200, None, BODY),
        ("bytes=1024-", 416, "bytes */1024", None),
        ("bytes=-0", 416, "bytes */1024", None),
    ],
)
def test_ranges(
    access: DemoAccess, path: str, asked: str, status: int, content_range: str | None, expected: bytes | None
) -> None:
    reply = ask(access, "GET", path, headers={"Range": asked})

    assert reply.status == status
    assert reply.headers.get("content-range") == content_range
    if expected is None:
        assert reply.code == "InvalidRange"
        assert reply.text("ActualObjectSize") == "1024"
    else:
        assert reply.body == expected


def test_a_range_of_an_empty_object_does_not_exist(access: DemoAccess) -> None:
    reply = ask(
        access, "GET", target(access, f"{access.prefix}zero bytes.dat"), headers={"Range": "bytes=0-9"}
    )

    assert (reply.status, reply.code) == (416, "InvalidRange")


ETAG = hashlib.md5(BODY).hexdigest()


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If-Match", f'"{ETAG}"', 200),
        ("If-Match", ETAG, 200),
        ("If-Match", "*", 200),
        ("If-Match", '"0123"', 412),
        ("If-None-Match", f'"{ETAG}"', 304),
        ("If-None-Match", '"0123"', 200),
        ("If-Modified-Since", "Wed, 01 Jan 2098 00:00:00 GMT", 304),
        ("If-Modified-Since", "Wed, 01 Jan 2020 00:00:00 GMT", 200),
        ("If-Unmodified-Since", "Wed, 01 Jan 2020 00:00:00 GMT", 412),
        ("If-Unmodified-Since", "nonsense", 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_of_reading(
    access: DemoAccess, path: str, method: str, header: str, value: str, status: int
) -> None:
    reply = ask(access, method, path, headers={header: value})

    assert reply.status == status
    if status == 412 and method == "GET":
        assert reply.code == "PreconditionFailed"
        assert reply.text("Condition") == header
    if status == 304:
        assert (reply.body, reply.headers["etag"]) == (b"", f'"{ETAG}"')


def test_if_none_match_star_keeps_what_is_there(access: DemoAccess, path: str) -> None:
    reply = ask(access, "PUT", path, headers={"If-None-Match": "*"}, body=b"other")

    assert (reply.status, reply.code) == (412, "PreconditionFailed")
    assert ask(access, "GET", path).body == BODY


def test_writing_and_deleting_can_be_bound_to_an_etag(access: DemoAccess, path: str, place: str) -> None:
    assert ask(access, "PUT", path, headers={"If-Match": '"0"'}, body=b"n").status == 412
    assert ask(access, "DELETE", path, headers={"If-Match": '"0"'}).status == 412
    assert ask(access, "PUT", path, headers={"If-Match": f'"{ETAG}"'}, body=b"n").status == 200
    missing = target(access, f"{place}missing")
    assert ask(access, "PUT", missing, headers={"If-Match": '"0"'}, body=b"n").code == "NoSuchKey"


def test_deleting_twice_succeeds_twice(access: DemoAccess, path: str) -> None:
    assert [ask(access, "DELETE", path).status for _ in range(2)] == [204, 204]
    assert ask(access, "GET", path).code == "NoSuchKey"


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


CHECKS = [
    ("Content-MD5", _base64(hashlib.md5(BODY).digest()), "", 200),
    ("Content-MD5", _base64(hashlib.md5(b"other").digest()), "BadDigest", 400),
    ("Content-MD5", "not base64", "InvalidDigest", 400),
    ("x-amz-checksum-crc32", _base64(zlib.crc32(BODY).to_bytes(4)), "", 200),
    ("x-amz-checksum-crc32", "AAAAAA==", "BadDigest", 400),
    ("x-amz-checksum-sha1", _base64(hashlib.sha1(BODY).digest()), "", 200),
    ("x-amz-checksum-sha1", _base64(hashlib.sha1(b"").digest()), "BadDigest", 400),
    ("x-amz-checksum-sha256", _base64(hashlib.sha256(BODY).digest()), "", 200),
    ("x-amz-checksum-sha256", _base64(hashlib.sha256(b"").digest()), "BadDigest", 400),
    ("x-amz-checksum-crc32c", _base64(checksums.crc32c(BODY).to_bytes(4)), "", 200),
    ("x-amz-checksum-crc32c", "AAAAAA==", "BadDigest", 400),
    ("x-amz-checksum-crc64nvme", _base64(checksums.crc64nvme(BODY).to_bytes(8)), "", 200),
    ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", "BadDigest", 400),
]


@pytest.mark.parametrize(("header", "value", "code", "status"), CHECKS)
@pytest.mark.parametrize("payload_hash", [None, "UNSIGNED-PAYLOAD"])
def test_checksums_are_proved_and_kept(
    access: DemoAccess, place: str, header: str, value: str, code: str, status: int, payload_hash: str | None
) -> None:
    path = target(access, f"{place}file")
    put = ask(access, "PUT", path, headers={header: value}, body=BODY, payload_hash=payload_hash)

    assert put.status == status
    if code:
        assert put.code == code
        assert ask(access, "GET", path).code == "NoSuchKey"
    elif header.startswith("x-amz"):
        assert put.headers[header] == value
        got = ask(access, "HEAD", path, headers={"x-amz-checksum-mode": "ENABLED"})
        assert (got.headers[header], got.headers["x-amz-checksum-type"]) == (value, "FULL_OBJECT")
        assert header not in ask(access, "HEAD", path).headers


@pytest.mark.parametrize("calculation", ["when_required", "when_supported"])
def test_boto_s_own_checksums_fit(access: DemoAccess, place: str, calculation: str) -> None:
    client = boto(access, request_checksum_calculation=calculation)
    try:
        client.put_object(Bucket=access.bucket, Key=f"{place}file", Body=BODY)
        answer = client.get_object(Bucket=access.bucket, Key=f"{place}file", ChecksumMode="ENABLED")
        assert answer["Body"].read() == BODY
    finally:
        client.close()
    assert ("ChecksumCRC32" in answer) == (calculation == "when_supported")


def test_copies_keep_or_replace_what_is_said(s3: Any, access: DemoAccess, path: str, place: str) -> None:
    source = {"Bucket": access.bucket, "Key": f"{place}réef 1.bin"}
    s3.copy_object(Bucket=access.bucket, Key=f"{place}copy", CopySource=source)
    assert s3.get_object(Bucket=access.bucket, Key=f"{place}copy")["Body"].read() == BODY
    s3.copy_object(
        Bucket=access.bucket,
        Key=f"{place}copy",
        CopySource={"Bucket": access.bucket, "Key": f"{place}copy"},
        MetadataDirective="REPLACE",
        Metadata={"checked": "yes"},
    )
    assert s3.head_object(Bucket=access.bucket, Key=f"{place}copy")["Metadata"] == {"checked": "yes"}
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket=access.bucket, Key=f"{place}réef 1.bin", CopySource=source)
    assert refusal(caught.value) == (400, "InvalidRequest")
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket=access.bucket, Key="x", CopySource=source, CopySourceIfMatch='"0"')
    assert refusal(caught.value)[0] in (403, 412)


def test_a_copied_multipart_object_gets_the_md5_of_its_bytes(s3: Any, access: DemoAccess, place: str) -> None:
    source = {"Bucket": access.bucket, "Key": f"{access.prefix}transects/2023-ctd.nc"}
    answer = s3.copy_object(Bucket=access.bucket, Key=f"{place}copy.nc", CopySource=source)
    digest = hashlib.md5()
    for piece in s3.get_object(Bucket=access.bucket, Key=f"{place}copy.nc")["Body"].iter_chunks(1024**2):
        digest.update(piece)

    assert answer["CopyObjectResult"]["ETag"] == f'"{digest.hexdigest()}"'


@pytest.mark.parametrize(
    ("method", "suffix", "headers", "status", "code"),
    [
        ("POST", "", {}, 405, "MethodNotAllowed"),
        ("PATCH", "", {}, 405, "MethodNotAllowed"),
        ("PUT", "", {"Content-Length": "5368709121"}, 400, "EntityTooLarge"),
        ("PUT", "", {"x-amz-meta-long": "x" * 3000}, 400, "InvalidArgument"),
        ("PUT", "k" * 1024, {}, 400, "KeyTooLongError"),
        ("PUT", "", {"x-amz-copy-source": "nobucket"}, 400, "InvalidArgument"),
    ],
)
def test_requests_that_make_no_sense_say_why(
    access: DemoAccess, place: str, method: str, suffix: str, headers: dict[str, str], status: int, code: str
) -> None:
    reply = ask(access, method, target(access, f"{place}{suffix or 'x'}"), headers=headers)

    assert (reply.status, reply.code) == (status, code)


def test_a_body_without_length_is_refused(access: DemoAccess, place: str) -> None:
    path = target(access, f"{place}x")
    headers = signed_headers(access, "PUT", path, payload_hash="UNSIGNED-PAYLOAD")
    connection = http.client.HTTPConnection(access.endpoint_url.removeprefix("http://"), timeout=10)
    connection.request("PUT", path, body=iter([b"x"]), headers=headers, encode_chunked=True)
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.status == 411


def test_a_body_that_breaks_off_stores_nothing(access: DemoAccess, place: str) -> None:
    path = target(access, f"{place}half")
    headers = signed_headers(
        access, "PUT", path, headers={"Content-Length": "2000000"}, payload_hash="UNSIGNED-PAYLOAD"
    )
    connection = http.client.HTTPConnection(access.endpoint_url.removeprefix("http://"), timeout=10)
    connection.request("PUT", path, body=b"x" * 1_500_000, headers=headers)
    connection.close()

    assert ask(access, "GET", path).code == "NoSuchKey"


def _peak_bytes(pid: int) -> int:
    match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert match is not None
    return int(match[1]) * 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
async def test_a_hundred_megabytes_stream_up_and_down_in_little_memory() -> None:
    with DemoServer.start(scratch=False) as server:
        access = server.credentials
        path = target(access, f"{access.prefix}stream.bin")
        before = _peak_bytes(server.process.pid)
        piece, count = os.urandom(1_000_000), 100

        async def body() -> AsyncIterator[bytes]:
            for _ in range(count):
                yield piece

        length = {"Content-Length": str(count * len(piece))}
        headers = signed_headers(access, "PUT", path, headers=length, payload_hash="UNSIGNED-PAYLOAD")
        sent, got = hashlib.md5(piece * count).hexdigest(), hashlib.md5()
        async with aiohttp.ClientSession() as session:
            async with session.put(access.endpoint_url + path, data=body(), headers=headers) as answer:
                assert (answer.status, answer.headers["ETag"]) == (200, f'"{sent}"')
            headers = signed_headers(access, "GET", path)
            async with session.get(access.endpoint_url + path, headers=headers) as answer:
                async for data in answer.content.iter_any():
                    got.update(data)

        assert got.hexdigest() == sent
        assert _peak_bytes(server.process.pid) - before < 24 * 1024**2
