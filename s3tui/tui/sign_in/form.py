"""The fields of the credentials screen.

Secret and token fields hold only what was typed into them and never show it;
of a paste they tell the length.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from s3tui.model.credentials import Connection
from s3tui.tui.sign_in.draft import Draft, Fields, expiry_text
from s3tui.tui.sign_in.words import field_hints

_FIELDS = (
    ("key_id", "Key id"),
    ("secret", "Secret"),
    ("token", "Token"),
    ("expiry", "Expires"),
    ("region", "Region"),
    ("endpoint", "Endpoint"),
    ("place", "Place"),
)
_HIDDEN = ("secret", "token")
_HINTS = {
    "expiry": "2026-11-22 14:00 (UTC), empty when unknown",
    "region": "empty for us-east-1",
    "endpoint": "https://host, empty for AWS",
    "place": "s3://bucket/prefix/, empty to list your buckets",
}


class Form(Vertical):
    """Seven fields, one line each."""

    DEFAULT_CSS = """
    Form { height: auto; }
    """

    MOVES: ClassVar[list[BindingType]] = [
        Binding("tab,down", "app.focus_next", "Next field", id="form.next", show=False),
        Binding("shift+tab,up", "app.focus_previous", "Previous field", id="form.previous", show=False),
    ]

    def __init__(self) -> None:
        """Make empty fields."""
        super().__init__(id="fields")
        self._inputs: dict[str, Input] = {}
        for name, _ in _FIELDS:
            field = Input(id=f"field-{name}", password=name in _HIDDEN, compact=True, select_on_focus=False)
            field.cursor_blink = False
            self._inputs[name] = field
        self._hint(None)

    def compose(self) -> ComposeResult:
        """A name and a field per line."""
        for name, label in _FIELDS:
            with Horizontal(classes="field"):
                yield Static(label, markup=False, classes="field-name")
                yield self._inputs[name]

    def fields(self) -> Fields:
        """What stands in the fields now."""
        return Fields(**{name: field.value for name, field in self._inputs.items()})

    def show_draft(self, draft: Draft) -> None:
        """Show what was understood; the keys only as hints."""
        for name in ("key_id", *_HIDDEN):
            self._inputs[name].value = ""
        self._hint(draft)
        self._inputs["expiry"].value = expiry_text(draft.credentials.expiration)
        self.show_place(draft.connection)

    def show_place(self, connection: Connection) -> None:
        """Fill in where to connect."""
        workspace = connection.workspace
        self._inputs["region"].value = connection.endpoint.region or ""
        self._inputs["endpoint"].value = connection.endpoint.url or ""
        place = f"s3://{workspace.bucket}/{workspace.prefix}" if workspace.bucket else ""
        self._inputs["place"].value = place

    def clear(self) -> None:
        """Empty every field."""
        for field in self._inputs.values():
            field.value = ""
        self._hint(None)

    def focus_field(self, name: str) -> None:
        """Put the cursor into a field."""
        self._inputs[name].focus()

    def _hint(self, draft: Draft | None) -> None:
        hints = {**_HINTS, **field_hints(draft.credentials if draft else None)}
        for name, field in self._inputs.items():
            field.placeholder = hints[name]
            field.set_class(draft is not None and name in ("key_id", *_HIDDEN), "-pasted")
