"""What a front end asks of the engine. Each request names the reply that answers it."""

from msgspec import Struct

from s3tui.model.credentials import Connection, Credentials
from s3tui.model.location import Location, S3Location
from s3tui.model.source import Source
from s3tui.model.transfer import ClashPolicy, CopyItem, NamePolicy, TransferStatus
from s3tui.model.upload import OpenUpload

LISTING_WINDOW = 16
"""Pages of one listing that may be on their way to its reader."""


class Request(Struct, frozen=True, tag=True):
    """Something the front end asks for."""

    id: int


class Configure(Request, frozen=True):
    """First message of all: where state lives and how many hands to use. Answered by `Ready`."""

    state_dir: str
    """Folder of the journal; made 0700 when missing."""
    workers: int = 2
    """Byte worker processes; 0 moves bytes in the engine's own loop."""
    parts_at_once: int = 0
    """Requests that move bytes at the same time, all transfers together; 0 finds their number by itself."""
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
    any_identity: bool = False
    """As in `Renew`, where the place is the one in use."""


class Renew(Request, frozen=True):
    """New credentials for the connection that exists.

    They are tried on the home prefix first; when they work, everything that waits goes on with them.
    Answered by `Connected` or `Refused`; a refusal leaves the old ones in place, and has the code "identity"
    when they are somebody else's.
    """

    credentials: Credentials
    any_identity: bool = False
    """Take them whoever they belong to."""


class ConnectFrom(Request, frozen=True):
    """Get credentials from a source and connect with them; they are got anew before they end.

    What the connection leaves open (endpoint, region, bucket, terms) is taken from the source. `Question`s
    may come before the reply. Answered by `Connected` or `Refused`, which leaves what was in use in place.
    """

    source: Source
    connection: Connection
    prove: bool = True
    """As in `Connect`."""
    any_identity: bool = False
    """As in `Renew`."""


class Answer(Request, frozen=True):
    """What the user says to a `Question`; answered by `Succeeded`, also when nobody waits any more."""

    question_id: int
    text: str | None
    """None when there will be no answer."""

    def __repr__(self) -> str:
        """Without the text, which may be a code."""
        return f"Answer({self.id}, {self.question_id})"


class WhoAmI(Request, frozen=True):
    """Ask who the credentials in use belong to. Answered by `Identified`, within a few seconds."""


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
    names: NamePolicy = NamePolicy.RENAME
    """For names that cannot be kept."""


class Verify(Request, frozen=True):
    """Compare files with objects as a copy of `item` would pair them; changes nothing.

    Answered by `VerifiedRows` as they come, then one `ListingEnd` (or `Refused`); a `PageTaken` acknowledges
    each, and `CloseListing` stops it.
    """

    item: CopyItem


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


class ListUploads(Request, frozen=True):
    """List the multipart uploads that are open below a place, whoever has begun them.

    Answered by `Uploads` as they come, then one `ListingEnd`, or by `Refused`, as many platforms do not allow
    it. A `PageTaken` acknowledges each, and `CloseListing` stops it.
    """

    below: S3Location


class AbortUploads(Request, frozen=True):
    """Abort open uploads; their parts are gone for good. Answered by `Succeeded` with their count."""

    uploads: tuple[OpenUpload, ...]


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
