"""What was wrong with the end of a scenario, found on the disk and on the server and not in what was said."""

from collections import Counter
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from s3tui.model.failure import Failure
from s3tui.model.transfer import TransferStatus
from tests.faults.scenario import Case, Deed, End, Scenario
from tests.servers.rules import Request

ATTEMPTS = 5
"""Requests for one thing, at most."""

CANCEL_SECONDS = 1.0
"""From a cancel to its end, without what the machine was late by."""

FALSE_SUCCESS = "false success"
WRONG_FILE = "wrong file"
HANG = "hang"
LEFT_BEHIND = "left behind"
WRONG_END = "wrong end"
LEAK = "signature leaked"
TOO_MANY = "too many attempts"
UNNAMED = "no clear sentence"
KINDS = (FALSE_SUCCESS, WRONG_FILE, HANG, LEFT_BEHIND, WRONG_END, LEAK, TOO_MANY, UNNAMED)
"""Everything that can be wrong, the gravest first."""


@dataclass
class Outcome:
    """What the program said, and how long it took."""

    statuses: tuple[TransferStatus, ...] = ()
    """Of every transfer; empty when nothing could even be planned."""
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    hung: bool = False
    stopping_seconds: float | None = None
    """From a cancel to its end."""
    late_by: float = 0.0
    """Seconds that this process had to wait for the machine between those."""
    said: list[str] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether success was claimed for everything."""
        return bool(self.statuses) and all(one is TransferStatus.SUCCEEDED for one in self.statuses)


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong."""

    kind: str
    """One of `KINDS`."""
    words: str

    def __str__(self) -> str:
        """Both in one line."""
        return f"{self.kind}: {self.words}"


@dataclass(frozen=True)
class Verdict:
    """The end of one scenario with one seed."""

    scenario: Scenario
    seed: int
    seconds: float
    complaints: tuple[Complaint, ...]
    ending: str
    """What the program said, in a word or two."""
    stopping_seconds: float | None = None
    """From a cancel to its end."""
    kept: bool = False
    """Whether parts were kept on purpose, and a second try went on with them and left nothing."""

    @property
    def right(self) -> bool:
        """Whether nothing was wrong."""
        return not self.complaints


def at_destination(case: Case) -> bytes | None:
    """The bytes under the final name, or None when there is nothing."""
    if case.way.down:
        return case.local.read_bytes() if case.local.exists() else None
    try:
        return case.workspace.read(case.key.removeprefix(case.workspace.prefix))
    except ClientError:
        return None


def leftovers(case: Case) -> tuple[str, ...]:
    """Temporary files in the folder and open uploads of the key."""
    files = [
        path.name for path in case.folder.rglob("*") if path.is_file() and path.name.startswith(".s3tui")
    ]
    uploads = [f"upload {upload_id}" for key, upload_id in case.workspace.open_uploads() if key == case.key]
    return (*files, *uploads)


def judge(case: Case, scenario: Scenario, outcome: Outcome) -> list[Complaint]:
    """Everything that is wrong, apart from what is left behind."""
    found: list[Complaint] = []
    there = at_destination(case)
    claimed = outcome.succeeded
    if not case.met() and scenario.deed is not Deed.STOP:
        found.append(Complaint(WRONG_END, "the fault was never met"))
    if outcome.hung:
        found.append(Complaint(HANG, f"not at its end after {outcome.seconds:.0f} s"))
    if claimed and there not in (case.data, *case.others):
        found.append(Complaint(FALSE_SUCCESS, _difference(case, there)))
    elif not claimed and there not in (case.data, *case.others, case.old or None):
        found.append(Complaint(WRONG_FILE, _difference(case, there)))
    if claimed and there == case.data and (words := _time_is_wrong(case)):
        found.append(Complaint(WRONG_FILE, words))
    found += _ending(case, scenario, outcome)
    found += _requests(case)
    return found


def _difference(case: Case, there: bytes | None) -> str:
    if there is None:
        return "nothing is there"
    if there == case.old:
        return "the old contents are there"
    if len(there) != len(case.data):
        return f"{len(there)} bytes are there, of {len(case.data)}"
    first = next(at for at, (one, other) in enumerate(zip(there, case.data, strict=True)) if one != other)
    return f"other bytes are there from {first} on"


def _time_is_wrong(case: Case) -> str:
    if case.way.down:
        told = case.local.stat().st_mtime_ns
    else:
        head = case.workspace.owner.head_object(Bucket=case.workspace.bucket, Key=case.key)
        text = head["Metadata"].get("mtime", "0.0")
        seconds, _, fraction = text.partition(".")
        told = int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9] or 0)
    return (
        "" if abs(told - case.modified_ns) < 1000 else f"modified {told} ns instead of {case.modified_ns} ns"
    )


def _ending(case: Case, scenario: Scenario, outcome: Outcome) -> list[Complaint]:
    if outcome.hung:
        return []
    if scenario.deed in (Deed.CANCEL, Deed.STOP):
        late = (outcome.stopping_seconds or 0.0) - outcome.late_by > CANCEL_SECONDS
        return [Complaint(WRONG_END, f"cancelled in {outcome.stopping_seconds:.1f} s")] if late else []
    found = []
    failures = outcome.failures
    words = failures[0].text if failures else "it ended without a word"
    if scenario.end is End.SURVIVED and not outcome.succeeded:
        found.append(Complaint(WRONG_END, f"it failed: {words}"))
    if scenario.end is End.FAILED and outcome.succeeded:
        found.append(Complaint(WRONG_END, "it succeeded"))
    if outcome.succeeded:
        return found
    for failure in failures or (Failure("", ""),):
        found += _sentence(case, failure)
    # A command tells sentences only.
    code = failures[0].code if failures else ""
    if scenario.codes and scenario.end is not End.SURVIVED and code and code not in scenario.codes:
        found.append(Complaint(WRONG_END, f"{code} instead of {scenario.codes[0]}: {words}"))
    return found


def _sentence(case: Case, failure: Failure) -> list[Complaint]:
    sentence = failure.sentence
    host = case.host or case.proxy.endpoint_url.partition("://")[2]
    names = (case.local.name, case.stem, host, case.workspace.bucket)
    if not sentence.strip().endswith((".", "?")) or "\n" in sentence or "Traceback" in sentence:
        return [Complaint(UNNAMED, repr(sentence))]
    if not any(name in sentence for name in names):
        return [Complaint(UNNAMED, f"{sentence!r} names neither the file nor the server")]
    return []


def _requests(case: Case) -> list[Complaint]:
    found = []
    asked = (request.identity() for request in case.requests())
    for one, count in Counter(asked).items():
        # Browsing and transferring ask for the head of one object for reasons of their own.
        if count > ATTEMPTS and one[0] != "HeadObject":
            found.append(Complaint(TOO_MANY, f"{count} × {one[0]} {one[3]}".strip()))
    for server in case.watched:
        if any(_signed(request) for request in server.requests):
            found.append(Complaint(LEAK, f"{len(server.requests)} requests reached another host"))
    return found


def _signed(request: Request) -> bool:
    return "authorization" in request.headers or "x-amz-security-token" in request.headers
