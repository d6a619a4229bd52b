"""Faults that are more than one request and one answer: other people's deeds, expiry, strays, redirects."""

import hashlib
import time
from collections.abc import Callable, Iterator

from tests.faults import answers, cancels
from tests.faults.actions import Crowd, Hangup, Meanwhile, Reheaded, ShiftedRange, Stray, during
from tests.faults.scenario import PART, Case, Deed, End, Fault, Scenario, Way, every_other
from tests.faults.scenario import always as _always
from tests.faults.scenario import once as _once
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Answer, Reply, Request

MIB = 1024 * 1024


def scenarios() -> tuple[Scenario, ...]:
    """Every special fault."""
    return tuple(
        scenario
        for table in (
            _ranges,
            _words,
            _strays,
            _deeds_of_others,
            _expiries,
            _redirects,
            _storms,
            cancels.scenarios,
            _moves,
        )
        for scenario in table()
    )


def _whole(case: Case) -> Action:
    etag = case.workspace.owner.head_object(Bucket=case.workspace.bucket, Key=case.key)["ETag"]
    return Reply(Answer(200, case.data, (("ETag", etag), ("Accept-Ranges", "bytes")), keeps_open=True))


def _other_object(case: Case) -> Action:
    data = case.chance.randbytes(len(case.data))
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    return Reply(Answer(200, data, (("ETag", f'"{etag}"'), ("Last-Modified", date)), keeps_open=True))


def _first_range(case: Case) -> Action:
    etag = case.workspace.owner.head_object(Bucket=case.workspace.bucket, Key=case.key)["ETag"]
    told = f"bytes 0-{PART - 1}/{len(case.data)}"
    headers = (("ETag", etag), ("Content-Range", told))
    return Reply(Answer(206, case.data[:PART], headers, keeps_open=True))


def _ranges() -> Iterator[Scenario]:
    family, down = "ignored ranges", Way.DOWNLOAD
    yield Scenario("the whole object for a range", family, down, _once("GetObject", _whole), quick=True)
    yield Scenario(
        "the whole object for every range", family, down, _always("GetObject", _whole), end=End.EITHER
    )
    for by in (-1, 4096):
        shifted = _once("GetObject", lambda _, by=by: ShiftedRange(by))  # type: ignore[misc]
        yield Scenario(f"Content-Range shifted by {by}", family, down, shifted, quick=by > 0)
    missing = _once("GetObject", lambda _: Reheaded({"Content-Range": None}))
    yield Scenario("no Content-Range", family, down, missing)
    total = _once("GetObject", lambda case: Reheaded({"Content-Range": f"bytes 0-9/{len(case.data) + 1}"}))
    yield Scenario("Content-Range of another total", family, down, total)


def _words() -> Iterator[Scenario]:
    """Headers that are wrong or missing."""
    family = "wrong or missing ETags and lengths"
    other = {"ETag": '"00000000000000000000000000000000"'}
    none: dict[str, str | None] = {"ETag": None}
    for operation, way in (
        ("GetObject", Way.GET),
        ("GetObject", Way.DOWNLOAD),
        ("HeadObject", Way.DOWNLOAD),
        ("PutObject", Way.PUT),
        ("UploadPart", Way.UPLOAD),
    ):
        what = f"{operation}, {way.value}"
        quick = operation != "HeadObject"
        for headers, word in ((other, "another ETag"), (none, "no ETag")):
            once = _once(operation, lambda _, headers=headers: Reheaded(headers))  # type: ignore[misc]
            yield Scenario(f"{what}: {word} once", family, way, once, quick=quick and word == "another ETag")
            stays = _always(operation, lambda _, headers=headers: Reheaded(headers))  # type: ignore[misc]
            yield Scenario(f"{what}: {word} always", family, way, stays, end=End.EITHER)
    bare = _once("GetObject", lambda _: Reheaded({"Content-Length": None, "Connection": "close"}))
    yield Scenario("GetObject: no length", family, Way.GET, bare, quick=True)
    yield Scenario("GetObject of a range: no length", family, Way.DOWNLOAD, bare)
    longer = _once("HeadObject", lambda case: Reheaded({"Content-Length": str(len(case.data) + 1)}))
    yield Scenario("HeadObject: another length once", family, Way.DOWNLOAD, longer)
    final = _once("CompleteMultipartUpload", lambda _: Reply(answers.ERROR_IN_200))
    yield Scenario(
        "CompleteMultipartUpload: 200 with an error inside, once",
        "200 with an error inside",
        Way.UPLOAD,
        final,
        quick=True,
    )


