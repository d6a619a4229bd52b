"""What a pasted text, an environment or a file gave."""

import datetime as dt

from msgspec import Struct

from s3tui.model.credentials import Credentials

MAX_BYTES = 64 * 1024
"""Size limit of a text that is read, in bytes of UTF-8."""


class ParsedPaste(Struct, frozen=True):
    """Credentials, and the place they lead to, as a text gave them; None where it gave nothing."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expiration: dt.datetime | None = None
    """Aware UTC time; None when the text gives none, or one without a zone."""

    region: str | None = None
    endpoint_url: str | None = None
    """scheme://host[:port]; None for AWS itself."""

    bucket: str | None = None
    prefix: str | None = None
    """Without a leading and with a trailing slash."""

    profile: str | None = None

    @property
    def credentials(self) -> Credentials:
        """What signs requests, without the place."""
        return Credentials(self.access_key_id, self.secret_access_key, self.session_token, self.expiration)

    def __repr__(self) -> str:
        """Everything but the secrets, and of the id only its last four characters."""
        token = "none" if self.session_token is None else f"{len(self.session_token)} characters"
        return (
            f"ParsedPaste(access_key_id='…{self.access_key_id[-4:]}', secret_access_key=hidden, "
            f"session_token={token}, expiration={self.expiration}, region={self.region!r}, "
            f"endpoint_url={self.endpoint_url!r}, bucket={self.bucket!r}, prefix={self.prefix!r}, "
            f"profile={self.profile!r})"
        )
