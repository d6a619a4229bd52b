"""Who the credentials belong to, where they lead, and how long they last: "who am I" as a dialog."""

import datetime as dt

from msgspec import Struct

from s3tui.engine.messages import CredentialState
from s3tui.formatting import printable, span_text
from s3tui.model.credentials import Connection
from s3tui.model.identity import Identity, ToldBy
from s3tui.model.location import S3Location
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

COPY = "copy"

_LABEL = 11
"""Cells of the longest label and the gap behind it."""

_LINE = 68
"""Cells of a line of the dialog."""

_SAYS: dict[ToldBy, str] = {
    "sts": "As Amazon's STS says.",
    "token": "As the session token says.",
    "server": "As the server says.",
    "key id": "The key id holds the account's number; nobody was there to say more.",
    "nobody": "",
}


class Standing(Struct, frozen=True):
    """All there is to know of the credentials in use."""

    identity: Identity
    connection: Connection
    state: CredentialState
    origin: str
    """Where they came from, in a few words."""
    read_only: bool
    """Whether nothing can be changed with them."""
    now: float
    """Unix seconds by our own clock."""

    @property
    def headline(self) -> str:
        """Who we are, in one sentence."""
        if self.identity.label:
            return f"You are {self.identity.label}."
        host = self.connection.endpoint.host
        return f"{host} does not say who you are; most servers do not, and nothing follows from it."

    @property
    def facts(self) -> tuple[str, ...]:
        """One fact a line; what is not known is left out."""
        endpoint, workspace = self.connection.endpoint, self.connection.workspace
        place = str(S3Location(workspace.bucket, workspace.prefix)) if workspace.bucket else "all buckets"
        kind = "temporary" if self.state.temporary else "long-term"
        facts = (
            ("Account", self.identity.account),
            ("ARN", self.identity.arn),
            ("User id", self.identity.user_id),
            ("Key", f"{self.state.label}, {kind}" if self.state.label else ""),
            ("Name", workspace.name),
            ("Place", f"{place}, for reading only" if self.read_only else place),
            ("Endpoint", endpoint.url or "Amazon S3"),
            ("Region", endpoint.region or ""),
            ("Ends", ending_text(self.state, self.now)),
            ("From", self.origin),
        )
        told = tuple(f"{label:<{_LABEL}}{text}" for label, text in facts if text)
        says = _SAYS[self.identity.told_by]
        return (*told, says) if says else told

    @property
    def text(self) -> str:
        """Everything, for a mail to whoever can help; there is no secret in it."""
        return "\n".join(printable(line) for line in (self.headline, *self.facts))


def identity_dialog(standing: Standing) -> ChoiceDialog:
    """Tell who we are; gives COPY when the text is wanted on the clipboard."""
    paragraphs = [
        Paragraph(standing.headline, "-strong"),
        *(Paragraph(line) for fact in standing.facts for line in _lines(fact)),
    ]
    choices = (Choice("ok", "Close", "c"), Choice(COPY, "Copy the text", "y"))
    return ChoiceDialog("Who am I", paragraphs, choices)


def _lines(fact: str) -> list[str]:
    """A fact that is too long for a line of the dialog goes on under its own beginning."""
    text = printable(fact)
    first, rest = text[:_LINE], text[_LINE:]
    room = _LINE - _LABEL
    return [first, *(" " * _LABEL + rest[at : at + room] for at in range(0, len(rest), room))]


def ending_text(state: CredentialState, now: float) -> str:
    """When the credentials end, in our own time zone."""
    if not state.label:
        return ""
    if state.expires_at is None:
        if state.renews:
            return "they renew by themselves"
        return "not known" if state.temporary else "never"
    # The server's clock decides; what is shown is that moment on ours.
    moment = dt.datetime.fromtimestamp(state.expires_at - state.clock_offset).astimezone()
    left = state.expires_at - (now + state.clock_offset)
    if left <= 0 or state.refused:
        return f"ended at {moment:%H:%M}; K takes new ones"
    when = f"{moment:%Y-%m-%d %H:%M %Z}, in {span_text(left)}"
    return f"{when}; they renew by themselves before" if state.renews else when
