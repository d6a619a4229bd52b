"""The box that takes pasted credentials and never shows them.

Terminals with bracketed paste send one event; others type the text key by key, Enter included. Both become
one `Pasted` message, and no key of a paste is ever taken for a command.
"""

import time
from collections.abc import Callable, Iterator
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from s3tui.formatting import count_text
from s3tui.tui.view.text_cells import fitted, wrapped

QUIET_SECONDS = 0.15
"""A burst of keys is over after this long without one."""

_SAME_PASTE_SECONDS = 1.5
"""A burst that begins this soon after the last one goes on with it: slow links pause."""

_SHORTEST = 4
"""Fewer keys are typing, not a paste."""

_PASSED_ON = frozenset({"escape", "shift+tab", "up", "down", "pageup", "pagedown"})
_LINE_ENDS = ("enter", "ctrl+j", "ctrl+m")


class PasteBox(Widget, can_focus=True):
    """Takes text without showing it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"paste-box--prompt", "paste-box--received"}

    DEFAULT_CSS = """
    PasteBox { height: 5; border: solid $panel-lighten-2; padding: 0 1; background: $surface; }
    PasteBox:focus { border: solid $accent; }
    PasteBox > .paste-box--prompt { background: $surface; color: $text-muted; }
    PasteBox > .paste-box--received { background: $surface; color: $text-success; text-style: bold; }
    """

    class Pasted(Message):
        """Text was pasted; its repr tells only how much."""

        def __init__(self, text: str) -> None:
            """Remember the text."""
            super().__init__()
            self.text = text

        def __repr__(self) -> str:
            """The number of characters, nothing of the text."""
            return f"Pasted({len(self.text)} characters)"

        def __rich_repr__(self) -> Iterator[str]:
            """As the repr."""
            yield f"{len(self.text)} characters"

    def __init__(
        self,
        prompt: str = "Paste here; nothing is shown.",
        *,
        id: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show a prompt until something has come; `clock` gives seconds."""
        super().__init__(id=id)
        self._prompt = prompt
        self._clock = clock
        self._keys: list[str] = []
        self._last_text = ""
        self._last_time = 0.0
        self._quiet_timer: Timer | None = None
        self._message = ""
        self._received = False

    @property
    def message(self) -> str:
        """What the box says now."""
        return self._message or self._prompt

    def clear(self) -> None:
        """Forget everything and show the prompt again."""
        self._keys, self._last_text = [], ""
        self._say("", received=False)

    def on_paste(self, event: events.Paste) -> None:
        """Take a bracketed paste."""
        event.stop()
        event.prevent_default()
        if event.text:
            self._take(event.text)

    def on_key(self, event: events.Key) -> None:
        """Collect keys; only those that lead out of the box are left to others."""
        if self._leads_out(event):
            return
        event.stop()
        event.prevent_default()
        if event.key in _LINE_ENDS:
            character = "\n"
        elif event.key == "tab":
            character = "\t"
        elif event.is_printable and event.character:
            character = event.character
        else:
            return
        self._keys.append(character)
        if self._quiet_timer is None:
            self._quiet_timer = self.set_timer(QUIET_SECONDS, self._quiet)
        else:
            self._quiet_timer.reset()

    def _leads_out(self, event: events.Key) -> bool:
        """Whether a key is not part of a paste: Esc, F-keys; Tab, Enter and Ctrl when nothing comes in."""
        if event.key in (*_LINE_ENDS, "tab") or event.key.startswith("ctrl+"):
            return not self._keys
        return event.key in _PASSED_ON or (event.key[:1] == "f" and event.key[1:].isdigit())

    def _quiet(self) -> None:
        """The burst is over."""
        self._quiet_timer = None
        text, self._keys = "".join(self._keys), []
        if self._last_text and self._clock() - self._last_time < _SAME_PASTE_SECONDS:
            self._take(self._last_text + text)
        elif len(text.strip()) >= _SHORTEST:
            self._take(text)
        elif text.strip():
            self._say("This box takes a paste. Tab goes to the fields for typing.", received=False)

    def _take(self, text: str) -> None:
        self._last_text, self._last_time = text, self._clock()
        lines = len(text.strip().splitlines())
        self._say(
            f"Received {count_text(len(text), 'character')}, {count_text(lines, 'line')}", received=True
        )
        self.set_timer(_SAME_PASTE_SECONDS, self._forget)
        self.post_message(self.Pasted(text))

    def _forget(self) -> None:
        """Keep no secret longer than it is needed."""
        if self._clock() - self._last_time >= _SAME_PASTE_SECONDS * 0.9:
            self._last_text = ""

    def _say(self, message: str, *, received: bool) -> None:
        self._message, self._received = message, received
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw a line of the prompt or of what was received."""
        width = self.content_size.width
        lines = wrapped(self.message, width, self.content_size.height)
        top = max(0, (self.content_size.height - len(lines)) // 2)
        text = lines[y - top] if 0 <= y - top < len(lines) else ""
        look = "received" if self._received else "prompt"
        style = self.get_component_rich_style(f"paste-box--{look}")
        return Strip([Segment(fitted(text, width), style)], width)
