"""Faults that stay: the file ends with one error in bounded time, and nothing is left that cannot go on."""

from collections.abc import Iterator

from tests.faults import answers
from tests.faults.actions import Deaf, Drip, Hangup, Mute, ShiftedRange, ShortReply, StallReply
from tests.faults.recoverable import Making, place
from tests.faults.scenario import Case, End, Fault, Scenario, Way
from tests.servers.rules import Action, Answer, CutReply, CutRequest, Reply
from tests.storage.faulty import FlipReply, FlipRequest

Row = tuple[str, str, Way, str, Making, tuple[str, ...]]
"""Request, fault, way, class, action, right codes."""

_QUICK = frozenset(
    {
        "GetObject (always): 500 InternalError",
        "GetObject (always): truncated",
        "GetObject (always): a flipped bit",
        "GetObject (always): denied",
        "GetObject (always): a login page with 200",
        "PutObject (always): reset before the reply",
        "PutObject (always): a flipped bit",
        "UploadPart (always): quota exceeded",
        "UploadPart (always): 503 SlowDown",
        "UploadPart (always): a server that stops reading",
        "CompleteMultipartUpload (always): 200 with an error inside",
        "CreateMultipartUpload (always): denied",
        "ListObjectsV2 (always): a login page with 200",
    }
)
_TIMED = ("silence", "a stall", "a byte a second", "a server that stops reading")

SERVER, STALLS, RESETS = "5xx, 429, RequestTimeout", "stalls and drips", "connection resets"
HTML, INSIDE = "HTML with 200", "200 with an error inside"
CREATE, COMPLETE = "CreateMultipartUpload", "CompleteMultipartUpload"


def say(answer: Answer) -> Making:
    """Answers in the server's place."""
    return lambda _: Reply(answer)


def hangup(_: Case) -> Action:
    """Resets the connection before the reply."""
    return Hangup()


def flip_down(case: Case) -> Action:
    """Flips a bit on the way to us."""
    return FlipReply(place(case))


def flip_up(case: Case) -> Action:
    """Flips a bit on the way to the server."""
    return FlipRequest(place(case))


def deaf(case: Case) -> Action:
    """Stops reading in the middle of a body."""
    return Deaf(place(case))


def cut_up(case: Case) -> Action:
    """Resets the connection in the middle of a body."""
    return CutRequest(place(case))


