"""The transfers at the bottom of the browser: nothing when idle, a summary and a few bars while bytes move.

At most four repaints a second, and only of the lines that changed.
"""

import time
from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

from s3tui.engine.messages import Snapshot
from s3tui.model.transfer import QueueSummary
from s3tui.tui.view.bars import fraction_of
from s3tui.tui.view.line_parts import fit_parts
from s3tui.tui.view.transfer_lines import TransferColumns, panel_rows, summary_parts, transfer_line
from s3tui.tui.widgets.transfer_row import TRANSFER_LOOKS, looks_css, transfer_strip

_REPAINT_SECONDS = 0.25
_SHRINK_AFTER = 20
"""Snapshots with fewer rows before the panel gives lines back: it must not jump between two files."""


def rows_for_height(height: int) -> int:
    """How many transfers the panel shows on a screen of `height` lines."""
    if height < 20:
        return 1
    return 3 if height < 34 else 6


class TransferPanel(Widget):
    """One line for the queue and one for each of the first transfers."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *TRANSFER_LOOKS,
        "transfer--summary",
        "transfer--summary-done",
        "transfer--rate",
    }

    DEFAULT_CSS = """
    TransferPanel { height: auto; width: 1fr; background: $surface; display: none; }
    TransferPanel > .transfer--summary { background: $panel; color: $foreground; }
    TransferPanel > .transfer--summary-done { background: $success-muted; }
    TransferPanel:ansi > .transfer--summary-done { background: transparent; text-style: reverse; }
    TransferPanel > .transfer--rate { background: $panel; color: $text-success; text-style: bold; }
    """ + looks_css("TransferPanel", "$surface")

    def __init__(
        self,
        *,
        id: str | None = None,
        renew_key: str = "K",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make an idle panel.

        Args:
            id: widget id.
            renew_key: the key that opens the credentials screen, as people say it.
            clock: gives seconds; spaces the repaints.
        """
        super().__init__(id=id)
        self._renew_key = renew_key
        self._clock = clock
        self._snapshot = Snapshot(QueueSummary(), ())
        self._lines: list[Strip] = []
        self._height = 0
        self._smaller_for = 0
        self._painted_at = -1.0
        self._timer: Timer | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show the queue as it is now; soon, when the last repaint was a moment ago."""
        self._snapshot = snapshot
        wait = self._painted_at + _REPAINT_SECONDS - self._clock()
        if self._painted_at < 0 or wait <= 0:
            self.paint()
        elif self._timer is None:
            self._timer = self.set_timer(wait, self.paint)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to show."""
        summary = self._snapshot.summary
        return not summary.active and not summary.failed

    def paint(self) -> None:
        """Work out the lines and redraw those that changed."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._painted_at = self._clock()
        self._set_height()
        self._redraw()

    def _set_height(self) -> None:
        """Grow at once, shrink with patience: every change moves the panes."""
        wanted = 0
        if not self.idle:
            most = rows_for_height(self.screen.size.height) if self._snapshot.summary.active else 0
            wanted = 1 + len(panel_rows(self._snapshot.rows, most))
        self._smaller_for = self._smaller_for + 1 if wanted < self._height else 0
        if wanted > self._height or not self._snapshot.summary.active or self._smaller_for >= _SHRINK_AFTER:
            self._smaller_for = 0
            if wanted != self._height:
                self._height = wanted
                self.styles.height = wanted
                self.display = wanted > 0

    def _redraw(self) -> None:
        width = self.size.width
        lines = self._build(width) if width else []
        for y, line in enumerate(lines):
            if y >= len(self._lines) or line != self._lines[y]:
                self.refresh(Region(0, y, width, 1))
        self._lines = lines

    def _build(self, width: int) -> list[Strip]:
        if not self._height:
            return []
        columns = TransferColumns.for_width(width)
        lines = [self._summary(width)]
        for row in panel_rows(self._snapshot.rows, self._height - 1):
            lines.append(transfer_strip(row, transfer_line(row, columns), width, self._look))
        lines += [Strip.blank(width, self.rich_style)] * (self._height - len(lines))
        return lines

    def _summary(self, width: int) -> Strip:
        """The summary; its background fills up as the queue gets done."""
        summary = self._snapshot.summary
        left, right = fit_parts(*summary_parts(summary, self._renew_key), width - 2, " · ")
        plain = self._look("summary")
        segments = [Segment(" ", plain)]
        for index, part in enumerate(left):
            segments.append(Segment(" · " if index else "", plain))
            segments.append(Segment(part.text, self._on_panel(part.look)))
        used = sum(segment.cell_length for segment in segments) + sum(len(part.text) for part in right) + 1
        segments.append(Segment(" " * (width - used), plain))
        segments += [Segment(part.text, self._on_panel(part.look)) for part in right]
        strip = Strip([*segments, Segment(" ", plain)], width)
        if not summary.active:
            return strip
        filled = int(fraction_of(summary.bytes_done, summary.bytes_total) * width)
        look = self._look("summary-done")
        done = Style(bgcolor=look.bgcolor, reverse=look.reverse)
        begin, end = strip.crop(0, filled), strip.crop(filled, width)
        return Strip([Segment(text, (style or plain) + done) for text, style, _ in begin] + list(end), width)

    def _on_panel(self, look: str) -> Style:
        plain = self._look("summary")
        return self._look(look) + Style(bgcolor=plain.bgcolor) if look else plain

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(f"transfer--{name}")

    def on_resize(self) -> None:
        """Lay the lines out again."""
        self._lines = []
        self.refresh()

    def notify_style_update(self) -> None:
        """Lay the lines out again in a new theme's colours."""
        super().notify_style_update()
        self._lines = []

    def render_line(self, y: int) -> Strip:
        """Draw a line that was worked out before."""
        width = self.size.width
        if not self._lines:
            self._lines = self._build(width)
        if y < len(self._lines):
            return self._lines[y].adjust_cell_length(width, self.rich_style)
        return Strip.blank(width, self.rich_style)
