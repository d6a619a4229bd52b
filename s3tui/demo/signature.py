"""AWS Signature Version 4, checked from the request's own bytes.

Knows no HTTP library: `RequestHead` is all it needs. A request is signed in its Authorization header or in
its query (pre-signed); both end in `Verified`, which also says how the body has to be read.
"""

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn
from urllib.parse import quote_from_bytes, unquote_plus, unquote_to_bytes

from s3tui.demo.issuer import Issued, Issuer
from s3tui.demo.responses import S3Error, iso_time

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
MAX_SKEW_SECONDS = 15 * 60
_MAX_PRESIGNED_SECONDS = 7 * 24 * 3600

_HEADER = re.compile(
    ALGORITHM + r"\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]+)\s*$"
)


@dataclass(frozen=True, slots=True)
class RequestHead:
    """The part of a request that is signed, as it came over the wire."""

    method: str
    raw_path: bytes
    """Without the query, still percent-encoded."""
    query: tuple[tuple[str, str], ...]
    """Decoded names and values."""
    headers: Sequence[tuple[bytes, bytes]]

    def header(self, name: str) -> str | None:
        """The first header of that name (lower case), or None."""
        wanted = name.encode()
        for found, value in self.headers:
            if found.lower() == wanted:
                return value.decode("utf-8", "replace").strip()
        return None

    def parameter(self, name: str) -> str | None:
        """The first query parameter of that name, or None."""
        return next((value for found, value in self.query if found == name), None)


@dataclass(frozen=True, slots=True, repr=False)
class ChunkSigner:
    """Signs the chunks of an aws-chunked body one after the other."""

    signing_key: bytes
    stamp: str
    scope: str

    def signature(self, previous: str, chunk_sha256: str) -> str:
        """Signature of a chunk, given the one before it (the request's own for the first chunk)."""
        lines = (f"{ALGORITHM}-PAYLOAD", self.stamp, self.scope, previous, EMPTY_SHA256, chunk_sha256)
        return hmac.new(self.signing_key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, repr=False)
class Verified:
    """A request whose signature is right."""

    issued: Issued
    payload_hash: str
    """x-amz-content-sha256: a digest, UNSIGNED-PAYLOAD, or one of the STREAMING names."""
    seed_signature: str
    """The request's own signature, which the first chunk's builds on."""
    region: str
    chunk_signer: ChunkSigner


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the request says about its own signature."""

    access_key_id: str
    scope: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    token: str | None
    payload_hash: str
    query: tuple[tuple[str, str], ...]


def parse_query(raw: str) -> tuple[tuple[str, str], ...]:
    """Names and values of a raw query string, blanks written either way, in order."""
    pairs = (piece.partition("=") for piece in raw.split("&") if piece)
    return tuple((unquote_plus(name), unquote_plus(value)) for name, _, value in pairs)


def verify(
    head: RequestHead, issuer: Issuer, service: str = "s3", body_sha256: str | None = None
) -> Verified:
    """Check a request's signature, token, expiry, region and time.

    Args:
        head: the request as it came.
        issuer: knows the credentials, the region and the time.
        service: the service the request has to be signed for.
        body_sha256: digest of the body for services that carry none in a header; S3 always does.

    Raises S3Error with the code AWS would give.
    """
    if head.parameter("X-Amz-Algorithm") is not None:
        claim = _claim_from_query(head)
    else:
        claim = _claim_from_header(head, body_sha256)
    sent = _parse_stamp(claim.stamp)
    if not claim.scope.startswith(claim.stamp[:8] + "/"):
        _malformed("Invalid credential date in the credential scope. It must match the request's date.")
    if claim.region != issuer.region:
        message = (
            f"The authorization header is malformed; the region '{claim.region}' is wrong; "
            f"expecting '{issuer.region}'"
        )
        raise S3Error("AuthorizationHeaderMalformed", message, extra={"Region": issuer.region})
    if claim.service != service:
        _malformed(f"incorrect service {claim.service!r}. This endpoint belongs to {service!r}.")
    issued = issuer.lookup(claim.access_key_id, claim.token)
    _check_time(head, claim, sent, issuer.clock)
    canonical = canonical_request(
        head.method, head.raw_path, claim.query, claim.signed_headers, head.headers, claim.payload_hash
    )
    canonical_digest = hashlib.sha256(canonical).hexdigest()
    to_sign = "\n".join((ALGORITHM, claim.stamp, claim.scope, canonical_digest))
    key = signing_key(issued.secret_access_key, claim.stamp[:8], claim.region, claim.service)
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, claim.signature):
        extra: dict[str, str | int] = {
            "AWSAccessKeyId": claim.access_key_id,
            "StringToSign": to_sign,
            "SignatureProvided": claim.signature,
            "CanonicalRequest": canonical.decode("utf-8", "replace"),
        }
        raise S3Error("SignatureDoesNotMatch", extra=extra)
    signer = ChunkSigner(key, claim.stamp, claim.scope)
    return Verified(issued, claim.payload_hash, expected, claim.region, signer)


def canonical_request(
    method: str,
    raw_path: bytes,
    query: Sequence[tuple[str, str]],
    signed_headers: Sequence[str],
    headers: Sequence[tuple[bytes, bytes]],
    payload_hash: str,
) -> bytes:
    """The bytes both sides hash, per AWS's "Create a canonical request"; S3 encodes its path once."""
    path = quote_from_bytes(unquote_to_bytes(raw_path), safe="/~")
    encoded = sorted((_uri_encode(name), _uri_encode(value)) for name, value in query)
    lines = [method.encode(), path.encode(), "&".join(f"{n}={v}" for n, v in encoded).encode()]
    values: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(b" ".join(value.split()))
    for wanted in signed_headers:
        lines.append(wanted.encode() + b":" + b",".join(values.get(wanted.encode(), [])))
    lines += [b"", ";".join(signed_headers).encode(), payload_hash.encode()]
    return b"\n".join(lines)


