"""Credentials, and the place they lead to."""

from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct


class Credentials(Struct, frozen=True):
    """A key id, its secret and, when temporary, a session token and an expiry.

    The repr never shows the secret or the token.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expiration: datetime | None = None
    """Aware UTC time of expiry; None when unknown or never."""

    def __repr__(self) -> str:
        """The id's last four characters and the expiry, nothing else."""
        return f"Credentials(…{self.tail}, expiration={self.expiration})"

    @property
    def tail(self) -> str:
        """The last four characters of the key id."""
        return self.access_key_id[-4:]

    @property
    def label(self) -> str:
        """The key id as screens show it: "ASIA…QX7M"; short ids show only their end."""
        head = self.access_key_id[:4] if len(self.access_key_id) >= 12 else ""
        return f"{head}…{self.tail}"

    @property
    def temporary(self) -> bool:
        """Whether these come with a session token."""
        return self.session_token is not None


CannedAcl = Literal[
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
]
"""The access lists that S3 knows by name."""

CANNED_ACLS: tuple[CannedAcl, ...] = get_args(CannedAcl)
"""All of them."""

Addressing = Literal["auto", "path", "virtual"]
"""Ways to name a bucket in requests; auto is path for own endpoints, virtual for AWS."""


class Endpoint(Struct, frozen=True):
    """The server to speak to, and what every request there has to carry."""

    url: str | None = None
    """scheme://host[:port]; None is AWS itself."""

    region: str | None = None
    """Region to sign for; None takes the library's default (us-east-1)."""

    addressing: Addressing = "auto"
    """How the bucket is named in requests."""

    ca_file: str | None = None
    """A PEM file of certificate authorities to trust instead of the system's."""

    canned_acl: CannedAcl | None = None
    """Sent with everything that makes an object; some buckets refuse uploads without theirs."""

    request_payer: bool = False
    """Agree to pay for requests and traffic; buckets of that kind refuse everybody else."""

    @property
    def host(self) -> str:
        """Host and port for display; "AWS" when no URL was given."""
        return self.url.partition("://")[2].rpartition("@")[2] if self.url else "AWS"


class Workspace(Struct, frozen=True):
    """The part of a server that the credentials are meant for."""

    bucket: str | None = None
    """None when unknown: then the list of buckets is tried once."""

    prefix: str = ""
    """Empty, or ending in "/"."""

    name: str = ""
    """What the user or the platform calls it; may be empty."""

    read_only: bool = False
    """The platform gave these credentials for reading only, so nothing is changed here."""


class Connection(Struct, frozen=True):
    """Everything needed to start browsing, apart from the credentials."""

    endpoint: Endpoint = Endpoint()
    workspace: Workspace = Workspace()
