"""What a request was about and what is known of its credentials: the other half of every verdict."""

from typing import Literal

from msgspec import Struct

from s3tui.model.location import S3Location

Standing = Literal["", "good", "ended"]
"""What our own clock or a probe says of the credentials: nothing, still good, or ended."""


class Subject(Struct, frozen=True):
    """What a request was about, for its sentences."""

    verb: str
    """Completes "you may not …": list, read, write, delete, copy to."""
    location: S3Location
    host: str
    region: str = ""
    skew: float = 0.0
    """Server's clock minus ours, in seconds."""
    secrets: tuple[str, ...] = ()
    """Texts that must not appear, should a server repeat them."""
    secure: bool = True
    """Whether it went over TLS."""
    key: str = ""
    """The key id as screens show it."""
    temporary: bool = True
    """Whether a session token went along."""
    token_missing: bool = False
    """The key id is of the temporary kind, and there is no token."""
    expires_at: float | None = None
    """Unix seconds by the server's clock; None when unknown."""
    standing: Standing = ""
    home: S3Location | None = None
    """Where the credentials could list something before."""

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"Subject({self.verb} {self.location} at {self.host})"

    @property
    def at_home(self) -> bool:
        """Whether it was about something inside the workspace."""
        home = self.home
        return (
            home is not None
            and home.bucket == self.location.bucket
            and self.location.key.startswith(home.key)
        )
