"""Transfers as values: what was asked, what it looks like now, and the queue as a whole."""

from enum import StrEnum

from msgspec import Struct

from s3tui.model.failure import Failure
from s3tui.model.location import Location


class TransferStatus(StrEnum):
    """The life of a transfer. "held" waits for credentials; "paused" waits for the user."""

    QUEUED = "queued"
    RUNNING = "running"
    HELD = "held"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in (TransferStatus.SUCCEEDED, TransferStatus.FAILED, TransferStatus.CANCELLED)


class Direction(StrEnum):
    """Which way the bytes go."""

    UPLOAD = "upload"
    DOWNLOAD = "download"


class Assurance(StrEnum):
    """How far a finished transfer was checked."""

    VERIFIED = "verified"
    """Contents compared by a checksum or ETag."""
    SIZE_ONLY = "size only"
    """A foreign multipart object without a usable checksum: only lengths agree."""


class ClashPolicy(StrEnum):
    """What to do when the destination exists."""

    SKIP = "skip"
    OVERWRITE = "overwrite"
    RENAME = "rename"
    NEWER = "newer"
    """Overwrite only where the source is newer."""
    GO_ON = "go-on"
    """Overwrite what an earlier run of the same copy has not brought."""


class NamePolicy(StrEnum):
    """What to do with names that cannot be kept on the other side."""

    RENAME = "rename"
    """Copy under the names of the plan."""
    LEAVE_OUT = "leave-out"


class CopyItem(Struct, frozen=True):
    """One thing to copy, and exactly where its bytes go.

    For a folder the contents land under `destination`: the caller has already added the folder's own name if
    it is wanted.
    """

    source: Location
    destination: Location
    folder: bool = False


class TransferRow(Struct, frozen=True):
    """One transfer as a screen shows it."""

    id: int
    direction: Direction
    source: Location
    destination: Location
    size: int
    """Bytes in all."""
    moved: int
    """Bytes that count as done; may go back when a part is sent again."""
    status: TransferStatus
    rate: float = 0.0
    """Bytes per second over the last few seconds."""
    failure: Failure | None = None
    assurance: Assurance | None = None
    parts_done: int = 0
    parts: int = 0
    """0 when the file goes in one request."""

    @property
    def name(self) -> str:
        """Last component of the source."""
        return self.source.name


class QueueSummary(Struct, frozen=True):
    """The whole queue as counts; what the summary line shows."""

    queued: int = 0
    running: int = 0
    held: int = 0
    paused: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    bytes_total: int = 0
    """Bytes of all transfers of this run of the queue, finished ones included."""
    bytes_done: int = 0
    bytes_safe: int = 0
    """Bytes of unfinished transfers that are in finished parts: never sent again."""
    rate: float = 0.0
    """Bytes per second, all transfers together."""
    eta: float | None = None
    """Seconds until the queue is empty at this rate; None when unknown."""

    outage: str = ""
    """Why there is no way to the server, as a sentence: everything waits for the network. Empty otherwise."""

    @property
    def active(self) -> int:
        """Transfers that are not finished."""
        return self.queued + self.running + self.held + self.paused


class Clash(Struct, frozen=True):
    """A destination that exists already."""

    index: int
    """Number of the item in the plan."""
    destination: Location
    source_size: int
    source_modified: float
    existing_size: int
    existing_modified: float


class Renamed(Struct, frozen=True):
    """A name that cannot be kept, both as quoted, harmless text."""

    source: str
    """The key or the local name, below what was chosen."""
    destination: str
    """What it would be called."""


class PlanSummary(Struct, frozen=True):
    """What a copy would do, before anything is done."""

    plan_id: int
    direction: Direction
    files: int
    bytes: int
    clash_count: int = 0
    clashes: tuple[Clash, ...] = ()
    """The first clashes in detail; `clash_count` says how many there are."""
    skipped: tuple[str, ...] = ()
    """Sentences on what will not be copied, each naming the thing (FIFOs, links to folders)."""
    skipped_count: int = 0
    warnings: tuple[str, ...] = ()
    """Sentences, for example on too little free space."""
    move: bool = False
    renamed_count: int = 0
    renamed: tuple[Renamed, ...] = ()
    """The first names that cannot be kept; `renamed_count` says how many there are."""


class UnfinishedWork(Struct, frozen=True):
    """What an earlier run left in the journal."""

    files: int
    bytes_total: int
    bytes_safe: int
    """Bytes in parts that need not be sent again."""
    endpoint_url: str | None
    bucket: str
    """Where most of it belongs; to offer it only when connected there."""
