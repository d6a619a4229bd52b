"""What the recording proxy knows about a request, and what a rule may do to it.

An `Action` is the hook: it sees a request before it is forwarded, every block of its body, its reply
before it is relayed, and every block of that. New faults are new subclasses; the proxy does not change.
"""

import asyncio
import concurrent.futures
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.servers.http_messages import PIECE_BYTES, Head


@dataclass(eq=False)
class Request:
    """One request as the proxy saw it; the counters grow while it runs."""

    number: int
    """The order of arrival, from 1."""
    attempt: int
    """How often this very thing (operation, key, part, range) has been asked for by now, from 1."""
    verb: str
    operation: str
    """The S3 name, like UploadPart; the verb where there is none."""
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name; among them the signature and the session token."""
    sent_bytes: int = 0
    """Payload bytes relayed to the server."""
    received_bytes: int = 0
    """Payload bytes relayed to the client."""
    status: int | None = None
    """Of the final reply; None until the server answers."""
    finished: bool = False
    """Whether the whole reply was handed to the client."""

    @property
    def part_number(self) -> int | None:
        """The part of a multipart upload this is about, or None."""
        text = self.query.get("partNumber", "")
        return int(text) if text.isdecimal() else None

    @property
    def upload_id(self) -> str | None:
        """The multipart upload this is about, or None."""
        return self.query.get("uploadId")

    def succeeded(self) -> bool:
        """Whether the client got the whole of a reply that says yes."""
        return self.finished and self.status is not None and 200 <= self.status < 300

    def identity(self) -> tuple[str, ...]:
        """What makes two requests the same thing asked twice."""
        where = (
            self.query.get(name, "") for name in ("partNumber", "uploadId", "prefix", "continuation-token")
        )
        return (self.operation, self.bucket, self.key, self.headers.get("range", ""), *where)


def describe(number: int, head: Head) -> Request:
    """Makes the record of a request from its head; buckets are addressed by path."""
    verb, target, _ = head.words
    path, _, query_text = target.partition("?")
    bucket, _, key = urllib.parse.unquote(path).lstrip("/").partition("/")
    query = dict(urllib.parse.parse_qsl(query_text, keep_blank_values=True))
    return Request(
        number=number,
        attempt=1,
        verb=verb,
        operation=_operation(verb, bucket, key, query, "x-amz-copy-source" in head.headers),
        bucket=bucket,
        key=key,
        query=query,
        headers=head.headers,
    )


_OF_BUCKETS = {
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "location"): "GetBucketLocation",
    ("POST", "delete"): "DeleteObjects",
    ("GET", ""): "ListObjects",
    ("HEAD", ""): "HeadBucket",
    ("PUT", ""): "CreateBucket",
    ("DELETE", ""): "DeleteBucket",
}
_OF_OBJECTS = {
    ("PUT", "partNumber"): "UploadPart",
    ("GET", "uploadId"): "ListParts",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("GET", "tagging"): "GetObjectTagging",
    ("GET", ""): "GetObject",
    ("HEAD", ""): "HeadObject",
    ("PUT", ""): "PutObject",
    ("DELETE", ""): "DeleteObject",
}


def _operation(verb: str, bucket: str, key: str, query: Mapping[str, str], copies: bool) -> str:
    if not bucket:
        return "ListBuckets" if verb == "GET" else verb
    table = _OF_OBJECTS if key else _OF_BUCKETS
    name = next((table[verb, word] for word in query if (verb, word) in table), table.get((verb, ""), verb))
    return {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}.get(name, name) if copies else name


class ConnectionCut(Exception):
    """Raised by an action to end both connections; `last_bytes` of the block in hand are still delivered."""

    def __init__(self, last_bytes: bytes = b"", *, reset: bool = True) -> None:
        super().__init__("cut by a rule")
        self.last_bytes = last_bytes
        self.reset = reset
        """Whether the client sees a reset; otherwise an orderly end."""


@dataclass(frozen=True)
class Answer:
    """A reply of the proxy's own, in place of the server's."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    keeps_open: bool = False
    """Whether the request's body is read to its end and the connection serves on."""


