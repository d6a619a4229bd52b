"""The one translation of foreign exceptions of S3 requests into ours.

`judge` looks at what botocore, aiohttp or the system raised and returns a `Verdict`: the error to show, and
what the retry loop needs to know. Raw code, status and request id go into the error's `detail`; response
headers and the elements in which AWS repeats the session token are never looked at.
"""

import asyncio
import socket
import ssl
from typing import Any

import aiohttp
from aiohttp import http_exceptions
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from msgspec import Struct

from s3tui.errors import Busy, Damaged, ServerFault, StorageError, Unreachable
from s3tui.model.location import S3Location
from s3tui.storage.s3_wording import BY_CODE, BY_STATUS, SERVER_SIDE, UNKNOWN, Rule

FOREIGN: tuple[type[BaseException], ...] = (
    boto.BotoCoreError,
    boto.ClientError,
    ResponseParserError,
    aiohttp.ClientError,
    http_exceptions.HttpProcessingError,
    asyncio.TimeoutError,
    OSError,
    UnicodeError,
)
"""What a request may raise besides our own errors; all of it is understood by `judge`."""

_MESSAGE_LENGTH = 300


_PROXY_OR_PAGE = "Check the endpoint; a login page or a proxy may stand in between."

_BY_CAUSE: tuple[tuple[tuple[type[BaseException], ...], str, Rule], ...] = (
    (
        (ResponseParserError,),
        "",
        Rule(Unreachable, "{host} answered with something that is not S3.", _PROXY_OR_PAGE),
    ),
    (
        (ssl.SSLCertVerificationError,),
        "",
        Rule(
            ServerFault,
            "The certificate of {host} cannot be trusted: {message}.",
            "If it comes from an authority of its own, name that CA file for this connection.",
        ),
    ),
    (
        (aiohttp.ClientConnectorCertificateError,),
        "",
        Rule(ServerFault, "The certificate of {host} is not made out for this name.", "Check the endpoint."),
    ),
    (
        (ssl.SSLError,),
        "WRONG_VERSION_NUMBER",
        Rule(ServerFault, "{host} does not speak TLS.", "Is its address http:// instead of https://?"),
    ),
    (
        (socket.gaierror, aiohttp.ClientConnectorDNSError),
        "",
        Rule(Unreachable, "The name {host} cannot be found.", "Check the endpoint and the network."),
    ),
    (
        (ConnectionRefusedError,),
        "",
        Rule(Unreachable, "Nothing answers at {host}.", "Check the endpoint and its port."),
    ),
    (
        (boto.ProxyConnectionError,),
        "",
        Rule(Unreachable, "The proxy in front of {host} does not answer.", "Check HTTPS_PROXY."),
    ),
    (
        (boto.FlexibleChecksumError,),
        "",
        Rule(Damaged, "{what} arrived damaged.", "Try again."),
    ),
    (
        (UnicodeEncodeError,),
        "",
        Rule(ServerFault, "{what} has a name that is not UTF-8, so no key can be made of it.", "Rename it."),
    ),
    (
        (UnicodeDecodeError,),
        "",
        Rule(ServerFault, "{what} has metadata that is not UTF-8.", "Have its metadata rewritten."),
    ),
    (
        (boto.ParamValidationError, boto.InvalidRegionError, ValueError),
        "",
        Rule(
            ServerFault, "{host} cannot be asked for {what}: its name is not allowed.", "Check its spelling."
        ),
    ),
    (
        (http_exceptions.HttpProcessingError,),
        "",
        Rule(Unreachable, "{host} answered with something that is not HTTP.", _PROXY_OR_PAGE),
    ),
    (
        (TimeoutError, boto.ReadTimeoutError, boto.ConnectTimeoutError),
        "",
        Rule(Unreachable, "{host} did not answer in time.", "Try again later."),
    ),
)
"""What a failure without an answer means: kinds of exception anywhere in its chain, words in it, the rule."""

_BROKEN_OFF = Rule(Unreachable, "The connection to {host} broke off.", "Check the network and try again.")


