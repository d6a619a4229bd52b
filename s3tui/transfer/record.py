"""One transfer as the manager keeps it and the journal remembers it."""

from msgspec import Struct

from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.model.transfer import Assurance, Direction, TransferRow, TransferStatus
from s3tui.transfer.parts import PartPlan


class Transfer(Struct):
    """A file (or an empty folder, whose key ends in "/" and which has no bytes) on its way.

    The manager alone writes to it. 100,000 of them lie in memory, so nothing is kept twice: both locations
    are made when somebody looks.
    """

    id: int
    direction: Direction
    local: bytes
    """Path of the local side."""
    root: int
    """Bytes of `local` that the user chose himself; below them no symbolic link is followed when writing."""
    bucket: str
    key: str
    key_root: int
    """Characters of `key` that the user chose himself."""
    endpoint: str | None
    """URL of the server it belongs to."""
    size: int
    modified: float
    """Unix seconds of the source when it was planned."""
    overwrite: bool = False
    """The user agreed to replace what is at the destination."""
    move: bool = False
    """The source is deleted once the copy is verified."""
    status: TransferStatus = TransferStatus.QUEUED
    """As stored: "held" is never stored, it follows from the credentials."""
    upload_id: str = ""
    part_size: int = 0
    """Bytes per part or range; 0 while it is not cut."""
    etag: str = ""
    """Of the object that is fetched, or that finished ranges came from; empty where it is not known.

    For an upload the name of the checksum that it was created with: its parts cannot do without.
    """
    parts: dict[int, str] | None = None
    """Finished parts or ranges: number to ETag, and for a part with a checksum a blank and its value."""
    moved: int = 0
    touched: bool = False
    """It has run: something of it may lie on the server or in its folder."""
    failure: Failure | None = None
    assurance: Assurance | None = None

    @property
    def uploads(self) -> bool:
        """Whether bytes go to the server."""
        return self.direction is Direction.UPLOAD

    @property
    def is_folder(self) -> bool:
        """Whether this only makes an empty folder; a marker that holds bytes is an object like others."""
        return self.key.endswith("/") and not self.size

    @property
    def object(self) -> S3Location:
        """The remote side."""
        return S3Location(self.bucket, self.key)

    @property
    def file(self) -> LocalLocation:
        """The local side."""
        return LocalLocation(self.local)

    @property
    def source(self) -> Location:
        """Where the bytes come from."""
        return self.file if self.uploads else self.object

    @property
    def destination(self) -> Location:
        """Where the bytes go."""
        return self.object if self.uploads else self.file

    @property
    def resumable(self) -> bool:
        """Whether something of it need not be sent again."""
        return bool(self.upload_id or self.parts)

    @property
    def safe(self) -> int:
        """Bytes in finished parts."""
        if not self.parts or not self.part_size:
            return 0
        plan = PartPlan(self.size, self.part_size)
        last = plan.count
        short = plan.part(last).length - self.part_size if last in self.parts else 0
        return len(self.parts) * self.part_size + short

    def row(self, status: TransferStatus, rate: float) -> TransferRow:
        """What a screen shows, with the status and rate (bytes per second) that apply now."""
        return TransferRow(
            id=self.id,
            direction=self.direction,
            source=self.source,
            destination=self.destination,
            size=self.size,
            moved=self.moved,
            status=status,
            rate=rate,
            failure=self.failure,
            assurance=self.assurance,
            parts_done=len(self.parts or ()),
            parts=-(-self.size // self.part_size) if self.part_size else 0,
        )
