"""What a comparison of a copy with its original finds, file by file."""

from enum import StrEnum

from msgspec import Struct

from s3tui.model.location import LocalLocation, S3Location


class Finding(StrEnum):
    """How one file and one object stand to each other."""

    SAME = "same"
    """Contents compared by a checksum or ETag."""
    SIZE_ONLY = "size only"
    """The lengths agree, and the server gives nothing to compare contents with."""
    DIFFERS = "differs"
    NOT_HERE = "not here"
    """The object has no file."""
    NOT_THERE = "not there"
    """The file has no object."""
    NOT_CHECKED = "not checked"
    """One side could not be read, or has a name the other side cannot have."""

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the copy."""
        return self in (Finding.SAME, Finding.SIZE_ONLY)


class VerifiedRow(Struct, frozen=True):
    """One file and its object."""

    finding: Finding
    local: LocalLocation | None
    """None where a name has no counterpart; the sentence says which."""
    remote: S3Location | None
    size: int = 0
    """Bytes of the object, or of the file where there is no object."""
    digest: str = ""
    """Name and value of what agrees, for example "crc64nvme:…", "md5:…" or "etag:…-12"."""
    sentence: str = ""
    """What is wrong, for people; empty when nothing is."""
    checked: float = 0.0
    """Unix seconds of the comparison."""
