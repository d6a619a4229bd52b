"""One request to a platform's interface and its answer, as values; no repr shows a token."""

import json

from msgspec import Struct

from s3tui.errors import UsageError
from s3tui.formatting import printable

_WORDS_LENGTH = 200
_REASONS = ("reason", "detail", "message", "error_description", "error", "details", "title")


class PlatformRequest(Struct, frozen=True):
    """What to send, and to whom."""

    platform: str
    """The service's name for sentences: "Synapse"."""

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    secrets: tuple[str, ...] = ()
    """Texts that must not appear in any sentence, should the service repeat them."""

    def __repr__(self) -> str:
        """Method and address only."""
        return f"PlatformRequest({self.method} {self.url!r})"


class PlatformAnswer(Struct, frozen=True):
    """What came back, whatever its status."""

    status: int
    body: bytes

    def __repr__(self) -> str:
        """The status only: the body may hold credentials."""
        return f"PlatformAnswer({self.status}, {len(self.body)} bytes)"

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def document(self) -> object:
        """The body as JSON, whatever type it is labelled with; None when it is none."""
        try:
            found: object = json.loads(self.text)
        except (ValueError, RecursionError):
            return None
        return found


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The header that carries a bearer token.

    Raises:
        UsageError: it cannot be one.
    """
    return (("Authorization", f"Bearer {clean_token(token)}"),)


def clean_token(token: str) -> str:
    """Return a token as it may stand in a header: without blanks around it and without its scheme.

    Raises:
        UsageError: it is empty, or holds characters that no token has.
    """
    token = token.strip()
    if token[:7].lower() == "bearer ":
        token = token[7:].strip()
    if not token:
        raise UsageError("The token is missing.", next_step="Copy it from your platform's page.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            "The token holds characters that no token has.", next_step="Copy it once more, as one line."
        )
    return token


def words_of(answer: PlatformAnswer, secrets: tuple[str, ...]) -> str:
    """The reason that a service gives for a refusal, as one short line; empty when there is none to show."""
    document = answer.document()
    words = _reason(document) if document is not None else _plain(answer.text)
    words = " ".join(printable(words).split())
    if any(secret and secret in words for secret in secrets):
        return ""
    return words[:_WORDS_LENGTH].rstrip()


def _reason(document: object) -> str:
    if isinstance(document, str):
        return document
    if isinstance(document, list):
        return _reason(document[0]) if document else ""
    if isinstance(document, dict):
        for name in _REASONS:
            if name in document and (found := _reason(document[name])):
                return found
    return ""


def _plain(text: str) -> str:
    """A short plain text; pages are for browsers."""
    return "" if "<" in text or len(text) > 4 * _WORDS_LENGTH else text
