"""The short way of the requests that move bytes: signed here, sent over a lean HTTP client of our own.

botocore and aiohttp take over a millisecond for each call, which is what small objects cost. Where a bucket
lives is worked out, or else learnt from the first request to it, which goes botocore's way. What the short
way does not know (a parameter, a redirect, another kind of signature, a proxy) goes botocore's way, too.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct

from s3tui import __version__
from s3tui.credentials.live import LiveCredentials
from s3tui.errors import CredentialsExpired
from s3tui.model.credentials import Endpoint
from s3tui.storage.http.client import HttpClient
from s3tui.storage.lazy_client import LazyClient
from s3tui.storage.limits import Limits
from s3tui.storage.long_body import LongBody
from s3tui.storage.request_terms import MAKING_OBJECTS
from s3tui.storage.s3_errors import refuse_page, refused
from s3tui.storage.s3_place import Place, place_at, place_of, proxied
from s3tui.storage.sigv4 import EMPTY, Signer, encoded_key, encoded_query
from s3tui.storage.upload_body import Upload, current_upload

Answer = dict[str, Any]
Long = Callable[..., Awaitable[Answer]]

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


_UNSIGNED = f"accept: */*\r\naccept-encoding: identity\r\nuser-agent: s3tui/{__version__}\r\n"
"""Headers that something in between may change."""

_ODD = re.compile(r"[^\x20-\x7e]")
"""What no header of ours holds."""

_MOST_ANSWER = 1024 * 1024
"""Bytes of an answer that is no object."""


class _Request(Struct):
    """One signed request."""

    method: str
    place: Place
    head: bytes
    body: Upload | None


class _Asked:
    """A call that goes botocore's way, and where it went."""

    def __init__(self, key: str) -> None:
        self.tail = encoded_key(key)
        self.place: Place | None = None


class ShortWay:
    """Has the methods of an aiobotocore client, and does those itself that it can."""

    def __init__(
        self,
        long: LazyClient,
        endpoint: Endpoint,
        live: LiveCredentials,
        limits: Limits,
        connections: int,
        answer: float = 0.0,
    ) -> None:
        """Sign with `live`, keep the endpoint's terms, and leave the rest to `long`.

        `answer` is how many seconds an answer may take to begin, if not the usual ones.
        """
        self._long = long
        self._endpoint = endpoint
        self._live = live
        self._http = HttpClient(
            ca_file=endpoint.ca_file, connect=limits.connect, answer=answer or limits.answer, idle=connections
        )
        self._places: dict[str, Place | None] = {}
        self._date: str | None = None

    def __getattr__(self, name: str) -> Any:
        """Any other method of the client."""
        return getattr(self._long, name)

    async def put_object(self, **parameters: Any) -> Answer:
        """PutObject; what it raises `judge` understands, here and below."""
        return await self._call("PutObject", self._long.put_object, parameters)

    async def upload_part(self, **parameters: Any) -> Answer:
        """UploadPart."""
        return await self._call("UploadPart", self._long.upload_part, parameters)

    async def head_object(self, **parameters: Any) -> Answer:
        """HeadObject."""
        return await self._call("HeadObject", self._long.head_object, parameters)

    async def get_object(self, **parameters: Any) -> Answer:
        """GetObject; its `Body` has `into(view)` and `close()`."""
        return await self._call("GetObject", self._long.get_object, parameters)

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    async def _call(self, operation: str, long: Long, parameters: dict[str, Any]) -> Answer:
        bucket = parameters["Bucket"]
        place = self._place(bucket)
        request = self._prepared(operation, parameters, place) if place is not None else None
        if request is not None:
            answer = await self._send(operation, request)
            if answer is not None:
                return answer
            # It has moved, or wants another signature: botocore knows how to follow.
            self._places[bucket] = None
        return await self._by_the_long_way(operation, long, parameters)

    async def _by_the_long_way(self, operation: str, long: Long, parameters: dict[str, Any]) -> Answer:
        asked = _Asked(parameters["Key"])
        token = _asked.set(asked)
        try:
            answer = await long(**parameters)
        finally:
            _asked.reset(token)
        if asked.place is not None:
            self._keep_place(parameters["Bucket"], asked.place)
        if operation == "GetObject":
            answer["Body"] = LongBody(answer["Body"])
        return answer

    def _place(self, bucket: str) -> Place | None:
        """Where a bucket is, if the short way leads there."""
        if bucket not in self._places:
            self._keep_place(bucket, place_of(self._endpoint, bucket))
        return self._places[bucket]

    def _keep_place(self, bucket: str, place: Place | None) -> None:
        self._places[bucket] = None if place is None or proxied(place) else place

    def note_place(self, request: Any, **_: object) -> None:
        """Learn from a request that is about to be sent (a hook of the long way's client)."""
        asked = _asked.get()
        scope = _SCOPE.match(_text(request.headers.get("Authorization")))
        if asked is None or scope is None:
            return
        url = str(request.url).partition("?")[0]
        if url.endswith("/" + asked.tail):
            asked.place = place_at(url.removesuffix(asked.tail), scope[1])

    def _prepared(self, operation: str, parameters: dict[str, Any], place: Place) -> _Request | None:
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
        method, length = _METHODS[operation], parameters.get("ContentLength", 0)
        body = current_upload() if length else None
        if method == "PUT":
            if length and (body is None or body.size != length):
                return None
            headers["content-length"] = str(length)
        if _ODD.search("".join((*headers, *headers.values()))):
            return None
        path, asked = place.path + encoded_key(parameters["Key"]), encoded_query(query)
        head = self._head(place, method, path, asked, headers, body.payload if body else EMPTY)
        return _Request(method, place, head, body)

    def _terms(self, operation: str) -> dict[str, str]:
        terms: dict[str, str] = {}
        if self._endpoint.canned_acl is not None and operation in MAKING_OBJECTS:
            terms["x-amz-acl"] = self._endpoint.canned_acl
        if self._endpoint.request_payer:
            terms["x-amz-request-payer"] = "requester"
        return terms

    def _head(
        self, place: Place, method: str, path: str, query: str, headers: dict[str, str], payload: str
    ) -> bytes:
        """Request line and signed headers."""
        current = self._live.current
        if current is None:
            raise CredentialsExpired("There are no credentials.", next_step="Paste some (K) to go on.")
        signer = self._live.derived.get(place.region)
        if not isinstance(signer, Signer):
            signer = self._live.derived[place.region] = Signer(
                current.access_key_id, current.secret_access_key, current.session_token, place.region
            )
        now = self._live.clock.time()
        signed = signer.sign(method, place.host, path, query, headers, payload, now)
        target = f"{path}?{query}" if query else path
        lines = _UNSIGNED + "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("ascii")

    async def _send(self, operation: str, request: _Request) -> Answer | None:
        """Send; None when the server wants it somewhere else or signed in another way.

        Raises:
            Refused: the server refused.
        """
        reply = await self._http.ask(request.place.origin, request.method, request.head, request.body)
        status, headers = reply.status, reply.headers
        if headers.get("date") != self._date or status == 403:
            # Reading it takes longer than anything else in a head, and it changes once a second.
            self._date = headers.get("date")
            self._live.clock.observe(self._date, refused=status == 403)
        good = status < 300
        if good and operation == "GetObject":
            return {**_told(status, headers), "Body": reply}
        body = await reply.read(_MOST_ANSWER)
        refuse_page({"body": body, "status_code": status, "headers": headers})
        if good:
            return _told(status, headers)
        error, elsewhere = refused(status, headers, body, operation, request.place.region)
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
