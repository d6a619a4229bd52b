"""Units of byte work: what the manager hands to byte workers, and what comes back.

A unit is stateless: everything it needs is in it, apart from the connection and its credentials. It may run
in the engine's own loop or in a worker process, and it may be run again from the start at any time.
"""

from msgspec import Struct

from s3tui.model.failure import Failure
from s3tui.model.transfer import Assurance
from s3tui.model.upload_check import UploadCheck


class SourceIdentity(Struct, frozen=True, tag=True):
    """A local file as it was when its transfer began; a unit refuses to read any other."""

    size: int
    modified_ns: int
    inode: int
    device: int
    changed_ns: int = 0
    """When anything of it last changed, names and permissions included; no program can set it."""

    def looks_like(self, other: "SourceIdentity") -> bool:
        """Whether at most names, permissions, or contents whose time was set back can differ."""
        return (
            self.size == other.size
            and self.modified_ns == other.modified_ns
            and self.inode == other.inode
            and self.device == other.device
        )


class Planned(Struct, frozen=True, tag=True):
    """A local file as its transfer was planned; whoever opens it finds out whether it still is."""

    size: int
    modified: float
    """Unix seconds."""


class PutFile(Struct, frozen=True, tag=True):
    """Send a whole small file in one PutObject. Answered by `Sent`."""

    path: bytes
    identity: SourceIdentity | Planned
    bucket: str
    key: str
    metadata: dict[str, str] = {}
    """User metadata without the `x-amz-meta-` prefix; the time of a `Planned` file is added to it."""
    only_if_absent: bool = False
    """Send If-None-Match: * so that nothing is overwritten."""
    check: UploadCheck = UploadCheck()


class SendPart(Struct, frozen=True, tag=True):
    """Send one part of a multipart upload. Answered by `Sent`."""

    path: bytes
    identity: SourceIdentity
    bucket: str
    key: str
    upload_id: str
    part_number: int
    offset: int
    length: int
    check: UploadCheck = UploadCheck()
    tried: int = 0
    """Requests that were made with this part before: they count for its limit."""


class Landing(Struct, frozen=True):
    """Where a file is to lie once it is complete and checked."""

    target: bytes
    """In the folder of the temporary file."""
    replace: bool
    """Take the place of what is there already."""


class FetchFile(Struct, frozen=True, tag=True):
    """Get a whole small object into a new temporary file and check it. Answered by `Fetched`."""

    bucket: str
    key: str
    part_path: bytes
    """The temporary file; made new (O_EXCL after removing our own leftover), never followed as a link."""
    expected_size: int
    etag: str = ""
    """Of the version that is wanted, without quotes; empty takes whatever there is."""
    root: int = -1
    """Bytes of the path below which no symbolic link is followed; -1 trusts the whole folder."""
    landing: Landing | None = None
    """Gather it in memory instead, and make the file, its folders and its final name when it is checked."""
    modified: float = -1.0
    """When the version that is wanted was made (Unix seconds), where no ETag tells it; negative takes any."""


class FetchRange(Struct, frozen=True, tag=True):
    """Get bytes [offset, offset+length) with If-Match into the temporary file. Answered by `Fetched`."""

    bucket: str
    key: str
    etag: str
    """As HEAD gave it, without quotes."""
    offset: int
    length: int
    total: int
    """Size of the whole object in bytes; a reply that speaks of another total is `Changed`."""
    part_path: bytes
    root: int = -1
    """As in `FetchFile`."""
    checksum: str = ""
    """Name of the checksum to compute while the bytes arrive, for example "crc64nvme"; empty for none."""


class RangeSum(Struct, frozen=True):
    """A range of a temporary file and what its bytes came to when they arrived."""

    number: int
    """As the journal counts, from 1."""
    offset: int
    length: int
    digest: str
    """Name and value, for example "md5:0cc1…"; empty when it is not known."""


class CheckRanges(Struct, frozen=True, tag=True):
    """Read ranges of a temporary file and compare them with their digests. Answered by `Checked`."""

    path: bytes
    ranges: tuple[RangeSum, ...]


class VerifyFile(Struct, frozen=True, tag=True):
    """Read a finished temporary file and compare it with what the server says. Answered by `Verified`."""

    path: bytes
    size: int
    etag: str
    checksums: dict[str, str]
    """Full-object checksums by header name, for example {"x-amz-checksum-sha256": "…base64…"}."""
    part_size: int = 0
    """Bytes per part of a multipart ETag when known from our metadata, else 0."""
    encrypted: bool = False
    """SSE-KMS or SSE-C: the ETag is not an MD5."""
    composite: dict[str, str] = {}
    """Checksums of the parts' checksums by header name."""
    told_md5: str = ""
    """MD5 of the contents in hex that the object's metadata tells, as rclone writes it."""
    ranges: tuple[RangeSum, ...] = ()
    """All ranges of the file in order: the file is not read again where their digests settle it."""
    follow: bool = False
    """Read what a symbolic link leads to, for files of the user's own."""


Unit = PutFile | SendPart | FetchFile | FetchRange | VerifyFile | CheckRanges


class Sent(Struct, frozen=True, tag=True):
    """A PutFile or SendPart that the server acknowledged."""

    etag: str
    length: int
    checksum: str = ""
    """Value of the checksum that was sent with it; empty where none was."""
    compared: bool = False
    """The server's ETag, or a checksum of its own, is that of the bytes that were sent."""


class Fetched(Struct, frozen=True, tag=True):
    """A FetchFile or FetchRange whose bytes are in the temporary file."""

    length: int
    etag: str
    modified: float
    """The object's Last-Modified, Unix seconds."""
    assurance: Assurance | None = None
    """For FetchFile: how far it was checked. None for ranges, which are verified as a whole."""
    metadata: dict[str, str] = {}
    digest: str = ""
    """Name and value of a checksum of these bytes, where one was computed."""
    doubtful: bool = False
    """As in `Verified`."""
    landed: bool = False
    """It has its final name; never where it is doubtful."""


class Verified(Struct, frozen=True, tag=True):
    """The file agrees. Disagreement is a `Damaged` failure instead."""

    assurance: Assurance
    digest: str = ""
    """Name and value of what agrees, for example "md5:0cc1…" or "etag:…-12"."""
    doubtful: bool = False
    """None of the likely part sizes gives the ETag: the true one is odd, or the contents are damaged."""


class Checked(Struct, frozen=True, tag=True):
    """Which ranges are in the file as they arrived."""

    numbers: tuple[int, ...]


class Failed(Struct, frozen=True, tag=True):
    """The unit ended without its result."""

    failure: Failure


Outcome = Sent | Fetched | Verified | Checked | Failed


def error_code_is_retryable(code: str) -> bool:
    """Whether a unit that failed with this code may be given out again at once."""
    return code in ("unreachable", "busy", "damaged")
