"""What few servers and proxies do, and a client meets once in its life: odd HTTP, odd words, odd lists."""

import gzip
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate

from tests.faults import answers
from tests.faults.actions import Reheaded
from tests.faults.answers import refusal
from tests.faults.odd_actions import (
    CONTINUE,
    Blanks,
    Chunked,
    ClosesAfter,
    CutHead,
    DripHead,
    LateAndLost,
    MoreHeaders,
)
from tests.faults.scenario import PART, Case, Deed, End, Fault, Scenario, Way, always, every_other, once
from tests.servers.rules import Action, Answer, LoseReply, Reply

SLOW_SECONDS = 5.0
"""More than the short limits wait for the head of an answer."""

HTTP, WORDS, LISTS = "odd HTTP", "odd answers", "odd listings"
TARGETS = (
    ("GetObject", Way.GET),
    ("GetObject", Way.DOWNLOAD),
    ("HeadObject", Way.DOWNLOAD),
    ("PutObject", Way.PUT),
    ("UploadPart", Way.UPLOAD),
    ("CreateMultipartUpload", Way.UPLOAD),
    ("CompleteMultipartUpload", Way.UPLOAD),
    ("ListObjectsV2", Way.FOLDER),
)
Making = Callable[[Case], Action]


def scenarios() -> tuple[Scenario, ...]:
    """Every odd thing."""
    return (*_http(), *_bodies(), *_words(), *_headers(), *_lists())


_ONCE: tuple[tuple[str, Making], ...] = (
    ("reset in the head", lambda case: CutHead(case.chance.random())),
    ("closed in the head", lambda case: CutHead(case.chance.random(), reset=False)),
    (
        "two lengths that differ",
        lambda case: MoreHeaders([f"Content-Length: {case.chance.randrange(1, 99)}"]),
    ),
    ("a length below nothing", lambda _: Reheaded({"Content-Length": "-1"})),
    ("a length that is no number", lambda _: Reheaded({"Content-Length": "many"})),
    ("a head of 200 KiB", lambda _: MoreHeaders([f"X-More-{number}: {'x' * 4000}" for number in range(50)])),
    ("20,000 times 100 Continue", lambda _: MoreHeaders(before=CONTINUE * 20_000)),
    ("an answer of HTTP/3", lambda _: MoreHeaders(version="HTTP/3.0")),
    ("no answer of HTTP", lambda _: MoreHeaders(before=b"\x16\x03\x01\x02\x00")),
)
"""They may be seen through or met by another attempt."""

_ALWAYS: tuple[tuple[str, Making], ...] = (
    ("closed after each reply", lambda _: ClosesAfter(told=True)),
    ("closed after each reply without a word", lambda _: ClosesAfter(told=False)),
    ("a few times 100 Continue", lambda _: MoreHeaders(before=CONTINUE * 3)),
    ("a head in pieces", lambda case: DripHead(case.chance.randrange(20, 60), 0.01)),
    (
        "headers nobody knows",
        lambda _: MoreHeaders(
            ["X-Odd: \xe4\xf6\xfc", "x-amz-meta-who: M\xfcller", "x-empty:", "X-Long: " + "y" * 4000]
        ),
    ),
)
"""Nothing is wrong with them."""

_QUICK = {
    "GetObject, an object in ranges down: reset in the head",
    "GetObject, an object in ranges down: two lengths that differ",
    "GetObject, an object in ranges down: closed after each reply without a word",
    "UploadPart, a file in parts up: closed after each reply",
    "UploadPart, a file in parts up: 20,000 times 100 Continue",
    "PutObject, a small file up: closed in the head",
    "CompleteMultipartUpload, a file in parts up: headers nobody knows",
    "HeadObject, an object in ranges down: headers nobody knows",
    "UploadPart, a file in parts up: a Date hours off once",
    "GetObject, a small object down: 204 once",
    "GetObject, a small object down: said to be gzip",
    "CompleteMultipartUpload: blanks first",
    "a listing that has more and does not say where",
    "a listing without an end",
    "a listing with keys from elsewhere",
}


def _scenario(name: str, family: str, way: Way, fault: Fault, end: End = End.SURVIVED) -> Scenario:
    return Scenario(name, family, way, fault, end, quick=name in _QUICK)


