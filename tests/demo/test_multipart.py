"""Multipart uploads: ETags, the rules of the list of parts, lost replies, listings, copied parts."""

import base64
import hashlib
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3tui.demo.access import DemoAccess
from tests.demo.wire import ask, refusal, target

MIN = 5 * 1024**2
SIZES = (MIN, MIN + 1, 17)


class Uploading:
    """A multipart upload with boto, a step at a time."""

    def __init__(self, client: Any, bucket: str, key: str, **more: Any) -> None:
        self.client = client
        self.where = {"Bucket": bucket, "Key": key}
        answer = client.create_multipart_upload(**self.where, ContentType="text/x-reef", **more)
        self.where_in = self.where | {"UploadId": answer["UploadId"]}

    def part(self, number: int, body: bytes, **more: Any) -> dict[str, Any]:
        answer = self.client.upload_part(**self.where_in, PartNumber=number, Body=body, **more)
        return {"PartNumber": number, "ETag": answer["ETag"]}

    def complete(self, parts: list[dict[str, Any]], **more: Any) -> Any:
        return self.client.complete_multipart_upload(
            **self.where_in, MultipartUpload={"Parts": parts}, **more
        )


@pytest.fixture
def upload(s3: Any, access: DemoAccess, place: str) -> Uploading:
    """Gives an upload that was just created."""
    return Uploading(s3, access.bucket, f"{place}öbject.bin")


def _bodies() -> list[bytes]:
    return [bytes([65 + number]) * size for number, size in enumerate(SIZES)]


def test_parts_become_one_object_with_the_etag_of_their_md5s(upload: Uploading) -> None:
    bodies = _bodies()
    parts = [upload.part(number, body) for number, body in enumerate(bodies, 1)]
    assert upload.complete(parts)["ETag"] == upload.client.head_object(**upload.where)["ETag"]

    answer = upload.client.get_object(**upload.where)
    digests = b"".join(hashlib.md5(body).digest() for body in bodies)
    assert answer["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    assert answer["ContentType"] == "text/x-reef"
    assert answer["Body"].read() == b"".join(bodies)
    across = upload.client.get_object(**upload.where, Range=f"bytes={MIN - 2}-{MIN + 1}")
    assert across["Body"].read() == b"AABB"


def test_parts_can_be_read_by_number(upload: Uploading) -> None:
    upload.complete([upload.part(number, body) for number, body in enumerate(_bodies(), 1)])

    answer = upload.client.get_object(**upload.where, PartNumber=3)
    assert answer["Body"].read() == b"C" * 17
    assert answer["PartsCount"] == 3
    with pytest.raises(ClientError) as caught:
        upload.client.head_object(**upload.where, PartNumber=4)
    assert refusal(caught.value)[0] == 416


def test_nothing_is_seen_of_an_upload_before_its_end(upload: Uploading) -> None:
    upload.part(1, b"x")
    with pytest.raises(ClientError) as caught:
        upload.client.get_object(**upload.where)
    assert refusal(caught.value) == (404, "NoSuchKey")


def test_a_lost_reply_of_complete_can_be_asked_for_again(upload: Uploading) -> None:
    parts = [upload.part(1, b"only")]

    assert upload.complete(parts)["ETag"] == upload.complete(parts)["ETag"]


def test_a_part_sent_twice_counts_once_with_its_last_bytes(upload: Uploading) -> None:
    upload.part(1, b"first")
    upload.complete([upload.part(1, b"second")])

    assert upload.client.get_object(**upload.where)["Body"].read() == b"second"


def test_a_wrong_list_is_refused_and_the_upload_stays(upload: Uploading) -> None:
    one, two = upload.part(1, b"too small"), upload.part(2, b"last")
    wrong = {"PartNumber": 2, "ETag": '"' + "0" * 32 + '"'}
    missing = {"PartNumber": 7, "ETag": two["ETag"]}
    cases: list[tuple[list[dict[str, Any]], str]] = [
        ([two, one], "InvalidPartOrder"),
        ([one, one], "InvalidPartOrder"),
        ([one, wrong], "InvalidPart"),
        ([one, missing], "InvalidPart"),
        ([one, two], "EntityTooSmall"),
        ([], "MalformedXML"),
    ]
    for parts, code in cases:
        with pytest.raises(ClientError) as caught:
            upload.complete(parts)
        assert refusal(caught.value) == (400, code)

    assert upload.complete([two])["ETag"].endswith('-1"')


def test_complete_keeps_what_is_there_when_asked_to(upload: Uploading) -> None:
    upload.client.put_object(**upload.where, Body=b"older")
    part = upload.part(1, b"newer")
    with pytest.raises(ClientError) as caught:
        upload.complete([part], IfNoneMatch="*")
    assert refusal(caught.value) == (412, "PreconditionFailed")
    assert upload.client.get_object(**upload.where)["Body"].read() == b"older"
    upload.complete([part])


def test_an_aborted_upload_is_gone(upload: Uploading) -> None:
    part = upload.part(1, b"x")
    upload.client.abort_multipart_upload(**upload.where_in)
    steps = (
        lambda: upload.part(2, b"x"),
        lambda: upload.complete([part]),
        lambda: upload.client.list_parts(**upload.where_in),
        lambda: upload.client.abort_multipart_upload(**upload.where_in),
    )
    for step in steps:
        with pytest.raises(ClientError) as caught:
            step()
        assert refusal(caught.value) == (404, "NoSuchUpload")


@pytest.mark.parametrize("number", [0, 10_001, -1])
def test_part_numbers_end_at_ten_thousand(upload: Uploading, access: DemoAccess, number: int) -> None:
    query = f"partNumber={number}&uploadId={upload.where_in['UploadId']}"
    reply = ask(access, "PUT", target(access, upload.where["Key"], query), body=b"x")

    assert (reply.status, reply.code) == (400, "InvalidArgument")


def test_a_damaged_part_is_refused_and_not_kept(upload: Uploading) -> None:
    with pytest.raises(ClientError) as caught:
        upload.part(1, b"bytes", ContentMD5=base64.b64encode(hashlib.md5(b"other").digest()).decode())
    assert refusal(caught.value) == (400, "BadDigest")
    assert "Parts" not in upload.client.list_parts(**upload.where_in)


def test_parts_are_listed_by_pages(upload: Uploading) -> None:
    for number in (2, 1, 5, 9):
        upload.part(number, bytes(number))
    pages = list(
        upload.client.get_paginator("list_parts").paginate(
            **upload.where_in, PaginationConfig={"PageSize": 3}
        )
    )

    assert [[(part["PartNumber"], part["Size"]) for part in page["Parts"]] for page in pages] == [
        [(1, 1), (2, 2), (5, 5)],
        [(9, 9)],
    ]


def test_uploads_are_listed_by_pages(s3: Any, access: DemoAccess, place: str) -> None:
    started = [Uploading(s3, access.bucket, f"{place}{name}") for name in ("b", "a", "a", "c")]
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=access.bucket, Prefix=place, PaginationConfig={"PageSize": 1}
    )
    found = [(item["Key"], item["UploadId"]) for page in pages for item in page.get("Uploads", ())]

    assert found == sorted((one.where["Key"], one.where_in["UploadId"]) for one in started)


