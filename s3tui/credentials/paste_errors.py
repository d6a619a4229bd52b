"""Why a paste was refused: a code for programs and one sentence for the user.

The sentences are fixed texts. No part of a paste ever enters one, so none can carry a secret.
"""

from typing import Final, Literal

from s3tui.errors import S3tuiError

PasteCode = Literal[
    "missing_secret",
    "missing_access_key",
    "missing_token",
    "truncated_token",
    "multiple_identities",
    "token_with_long_term_key",
    "expired",
    "placeholder",
    "control_characters",
    "bad_characters",
    "bad_endpoint",
    "not_credentials",
    "too_large",
]
"""Every reason for which a paste is refused."""

SENTENCES: Final[dict[PasteCode, str]] = {
    "missing_secret": (
        "The secret access key is missing: copy the key id and its secret together and paste again."
    ),
    "missing_access_key": (
        "The access key id is missing: copy the key id together with its secret and paste again."
    ),
    "missing_token": (
        "This is a temporary key (its id begins with ASIA) and the session token is missing:"
        " copy all three values and paste again."
    ),
    "truncated_token": (
        "The session token is incomplete, it was cut off when it was copied:"
        " copy the whole token and paste again."
    ),
    "multiple_identities": (
        "The text holds more than one set of credentials (two different identities):"
        " paste only the one you want to use."
    ),
    "token_with_long_term_key": (
        "The session token does not belong to this long-term key (its id begins with AKIA):"
        " copy all three values from the same place."
    ),
    "expired": "These credentials have expired already: get new ones from your platform and paste them.",
    "placeholder": (
        "These are example values or placeholders, not real credentials:"
        " copy the real, unmasked values from your platform."
    ),
    "control_characters": (
        "The text holds control characters (colour codes or other invisible bytes):"
        " copy it again as plain text."
    ),
    "bad_characters": (
        "The credentials hold characters that no key has, such as look-alike letters of another alphabet:"
        " copy them again from the original page."
    ),
    "bad_endpoint": "The endpoint is not a usable address: give it as https://host or https://host:port.",
    "not_credentials": (
        "No S3 credentials were found in the text: copy the access key id, the secret access key and,"
        " for a temporary key, the session token."
    ),
    "too_large": (
        "The text is too large for credentials (the limit is 64 KiB): copy only the lines with the keys."
    ),
}
"""What to say for each code when nothing more exact is known."""


class PasteError(S3tuiError):
    """A paste that cannot be taken; the message says what to do about it."""

    code: PasteCode  # type: ignore[misc]  # one class for all reasons: the code is the reason
    """Which rule refused the paste."""

    def __init__(self, code: PasteCode, sentence: str | None = None) -> None:
        """Refuse with a code, and with its usual sentence unless a better fixed one is given."""
        super().__init__(sentence or SENTENCES[code])
        self.code = code