def _http() -> Iterator[Scenario]:
    for operation, way in TARGETS:
        for word, make in _ONCE:
            yield _scenario(f"{operation}, {way.value}: {word}", HTTP, way, once(operation, make))
        for word, make in _ALWAYS:
            yield _scenario(f"{operation}, {way.value}: {word}", HTTP, way, always(operation, make))
        slow = once(operation, lambda _: DripHead(1, 1.0))
        name = f"{operation}, {way.value}: a head of one byte a second"
        yield Scenario(name, HTTP, way, slow, timed=True)


def _bodies() -> Iterator[Scenario]:
    for way in (Way.GET, Way.DOWNLOAD, Way.FOLDER):
        operation = "ListObjectsV2" if way is Way.FOLDER else "GetObject"
        for word, action in (
            ("in chunks", Chunked()),
            ("in chunks, one too long", Chunked(more=5)),
            ("in chunks, one too short", Chunked(more=-5)),
            ("in chunks, one of no size", Chunked(word="zz")),
            ("in chunks, one below nothing", Chunked(word="-5")),
            ("in chunks without an end", Chunked(ends=False)),
        ):
            fault = once(operation, lambda _, action=action: action)  # type: ignore[misc]
            yield _scenario(f"{operation}, {way.value}: {word}", HTTP, way, fault)
    said = always("GetObject", lambda _: Reheaded({"Content-Encoding": "gzip"}))
    # Objects are kept as they are: some were stored with this header.
    yield _scenario("GetObject, a small object down: said to be gzip", WORDS, Way.GET, said)
    yield _scenario("GetObject, an object in ranges down: said to be gzip", WORDS, Way.DOWNLOAD, said)
    yield _scenario(
        "GetObject, a small object down: made gzip by a proxy", WORDS, Way.GET, once("GetObject", _zipped)
    )


def _zipped(case: Case) -> Action:
    etag = case.workspace.owner.head_object(Bucket=case.workspace.bucket, Key=case.key)["ETag"]
    headers = (("ETag", f"W/{etag}"), ("Content-Encoding", "gzip"))
    return Reply(Answer(200, gzip.compress(case.data, 1), headers, keeps_open=True))


def _multipart(case: Case) -> Action:
    etag = case.workspace.owner.head_object(Bucket=case.workspace.bucket, Key=case.key)["ETag"]
    told = f"Content-Range: bytes 0-{PART - 1}/{len(case.data)}"
    body = b"--b\r\n" + told.encode() + b"\r\n\r\n" + case.data[:PART] + b"\r\n--b--\r\n"
    headers = (("ETag", etag), ("Content-Type", "multipart/byteranges; boundary=b"))
    return Reply(Answer(206, body, headers, keeps_open=True))


def _words() -> Iterator[Scenario]:
    """Statuses that do not belong there."""
    bare = {number: Answer(number, b"", (), keeps_open=True) for number in (204, 205, 304, 418)}
    range_error = refusal(416, "InvalidRange", "The requested range is not satisfiable")
    portal = Answer(302, b"", (("Location", "http://login.invalid/"),), keeps_open=True)
    html = Answer(429, b"<html>Too many</html>", (("Content-Type", "text/html"),), keeps_open=True)
    for operation, way in TARGETS:
        where = f"{operation}, {way.value}"
        for number, answer in bare.items():
            end = End.EITHER if number == 418 or (number == 204 and not way.down) else End.SURVIVED
            fault = once(operation, lambda _, answer=answer: Reply(answer))  # type: ignore[misc]
            yield _scenario(f"{where}: {number} once", WORDS, way, fault, end)
        yield _scenario(f"{where}: 429 with a page once", WORDS, way, once(operation, lambda _: Reply(html)))
        captive = once(operation, lambda _: Reply(portal))
        yield _scenario(f"{where}: 302 to a login page once", WORDS, way, captive, End.EITHER)
        for word, text in (
            ("as a date", formatdate(time.time() + 2, usegmt=True)),
            ("of a year", "31536000"),
            ("below nothing", "-5"),
            ("of no number", "soon"),
        ):
            later = refusal(503, "SlowDown", "", (("Retry-After", text),))
            fault = once(operation, lambda _, later=later: Reply(later))  # type: ignore[misc]
            yield _scenario(f"{where}: Retry-After {word}", WORDS, way, fault)
    fault = once("GetObject", lambda _: Reply(range_error))
    parts = once("GetObject", _multipart)
    yield _scenario(
        "GetObject, an object in ranges down: multipart/byteranges once", WORDS, Way.DOWNLOAD, parts
    )
    blanks = always("CompleteMultipartUpload", lambda case: Blanks(case.chance.randrange(1, 5000)))
    yield _scenario("CompleteMultipartUpload: blanks first", WORDS, Way.UPLOAD, blanks)
    inside = Answer(
        200, b" " * 3000 + answers.ERROR_IN_200.body, answers.ERROR_IN_200.headers, keeps_open=True
    )
    fault = once("CompleteMultipartUpload", lambda _: Reply(inside))
    yield _scenario("CompleteMultipartUpload: blanks and an error", WORDS, Way.UPLOAD, fault)
    late = once("CompleteMultipartUpload", lambda _: LateAndLost(SLOW_SECONDS))
    name = "CompleteMultipartUpload: slower than any answer may be, and then lost"
    yield Scenario(name, WORDS, Way.UPLOAD, late, timed=True)
    lost = Scenario(
        "cancelled, the reply of the abort lost", WORDS, Way.UPLOAD, _lost_abort, deed=Deed.CANCEL
    )
    yield lost


