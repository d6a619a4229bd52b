"""Faults that pass: the first attempt of each request meets them, and the user must not notice.

Most are the product of a request and a fault: every request there is, met in every way there is.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.faults import answers
from tests.faults.actions import Deaf, Drip, Hangup, Mute, ShortReply, StallReply
from tests.faults.scenario import PART, Case, Fault, Scenario, Way
from tests.servers.rules import Action, CutReply, CutRequest, LoseReply, Reply, Request
from tests.storage.faulty import FlipReply, FlipRequest

Making = Callable[[Case], Action]
"""Makes an action, with places and sizes drawn from the case's chance."""


@dataclass(frozen=True)
class Kind:
    """A fault that can meet any request of a sort."""

    name: str
    family: str
    make: Making
    first: int = 1
    """How many attempts in a row it meets; of five, so at most four."""
    timed: bool = False


@dataclass(frozen=True)
class Target:
    """A request, and what makes the program send it."""

    operation: str
    way: Way
    body_up: bool = False
    body_down: bool = False
    quick: tuple[str, ...] = ()
    """Names of kinds that are played with every run of the tests."""

    @property
    def name(self) -> str:
        """The request as the figures call it."""
        return {
            ("GetObject", Way.DOWNLOAD): "GetObject (range)",
            ("GetObject", Way.GET): "GetObject (whole)",
        }.get((self.operation, self.way), self.operation)


def place(case: Case) -> int:
    """Somewhere in the body of a request or a reply, never at its very end."""
    # A listing of one object has some 600 bytes.
    end = 300 if case.way is Way.FOLDER else min(len(case.data), PART) // 2
    return case.chance.randrange(0, end)