class Action:
    """Lets everything pass; subclasses change one step. Every step may wait, and may raise ConnectionCut."""

    def block_bytes(self, done: int) -> int:
        """Returns the most bytes of a body that are relayed at once when `done` bytes of it are."""
        return PIECE_BYTES

    async def before_request(self, request: Request) -> Answer | None:
        """Called with the head read and nothing forwarded; an answer is given instead of forwarding."""
        return None

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        """Returns what is sent to the server for a block of the request's body."""
        return block

    async def before_reply(self, request: Request) -> None:
        """Called when the server has answered and nothing of it is relayed; `request.status` is known."""

    async def reply_head(self, request: Request, reply: Head) -> bytes:
        """Returns the head the client gets; what it says of the length must fit the blocks."""
        return reply.raw

    def head_pieces(self, raw: bytes) -> Iterator[tuple[bytes, float]]:
        """Yields that head in pieces, each with the seconds to wait after it."""
        yield raw, 0.0

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        """Returns what the client gets for a block of the reply's body."""
        return block

    async def after_reply(self, request: Request) -> bytes:
        """Returns bytes that nobody asked for, sent when the reply is over and the connection stays open."""
        return b""


@dataclass(frozen=True)
class Delay(Action):
    """Waits some seconds before the request is forwarded."""

    seconds: float

    async def before_request(self, request: Request) -> Answer | None:
        await asyncio.sleep(self.seconds)
        return None


@dataclass(frozen=True)
class Reply(Action):
    """Answers in the server's place and forwards nothing."""

    answer: Answer

    async def before_request(self, request: Request) -> Answer | None:
        return self.answer


class Hold(Action):
    """Holds requests before they are forwarded, until `release` is called from any thread."""

    def __init__(self) -> None:
        self._released: concurrent.futures.Future[None] = concurrent.futures.Future()
        self.held: list[Request] = []
        """Every request that was ever held, in order."""

    def release(self) -> None:
        """Lets all held requests go on, and later ones pass; safe to call again."""
        if not self._released.done():
            self._released.set_result(None)

    async def before_request(self, request: Request) -> Answer | None:
        if not self._released.done():
            self.held.append(request)
            await asyncio.shield(asyncio.wrap_future(self._released))
        return None


@dataclass(frozen=True)
class CutRequest(Action):
    """Cuts the connection when the server has got `after_bytes` of the request's body."""

    after_bytes: int
    reset: bool = True

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        return _until(self.after_bytes, offset, block, self.reset)


@dataclass(frozen=True)
class CutReply(Action):
    """Cuts the connection when the client has got the head and `after_bytes` of the reply's body."""

    after_bytes: int
    reset: bool = True

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        return _until(self.after_bytes, offset, block, self.reset)


@dataclass(frozen=True)
class LoseReply(Action):
    """Lets the server do its work and cuts the connection in place of the reply."""

    reset: bool = True

    async def before_reply(self, request: Request) -> None:
        raise ConnectionCut(reset=self.reset)


def _until(limit: int, offset: int, block: bytes, reset: bool) -> bytes:
    if offset + len(block) > limit:
        raise ConnectionCut(block[: max(limit - offset, 0)], reset=reset)
    return block


@dataclass
class Rule:
    """Says which requests an action is for, and how many of them at most (all, when `times` is None)."""

    when: Callable[[Request], bool]
    action: Action
    times: int | None = None
    taken: int = 0
    """How many it has been applied to."""

    def takes(self, request: Request) -> bool:
        """Whether this rule applies; counts down `times` when it does."""
        if self.times == 0 or not self.when(request):
            return False
        if self.times is not None:
            self.times -= 1
        self.taken += 1
        return True


def asking(
    operation: str, *, key_ends: str = "", part_number: int | None = None, attempt: int | None = None
) -> Callable[[Request], bool]:
    """Returns a condition for `Rule`: an operation's name, and maybe the key's end, the part, the attempt."""

    def holds(request: Request) -> bool:
        return (
            request.operation == operation
            and request.key.endswith(key_ends)
            and part_number in (None, request.part_number)
            and attempt in (None, request.attempt)
        )

    return holds
