"""Everything that crosses between a front end and the engine, and nothing else.

Requests carry an `id` chosen by the front end; each is answered by exactly one reply with the same id
(`Succeeded`, `Refused`, or the reply named in its docstring). Events carry no id and come when they please.
Secrets cross in `Connect` and `Renew` only.
"""

from msgspec import Struct

from s3tui.model.credentials import Connection, Credentials
from s3tui.model.entry import Entry, EntryPage
from s3tui.model.failure import Failure
from s3tui.model.location import Location
from s3tui.model.transfer import (
    ClashPolicy,
    CopyItem,
    PlanSummary,
    QueueSummary,
    TransferRow,
    TransferStatus,
    UnfinishedWork,
)

LISTING_WINDOW = 16
"""Pages of one listing that may be on their way to its reader."""


class Request(Struct, frozen=True, tag=True):
    """Something the front end asks for."""

    id: int


class Reply(Struct, frozen=True, tag=True):
    """The one answer to a request."""

    id: int


class Event(Struct, frozen=True, tag=True):
    """Something the engine tells by itself."""


# ---- requests ------------------------------------------------------------------------------------------


class Configure(Request, frozen=True):
    """First message of all: where state lives and how many hands to use. Answered by `Ready`."""

    state_dir: str
    """Folder of the journal; made 0700 when missing."""
    workers: int = 2
    """Byte worker processes; 0 moves bytes in the engine's own loop."""
    parts_at_once: int = 16
    """Requests that move bytes at the same time, all transfers together."""
    multipart_threshold: int = 16 * 1024 * 1024
    """Files of at least this many bytes go in parts."""
    part_size: int = 16 * 1024 * 1024
    """Bytes per part, grown when 10,000 parts would not do."""
    queue: bool = True
    """False makes an engine for folders only: no journal is opened, and nothing can be transferred."""


class Connect(Request, frozen=True):
    """Take these credentials and this place; lists the workspace's root to prove that they work.

    Answered by `Connected` or `Refused`. A connection that existed is replaced; its transfers stay queued.
    """

    credentials: Credentials
    connection: Connection
    prove: bool = True
    """False takes them untried, for credentials that may write but not list."""


class Renew(Request, frozen=True):
    """New credentials for the connection that exists.

    They are tried on the home prefix first; when they work, everything that waits goes on with them.
    Answered by `Connected` or `Refused`; a refusal leaves the old ones in place.
    """

    credentials: Credentials


class Disconnect(Request, frozen=True):
    """Forget the credentials; running transfers are held."""


class OpenListing(Request, frozen=True):
    """List a folder. Answered by `ListingPage`s as they come, then one `ListingEnd` (or `Refused`)."""

    location: Location
    recursive: bool = False


class CloseListing(Request, frozen=True):
    """Stop the listing whose request id is `listing_id`; it ends with `complete=False`."""

    listing_id: int


class PageTaken(Request, frozen=True):
    """The reader of listing `id` has taken a page. Never answered.

    The engine keeps at most `LISTING_WINDOW` pages on the way, so that a slow reader costs no memory.
    """


class Abandon(Request, frozen=True):
    """Nobody waits for request `request_id` any more. That one is answered by `Refused` unless it is done."""

    request_id: int


class Inspect(Request, frozen=True):
    """Ask for one entry's size, time and ETag. Answered by `Inspected`."""

    location: Location


class MakeFolder(Request, frozen=True):
    """Make a folder; in S3 an empty object whose key ends in "/"."""

    location: Location


class Rename(Request, frozen=True):
    """Give an entry of the same folder another name; in S3 a copy and a delete per object."""

    location: Location
    new_name: str


class Delete(Request, frozen=True):
    """Delete entries, folders with all they hold. `Succeeded.count` is the number of files gone."""

    locations: tuple[Location, ...]


