"""Who gets in: signatures of every form, right and wrong, with AWS's words for each refusal."""

import hashlib
import hmac

import pytest
from msgspec.structs import replace

from s3tui.demo.access import DemoAccess, DemoOptions
from s3tui.demo.process import DemoServer
from tests.demo.wire import ask, boto, send, signed_headers, target


def _readme(access: DemoAccess) -> str:
    return target(access, f"{access.prefix}README.txt")


def test_a_right_signature_reads_an_object_and_names_the_request(access: DemoAccess) -> None:
    reply = ask(access, "GET", _readme(access))

    assert reply.status == 200
    assert b"made-up survey" in reply.body
    assert reply.headers["x-amz-request-id"]
    assert reply.headers["date"].endswith("GMT")


def test_nobody_reads_without_a_signature(access: DemoAccess) -> None:
    reply = send(access, "GET", _readme(access))

    assert (reply.status, reply.code) == (403, "AccessDenied")


def test_a_wrong_secret_is_told_what_the_server_signed(access: DemoAccess) -> None:
    reply = ask(replace(access, secret_access_key="x" * 40), "GET", _readme(access))

    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
    assert reply.text("StringToSign").startswith("AWS4-HMAC-SHA256\n")
    assert access.secret_access_key.encode() not in reply.body


def test_an_unknown_key_is_named(access: DemoAccess) -> None:
    reply = ask(replace(access, access_key_id="ASIAUNKNOWNUNKNOWN77"), "GET", _readme(access))

    assert (reply.status, reply.code) == (403, "InvalidAccessKeyId")
    assert reply.text("AWSAccessKeyId") == "ASIAUNKNOWNUNKNOWN77"


def test_a_temporary_key_without_its_token_is_unknown(access: DemoAccess) -> None:
    reply = ask(replace(access, session_token=None), "GET", _readme(access))

    assert (reply.status, reply.code) == (403, "InvalidAccessKeyId")


def test_a_cut_token_is_invalid_and_comes_back_in_the_error(access: DemoAccess) -> None:
    cut = (access.session_token or "")[:-9]
    reply = ask(replace(access, session_token=cut), "GET", _readme(access))

    assert (reply.status, reply.code) == (400, "InvalidToken")
    assert reply.text("Token-0") == cut


def test_a_path_changed_on_the_way_breaks_the_signature(access: DemoAccess) -> None:
    headers = signed_headers(access, "GET", _readme(access))
    reply = send(access, "GET", target(access, f"{access.prefix}zero bytes.dat"), headers)

    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")


def test_a_signed_header_changed_on_the_way_breaks_the_signature(access: DemoAccess, place: str) -> None:
    path = target(access, f"{place}file")
    headers = signed_headers(access, "PUT", path, headers={"x-amz-meta-site": "Heron"}, body=b"x")
    reply = send(access, "PUT", path, headers | {"x-amz-meta-site": "Moore"}, b"x")

    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")


def test_an_amazon_header_that_was_not_signed_is_refused(access: DemoAccess, place: str) -> None:
    path = target(access, f"{place}file")
    headers = signed_headers(access, "PUT", path, body=b"x") | {"x-amz-meta-late": "addition"}
    reply = send(access, "PUT", path, headers, b"x")

    assert (reply.status, reply.code) == (403, "AccessDenied")
    assert reply.text("HeadersNotSigned") == "x-amz-meta-late"


def test_a_wrong_region_is_answered_with_the_right_one(access: DemoAccess) -> None:
    headers = signed_headers(access, "GET", _readme(access), region="eu-north-1")
    reply = send(access, "GET", _readme(access), headers)

    assert (reply.status, reply.code) == (400, "AuthorizationHeaderMalformed")
    assert reply.text("Region") == access.region
    assert reply.headers["x-amz-bucket-region"] == access.region


def test_boto_finds_the_right_region_by_itself(access: DemoAccess) -> None:
    client = boto(replace(access, region="us-east-1"))
    try:
        answer = client.head_object(Bucket=access.bucket, Key=f"{access.prefix}README.txt")
    finally:
        client.close()

    assert answer["ContentLength"] > 100


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("AWS AKIAEXAMPLE:c2lnbmF0dXJl", "InvalidRequest"),
        ("Basic dXNlcjpwYXNz", "InvalidRequest"),
        ("AWS4-HMAC-SHA256 Credential=nonsense", "AuthorizationHeaderMalformed"),
    ],
)
def test_other_ways_of_signing_are_bad_requests(access: DemoAccess, authorization: str, code: str) -> None:
    reply = send(access, "GET", _readme(access), {"Authorization": authorization})

    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_off_by_more_than_a_quarter_hour_is_refused_with_both_times(minutes: int) -> None:
    options = DemoOptions(scratch=False, clock_offset_seconds=minutes * 60)
    with DemoServer.start(options=options) as server:
        reply = ask(server.credentials, "GET", _readme(server.credentials))

    assert (reply.status, reply.code) == (403, "RequestTimeTooSkewed")
    assert reply.text("RequestTime")
    assert reply.text("ServerTime").endswith("Z")
    assert reply.text("MaxAllowedSkewMilliseconds") == "900000"


def test_a_clock_off_by_ten_minutes_is_taken() -> None:
    options = DemoOptions(scratch=False, clock_offset_seconds=600)
    with DemoServer.start(options=options) as server:
        assert ask(server.credentials, "GET", _readme(server.credentials)).status == 200