def _strays() -> Iterator[Scenario]:
    family = "stale replies"
    late = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    etag = b'"0123456789abcdef0123456789abcdef"'
    stored = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: " + etag + b"\r\n\r\n"
    for operation, way in (
        ("GetObject", Way.GET),
        ("GetObject", Way.DOWNLOAD),
        ("UploadPart", Way.UPLOAD),
        ("PutObject", Way.PUT),
    ):
        for word, answer in (("a late 408", late), ("a second 200", stored)):
            fault = _always(operation, lambda _, answer=answer: Stray(answer))  # type: ignore[misc]
            yield Scenario(
                f"{operation}: {word} on the open connection, {way.value}",
                family,
                way,
                fault,
                quick=True,
                twice=True,
            )
    yield Scenario("GetObject: the reply of another range", family, Way.DOWNLOAD, _later_ranges, quick=True)
    # Another object of the same size is seen only by what was known of this one before.
    other = _once("GetObject", _other_object)
    yield Scenario("GetObject: the reply of another object", family, Way.GET, other, quick=True)
    foreign = _once("GetObject", _other_object)
    yield Scenario("GetObject of a folder: the reply of another object", family, Way.FOLDER, foreign)


def _later_ranges(case: Case) -> None:
    mine = every_other(case.mine("GetObject"))

    def later(request: Request) -> bool:
        return not request.headers.get("range", "").startswith("bytes=0-") and mine(request)

    case.on(later, _first_range(case))


def _deeds_of_others() -> Iterator[Scenario]:
    family = "objects changed in mid-download"
    for way, word in ((Way.DOWNLOAD, "in ranges"), (Way.GET, "whole")):
        changed, gone = ("changed",), ("changed", "not-found")
        yield Scenario(
            f"replaced by as many bytes, {word}", family, way, _replaced(0), End.EITHER, changed, quick=True
        )
        yield Scenario(f"replaced by fewer bytes, {word}", family, way, _replaced(-1000), End.EITHER, changed)
        yield Scenario(f"deleted, {word}", family, way, _deleted, End.EITHER, gone, quick=way.large)
    family = "aborted uploads"
    for operation in ("UploadPart", "CompleteMultipartUpload"):
        yield Scenario(
            f"aborted behind our back before {operation}",
            family,
            Way.UPLOAD,
            _aborted(operation),
            quick=True,
        )


def _replaced(by: int) -> Fault:
    def fault(case: Case) -> None:
        fresh = case.chance.randbytes(max(1, len(case.data) + by))
        case.others = (fresh,)
        place = {"Bucket": case.workspace.bucket, "Key": case.key}
        _at_second_request(case, lambda: case.workspace.owner.put_object(**place, Body=fresh))

    return fault


def _deleted(case: Case) -> None:
    place = {"Bucket": case.workspace.bucket, "Key": case.key}
    _at_second_request(case, lambda: case.workspace.owner.delete_object(**place))


def _at_second_request(case: Case, act: Callable[[], object]) -> None:
    """Does it before the second range, or before the only request of a small object."""
    mine = case.mine("GetObject")

    def late(request: Request) -> bool:
        return mine(request) and (not case.way.large or not request.headers["range"].startswith("bytes=0-"))

    case.on(late, Meanwhile(act))


def _aborted(operation: str) -> Fault:
    def fault(case: Case) -> None:
        def abort() -> None:
            for key, upload_id in case.workspace.open_uploads():
                if key == case.key:
                    case.workspace.owner.abort_multipart_upload(
                        Bucket=case.workspace.bucket, Key=key, UploadId=upload_id
                    )

        mine = case.mine(operation)
        case.on(lambda request: mine(request) and request.part_number in (None, 2), Meanwhile(abort), times=1)

    return fault


