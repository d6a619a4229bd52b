"""How the bytes of an upload are guarded on their way, and what servers were seen to do about it."""

from enum import StrEnum

from msgspec import Struct

SHA256 = "sha256"
"""The hash of a body in the signature of its request."""

UNSIGNED = "unsigned"
"""A body whose hash is not part of the signature."""

MD5_ETAGS = "md5-etags"
"""ETags that are the MD5 of what the server has received."""

CRCS = ("crc64nvme", "crc32c")
"""Checksums that may go in a header, the one to be preferred first; both cost a tenth of a SHA-256."""

FULL_OBJECT = frozenset({"crc64nvme"})
"""Checksums of parts that make one of the whole object; servers keep the others as a sum of sums."""


MOST_TRIALS = 6
"""Requests at most to find out what a server checks: each with a part of its own, if there are so many."""


class Standing(StrEnum):
    """What an endpoint does with one kind of check."""

    CHECKED = "checked"
    """It refuses a wrong one and takes a right one."""
    IGNORED = "ignored"
    """It takes it, right or wrong."""
    REFUSED = "refused"
    """It does not take it at all."""


class UploadCheck(Struct, frozen=True):
    """How one body is sent. The default holds wherever anything does."""

    checksum: str = ""
    """Name of the checksum in a header, one of `CRCS`; empty for none."""
    signed: bool = True
    """The body's SHA-256 is signed."""
    proven: bool = False
    """The server was seen to refuse a body that does not agree with this check."""
    compare: bool = False
    """Compare the ETag with an MD5 computed here."""
    md5_etags: bool = False
    """ETags of this server were seen to be MD5s: another one means that the bytes are damaged."""


class UploadProof(Struct, frozen=True):
    """What an upload showed of its server."""

    standings: dict[str, Standing] = {}
    """By `CRCS`, `SHA256`, `UNSIGNED` and `MD5_ETAGS`; nothing where there was no verdict."""
    asked: dict[int, int] = {}
    """Requests that were made, by part number: they count as attempts at the part they were made with."""


class WholeSum(Struct, frozen=True):
    """The checksum of an object, and those of its parts."""

    name: str
    value: str
    """Of the whole object, or of the parts' sums with their number behind a dash."""
    parts: dict[int, str]
    """By part number."""

    @property
    def full_object(self) -> bool:
        """Whether it is computed over the object's own bytes."""
        return self.name in FULL_OBJECT