def test_a_body_that_is_not_the_signed_one_is_refused_and_not_stored(access: DemoAccess, place: str) -> None:
    path = target(access, f"{place}file")
    headers = signed_headers(access, "PUT", path, body=b"coral")
    reply = send(access, "PUT", path, headers, b"coraL")

    assert (reply.status, reply.code) == (400, "XAmzContentSHA256Mismatch")
    assert ask(access, "GET", path).code == "NoSuchKey"


def test_an_unsigned_payload_is_taken(access: DemoAccess, place: str) -> None:
    path = target(access, f"{place}file")

    assert ask(access, "PUT", path, body=b"coral", payload_hash="UNSIGNED-PAYLOAD").status == 200
    assert ask(access, "GET", path).body == b"coral"


def test_a_link_reads_without_headers_and_is_bound_to_its_key(access: DemoAccess) -> None:
    client = boto(access, signature_version="s3v4")
    where = {"Bucket": access.bucket, "Key": f"{access.prefix}names/🐠 reef fish 🪸.txt"}
    link = client.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
    client.close()
    path = link.removeprefix(access.endpoint_url)

    assert send(access, "GET", path).status == 200
    other = path.replace("reef%20fish", "reef%20dish")
    assert send(access, "GET", other).code == "SignatureDoesNotMatch"
    assert send(access, "PUT", path, body=b"x").code == "SignatureDoesNotMatch"


def test_a_link_past_its_time_says_so() -> None:
    with DemoServer.start(options=DemoOptions(scratch=False, clock_offset_seconds=120)) as server:
        access = server.credentials
        client = boto(access, signature_version="s3v4")
        where = {"Bucket": access.bucket, "Key": f"{access.prefix}README.txt"}
        link = client.generate_presigned_url("get_object", Params=where, ExpiresIn=60)
        client.close()
        reply = send(access, "GET", link.removeprefix(access.endpoint_url))

    assert (reply.status, reply.code) == (403, "AccessDenied")
    assert reply.text("Message") == "Request has expired"


def _signed_chunks(access: DemoAccess, headers: dict[str, str], chunks: list[bytes], spoil: bool) -> bytes:
    """An aws-chunked body with a signature on each chunk: AWS's recipe, written a second time."""
    key = b"AWS4" + access.secret_access_key.encode()
    stamp = headers["X-Amz-Date"]
    for step in (stamp[:8], access.region, "s3", "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    previous = headers["Authorization"].rpartition("Signature=")[2]
    scope = f"{stamp[:8]}/{access.region}/s3/aws4_request"
    body = b""
    for chunk in [*chunks, b""]:
        empty, digest = hashlib.sha256(b"").hexdigest(), hashlib.sha256(chunk).hexdigest()
        text = "\n".join(("AWS4-HMAC-SHA256-PAYLOAD", stamp, scope, previous, empty, digest))
        previous = hmac.new(key, text.encode(), "sha256").hexdigest()
        sent = chunk[::-1] if spoil else chunk
        body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + sent + b"\r\n"
    return body


@pytest.mark.parametrize("spoil", [False, True])
def test_signed_chunks_are_decoded_and_proved(access: DemoAccess, place: str, spoil: bool) -> None:
    chunks = [b"polyp " * 20_000, b"larva"]
    path = target(access, f"{place}chunked.bin")
    length = sum(len(chunk) for chunk in chunks)
    headers = signed_headers(
        access,
        "PUT",
        path,
        headers={"Content-Encoding": "aws-chunked,gzip", "x-amz-decoded-content-length": str(length)},
        payload_hash="STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    )
    reply = send(access, "PUT", path, headers, _signed_chunks(access, headers, chunks, spoil))

    if spoil:
        assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
        return
    assert reply.status == 200
    stored = ask(access, "GET", path)
    assert stored.body == b"".join(chunks)
    assert stored.headers["content-encoding"] == "gzip"


def test_unsigned_chunks_with_a_trailing_checksum_are_decoded_and_proved(
    access: DemoAccess, place: str
) -> None:
    path = target(access, f"{place}trailer.bin")
    headers = {
        "Content-Encoding": "aws-chunked",
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    for checksum, status in (("NhCmhg==", 200), ("AAAAAA==", 400)):
        body = f"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{checksum}\r\n\r\n".encode()
        signed = signed_headers(
            access, "PUT", path, headers=headers, payload_hash="STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        )
        reply = send(access, "PUT", path, signed, body)
        assert reply.status == status
    assert reply.code == "BadDigest"
    assert ask(access, "GET", path).body == b"hello"


def test_the_token_service_says_who_i_am(access: DemoAccess) -> None:
    client = boto(access, "sts")
    try:
        answer = client.get_caller_identity()
    finally:
        client.close()

    assert answer["Arn"].startswith("arn:aws:sts::111122223333:assumed-role/")
    assert answer["Account"] == "111122223333"


def test_the_token_service_refuses_in_its_own_form(access: DemoAccess) -> None:
    wrong = replace(access, secret_access_key="x" * 40)
    form = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers = signed_headers(wrong, "POST", "/", body=form, service="sts")
    reply = send(wrong, "POST", "/", headers, form)

    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")
    assert b"<ErrorResponse" in reply.body
