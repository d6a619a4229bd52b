"""Every refusal and every breakdown becomes one sentence of the right kind, without a secret in it."""

import asyncio
import inspect
import socket
import ssl
from typing import Any

import aiohttp
import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from msgspec.structs import replace

from s3tui import errors as ours
from s3tui.errors import StorageError
from s3tui.model.location import S3Location
from s3tui.storage.s3_errors import Subject, foreign, judge

TOKEN = "IQoJb3JpZ2luX2VjEDoaCWV1LXdlc3QtMSJHMEUCIQ"

SUBJECT = Subject(
    "read",
    S3Location("reef", "data/a b.nc"),
    "s3.example.org",
    region="us-east-1",
    skew=-21 * 60.0,
    secrets=("secret/secret", TOKEN),
)


def answer(code: str, status: int, message: str | None = "", **more: Any) -> boto.ClientError:
    """What botocore raises for an error answer."""
    meta = {"HTTPStatusCode": status, "RequestId": "REQ-1", "HTTPHeaders": {"retry-after": "7"}}
    told: Any = {"Error": {"Code": code, "Message": message, **more}, "ResponseMetadata": meta}
    return boto.ClientError(told, "GetObject")


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ExpiredToken", 400, ours.CredentialsExpired),
        ("ExpiredToken", 403, ours.CredentialsExpired),
        ("TokenRefreshRequired", 400, ours.CredentialsExpired),
        ("RequestExpired", 400, ours.CredentialsExpired),
        ("InvalidToken", 400, ours.CredentialsRefused),
        ("InvalidAccessKeyId", 403, ours.CredentialsRefused),
        ("SignatureDoesNotMatch", 403, ours.CredentialsRefused),
        ("UserSuspended", 403, ours.CredentialsRefused),
        ("AccessDenied", 403, ours.AccessDenied),
        ("403", 403, ours.AccessDenied),
        ("InvalidObjectState", 403, ours.Withheld),
        ("RequestTimeTooSkewed", 403, ours.ServerFault),
        ("PermanentRedirect", 301, ours.ServerFault),
        ("AuthorizationHeaderMalformed", 400, ours.ServerFault),
        ("NoSuchKey", 404, ours.NotFound),
        ("NoSuchBucket", 404, ours.NotFound),
        ("NoSuchUpload", 404, ours.NotFound),
        ("404", 404, ours.NotFound),
        ("PreconditionFailed", 412, ours.Changed),
        ("412", 412, ours.Changed),
        ("InvalidRange", 416, ours.Changed),
        ("SlowDown", 503, ours.Busy),
        ("503", 503, ours.Busy),
        ("TooManyRequests", 429, ours.Busy),
        ("429", 429, ours.Busy),
        ("InternalError", 500, ours.Unreachable),
        ("InternalError", 200, ours.Unreachable),
        ("502", 502, ours.Unreachable),
        ("504", 504, ours.Unreachable),
        ("Unheard", 599, ours.Unreachable),
        ("RequestTimeout", 400, ours.Unreachable),
        ("BadDigest", 400, ours.Damaged),
        ("XAmzContentSHA256Mismatch", 400, ours.Damaged),
        ("InvalidPart", 400, ours.ServerFault),
        ("Unheard", 418, ours.ServerFault),
        ("400", 400, ours.ServerFault),
    ],
)
def test_answers_are_told_by_code_and_status(code: str, status: int, kind: type[StorageError]) -> None:
    verdict = judge(answer(code, status), replace(SUBJECT, skew=0.0))
    assert type(verdict.error) is kind
    assert verdict.status == status
    assert "REQ-1" in verdict.error.detail
    assert str(status) in verdict.error.detail


def test_the_wish_of_a_busy_server_is_kept() -> None:
    told = judge(answer("SlowDown", 503), SUBJECT).error
    assert isinstance(told, ours.Busy)
    assert told.retry_after == 7.0


def test_the_session_token_in_amazons_answer_is_never_told() -> None:
    raised = answer("ExpiredToken", 400, f"The token {TOKEN} has expired", **{"Token-0": TOKEN})
    told = judge(raised, SUBJECT).error
    assert TOKEN not in told.sentence + told.next_step + told.detail + repr(told) + repr(SUBJECT)