def test_parts_can_be_copied_from_objects(upload: Uploading, access: DemoAccess) -> None:
    source = {"Bucket": access.bucket, "Key": f"{access.prefix}transects/2023-ctd.nc"}
    parts = []
    for number, span in ((1, f"bytes=8388000-{8388000 + MIN}"), (2, "bytes=0-9")):
        answer = upload.client.upload_part_copy(
            **upload.where_in, PartNumber=number, CopySource=source, CopySourceRange=span
        )
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    upload.complete(parts)

    original = upload.client.get_object(**source, Range=f"bytes=8388000-{8388000 + MIN}")["Body"].read()
    original += upload.client.get_object(**source, Range="bytes=0-9")["Body"].read()
    assert upload.client.get_object(**upload.where)["Body"].read() == original


def test_a_composite_checksum_is_that_of_the_parts(s3: Any, access: DemoAccess, place: str) -> None:
    upload = Uploading(s3, access.bucket, f"{place}x", ChecksumAlgorithm="SHA256")
    parts = []
    for number, body in enumerate(_bodies(), 1):
        value = base64.b64encode(hashlib.sha256(body).digest()).decode()
        parts.append(upload.part(number, body, ChecksumSHA256=value) | {"ChecksumSHA256": value})
    upload.complete(parts)

    digests = b"".join(hashlib.sha256(body).digest() for body in _bodies())
    expected = base64.b64encode(hashlib.sha256(digests).digest()).decode()
    answer = s3.head_object(**upload.where, ChecksumMode="ENABLED")
    assert (answer["ChecksumSHA256"], answer["ChecksumType"]) == (f"{expected}-3", "COMPOSITE")