class Subject(Struct, frozen=True):
    """What a request was about, for its sentences."""

    verb: str
    """Completes "you may not …": list, read, write, delete, copy."""
    location: S3Location
    host: str
    region: str = ""
    skew: float = 0.0
    """Server's clock minus ours, in seconds."""
    secrets: tuple[str, ...] = ()
    """Texts that must not appear, should a server repeat them."""

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Subject({self.verb} {self.location} at {self.host})"


class Verdict(Struct, frozen=True):
    """What became of a request that failed."""

    error: StorageError
    status: int = 0
    """HTTP status; 0 when there was no answer."""
    doubtful: bool = False
    """It may be the wording of this server for expired credentials."""


def judge(error: BaseException, subject: Subject) -> Verdict:
    """Translate what was raised by a request; errors of ours pass through."""
    if isinstance(error, StorageError):
        return Verdict(error)
    if isinstance(error, boto.ClientError):
        return _judge_answer(error.response, subject)
    return Verdict(_judge_connection(error, subject))


def _judge_answer(response: Any, subject: Subject) -> Verdict:
    told = response.get("Error") or {}
    meta = response.get("ResponseMetadata") or {}
    status = int(meta.get("HTTPStatusCode") or 0)
    code = _tame(told.get("Code"), subject.secrets)[:64]
    message = _tame(told.get("Message"), subject.secrets)
    if code.isdigit() and not status:
        status = int(code)
    rule = BY_CODE.get(code) or BY_STATUS.get(status) or (SERVER_SIDE if status >= 500 else UNKNOWN)
    request_id = _tame(meta.get("RequestId") or told.get("RequestId"), subject.secrets)[:80]
    detail = " ".join(
        piece
        for piece in (
            f"HTTP {status}" if status else "",
            code,
            f"(request {request_id})" if request_id else "",
            message,
        )
        if piece
    )
    # A bad token cannot even be decoded by some servers; what follows is their wording for it.
    if code == "InvalidArgument" and status == 400 and subject.secrets and not message:
        rule = BY_CODE["InvalidToken"]
    return Verdict(_tell(rule, subject, message, detail, _retry_after(meta)), status, rule.doubtful)


def _tell(
    rule: Rule, subject: Subject, message: str, detail: str, retry_after: float | None = None
) -> StorageError:
    words = {
        "what": str(subject.location),
        "verb": subject.verb,
        "bucket": subject.location.bucket,
        "host": subject.host,
        "region": subject.region or "the one asked for",
        "skew": _skew_text(subject.skew),
        "message": message or "no reason was given.",
    }
    sentence, next_step = rule.sentence.format(**words), rule.next_step.format(**words)
    if issubclass(rule.error, Busy):
        return rule.error(sentence, next_step=next_step, detail=detail, retry_after=retry_after)
    return rule.error(sentence, next_step=next_step, detail=detail)


def _skew_text(seconds: float) -> str:
    minutes = round(abs(seconds) / 60)
    if minutes == 0:
        return "wrong"
    return f"{minutes} min {'slow' if seconds > 0 else 'fast'}"


def _retry_after(meta: Any) -> float | None:
    value = (meta.get("HTTPHeaders") or {}).get("retry-after", "")
    return float(value) if value.isdigit() else None


def _tame(text: object, secrets: tuple[str, ...]) -> str:
    """One line of bounded length without any secret."""
    if not isinstance(text, str):
        return ""
    if any(secret in text for secret in secrets):
        return ""
    return " ".join(text.split())[:_MESSAGE_LENGTH]


def _judge_connection(error: BaseException, subject: Subject) -> StorageError:
    causes = tuple(_causes(error))
    detail = " ← ".join(dict.fromkeys(type(cause).__name__ for cause in causes))
    for kinds, words, rule in _BY_CAUSE:
        for cause in causes:
            if isinstance(cause, kinds) and words in str(cause):
                reason = str(getattr(cause, "verify_message", ""))
                return _tell(rule, subject, reason, detail)
    return _tell(_BROKEN_OFF, subject, "", detail)


def _causes(error: BaseException) -> Any:
    """The exception and everything it was raised from, botocore's own way of wrapping included."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        wrapped = cause.kwargs.get("error") if isinstance(cause, boto.BotoCoreError) else None
        waiting += [wrapped, getattr(cause, "os_error", None), cause.__cause__, cause.__context__]