def test_a_missing_message_is_no_trouble() -> None:
    told = judge(answer("Teapot", 418, None), SUBJECT).error
    assert told.sentence == ("s3.example.org refused to read s3://reef/data/a b.nc: no reason was given.")


def test_a_wrong_clock_is_told_in_minutes() -> None:
    told = judge(answer("RequestTimeTooSkewed", 403), SUBJECT).error
    assert told.sentence.startswith("This computer's clock is 21 min fast, so s3.example.org refuses")


def test_words_of_the_server_stay_on_one_line_of_bounded_length() -> None:
    told = judge(answer("Teapot", 418, "line\n" * 1000), SUBJECT).error
    assert "\n" not in told.sentence + told.detail
    assert len(told.sentence) < 500


def _certificate_error(message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, message)
    error.verify_message = message
    return error


def _key() -> Any:
    from aiohttp.client_reqrep import ConnectionKey

    return ConnectionKey("s3.example.org", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("raised", "kind", "words"),
    [
        (
            boto.EndpointConnectionError(endpoint_url="x", error=socket.gaierror(-2, "unknown")),
            ours.Unreachable,
            "name s3.example.org cannot be found",
        ),
        (
            boto.EndpointConnectionError(
                endpoint_url="x",
                error=aiohttp.ClientConnectorError(_key(), ConnectionRefusedError(111, "refused")),
            ),
            ours.Unreachable,
            "Nothing answers at s3.example.org",
        ),
        (
            boto.SSLError(endpoint_url="x", error=_certificate_error("self-signed certificate")),
            ours.ServerFault,
            "cannot be trusted: self-signed certificate",
        ),
        (
            boto.SSLError(endpoint_url="x", error=ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] x")),
            ours.ServerFault,
            "does not speak TLS",
        ),
        (boto.ReadTimeoutError(endpoint_url="x", error=None), ours.Unreachable, "did not answer in time"),
        (boto.ConnectTimeoutError(endpoint_url="x", error=None), ours.Unreachable, "did not answer in time"),
        (TimeoutError(), ours.Unreachable, "did not answer in time"),
        (boto.ConnectionClosedError(endpoint_url="x"), ours.Unreachable, "broke off"),
        (aiohttp.ClientPayloadError("short"), ours.Unreachable, "broke off"),
        (aiohttp.ServerDisconnectedError(), ours.Unreachable, "broke off"),
        (ConnectionResetError(104, "reset"), ours.Unreachable, "broke off"),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), ours.Unreachable, "broke off"),
        (ResponseParserError("not XML"), ours.Unreachable, "something that is not S3"),
        (
            boto.HTTPClientError(error=UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")),
            ours.ServerFault,
            "text that is not UTF-8",
        ),
        (
            UnicodeEncodeError("utf-8", "\udcff", 0, 1, "bad"),
            ours.ServerFault,
            "name that is not UTF-8",
        ),
        (boto.ParamValidationError(report="bad bucket"), ours.ServerFault, "name is not allowed"),
        (boto.FlexibleChecksumError(error_msg="crc"), ours.Damaged, "arrived damaged"),
        (boto.ProxyConnectionError(proxy_url="http://p"), ours.Unreachable, "proxy in front of"),
    ],
)
def test_breakdowns_are_told_by_their_cause(
    raised: BaseException, kind: type[StorageError], words: str
) -> None:
    told = judge(raised, SUBJECT).error
    assert type(told) is kind
    assert words in told.sentence
    assert told.detail


def test_every_exception_of_the_libraries_is_understood() -> None:
    """One that is not among them would end the engine's task instead of one transfer."""
    never_met = {
        "UndefinedModelAttributeError",  # of damaged service descriptions
        "MissingServiceIdError",
        "WSMessageTypeError",  # of web sockets
        "WebSocketError",
        "EofStream",  # caught inside aiohttp
    }
    unmapped = {
        value.__name__
        for module in (boto, aiohttp)
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Exception) and not issubclass(value, Warning)
        if not issubclass(value, foreign())
    }
    assert unmapped == never_met
    assert issubclass(asyncio.TimeoutError, foreign())
