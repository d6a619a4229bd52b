"""The last line: the keys that matter now."""

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from s3tui.tui.view.key_hints import KeyHint, fit_hints


class KeyBar(Widget):
    """Keys and what they do; the less important ones make way on narrow terminals."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--label", "key-bar--off"}

    DEFAULT_CSS = """
    KeyBar { height: 1; width: 1fr; background: $panel; }
    KeyBar > .key-bar--key { background: $panel; color: $text-accent; text-style: bold; }
    KeyBar > .key-bar--label { background: $panel; color: $foreground; }
    KeyBar > .key-bar--off { background: $panel; color: $text-disabled; }
    KeyBar:ansi > .key-bar--off { text-style: dim strike; }
    KeyBar:nocolor > .key-bar--off { text-style: dim strike; }
    """

    ALLOW_SELECT: ClassVar[bool] = False

    class Clicked(Message):
        """A hint was clicked; `key` is the key it names."""

        def __init__(self, key: str) -> None:
            """Remember the key."""
            super().__init__()
            self.key = key

    def __init__(self, hints: Sequence[KeyHint] = (), *, id: str | None = None) -> None:
        """Show these hints."""
        super().__init__(id=id)
        self._hints = tuple(hints)

    def show(self, hints: Sequence[KeyHint]) -> None:
        """Show other hints; drawn only when they differ."""
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width = self.size.width
        kept, twins = fit_hints(self._hints, width)
        key_style = self.get_component_rich_style("key-bar--key")
        off_style = self.get_component_rich_style("key-bar--off")
        label_style = self.get_component_rich_style("key-bar--label")
        segments: list[Segment] = []
        for hint in kept:
            key, label = (off_style, off_style) if hint.off else (key_style, label_style)
            segments.append(Segment(f" {hint.key_text(twins)} ", key))
            segments.append(Segment(f"{hint.label} ", label))
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        """Find out which hint it was."""
        kept, twins = fit_hints(self._hints, self.size.width)
        left = 0
        for hint in kept:
            left += cell_len(hint.key_text(twins)) + cell_len(hint.label) + 3
            if event.x < left:
                self.post_message(self.Clicked(hint.key))
                return
