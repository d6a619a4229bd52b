"""The short way of the requests that move bytes: signed here, sent over the client's own HTTP session.

botocore takes over a millisecond for each call, which is what small objects cost. Where a bucket lives, and
for which region and service its requests are signed, is learnt from the first request to it, which goes
botocore's way; the next ones go the short way. What the short way does not know (a parameter, a redirect,
another kind of signature) goes botocore's way again. Refusals are raised as botocore raises them.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from msgspec import Struct

from s3tui.credentials.live import LiveCredentials
from s3tui.errors import CredentialsExpired
from s3tui.model.credentials import Endpoint
from s3tui.storage.request_terms import MAKING_OBJECTS
from s3tui.storage.s3_errors import client_error, refuse_page
from s3tui.storage.sigv4 import EMPTY, Signer, encoded_key, encoded_query
from s3tui.storage.upload_body import body_of_upload

Answer = dict[str, Any]
Call = Callable[[str, dict[str, Any]], Awaitable[Answer]]

_METHODS = {"PutObject": "PUT", "UploadPart": "PUT", "GetObject": "GET", "HeadObject": "HEAD"}

_HEADERS = {
    "Range": "range",
    "IfMatch": "if-match",
    "IfNoneMatch": "if-none-match",
    "ChecksumMode": "x-amz-checksum-mode",
    "ChecksumCRC32C": "x-amz-checksum-crc32c",
    "ChecksumCRC64NVME": "x-amz-checksum-crc64nvme",
    "ChecksumCRC32": "x-amz-checksum-crc32",
    "ChecksumSHA256": "x-amz-checksum-sha256",
    "ContentMD5": "content-md5",
    "ContentType": "content-type",
}
"""Parameters that are headers, all of them text."""

_QUERY = {"PartNumber": "partNumber", "UploadId": "uploadId"}

_TOLD = {
    "etag": "ETag",
    "x-amz-storage-class": "StorageClass",
    "x-amz-restore": "Restore",
    "x-amz-server-side-encryption": "ServerSideEncryption",
    "x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "x-amz-archive-status": "ArchiveStatus",
    "x-amz-version-id": "VersionId",
    "content-range": "ContentRange",
}
"""Headers of answers, and botocore's names for them."""

_SCOPE = re.compile(r"^AWS4-HMAC-SHA256 Credential=[^/]*/\d{8}/([^/]+)/s3/aws4_request,")

_asked: ContextVar["_Asked | None"] = ContextVar("asked", default=None)


class _Place(Struct, frozen=True):
    """Where the objects of a bucket are."""

    base: str
    """URL up to the key."""
    host: str
    path: str
    """Encoded path up to the key."""
    region: str


class _Asked:
    """A call that goes botocore's way, and where it went."""

    def __init__(self, key: str) -> None:
        self.tail = encoded_key(key)
        self.place: _Place | None = None


