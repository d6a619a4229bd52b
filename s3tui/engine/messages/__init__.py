"""Everything that crosses between a front end and the engine, and nothing else.

Requests carry an `id` chosen by the front end; each is answered by exactly one reply with the same id
(`Succeeded`, `Refused`, or the reply named in its docstring). Events carry no id and come when they please.
Secrets cross in `Connect`, `Renew`, `ConnectFrom` and `Answer` only.
"""

from s3tui.engine.messages.events import (
    CredentialState,
    Event,
    FolderChanged,
    Notice,
    PlanProgress,
    Question,
    Snapshot,
)
from s3tui.engine.messages.replies import (
    Connected,
    Identified,
    Inspected,
    ListingEnd,
    ListingPage,
    PlanReady,
    Queued,
    Ready,
    Refused,
    Reply,
    Succeeded,
    Transfers,
    Uploads,
    VerifiedRows,
)
from s3tui.engine.messages.requests import (
    LISTING_WINDOW,
    Abandon,
    AbortUploads,
    Answer,
    CloseListing,
    Configure,
    Connect,
    ConnectFrom,
    Control,
    ControlAction,
    Delete,
    Disconnect,
    DropPlan,
    Inspect,
    ListTransfers,
    ListUploads,
    MakeFolder,
    OpenListing,
    PageTaken,
    Plan,
    Rename,
    Renew,
    Request,
    Shutdown,
    Submit,
    TakeUp,
    Verify,
    WhoAmI,
)

FrontEndMessage = (
    Configure
    | Connect
    | ConnectFrom
    | Answer
    | WhoAmI
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
    | Verify
    | Control
    | ListTransfers
    | ListUploads
    | AbortUploads
    | TakeUp
    | Shutdown
)
"""Everything the engine may receive."""

EngineMessage = (
    Ready
    | Connected
    | Identified
    | Succeeded
    | Refused
    | ListingPage
    | VerifiedRows
    | Uploads
    | ListingEnd
    | Inspected
    | PlanReady
    | Queued
    | Transfers
    | PlanProgress
    | Snapshot
    | CredentialState
    | Question
    | FolderChanged
    | Notice
)
"""Everything a front end may receive."""

__all__ = [
    "LISTING_WINDOW",
    "Abandon",
    "AbortUploads",
    "Answer",
    "CloseListing",
    "Configure",
    "Connect",
    "ConnectFrom",
    "Connected",
    "Control",
    "ControlAction",
    "CredentialState",
    "Delete",
    "Disconnect",
    "DropPlan",
    "EngineMessage",
    "Event",
    "FolderChanged",
    "FrontEndMessage",
    "Identified",
    "Inspect",
    "Inspected",
    "ListTransfers",
    "ListUploads",
    "ListingEnd",
    "ListingPage",
    "MakeFolder",
    "Notice",
    "OpenListing",
    "PageTaken",
    "Plan",
    "PlanProgress",
    "PlanReady",
    "Question",
    "Queued",
    "Ready",
    "Refused",
    "Rename",
    "Renew",
    "Reply",
    "Request",
    "Shutdown",
    "Snapshot",
    "Submit",
    "Succeeded",
    "TakeUp",
    "Transfers",
    "Uploads",
    "VerifiedRows",
    "Verify",
    "WhoAmI",
]
