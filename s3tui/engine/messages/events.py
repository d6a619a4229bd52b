"""What the engine tells by itself."""

from msgspec import Struct

from s3tui.model.location import Location
from s3tui.model.transfer import QueueSummary, TransferRow


class Event(Struct, frozen=True, tag=True):
    """Something the engine tells by itself."""


class PlanProgress(Event, frozen=True):
    """A walk goes on: files and bytes found so far."""

    files: int
    bytes: int


class Snapshot(Event, frozen=True):
    """The queue as it is now; sent when something changed, at most four times a second.

    `rows` holds the running, held and paused ones, the latest failures and the next few queued: at most 64.
    """

    summary: QueueSummary
    rows: tuple[TransferRow, ...]


class CredentialState(Event, frozen=True):
    """What the front end needs for the countdown; sent when it changes."""

    label: str = ""
    """Key id as screens show it; empty when not connected."""
    temporary: bool = False
    expires_at: float | None = None
    """Unix seconds by the server's clock; None when unknown or never."""
    clock_offset: float = 0.0
    """Server's clock minus ours, in seconds."""
    refused: bool = False
    """The server has said that they are expired, whatever the clock says."""
    waiting: int = 0
    """Transfers held for new credentials."""
    renews: bool = False
    """They come from a source that is asked again by itself before they end."""


class FolderChanged(Event, frozen=True):
    """A folder got or lost entries through a finished transfer; panes showing it may list again."""

    location: Location


class Question(Event, frozen=True):
    """The engine needs a word from the user; the front end sends an `Answer` with the same `question_id`."""

    question_id: int
    text: str
    """What is asked for, for example an MFA code."""
    hidden: bool = False
    """Whether what is typed must not be shown."""


class Notice(Event, frozen=True):
    """A sentence for the user that answers no request."""

    text: str
    serious: bool = False
