"""What crosses between the engine and its byte workers.

The engine keeps every worker's connection and credentials in step with its own; a worker answers each unit
once. Secrets cross in `UseCredentials` only.
"""

from msgspec import Struct

from s3tui.model.credentials import Credentials, Endpoint, Workspace
from s3tui.model.work import Outcome, Unit
from s3tui.storage.setback import Setback


class UseConnection(Struct, frozen=True, tag=True):
    """Speak to this server from now on; units of an earlier one end as failed."""

    endpoint: Endpoint
    home: Workspace | None
    """A place that could be listed with these credentials; None while that has not been seen."""
    connections: int
    """Requests that this worker may have under way at the same time."""


class UseCredentials(Struct, frozen=True, tag=True):
    """Sign with these from now on; None holds everything until others come."""

    credentials: Credentials | None
    generation: int
    """The engine's count of replacements: refusals speak of it."""
    refused: bool = False
    """The server has already said that they are expired."""
    clock_offset: float = 0.0
    """Server's clock minus ours, in seconds, as far as the engine knows."""


class RunUnit(Struct, frozen=True, tag=True):
    """Do one unit; answered by `UnitDone` with the same id."""

    id: int
    unit: Unit
    tried: int = 0
    """Requests that another worker has made for it before it died."""


class CancelUnit(Struct, frozen=True, tag=True):
    """Stop a unit; still answered by `UnitDone`, whose outcome nobody reads."""

    id: int


class MayRetry(Struct, frozen=True, tag=True):
    """The answer to `AskRetry`, given when it is time."""

    id: int
    granted: bool


ToWorker = UseConnection | UseCredentials | RunUnit | CancelUnit | MayRetry


class WorkerReady(Struct, frozen=True, tag=True):
    """Imports are done and the connection's clients are open: units will be done at once."""


class UnitsMoved(Struct, frozen=True, tag=True):
    """Bytes that moved since the last such message, by unit id; sent at most ten times a second."""

    moved: dict[int, int]


class UnitDone(Struct, frozen=True, tag=True):
    """The end of a unit."""

    id: int
    outcome: Outcome
    moved: int = 0
    """Bytes that moved and have not been told before."""


class ServerSaysExpired(Struct, frozen=True, tag=True):
    """The server no longer takes the credentials of this generation."""

    generation: int


class ClockSeen(Struct, frozen=True, tag=True):
    """The server's clock minus ours, in seconds, after it was seen to differ from what was known."""

    offset: float


class AskRetry(Struct, frozen=True, tag=True):
    """An attempt has failed: may there be another one? The engine decides for all workers together."""

    id: int
    unit_id: int
    setback: Setback


FromWorker = AskRetry | WorkerReady | UnitsMoved | UnitDone | ServerSaysExpired | ClockSeen