class ShortWay:
    """Takes the calls of one aiobotocore client that it can do itself."""

    def __init__(self, client: Any, endpoint: Endpoint, live: LiveCredentials) -> None:
        """Sign with `live` and keep the endpoint's terms."""
        self._client = client
        self._long: Call = client._make_api_call
        self._endpoint = endpoint
        self._live = live
        self._places: dict[str, _Place] = {}

    async def call(self, operation: str, parameters: dict[str, Any]) -> Answer:
        """Do an operation of the client; what it raises is what the client raises."""
        if operation not in _METHODS:
            return await self._long(operation, parameters)
        bucket = parameters["Bucket"]
        place = self._places.get(bucket)
        prepared = self._prepared(operation, parameters, place) if place is not None else None
        if prepared is None:
            return await self._by_the_long_way(operation, parameters, bucket)
        answer = await self._send(operation, prepared)
        if answer is None:
            # It has moved, or wants another signature: botocore knows how to follow.
            self._places.pop(bucket, None)
            return await self._by_the_long_way(operation, parameters, bucket)
        return answer

    async def _by_the_long_way(self, operation: str, parameters: dict[str, Any], bucket: str) -> Answer:
        asked = _Asked(parameters["Key"])
        token = _asked.set(asked)
        try:
            answer = await self._long(operation, parameters)
        finally:
            _asked.reset(token)
        if asked.place is not None:
            self._places[bucket] = asked.place
        return answer

    def note_place(self, request: AWSPreparedRequest, **_: object) -> None:
        """Learn from a request that is about to be sent (a hook of the client)."""
        asked = _asked.get()
        scope = _SCOPE.match(_text(request.headers.get("Authorization")))
        if asked is None or scope is None:
            return
        url = str(request.url).partition("?")[0]
        if url.endswith("/" + asked.tail):
            base = url.removesuffix(asked.tail)
            parts = urlsplit(base)
            asked.place = _Place(base, parts.netloc, parts.path, scope[1])

    def _prepared(
        self, operation: str, parameters: dict[str, Any], place: _Place
    ) -> AWSPreparedRequest | None:
        """The signed request; None when it needs more than is known here."""
        headers, query = self._terms(operation), {}
        for name, value in parameters.items():
            if name in _HEADERS:
                headers[_HEADERS[name]] = value
            elif name in _QUERY:
                query[_QUERY[name]] = str(value)
            elif name == "Metadata":
                headers.update({f"x-amz-meta-{word.lower()}": text for word, text in value.items()})
            elif name == "Body":
                if value:
                    return None
            elif name not in ("Bucket", "Key", "ContentLength"):
                return None
        method = _METHODS[operation]
        length = parameters.get("ContentLength", 0)
        body, payload = (body_of_upload() if length else None) or (b"", EMPTY)
        if method == "PUT":
            if length and not body:
                return None
            headers["content-length"] = str(length)
        tail, asked = encoded_key(parameters["Key"]), encoded_query(query)
        signed = self._signed(place, method, place.path + tail, asked, headers, payload)
        url = f"{place.base}{tail}?{asked}" if asked else place.base + tail
        # Its types know neither plain headers nor bodies of aiohttp; the session takes both.
        sent: tuple[Any, Any] = (signed, body)
        return AWSPreparedRequest(method, url, sent[0], sent[1], operation == "GetObject")

    def _terms(self, operation: str) -> dict[str, str]:
        terms = {"user-agent": self._client.meta.config.user_agent}
        if self._endpoint.canned_acl is not None and operation in MAKING_OBJECTS:
            terms["x-amz-acl"] = self._endpoint.canned_acl
        if self._endpoint.request_payer:
            terms["x-amz-request-payer"] = "requester"
        return terms

    def _signed(
        self, place: _Place, method: str, path: str, query: str, headers: dict[str, str], payload: str
    ) -> dict[str, str]:
        current = self._live.current
        if current is None:
            raise CredentialsExpired("There are no credentials.", next_step="Paste some (K) to go on.")
        signer = self._live.derived.get(place.region)
        if not isinstance(signer, Signer):
            signer = self._live.derived[place.region] = Signer(
                current.access_key_id, current.secret_access_key, current.session_token, place.region
            )
        return signer.sign(method, place.host, path, query, headers, payload, self._live.clock.time())

    async def _send(self, operation: str, prepared: AWSPreparedRequest) -> Answer | None:
        """Send; None when the server wants it somewhere else or signed in another way.

        Raises:
            ClientError: the server refused.
        """
        response = await self._client._endpoint.http_session.send(prepared)
        status, headers = response.status_code, response.headers
        self._live.clock.observe(headers.get("date"))
        good = status < 300
        if good and operation == "GetObject":
            return {**_told(status, headers), "Body": response.raw}
        body = await response.content
        refuse_page({"body": body, "status_code": status, "headers": headers})
        if good:
            return _told(status, headers)
        error, elsewhere = client_error(status, headers, body, operation)
        if elsewhere:
            return None
        raise error


def _told(status: int, headers: Mapping[str, str]) -> Answer:
    answer: Answer = {
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers, "RetryAttempts": 0},
        "Metadata": {},
    }
    for name, value in headers.items():
        if name in _TOLD:
            answer[_TOLD[name]] = value
        elif name.startswith("x-amz-meta-"):
            answer["Metadata"][name.removeprefix("x-amz-meta-")] = value
    if headers.get("content-length", "").isdigit():
        answer["ContentLength"] = int(headers["content-length"])
    modified = _moment(headers.get("last-modified", ""))
    if modified is not None:
        answer["LastModified"] = modified
    return answer


@lru_cache(1024)
def _moment(text: str) -> datetime | None:
    """A time as HTTP writes it; objects that were made together share it."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: str | bytes | None) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""


def go_short(client: Any, endpoint: Endpoint, live: LiveCredentials) -> None:
    """Have an aiobotocore client take the short way where there is one."""
    way = ShortWay(client, endpoint, live)
    client.meta.events.register_last("before-send.s3", way.note_place)
    client._make_api_call = way.call