@lru_cache(maxsize=256)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key of one day, region and service."""
    key = f"AWS4{secret}".encode()
    for step in (date, region, service, "aws4_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return key


def _claim_from_header(head: RequestHead, body_sha256: str | None) -> _Claim:
    authorization = head.header("authorization")
    if authorization is None:
        raise S3Error("AccessDenied")
    if authorization.startswith("AWS ") or not authorization.startswith("AWS4-"):
        message = (
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        )
        raise S3Error("InvalidRequest", message)
    match = _HEADER.match(authorization)
    if match is None:
        _malformed("the header needs Credential, SignedHeaders and Signature.")
    payload_hash = body_sha256 or head.header("x-amz-content-sha256")
    if payload_hash is None:
        message = "Missing required header for this request: x-amz-content-sha256"
        raise S3Error("InvalidRequest", message)
    stamp = head.header("x-amz-date")
    if stamp is None:
        raise S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    access_key_id, scope, region, signed_for = _credential(match[1])
    signed_headers = tuple(match[2].split(";"))
    _need_signed(head, signed_headers)
    return _Claim(
        access_key_id,
        scope,
        region,
        signed_for,
        signed_headers,
        match[3],
        stamp,
        head.header("x-amz-security-token"),
        payload_hash,
        head.query,
    )


def _claim_from_query(head: RequestHead) -> _Claim:
    names = ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    values = {name: head.parameter(f"X-Amz-{name}") for name in names}
    if None in values.values() or values["Algorithm"] != ALGORITHM:
        message = (
            "Query-string authentication requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
        )
        message += "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        raise S3Error("AuthorizationQueryParametersError", message)
    access_key_id, scope, region, service = _credential(values["Credential"] or "")
    return _Claim(
        access_key_id,
        scope,
        region,
        service,
        tuple((values["SignedHeaders"] or "").split(";")),
        values["Signature"] or "",
        values["Date"] or "",
        head.parameter("X-Amz-Security-Token"),
        head.header("x-amz-content-sha256") or UNSIGNED_PAYLOAD,
        tuple(pair for pair in head.query if pair[0] != "X-Amz-Signature"),
    )


def _credential(text: str) -> tuple[str, str, str, str]:
    pieces = text.split("/")
    if len(pieces) != 5 or pieces[4] != "aws4_request":
        _malformed(
            'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )
    return pieces[0], "/".join(pieces[1:]), pieces[2], pieces[3]


def _need_signed(head: RequestHead, signed_headers: tuple[str, ...]) -> None:
    sent = (name.lower().decode("latin-1") for name, _ in head.headers)
    missing = [name for name in sent if name.startswith("x-amz-") and name not in signed_headers]
    if missing or "host" not in signed_headers:
        message = "There were headers present in the request which were not signed"
        raise S3Error("AccessDenied", message, extra={"HeadersNotSigned": ", ".join(missing) or "host"})


def _check_time(head: RequestHead, claim: _Claim, sent: float, clock: Callable[[], float]) -> None:
    now = clock()
    lifetime = head.parameter("X-Amz-Expires")
    if lifetime is None:
        if abs(now - sent) > MAX_SKEW_SECONDS:
            extra: dict[str, str | int] = {
                "RequestTime": claim.stamp,
                "ServerTime": iso_time(now)[:-5] + "Z",
                "MaxAllowedSkewMilliseconds": MAX_SKEW_SECONDS * 1000,
            }
            raise S3Error("RequestTimeTooSkewed", extra=extra)
        return
    if not lifetime.isdecimal() or int(lifetime) > _MAX_PRESIGNED_SECONDS:
        message = "X-Amz-Expires must be less than a week (in seconds) that is 604800"
        raise S3Error("AuthorizationQueryParametersError", message)
    if sent - now > MAX_SKEW_SECONDS:
        raise S3Error("AccessDenied", "Request is not valid yet", extra={"ServerTime": iso_time(now)})
    if now > sent + int(lifetime):
        extra = {
            "X-Amz-Expires": lifetime,
            "Expires": iso_time(sent + int(lifetime)),
            "ServerTime": iso_time(now),
        }
        raise S3Error("AccessDenied", "Request has expired", extra=extra)


def _parse_stamp(stamp: str) -> float:
    try:
        return dt.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC).timestamp()
    except ValueError:
        raise S3Error(
            "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"
        ) from None


def _uri_encode(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="~")


def _malformed(reason: str) -> NoReturn:
    raise S3Error("AuthorizationHeaderMalformed", f"The authorization header is malformed; {reason}")