class Plan(Request, frozen=True):
    """Walk the sources and say what copying would do. Sends `PlanProgress`, answered by `PlanReady`."""

    items: tuple[CopyItem, ...]
    move: bool = False
    """Whether each source is deleted once its copy is verified."""


class Submit(Request, frozen=True):
    """Queue a plan. Answered by `Queued`."""

    plan_id: int
    policy: ClashPolicy = ClashPolicy.SKIP
    """For every clash without a decision of its own."""
    decisions: dict[int, ClashPolicy] = {}
    """Clash index to policy."""


class DropPlan(Request, frozen=True):
    """Forget a plan that was not wanted."""

    plan_id: int


class ControlAction:
    """The words of `Control.action`."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"
    CLEAR = "clear"
    """Forget finished ones."""


class Control(Request, frozen=True):
    """Act on transfers: pause, resume, cancel, retry, clear. `Succeeded.count` is how many it met."""

    action: str
    transfer_ids: tuple[int, ...] = ()
    """Empty means all that the action fits."""


class ListTransfers(Request, frozen=True):
    """A window of the queue in its order. Answered by `Transfers`."""

    offset: int = 0
    limit: int = 100
    statuses: tuple[TransferStatus, ...] = ()
    """Empty means all."""


class TakeUp(Request, frozen=True):
    """Decide on what an earlier run left: go on with it, or abort its uploads and forget it."""

    go_on: bool


class Shutdown(Request, frozen=True):
    """Save state and end the process. Answered by `Succeeded` before the channel closes."""


FrontEndMessage = (
    Configure
    | Connect
    | Renew
    | Disconnect
    | OpenListing
    | CloseListing
    | PageTaken
    | Abandon
    | Inspect
    | MakeFolder
    | Rename
    | Delete
    | Plan
    | Submit
    | DropPlan
    | Control
    | ListTransfers
    | TakeUp
    | Shutdown
)


# ---- replies -------------------------------------------------------------------------------------------


class Ready(Reply, frozen=True):
    """The engine has its journal and takes requests."""

    pid: int
    unfinished: UnfinishedWork | None = None
    notices: tuple[str, ...] = ()
    """Sentences the user should read once (journal in use elsewhere, journal damaged and set aside)."""


class Connected(Reply, frozen=True):
    """The credentials work here."""

    connection: Connection
    """With what was learnt: region, and the bucket when there is only one."""


class Succeeded(Reply, frozen=True):
    """Done."""

    count: int = 0


class Refused(Reply, frozen=True):
    """Not done, and why."""

    failure: Failure


class ListingPage(Reply, frozen=True):
    """Some entries of a listing; more follow until `ListingEnd`."""

    page: EntryPage


class ListingEnd(Reply, frozen=True):
    """A listing is over. `failure` is set when it broke off after some pages had come."""

    complete: bool
    failure: Failure | None = None


class Inspected(Reply, frozen=True):
    """One entry."""

    entry: Entry


class PlanReady(Reply, frozen=True):
    """What a copy would do."""

    plan: PlanSummary


class Queued(Reply, frozen=True):
    """Transfers made from a plan, in the plan's order (skipped clashes left out)."""

    transfer_ids: tuple[int, ...]
    """The first 1,000 ids."""
    count: int
    """How many there are."""


class Transfers(Reply, frozen=True):
    """A window of the queue."""

    rows: tuple[TransferRow, ...]
    total: int


# ---- events --------------------------------------------------------------------------------------------


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


class FolderChanged(Event, frozen=True):
    """A folder got or lost entries through a finished transfer; panes showing it may list again."""

    location: Location


class Notice(Event, frozen=True):
    """A sentence for the user that answers no request."""

    text: str
    serious: bool = False


EngineMessage = (
    Ready
    | Connected
    | Succeeded
    | Refused
    | ListingPage
    | ListingEnd
    | Inspected
    | PlanReady
    | Queued
    | Transfers
    | PlanProgress
    | Snapshot
    | CredentialState
    | FolderChanged
    | Notice
)
