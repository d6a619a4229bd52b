"""What to call a connection, and where to keep its credentials: in memory only, unless another is chosen."""

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from s3tui.credentials.keeping.vault import VaultChoice, VaultKind
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

MEMORY: Final = "memory"
"""The answer that keeps nothing."""

PLACE: Final = "place"
"""The answer that keeps the connection without anything secret."""

_LETTERS: Final[dict[VaultKind, str]] = {"keyring": "k", "kernel": "r", "file": "f"}
_LONGEST_NAME = 60
_WITHOUT_KEYS: Final = "Place: Name, server, bucket and folders, without keys; you paste those next time."
_ASKED_ANEW: Final = "Keep: Nothing secret is in it; the keys are asked for anew each time."


class KeepDialog(ChoiceDialog):
    """Gives back the kind of the vault chosen, `MEMORY`, `PLACE`, or None; `typed_name` is the name then."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", "Previous", id="keep.previous", show=False),
        Binding("down", "app.focus_next", "Next", id="keep.next", show=False),
    ]

    def __init__(self, name: str, what: str, vaults: Sequence[VaultChoice]) -> None:
        """Offer the vaults that can be used, and say why the others cannot.

        Args:
            name: the name to begin with.
            what: one sentence on the credentials.
            vaults: as the keeper gives them; none when there is nothing secret to keep.
        """
        usable = [vault for vault in vaults if vault.available]
        paragraphs = [
            Paragraph(what, "-strong"),
            Paragraph("Memory only: Until you quit s3tui, as now."),
            Paragraph(_WITHOUT_KEYS if vaults else _ASKED_ANEW),
        ]
        paragraphs += [Paragraph(f"{vault.title}: {vault.sentence}") for vault in usable]
        paragraphs += [
            Paragraph(f"Not here: {vault.title}. {vault.sentence}", "-faint")
            for vault in vaults
            if not vault.available
        ]
        choices = [Choice(MEMORY, "Memory only", "m"), Choice(PLACE, "Place" if vaults else "Keep", "p")]
        choices += [Choice(vault.kind, vault.title, _LETTERS[vault.kind]) for vault in usable]
        super().__init__("Keep this connection", paragraphs, choices)
        self._field = Input(name, compact=True, select_on_focus=False, max_length=_LONGEST_NAME)
        self._field.cursor_blink = False

    @property
    def typed_name(self) -> str:
        """What the user calls the connection; empty for a name made from its place."""
        return self._field.value.strip()

    def above(self) -> ComposeResult:
        """The name."""
        with Horizontal(classes="field"):
            yield Static("Name", markup=False, classes="field-name")
            yield self._field

    def first(self) -> Widget:
        """Begin with the name; Enter goes on from there."""
        return self._field

    @on(Input.Submitted)
    def _named(self, event: Input.Submitted) -> None:
        """Go on to the choices."""
        event.stop()
        self.query_one("#choice-0", Button).focus()