ANY = (
    Kind("reset before the reply", "connection resets", lambda _: Hangup()),
    Kind("closed before the reply", "connection resets", lambda _: Hangup(reset=False)),
    Kind("reply lost, reset", "lost replies", lambda _: LoseReply()),
    Kind("reply lost, closed", "lost replies", lambda _: LoseReply(reset=False)),
    Kind("500 InternalError", "5xx, 429, RequestTimeout", lambda _: Reply(answers.INTERNAL)),
    Kind("502 from a gateway", "5xx, 429, RequestTimeout", lambda _: Reply(answers.BAD_GATEWAY)),
    Kind("503 without a word", "5xx, 429, RequestTimeout", lambda _: Reply(answers.UNAVAILABLE)),
    Kind("503 SlowDown", "5xx, 429, RequestTimeout", lambda _: Reply(answers.SLOW_DOWN)),
    Kind("503 with Retry-After", "5xx, 429, RequestTimeout", lambda _: Reply(answers.SLOW_DOWN_LATER)),
    Kind("504 from a gateway", "5xx, 429, RequestTimeout", lambda _: Reply(answers.GATEWAY_TIMEOUT)),
    Kind("429", "5xx, 429, RequestTimeout", lambda _: Reply(answers.TOO_MANY)),
    Kind("429 with Retry-After", "5xx, 429, RequestTimeout", lambda _: Reply(answers.TOO_MANY_LATER)),
    Kind("400 RequestTimeout", "5xx, 429, RequestTimeout", lambda _: Reply(answers.REQUEST_TIMEOUT)),
    Kind("three 500s in a row", "bursts", lambda _: Reply(answers.INTERNAL), first=3),
    Kind("three 429s in a row", "bursts", lambda _: Reply(answers.TOO_MANY), first=3),
    Kind("three resets in a row", "bursts", lambda _: Hangup(), first=3),
    Kind("a login page with 200", "HTML with 200", lambda _: Reply(answers.LOGIN_PAGE)),
    Kind("silence", "stalls and drips", lambda _: Mute(), timed=True),
)
UP = (
    Kind("reset in the body", "connection resets", lambda case: CutRequest(place(case))),
    Kind("closed in the body", "connection resets", lambda case: CutRequest(place(case), reset=False)),
    Kind("a flipped bit on the way up", "flipped bits", lambda case: FlipRequest(place(case))),
    Kind("a server that stops reading", "stalls and drips", lambda case: Deaf(place(case)), timed=True),
    Kind("a byte a second up", "stalls and drips", lambda case: Drip(place(case)), timed=True),
)
DOWN = (
    Kind("reset in the body", "connection resets", lambda case: CutReply(place(case))),
    Kind("truncated", "truncations", lambda case: CutReply(place(case), reset=False)),
    Kind("truncated after the head", "truncations", lambda _: CutReply(0, reset=False)),
    Kind("short, its length agrees", "short replies", lambda case: ShortReply(1 + place(case))),
    Kind("short, all headers agree", "short replies", lambda case: ShortReply(1 + place(case), told=True)),
    Kind("a flipped bit on the way down", "flipped bits", lambda case: FlipReply(place(case))),
    Kind("a stall after the head", "stalls and drips", lambda _: StallReply(), timed=True),
    Kind("a stall in the body", "stalls and drips", lambda case: StallReply(place(case)), timed=True),
    Kind("a byte a second down", "stalls and drips", lambda case: Drip(place(case)), timed=True),
)
TARGETS = (
    Target("HeadObject", Way.DOWNLOAD, quick=("reset before the reply", "503 SlowDown", "silence")),
    Target(
        "GetObject",
        Way.GET,
        body_down=True,
        quick=(
            "reset in the body",
            "truncated",
            "short, its length agrees",
            "a flipped bit on the way down",
            "a login page with 200",
            "429",
        ),
    ),
    Target(
        "GetObject",
        Way.DOWNLOAD,
        body_down=True,
        quick=(
            "reset in the body",
            "closed before the reply",
            "truncated",
            "short, its length agrees",
            "short, all headers agree",
            "a flipped bit on the way down",
            "a stall in the body",
            "a byte a second down",
            "503 SlowDown",
            "three 500s in a row",
            "a login page with 200",
        ),
    ),
    Target(
        "ListObjectsV2",
        Way.FOLDER,
        body_down=True,
        quick=("reset before the reply", "truncated", "a login page with 200", "three 429s in a row"),
    ),
    Target(
        "PutObject",
        Way.PUT,
        body_up=True,
        quick=(
            "reply lost, reset",
            "a flipped bit on the way up",
            "reset in the body",
            "503 with Retry-After",
            "a server that stops reading",
        ),
    ),
    Target("CreateMultipartUpload", Way.UPLOAD, quick=("reply lost, reset", "500 InternalError")),
    Target(
        "UploadPart",
        Way.UPLOAD,
        body_up=True,
        quick=(
            "reset in the body",
            "reply lost, reset",
            "a flipped bit on the way up",
            "a server that stops reading",
            "a byte a second up",
            "400 RequestTimeout",
            "a login page with 200",
        ),
    ),
    Target(
        "CompleteMultipartUpload",
        Way.UPLOAD,
        quick=("reply lost, reset", "reply lost, closed", "503 without a word", "silence"),
    ),
)


def goes_on(request: Request) -> bool:
    """Whether a range begins where a reply broke off: then it is no first attempt."""
    first = request.headers.get("range", "").removeprefix("bytes=").partition("-")[0]
    return first.isdecimal() and int(first) % PART != 0


def scenarios() -> tuple[Scenario, ...]:
    """Every request met by every fault that it can meet."""
    return tuple(_all())


def _all() -> Iterator[Scenario]:
    for target in TARGETS:
        kinds = ANY + (UP if target.body_up else ()) + (DOWN if target.body_down else ())
        for kind in kinds:
            if target.operation == "ListObjectsV2" and "short" in kind.family:
                continue  # a listing that is cut is no XML; its own scenarios say so
            if target.operation == "ListObjectsV2" and "flipped" in kind.family:
                continue  # nothing can notice another letter in a name
            yield Scenario(
                name=f"{target.name}: {kind.name}",
                family=kind.family,
                way=target.way,
                fault=_meeting(target.operation, kind),
                quick=kind.name in target.quick,
                timed=kind.timed,
            )


def _meeting(operation: str, kind: Kind) -> Fault:
    def fault(case: Case) -> None:
        mine = case.mine(operation)

        def early(request: Request) -> bool:
            # Planning and transfer ask for the same head: every other one is a new question.
            attempt = (request.attempt - 1) % (kind.first + 1) + 1
            return mine(request) and attempt <= kind.first and not goes_on(request)

        case.on(early, kind.make(case))

    return fault
