"""A connection the user asked to keep, without its secret; and what is sealed away with the secret."""

import datetime as dt
from typing import Annotated, Final, Self

import msgspec
from msgspec import Meta, Struct

from s3tui.credentials.keeping.vault import KeepingError, SecretBytes, VaultKind
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace

IDENTIFIER: Final = r"^[0-9a-f]{16}\Z"
"""The pattern of ids."""

Identifier = Annotated[str, Meta(pattern=IDENTIFIER)]
"""Names an entry in the list, in file names and in command lines of children."""


class SavedConnection(Struct, frozen=True, kw_only=True):
    """One entry of the list; holds nothing that opens anything."""

    id: Identifier
    name: str
    """What the user calls it; never empty."""
    endpoint: Endpoint = Endpoint()
    """URL, region, addressing and certificate authorities of the server."""
    workspace: Workspace = Workspace()
    """Bucket and prefix."""
    local_folder: str = ""
    """The local folder that goes with it, absolute; empty for none."""
    key_label: str = ""
    """The key id as screens show it: "ASIA…QX7M"."""
    kept_in: VaultKind
    """Where the secret lies."""
    expires_at: dt.datetime | None = None
    """Aware UTC time when the credentials expire; None when unknown or never."""
    temporary: bool = False
    """Whether the credentials come with a session token."""

    @property
    def connection(self) -> Connection:
        """What the engine needs to connect, apart from the credentials."""
        return Connection(endpoint=self.endpoint, workspace=self.workspace)

    def expired(self, now: float) -> bool:
        """Whether the credentials are past their expiry at `now` (Unix seconds)."""
        return self.expires_at is not None and self.expires_at.timestamp() <= now


class SealedSecret(Struct, frozen=True):
    """What a vault keeps for one connection: the credentials and the server they are meant for.

    The list lies unencrypted. The endpoint is sealed with the credentials so that a changed list cannot send
    them to another server.
    """

    credentials: Credentials
    endpoint: Endpoint

    def to_bytes(self) -> SecretBytes:
        """Return the content for a vault."""
        return SecretBytes(msgspec.json.encode(self))

    @classmethod
    def from_bytes(cls, content: SecretBytes, name: str) -> Self:
        """Read what a vault gave back for the connection called `name`.

        Raises:
            KeepingError: the content is not what `to_bytes` made.
        """
        try:
            return msgspec.json.decode(content, type=cls)
        except msgspec.MsgspecError:
            pass
        # Raised out here: the decoder's error may quote the content.
        raise KeepingError(
            f'What was kept for "{name}" cannot be read any more.', next_step="Forget it and save it anew."
        )
