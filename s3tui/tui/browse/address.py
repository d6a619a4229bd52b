"""Getting an address out of the screen: to the clipboard where that is possible, and always by hand.

A terminal does not answer when it is sent something for its clipboard, tmux keeps it to itself by default and
GNU screen drops it. So nothing is claimed that cannot be known, and the address can be shown with nothing
beside it, to be marked with the mouse.
"""

import asyncio
import os
from collections.abc import Mapping
from typing import Final

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

from s3tui.formatting import printable
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Dialog, Paragraph

PLAIN: Final = "plain"
"""The answer that asks for the address with nothing beside it."""

_TMUX_SECONDS: Final = 1.0

SENT = (
    "Sent to the terminal's clipboard. Terminals do not confirm that: if it is not there, p shows it plain."
)
IN_TMUX = "It is in tmux's buffer (prefix ] pastes it), and tmux was asked to give it to the terminal."
LOST_IN_TMUX = "tmux did not take it. p shows it plain, to be marked by hand."
LOST_IN_SCREEN = "GNU screen lets nothing through to the clipboard. p shows it plain, to be marked by hand."


async def send_to_clipboard(app: App[None], text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Send a text, never a secret, where the user can paste it from; returns what can be said of that."""
    if environ.get("TMUX"):
        return IN_TMUX if await _into_tmux(text) else LOST_IN_TMUX
    if environ.get("STY"):
        return LOST_IN_SCREEN
    app.copy_to_clipboard(text)
    return SENT


async def _into_tmux(text: str) -> bool:
    """Whether tmux has taken the text."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            *("tmux", "load-buffer", "-w", "-"), stdin=pipe, stdout=nothing, stderr=nothing
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(_TMUX_SECONDS):
            await process.communicate(text.encode("utf-8", "surrogateescape"))
    except TimeoutError:
        process.kill()
        return False
    return process.returncode == 0


def address_dialog(address: str, sentence: str, title: str = "Address") -> ChoiceDialog:
    """Words to take along, what became of them, and a way to see them plain; gives PLAIN or anything else."""
    paragraphs = [Paragraph(address, "-strong"), Paragraph(sentence, "-faint")]
    return ChoiceDialog(title, paragraphs, [Choice("ok", "Close", "c"), Choice(PLAIN, "Plain", "p")])


class PlainText(Dialog[None]):
    """A text from the left edge on, with nothing beside it; any key closes it."""

    DEFAULT_CSS = """
    PlainText { align: left top; background: $background; }
    PlainText Static { width: 100%; height: 100%; background: $background; color: $foreground; }
    """

    def __init__(self, text: str) -> None:
        """Show `text`."""
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Only the text."""
        yield Static(f"{printable(self._text)}\n\n(any key)", markup=False)

    def on_key(self, event: events.Key) -> None:
        """Close; the key does nothing else."""
        event.stop()
        event.prevent_default()
        self.dismiss(None)
