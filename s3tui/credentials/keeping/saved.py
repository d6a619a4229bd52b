"""A connection the user asked to keep, without its secret; and what is sealed away with the secret."""

import base64
import datetime as dt
import re
import secrets
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from s3tui.credentials.keeping.vault import KeepingError, SecretBytes, VaultKind
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.source import InstanceSource, ProfileSource, Source, source_label, token_of

IDENTIFIER: Final = r"^[0-9a-f]{16}\Z"
"""The pattern of ids."""

Secret = Credentials | Source
"""What can be kept: credentials, or a source with the token it is asked with."""

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
    """The key id as screens show it: "ASIA…QX7M"; empty when no key is kept."""
    kept_in: VaultKind | None = None
    """Where the secret lies; None when there is none: credentials are pasted, or come from `asked`."""
    expires_at: dt.datetime | None = None
    """Aware UTC time when the credentials expire; None when unknown or never."""
    temporary: bool = False
    """Whether the credentials come with a session token."""
    asked: ProfileSource | InstanceSource | None = None
    """Where credentials come from without a secret of ours; its surroundings are left out."""
    asks: str = ""
    """What is asked with the kept token: "Synapse syn123"; empty when credentials are kept."""
    last_folder: str = ""
    """The key of the folder that was shown last, ending in "/"; empty for the workspace's root."""
    refused_above: tuple[tuple[str, str], ...] = ()
    """Addresses of folders that were refused, each with the reason."""

    @property
    def connection(self) -> Connection:
        """What the engine needs to connect, apart from the credentials."""
        return Connection(endpoint=self.endpoint, workspace=self.workspace)

    @property
    def bare(self) -> Self:
        """The same place without its secret: what stays when that has expired or is gone."""
        return replace(self, kept_in=None, key_label="", asks="", expires_at=None, temporary=False)

    @property
    def ready(self) -> bool:
        """Whether it can be connected to without a paste."""
        return self.kept_in is not None or self.asked is not None

    def expired(self, now: float) -> bool:
        """Whether the credentials are past their expiry at `now` (Unix seconds)."""
        return self.expires_at is not None and self.expires_at.timestamp() <= now


class SealedSecret(Struct, frozen=True):
    """What a vault keeps for one connection: credentials or a source with its token, and the server.

    The list lies unencrypted. The endpoint is sealed with the credentials so that a changed list cannot send
    them to another server.
    """

    credentials: Credentials | None
    endpoint: Endpoint
    source: Source | None = None

    @classmethod
    def of(cls, secret: Secret, endpoint: Endpoint) -> Self:
        """Seal a secret with its server."""
        if isinstance(secret, Credentials):
            return cls(secret, endpoint)
        return cls(None, endpoint, secret)

    @property
    def secret(self) -> Secret | None:
        """What was sealed; None only where somebody else wrote it."""
        return self.credentials or self.source

    def fits(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint is the server that was sealed, trusted in the same way.

        Regions are learnt, and terms may change: neither leads to another server.
        """
        return (self.endpoint.url, self.endpoint.ca_file) == (endpoint.url, endpoint.ca_file)

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


def secret_ends(secret: Secret | None) -> dt.datetime | None:
    """When a secret is worth nothing any more, in UTC; None when that is unknown or never."""
    if isinstance(secret, Credentials):
        return secret.expiration.astimezone(dt.UTC) if secret.expiration is not None else None
    return token_ends(token_of(secret)) if secret is not None else None


def token_ends(token: str) -> dt.datetime | None:
    """The end that a JSON web token tells of itself, in UTC; None for every other token."""
    parts = token.removeprefix("Bearer ").strip().split(".")
    if len(parts) != 3:
        return None
    try:
        payload = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        ends = payload.get("exp") if isinstance(payload, dict) else None
        return dt.datetime.fromtimestamp(float(ends), dt.UTC) if isinstance(ends, int | float) else None
    except (ValueError, OverflowError, OSError, RecursionError):
        return None


def new_entry(
    connection: Connection,
    secret: Secret | None,
    vault: VaultKind | None,
    name: str,
    local_folder: str,
    replaces: str | None,
) -> SavedConnection:
    """Make the entry of the list, as `Keeper.save` is told.

    Raises:
        KeepingError: it would put a secret into the list, or names an entry that cannot be.
    """
    endpoint, workspace = connection.endpoint, connection.workspace
    address = urlsplit(endpoint.url or "")
    if address.query or "@" in address.netloc:
        raise KeepingError(
            f"The address of {address.hostname} holds a password or a query, so it is not kept."
        )
    if replaces is not None and not re.fullmatch(IDENTIFIER, replaces):
        raise KeepingError("There is no such saved connection.")
    place = f"{workspace.bucket}/{workspace.prefix}".rstrip("/") if workspace.bucket else endpoint.host
    entry = SavedConnection(
        id=replaces or secrets.token_hex(8),
        name=name.strip() or workspace.name.strip() or place,
        endpoint=endpoint,
        workspace=workspace,
        local_folder=local_folder,
        kept_in=vault,
        expires_at=secret_ends(secret) if vault is not None else None,
    )
    match secret:
        case ProfileSource():
            return replace(entry, kept_in=None, asked=ProfileSource(secret.name), expires_at=None)
        case InstanceSource():
            return replace(entry, kept_in=None, asked=InstanceSource(), expires_at=None)
        case Credentials() if vault is not None:
            return replace(entry, key_label=secret.label, temporary=secret.temporary)
        case None | Credentials():
            return entry
        case _:
            return replace(entry, asks=source_label(secret)) if vault is not None else entry


def called(secret: Secret | None) -> str:
    """A secret as the beginning of a sentence that goes on with "expired"."""
    if isinstance(secret, Credentials):
        return f"The credentials {secret.label} have"
    return f"The token of {source_label(secret)} has" if secret is not None else "It has"
