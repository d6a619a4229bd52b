"""The engine's answers: exactly one to each request, but for listings, whose pages come before their end."""

from msgspec import Struct

from s3tui.model.credentials import Connection
from s3tui.model.entry import Entry, EntryPage
from s3tui.model.failure import Failure
from s3tui.model.identity import Identity
from s3tui.model.transfer import PlanSummary, TransferRow, UnfinishedWork
from s3tui.model.upload import OpenUpload
from s3tui.model.verification import VerifiedRow


class Reply(Struct, frozen=True, tag=True):
    """The one answer to a request."""

    id: int


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


class Identified(Reply, frozen=True):
    """Who the credentials say we are."""

    identity: Identity


class Succeeded(Reply, frozen=True):
    """Done."""

    count: int = 0


class Refused(Reply, frozen=True):
    """Not done, and why."""

    failure: Failure


class ListingPage(Reply, frozen=True):
    """Some entries of a listing; more follow until `ListingEnd`."""

    page: EntryPage


class Uploads(Reply, frozen=True):
    """Some open uploads; more follow until `ListingEnd`."""

    uploads: tuple[OpenUpload, ...]


class VerifiedRows(Reply, frozen=True):
    """Some findings of a comparison; more follow until `ListingEnd`."""

    rows: tuple[VerifiedRow, ...]


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
