"""What the demo server and its front end tell each other: options one way, access the other.

One JSON document a line over an inherited socket, so that no secret ever stands in an argument list, an
environment or a log. Imported by both processes; needs msgspec only.
"""

import datetime as dt
from typing import Literal

import msgspec

Rights = Literal["rw", "ro", "full", "admin"]
"""What a key may do.

`ro` lists and reads its prefix; `rw` also writes, deletes and aborts there, but may not list parts or
uploads, as on most platforms; `full` may do that too; `admin` may do everything in every bucket.
"""


class ExtraObjects(msgspec.Struct, frozen=True):
    """Generated objects `<prefix>object-0000000.bin` …, for listings of any length."""

    prefix: str
    """Key prefix with its trailing slash."""
    count: int
    size: int = 0
    """Bytes of each object."""


class DemoOptions(msgspec.Struct, frozen=True):
    """How a demo server is to behave."""

    lifetime_seconds: float = 900
    """Life of the first credentials; fractions are allowed, tests use them."""
    rights: Rights = "rw"
    scratch: bool = True
    """Make a private directory with a few files to upload."""
    latency_seconds: float = 0.0
    """Added before each answer."""
    clock_offset_seconds: float = 0.0
    """How far the server's clock is ahead of this machine's."""
    sample: bool = True
    """Fill the bucket with the sample data."""
    extra: tuple[ExtraObjects, ...] = ()


class DemoAccess(msgspec.Struct, frozen=True):
    """Where the demo server listens and the temporary credentials it takes."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    """None for the long-term key of an administrator."""
    expiration: dt.datetime | None
    """By the server's clock, in UTC."""
    region: str
    endpoint_url: str
    bucket: str
    prefix: str
    """The only prefix these credentials may use, with its trailing slash."""
    profile: str | None = None
    scratch_dir: str | None = None
    """Private directory (0700) that is removed when the server ends; None when none was asked for."""

    def __repr__(self) -> str:
        """Show the place and the id's last four, never a secret."""
        return (
            f"DemoAccess(…{self.access_key_id[-4:]}, expires {self.expiration}, "
            f"{self.endpoint_url}, s3://{self.bucket}/{self.prefix})"
        )


class IssueRequest(msgspec.Struct, frozen=True, tag="issue"):
    """Asks for fresh credentials, as opening a platform's page again would."""

    lifetime_seconds: float
    rights: Rights | None = None
    """None keeps the rights the server was started with."""


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """Why the child could not do what was asked."""

    sentence: str


class Granted(msgspec.Struct, frozen=True, tag="granted"):
    """The child's answer when all is well."""

    access: DemoAccess

    def __repr__(self) -> str:
        """As masked as what it holds."""
        return f"Granted({self.access!r})"