def _lost_abort(case: Case) -> None:
    case.on(every_other(case.mine("AbortMultipartUpload")), LoseReply())
    case.on(case.mine("UploadPart"), DripHead(1, 1.0))


def _headers() -> Iterator[Scenario]:
    """Single headers that are wrong."""
    off = {"Date": formatdate(time.time() + 5 * 3600, usegmt=True)}
    for operation, way in TARGETS:
        where = f"{operation}, {way.value}"
        wrong = once(operation, lambda _: Reheaded(off))
        yield _scenario(f"{where}: a Date hours off once", WORDS, way, wrong)
        lies = always(operation, lambda _: Reheaded(off))
        yield _scenario(f"{where}: a Date hours off always", WORDS, way, lies, End.EITHER)
        undated = always(operation, lambda _: Reheaded({"Date": "yesterday"}))
        yield _scenario(f"{where}: no date for a Date", WORDS, way, undated)
    for operation, way in TARGETS[:3]:
        where = f"{operation}, {way.value}"
        for word, headers in (
            ("another checksum once", {"x-amz-checksum-crc32": "AAAAAA=="}),
            ("a checksum of no sort once", {"x-amz-checksum-crc64nvme": "!"}),
            ("another Last-Modified once", {"Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT"}),
            ("no Last-Modified once", {"Last-Modified": None}),
        ):
            fault = once(operation, lambda _, headers=headers: Reheaded(headers))  # type: ignore[misc]
            yield _scenario(f"{where}: {word}", WORDS, way, fault)


def _lists() -> Iterator[Scenario]:
    for word, make, end in (
        ("that has more and does not say where", _Listing(truncated=True), End.EITHER),
        ("without an end", _Listing(truncated=True, token="again"), End.EITHER),
        ("with keys from elsewhere", _Listing(more=("elsewhere/x", "../../x", "/etc/x")), End.EITHER),
        ("with a key twice", _Listing(twice=True), End.SURVIVED),
    ):
        fault = always("ListObjectsV2", make)
        yield _scenario(f"a listing {word}", LISTS, Way.FOLDER, fault, end)
    cut = once("ListObjectsV2", _Listing(truncated=True))
    yield _scenario("a listing that has more and does not say where, once", LISTS, Way.FOLDER, cut)


class _Listing:
    """Makes answers to ListObjectsV2."""

    def __init__(
        self, *, truncated: bool = False, token: str = "", more: tuple[str, ...] = (), twice: bool = False
    ) -> None:
        self._truncated = truncated
        self._token = token
        self._more = more
        self._twice = twice

    def __call__(self, case: Case) -> Action:
        head = case.workspace.owner.head_object(Bucket=case.workspace.bucket, Key=case.key)
        when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", head["LastModified"].utctimetuple())
        rows = "".join(
            f"<Contents><Key>{key}</Key><LastModified>{when}</LastModified><ETag>{head['ETag']}</ETag>"
            f"<Size>{len(case.data)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key in (case.key, *((case.key,) if self._twice else ()), *self._more)
        )
        token = f"<NextContinuationToken>{self._token}</NextContinuationToken>" if self._token else ""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{case.workspace.bucket}</Name><Prefix>{case.key.removesuffix('data.bin')}</Prefix>"
            f"<MaxKeys>1000</MaxKeys><IsTruncated>{str(self._truncated).lower()}</IsTruncated>{token}{rows}"
            "</ListBucketResult>"
        )
        return Reply(Answer(200, body.encode(), (("Content-Type", "application/xml"),), keeps_open=True))
