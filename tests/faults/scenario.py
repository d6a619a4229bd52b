"""A fault as data: what is moved, what is done to it, and how that must end."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random

from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Request, Rule, asking
from tests.servers.workspace import Workspace

PART = 5 * 1024 * 1024
"""Bytes per part in all scenarios: S3's smallest."""


class Way(StrEnum):
    """What is moved where."""

    PUT = "a small file up"
    UPLOAD = "a file in parts up"
    GET = "a small object down"
    DOWNLOAD = "an object in ranges down"
    FOLDER = "a folder down"

    @property
    def down(self) -> bool:
        """Whether bytes come from the server."""
        return self in (Way.GET, Way.DOWNLOAD, Way.FOLDER)

    @property
    def large(self) -> bool:
        """Whether they come in parts."""
        return self in (Way.UPLOAD, Way.DOWNLOAD)


class End(StrEnum):
    """How a scenario must end."""

    SURVIVED = "survived"
    FAILED = "failed"
    EITHER = "either"
    """Either is right, as long as what is said is true."""


class Deed(StrEnum):
    """What the user does."""

    COPY = "copy"
    MOVE = "move"
    CANCEL = "cancel"
    """Cancels as soon as the fault has been met."""
    STOP = "stop"
    """Cancels at a random moment, whatever has been met by then."""
    RENEW = "renew"
    """Pastes new credentials as soon as the queue is held."""


@dataclass
class Case:
    """One scenario being played: its place on disk and on the server, its chance, and its rules."""

    name: str
    way: Way
    folder: Path
    """Local; empty at the start."""
    workspace: Workspace
    proxy: RecordingProxy
    chance: Random
    data: bytes = b""
    old: bytes = b""
    """What lies at the destination before; empty when nothing does."""
    others: tuple[bytes, ...] = ()
    """What the source may have become in mid-transfer: also right at the destination."""
    modified_ns: int = 0
    host: str = ""
    """What the program knows the server by; empty means the proxy."""
    access_key_id: str = ""
    """Of the credentials in use at the start."""
    storm_seconds: float = 0.15
    """How long storms last: a few of the first waits between attempts."""
    rules: list[Rule] = field(default_factory=list)
    watched: list[RecordingProxy] = field(default_factory=list)
    """Other servers that must see no signature."""

    @property
    def key(self) -> str:
        """The object's key; for a folder that of its first object."""
        return f"{self.workspace.prefix}{self.stem}/data.bin"

    @property
    def stem(self) -> str:
        """A name of its own below the workspace's prefix."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:12]

    @property
    def local(self) -> Path:
        """The file that is sent, or that is made."""
        return self.folder / "data.bin"

    def mine(self, operation: str, **more: int) -> Callable[[Request], bool]:
        """Returns a condition: this operation on something of this case."""
        where = asking(operation, **more)  # type: ignore[arg-type]

        def holds(request: Request) -> bool:
            listed = request.query.get("prefix", "").rstrip("/")
            # DeleteObjects names its keys in the body only; a lane plays one case at a time.
            ours = self.stem in request.key or listed.endswith(self.stem) or operation == "DeleteObjects"
            return ours and where(request)

        return holds

    def on(self, when: Callable[[Request], bool], action: Action, times: int | None = None) -> None:
        """Adds a rule of this case."""
        self.rules.append(self.proxy.add(Rule(when, action, times)))

    def met(self) -> bool:
        """Whether a rule has taken a request."""
        return any(rule.taken for rule in self.rules)

    def requests(self) -> tuple[Request, ...]:
        """The requests about this case's objects."""
        return tuple(request for request in self.proxy.requests if self.stem in request.key)


Fault = Callable[[Case], None]
"""Puts rules into a case, drawing from its chance."""


def every_other(when: Callable[[Request], bool]) -> Callable[[Request], bool]:
    """The first attempt of each request, the third, and so on."""
    return lambda request: when(request) and request.attempt % 2 == 1


def once(operation: str, make: Callable[[Case], Action]) -> Fault:
    """The first attempt of a request meets this, and the next does not."""
    return lambda case: case.on(every_other(case.mine(operation)), make(case))


def always(operation: str, make: Callable[[Case], Action]) -> Fault:
    """Every attempt meets this."""
    return lambda case: case.on(case.mine(operation), make(case))


@dataclass(frozen=True)
class Scenario:
    """A fault, and the promise about it."""

    name: str
    family: str
    """The class it counts for in the figures."""
    way: Way
    fault: Fault
    end: End = End.SURVIVED
    codes: tuple[str, ...] = ()
    """The codes of failure that are right; empty takes any."""
    deed: Deed = Deed.COPY
    quick: bool = False
    """Whether it is played with every run of the tests."""
    timed: bool = False
    """Whether it waits for a limit of time, so that it takes minutes with the limits users have."""
    twice: bool = False
    """Whether the same copy is made before, with other contents, to leave something on open connections."""

    @property
    def recoverable(self) -> bool:
        """Whether the transfer must succeed."""
        return self.end is End.SURVIVED
