"""Credentials end when they say: at once, for every verb, and an upload goes on with new ones."""

import hashlib
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3tui.demo.access import DemoAccess, DemoOptions
from s3tui.demo.process import DemoServer
from tests.demo.wire import ask, boto, refusal, target

PART_BYTES = 5 * 1024**2


def _wait_for_expiry(access: DemoAccess) -> None:
    assert access.expiration is not None
    time.sleep(max(0.0, access.expiration.timestamp() - time.time()) + 0.05)


def test_expired_credentials_are_refused_with_the_token_in_the_error() -> None:
    with DemoServer.start(lifetime_seconds=-1, scratch=False) as server:
        access = server.credentials
        reply = ask(access, "GET", target(access, f"{access.prefix}README.txt"))
        head = ask(access, "HEAD", target(access, f"{access.prefix}README.txt"))

    assert (reply.status, reply.code) == (400, "ExpiredToken")
    assert reply.text("Token-0") == access.session_token
    assert (head.status, head.body) == (400, b"")


def test_the_server_s_clock_decides_not_ours() -> None:
    with DemoServer.start(options=DemoOptions(60, scratch=False, clock_offset_seconds=600)) as server:
        access = server.credentials
        assert access.expiration is not None
        assert access.expiration.timestamp() - time.time() > 600
        assert ask(access, "GET", target(access, f"{access.prefix}README.txt")).status == 200


def _part(client: Any, access: DemoAccess, key: str, upload_id: str, number: int) -> dict[str, Any]:
    body = bytes([number]) * PART_BYTES
    answer = client.upload_part(
        Bucket=access.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body
    )
    return {"PartNumber": number, "ETag": answer["ETag"]}


def test_an_upload_cut_by_expiry_is_completed_with_the_next_credentials() -> None:
    with DemoServer.start(lifetime_seconds=1.5, scratch=False) as server:
        access = server.credentials
        key = f"{access.prefix}long upload.bin"
        old = boto(access)
        upload_id = old.create_multipart_upload(Bucket=access.bucket, Key=key)["UploadId"]
        parts = [_part(old, access, key, upload_id, 1)]
        _wait_for_expiry(access)
        with pytest.raises(ClientError) as caught:
            _part(old, access, key, upload_id, 2)
        assert refusal(caught.value) == (400, "ExpiredToken")
        with pytest.raises(ClientError) as caught:
            old.list_objects_v2(Bucket=access.bucket, Prefix=access.prefix, MaxKeys=1)
        assert refusal(caught.value) == (400, "ExpiredToken")
        old.close()

        renewed = server.renew(60)
        assert renewed == server.credentials
        assert renewed.access_key_id != access.access_key_id
        new = boto(renewed)
        parts += [_part(new, renewed, key, upload_id, number) for number in (2, 3)]
        answer = new.complete_multipart_upload(
            Bucket=access.bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
        whole = new.get_object(Bucket=access.bucket, Key=key)["Body"].read()
        new.close()

    assert answer["ETag"].endswith('-3"')
    expected = b"".join(bytes([number]) * PART_BYTES for number in (1, 2, 3))
    assert hashlib.sha256(whole).digest() == hashlib.sha256(expected).digest()


def test_a_download_under_way_goes_on_to_its_end_after_expiry() -> None:
    with DemoServer.start(lifetime_seconds=1.0, scratch=False) as server:
        access = server.credentials
        client = boto(access)
        key = f"{access.prefix}transects/2023-ctd.nc"
        answer = client.get_object(Bucket=access.bucket, Key=key)
        first = answer["Body"].read(1024)
        _wait_for_expiry(access)
        rest = sum(len(piece) for piece in answer["Body"].iter_chunks(1024**2))
        client.close()

    assert len(first) + rest == answer["ContentLength"]


def test_both_old_and_new_credentials_work_while_both_live(demo: DemoServer, access: DemoAccess) -> None:
    other = demo.issue("ro", 60)

    for each in (access, other):
        assert ask(each, "GET", target(each, f"{each.prefix}README.txt")).status == 200