def _expiries() -> Iterator[Scenario]:
    wordings = {
        "AWS (400 ExpiredToken)": answers.EXPIRED_AWS,
        "Ceph (403 AccessDenied)": answers.EXPIRED_CEPH,
        "Ceph (403 InvalidAccessKeyId)": answers.EXPIRED_CEPH_KEY,
        "MinIO (403 InvalidTokenId)": answers.EXPIRED_MINIO,
    }
    for word, answer in wordings.items():
        for way, operation in ((Way.UPLOAD, "UploadPart"), (Way.DOWNLOAD, "GetObject")):
            yield Scenario(
                f"expiry as {word} says it, {way.value}",
                "expiry",
                way,
                _expiring(operation, answer),
                deed=Deed.RENEW,
                quick=True,
            )


def _expiring(operation: str, answer: Answer) -> Fault:
    """From the second request on, everything signed with the old key is refused."""

    def fault(case: Case) -> None:
        old, mine = case.access_key_id, case.mine(operation)
        seen: set[tuple[str, ...]] = set()

        def refused(request: Request) -> bool:
            if mine(request):
                seen.add(request.identity())
            return len(seen) > 1 and old in request.headers.get("authorization", "")

        case.on(refused, Reply(answer))

    return fault


def _redirects() -> Iterator[Scenario]:
    for status, code in ((307, "TemporaryRedirect"), (301, "PermanentRedirect"), (302, "Found")):
        for operation, way in (("GetObject", Way.GET), ("PutObject", Way.PUT), ("UploadPart", Way.UPLOAD)):
            yield Scenario(
                f"{operation}: {status} to another host",
                "redirects",
                way,
                _redirected(operation, status, code),
                End.FAILED,
                quick=status == 307,
            )


def _redirected(operation: str, status: int, code: str) -> Fault:
    def fault(case: Case) -> None:
        elsewhere = RecordingProxy(case.workspace.server.endpoint_url)
        case.watched.append(elsewhere)
        url = f"{elsewhere.endpoint_url}/{case.workspace.bucket}/{case.key}"
        case.on(case.mine(operation), Reply(answers.redirect(url, status, code)))

    return fault


def _storms() -> Iterator[Scenario]:
    family = "storms"
    for word, answer in {
        "503 SlowDown": answers.SLOW_DOWN,
        "503 with Retry-After": answers.SLOW_DOWN_LATER,
        "429": answers.TOO_MANY,
        "500": answers.INTERNAL,
    }.items():
        for way, operation in ((Way.UPLOAD, "UploadPart"), (Way.DOWNLOAD, "GetObject")):
            yield Scenario(
                f"a storm of {word}, {way.value}",
                family,
                way,
                _storm(operation, Reply(answer)),
                quick="SlowDown" in word,
            )
    for way, operation in ((Way.UPLOAD, "UploadPart"), (Way.DOWNLOAD, "GetObject")):
        yield Scenario(f"a storm of resets, {way.value}", family, way, _storm(operation, Hangup()))
        yield Scenario(
            f"SlowDown for more than two at once, {way.value}",
            "limited concurrency",
            way,
            lambda case, operation=operation: case.on(  # type: ignore[misc]
                case.mine(operation), Crowd(2, answers.SLOW_DOWN)
            ),
            quick=True,
        )


def _storm(operation: str, action: Action) -> Fault:
    return lambda case: case.on(during(case.mine(operation), case.storm_seconds), action)


def _moves() -> Iterator[Scenario]:
    for word, action in (
        ("a lost reply", Hangup()),
        ("500", Reply(answers.INTERNAL)),
        ("a login page", Reply(answers.LOGIN_PAGE)),
        ("200 with an error inside", Reply(answers.NOT_DELETED)),
    ):

        def fault(case: Case, action: Action = action) -> None:
            for operation in ("DeleteObjects", "DeleteObject"):
                case.on(every_other(case.mine(operation)), action)

        yield Scenario(f"the source's removal met by {word}", "moves", Way.GET, fault, deed=Deed.MOVE)