_ROWS: tuple[Row, ...] = (
    ("GetObject", "500 InternalError", Way.DOWNLOAD, SERVER, say(answers.INTERNAL), ()),
    ("GetObject", "503 SlowDown", Way.GET, SERVER, say(answers.SLOW_DOWN), ()),
    ("GetObject", "reset before the reply", Way.GET, RESETS, hangup, ()),
    ("GetObject", "truncated", Way.DOWNLOAD, "truncations", lambda _: CutReply(1, reset=False), ()),
    ("GetObject", "short, its length agrees", Way.DOWNLOAD, "short replies", lambda _: ShortReply(9), ()),
    ("GetObject", "short, headers agree", Way.GET, "short replies", lambda _: ShortReply(9, told=True), ()),
    ("GetObject", "a flipped bit", Way.GET, "flipped bits", flip_down, ("damaged",)),
    ("GetObject", "a flipped bit in a range", Way.DOWNLOAD, "flipped bits", flip_down, ("damaged",)),
    ("GetObject", "denied", Way.DOWNLOAD, "denials", say(answers.DENIED), ("denied",)),
    ("GetObject", "skewed clock", Way.GET, "denials", say(answers.SKEWED), ()),
    ("GetObject", "a login page with 200", Way.GET, HTML, say(answers.LOGIN_PAGE), ()),
    ("GetObject", "a login page for a range", Way.DOWNLOAD, HTML, say(answers.LOGIN_PAGE), ()),
    ("GetObject", "another range", Way.DOWNLOAD, "ignored ranges", lambda _: ShiftedRange(7), ()),
    ("GetObject", "silence", Way.GET, STALLS, lambda _: Mute(), ()),
    ("GetObject", "a stall after the head", Way.DOWNLOAD, STALLS, lambda _: StallReply(), ()),
    ("GetObject", "a byte a second", Way.GET, STALLS, lambda _: Drip(), ()),
    ("PutObject", "500 InternalError", Way.PUT, SERVER, say(answers.INTERNAL), ()),
    ("PutObject", "429", Way.PUT, SERVER, say(answers.TOO_MANY), ()),
    ("PutObject", "reset before the reply", Way.PUT, RESETS, hangup, ()),
    ("PutObject", "reset in the body", Way.PUT, RESETS, cut_up, ()),
    ("PutObject", "a flipped bit", Way.PUT, "flipped bits", flip_up, ()),
    ("PutObject", "denied", Way.PUT, "denials", say(answers.DENIED), ("denied",)),
    ("PutObject", "a login page with 200", Way.PUT, HTML, say(answers.LOGIN_PAGE), ()),
    ("PutObject", "a server that stops reading", Way.PUT, STALLS, deaf, ()),
    (CREATE, "denied", Way.UPLOAD, "denials", say(answers.DENIED), ("denied",)),
    (CREATE, "a login page with 200", Way.UPLOAD, HTML, say(answers.LOGIN_PAGE), ()),
    ("UploadPart", "500 InternalError", Way.UPLOAD, SERVER, say(answers.INTERNAL), ()),
    ("UploadPart", "503 SlowDown", Way.UPLOAD, SERVER, say(answers.SLOW_DOWN), ()),
    ("UploadPart", "reset in the body", Way.UPLOAD, RESETS, cut_up, ()),
    ("UploadPart", "a flipped bit", Way.UPLOAD, "flipped bits", flip_up, ()),
    ("UploadPart", "quota exceeded", Way.UPLOAD, "denials", say(answers.QUOTA), ("full",)),
    ("UploadPart", "no such upload", Way.UPLOAD, "aborted uploads", say(answers.NO_UPLOAD), ()),
    ("UploadPart", "a server that stops reading", Way.UPLOAD, STALLS, deaf, ()),
    ("UploadPart", "a byte a second", Way.UPLOAD, STALLS, lambda _: Drip(), ()),
    (COMPLETE, "200 with an error inside", Way.UPLOAD, INSIDE, say(answers.ERROR_IN_200), ()),
    (COMPLETE, "500 InternalError", Way.UPLOAD, SERVER, say(answers.INTERNAL), ()),
    (COMPLETE, "a login page with 200", Way.UPLOAD, HTML, say(answers.LOGIN_PAGE), ()),
    ("ListObjectsV2", "a login page with 200", Way.FOLDER, HTML, say(answers.LOGIN_PAGE), ()),
    ("ListObjectsV2", "500 InternalError", Way.FOLDER, SERVER, say(answers.INTERNAL), ()),
    ("ListObjectsV2", "truncated", Way.FOLDER, "truncations", lambda _: CutReply(60, reset=False), ()),
    ("HeadObject", "reset before the reply", Way.DOWNLOAD, RESETS, hangup, ()),
)


def scenarios() -> tuple[Scenario, ...]:
    """Every row as a scenario."""
    return tuple(_all())


def _all() -> Iterator[Scenario]:
    for operation, fault, way, family, make, codes in _ROWS:
        name = f"{operation} (always): {fault}"
        yield Scenario(
            name=name,
            family=family,
            way=way,
            fault=_always(operation, make),
            end=End.FAILED,
            codes=codes,
            quick=name in _QUICK,
            timed=fault.startswith(_TIMED),
        )


def _always(operation: str, make: Making) -> Fault:
    def fault(case: Case) -> None:
        case.on(case.mine(operation), make(case))

    return fault
