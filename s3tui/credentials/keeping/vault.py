"""What a vault is: a place that keeps one secret under one id, and the error all of them raise.

Vaults block. `deadline.BoundedCalls` runs them in threads of their own with a limit.
"""

from typing import Literal, Protocol

from msgspec import Struct

from s3tui.errors import S3tuiError

VaultKind = Literal["keyring", "kernel", "file"]
"""The vaults in the order in which they are offered."""


class KeepingError(S3tuiError):
    """Saved connections or their secrets cannot be kept, found or read; no sentence ever holds a secret."""

    code = "keeping"


class SecretBytes(bytes):
    """Bytes whose repr and str show nothing, for frames and logs that print what they hold."""

    def __repr__(self) -> str:
        """Only the kind."""
        return "SecretBytes(…)"

    __str__ = __repr__


class Vault(Protocol):
    """Keeps secrets by id; every call blocks, and raises nothing but `KeepingError`.

    Ids are lower-case hexadecimal digits, so they are safe in file names and command lines.
    """

    kind: VaultKind

    def available(self) -> str:
        """Return an empty string when secrets can be kept here now, else one sentence why not."""
        ...

    def keep(self, identifier: str, secret: SecretBytes, expires_at: float | None) -> None:
        """Keep `secret` in place of an earlier one; `expires_at` in Unix seconds, None for no expiry."""
        ...

    def fetch(self, identifier: str) -> SecretBytes | None:
        """Return the secret, or None when there is none (any more)."""
        ...

    def forget(self, identifier: str) -> None:
        """Remove the secret; it is no error when there is none."""
        ...


class VaultChoice(Struct, frozen=True):
    """One vault as a screen offers it."""

    kind: VaultKind
    available: bool
    title: str
    """Two or three words."""
    sentence: str
    """What keeping here means when available, else why it cannot be had."""
