"""One calm line for what answers no question; it takes no space while there is nothing to say."""

from typing import ClassVar

from textual.timer import Timer

from s3tui.tui.view.line_parts import Part
from s3tui.tui.view.text_cells import shown
from s3tui.tui.widgets.text_line import TextLine

CALM_SECONDS = 12.0
"""How long a calm notice stays; a serious one stays until the next."""


class NoticeLine(TextLine):
    """Says one sentence at a time."""

    PREFIX = "notice-line"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"notice-line--calm", "notice-line--serious"}

    DEFAULT_CSS = """
    NoticeLine { display: none; background: $surface; color: $text-accent; }
    NoticeLine > .notice-line--calm { background: $surface; color: $text-accent; }
    NoticeLine > .notice-line--serious { background: $surface; color: $text-error; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Start silent."""
        super().__init__(id=id)
        self.sentence = ""
        """What it says now; empty when silent."""
        self._timer: Timer | None = None

    def say(self, sentence: str, *, serious: bool = False) -> None:
        """Say a sentence, for a while or (serious) until the next; an empty one silences it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.sentence = sentence
        sign = "! " if serious else ""
        self.show([Part(f" {sign}{shown(sentence)}", "serious" if serious else "calm")])
        self.display = bool(sentence)
        if sentence and not serious:
            self._timer = self.set_timer(CALM_SECONDS, self.hush)

    def hush(self) -> None:
        """Say nothing."""
        self.say("")
