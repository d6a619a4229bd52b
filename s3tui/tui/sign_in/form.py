"""The fields of the credentials screen, on two pages: keys and place, and the terms of the connection.

Secret and token fields hold only what was typed into them and never show it;
of a paste they tell the length.
"""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from s3tui.model.credentials import Connection
from s3tui.tui.sign_in.draft import Draft, Fields
from s3tui.tui.sign_in.typed import expiry_text
from s3tui.tui.sign_in.words import field_hints

_KEYS = (
    ("key_id", "Key id"),
    ("secret", "Secret"),
    ("token", "Token"),
    ("expiry", "Expires"),
    ("region", "Region"),
    ("endpoint", "Endpoint"),
    ("place", "Place"),
)
_TERMS = (
    ("name", "Name"),
    ("folder", "Left pane"),
    ("addressing", "Addressing"),
    ("ca_file", "TLS CA file"),
    ("acl", "New objects"),
    ("payer", "You pay"),
)
_HIDDEN = ("secret", "token")
_HINTS = {
    "expiry": "2026-11-22 14:00 (UTC), empty when unknown",
    "region": "empty for us-east-1",
    "endpoint": "https://host, empty for AWS",
    "place": "s3://bucket/prefix/, empty to list your buckets",
    "name": "what you call this connection",
    "folder": "local folder to open with it, as /path or ~/path",
    "addressing": "auto, path or virtual",
    "ca_file": "authorities to trust, as /path/ca.pem; empty for the system's",
    "acl": "access list, such as bucket-owner-full-control; mostly empty",
    "payer": "yes for a requester-pays bucket, else no",
}


class Form(Vertical):
    """One line for each field; one page of them is seen."""

    DEFAULT_CSS = """
    Form { height: auto; }
    Form .page { height: 7; }
    Form .-away { display: none; }
    """

    MOVES: ClassVar[list[BindingType]] = [
        Binding("tab,down", "app.focus_next", "Next field", id="form.next", show=False),
        Binding("shift+tab,up", "app.focus_previous", "Previous field", id="form.previous", show=False),
    ]

    def __init__(self) -> None:
        """Make empty fields."""
        super().__init__(id="fields")
        self._inputs: dict[str, Input] = {}
        for name, _ in (*_KEYS, *_TERMS):
            field = Input(id=f"field-{name}", password=name in _HIDDEN, compact=True, select_on_focus=False)
            field.cursor_blink = False
            self._inputs[name] = field
        self._keys = Vertical(*self._lines(_KEYS), classes="page")
        self._terms = Vertical(*self._lines(_TERMS), classes="page -away")
        self._hint(None)

    def compose(self) -> ComposeResult:
        """Both pages."""
        yield self._keys
        yield self._terms

    def _lines(self, fields: tuple[tuple[str, str], ...]) -> list[Horizontal]:
        """A name and a field per line."""
        return [
            Horizontal(Static(label, markup=False, classes="field-name"), self._inputs[name], classes="field")
            for name, label in fields
        ]

    def turn(self) -> None:
        """Show the other page, with the keyboard in its first field."""
        self._show_page(not self._terms.has_class("-away"))
        fields = _KEYS if self._terms.has_class("-away") else _TERMS
        self.focus_field(fields[0][0])

    def _show_page(self, keys: bool) -> None:
        self._terms.set_class(keys, "-away")
        self._keys.set_class(not keys, "-away")

    def fields(self) -> Fields:
        """What stands in the fields now."""
        return Fields(**{name: field.value for name, field in self._inputs.items()})

    def show_draft(self, draft: Draft) -> None:
        """Show what was understood; the keys only as hints."""
        for name in ("key_id", *_HIDDEN):
            self._inputs[name].value = ""
        self._hint(draft)
        self._inputs["expiry"].value = expiry_text(draft.credentials.expiration)
        self.show_place(draft.connection, draft.local_folder)

    def show_place(self, connection: Connection, local_folder: str = "") -> None:
        """Fill in where to connect, and how."""
        endpoint, workspace = connection.endpoint, connection.workspace
        place = f"s3://{workspace.bucket}/{workspace.prefix}" if workspace.bucket else ""
        values = {
            "region": endpoint.region,
            "endpoint": endpoint.url,
            "place": place,
            "name": workspace.name,
            "folder": local_folder,
            "addressing": endpoint.addressing if endpoint.addressing != "auto" else "",
            "ca_file": endpoint.ca_file,
            "acl": endpoint.canned_acl,
            "payer": "yes" if endpoint.request_payer else "",
        }
        for name, value in values.items():
            self._inputs[name].value = value or ""

    def clear(self) -> None:
        """Empty every field and show the first page."""
        for field in self._inputs.values():
            field.value = ""
        self._show_page(True)
        self._hint(None)

    def focus_field(self, name: str) -> None:
        """Put the cursor into a field."""
        self._show_page(any(name == known for known, _ in _KEYS))
        self._inputs[name].focus()

    def _hint(self, draft: Draft | None) -> None:
        hints = {**_HINTS, **field_hints(draft.credentials if draft else None)}
        for name, field in self._inputs.items():
            field.placeholder = hints[name]
            field.set_class(draft is not None and name in ("key_id", *_HIDDEN), "-pasted")
