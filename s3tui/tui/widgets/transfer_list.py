"""The queue of the transfers screen: any number of rows, of which only a window is ever asked for.

The list asks for rows with `WindowWanted` and is answered by `show_rows`; `update` keeps what is visible
fresh between answers.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from s3tui.model.transfer import TransferRow
from s3tui.tui.view.line_parts import Part
from s3tui.tui.view.text_cells import fitted, wrapped
from s3tui.tui.view.transfer_lines import TransferColumns, heading_text, transfer_line, transfer_words
from s3tui.tui.widgets.line_list import LineList
from s3tui.tui.widgets.text_line import TextLine
from s3tui.tui.widgets.transfer_row import TRANSFER_LOOKS, looks_css, transfer_strip

_WINDOW = 128
"""Rows asked for at once; more than any screen shows."""

_MOST_KEPT = 4096
"""Rows kept before those far from the cursor are forgotten."""


class TransferList(LineList):
    """Transfers with their bars, one line each."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *TRANSFER_LOOKS,
        "transfer--cursor",
        "transfer--cursor-away",
        "transfer--notice",
    }

    DEFAULT_CSS = """
    TransferList > .transfer--cursor {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
        text-style: $block-cursor-text-style;
    }
    TransferList > .transfer--cursor-away { background: $block-cursor-blurred-background; }
    TransferList > .transfer--notice { color: $text-muted; }
    """ + looks_css("TransferList", "$background")

    class WindowWanted(Message):
        """Rows are visible that the list does not have; answer with `show_rows`."""

        def __init__(self, offset: int, limit: int) -> None:
            """Remember which rows."""
            super().__init__()
            self.offset = offset
            self.limit = limit

    class CursorMoved(Message):
        """The cursor stands on another transfer, or that transfer looks different now."""

        def __init__(self, row: TransferRow | None) -> None:
            """Remember the row; None while it has not come."""
            super().__init__()
            self.row = row

    class Opened(CursorMoved):
        """Enter was pressed on a transfer."""

    def __init__(self, *, id: str | None = None, empty: str = "No transfers yet.") -> None:
        """Make an empty list that says `empty` while it stays so."""
        super().__init__(id=id)
        self._rows: dict[int, TransferRow] = {}
        self._lines: dict[int, int] = {}
        self._total = 0
        self._asked: set[int] = set()
        self._empty = empty

    @property
    def line_count(self) -> int:
        """How many transfers there are."""
        return self._total

    @property
    def cursor_row(self) -> TransferRow | None:
        """The transfer under the cursor, when it has come."""
        return self._rows.get(self.cursor)

    # -- feeding -----------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Ask for the visible rows again; what is shown stands until they come."""
        self._asked.clear()
        first = self.scroll_offset.y
        self._ask(first)
        if (first + self.page_height) // _WINDOW != first // _WINDOW:
            self._ask(first + self.page_height)

    def show_rows(self, offset: int, rows: Sequence[TransferRow], total: int) -> None:
        """Take rows `offset`, `offset + 1`, … of `total`."""
        if len(self._rows) > _MOST_KEPT:
            self._rows.clear()
            self._lines.clear()
        self._asked.discard(offset)
        if total != self._total:
            self._total = total
            for line in [line for line in self._rows if line >= total]:
                del self._rows[line]
            self.resize_content()
        for line, row in enumerate(rows, offset):
            self._put(line, row)
        self._tell()

    def update(self, rows: Sequence[TransferRow]) -> None:
        """Take newer versions of rows that are shown already; others are left out."""
        for row in rows:
            line = self._lines.get(row.id)
            if line is not None:
                self._put(line, row)

    def _put(self, line: int, row: TransferRow) -> None:
        known = self._rows.get(line)
        if known == row:
            return
        if known is not None and self._lines.get(known.id) == line:
            del self._lines[known.id]
        self._rows[line] = row
        self._lines[row.id] = line
        self.refresh_line(line)
        if line == self.cursor:
            self._tell()

    def _ask(self, line: int) -> None:
        """Ask for the window that holds a line, once."""
        offset = max(0, line) // _WINDOW * _WINDOW
        if offset not in self._asked:
            self._asked.add(offset)
            # Asked while drawing: Textual would take the screen for the sender and stop the message there.
            self.post_message(self.WindowWanted(offset, _WINDOW).set_sender(self))

    # -- cursor ------------------------------------------------------------------------------------------

    def cursor_moved(self, old: int, new: int) -> None:
        """Tell who shows the details."""
        self._tell()

    def open_line(self) -> None:
        """Enter was pressed."""
        if self.cursor_row is not None:
            self.post_message(self.Opened(self.cursor_row).set_sender(self))

    def _tell(self) -> None:
        self.post_message(self.CursorMoved(self.cursor_row).set_sender(self))

    # -- drawing -----------------------------------------------------------------------------------------

    def draw_line(self, line: int, width: int) -> Strip:
        """Draw a transfer, a place for one that has not come, or nothing."""
        if line >= self._total:
            text = f"  {self._empty}" if line == 1 and not self._total else ""
            return Strip([Segment(fitted(text, width), self._look("notice"))], width)
        row = self._rows.get(line)
        if row is None:
            self._ask(line)
            return Strip([Segment(fitted("   …", width), self._look("waiting"))], width)
        written = transfer_line(row, TransferColumns.for_width(width, with_size=True))
        if line != self.cursor:
            return transfer_strip(row, written, width, self._look)
        return transfer_strip(row, written, width, self._cursor_look)

    def _look(self, name: str) -> Style:
        return self.get_component_rich_style(f"transfer--{name}")

    def _cursor_look(self, name: str) -> Style:
        """The look of a part of the cursor's line: bars keep their colours, the rest becomes the bar."""
        if name.startswith("bar"):
            return self._look(name)
        if self.active:
            return self._look("cursor")
        return self._look(name) + Style(bgcolor=self._look("cursor-away").bgcolor)


class TransferHeading(TextLine):
    """The names of the columns above a `TransferList` of the same width."""

    PREFIX = "transfer-heading"
    DEFAULT_CSS = """
    TransferHeading { background: $surface; color: $text-muted; }
    """

    def on_resize(self) -> None:
        """Put the words above their columns; the list keeps one cell for its scroll bar."""
        width = self.size.width - 1
        self.show([Part(heading_text(TransferColumns.for_width(width, with_size=True), width))])


class TransferDetail(TextLine):
    """What there is to say of one transfer: its way, and how it stands or why it failed."""

    PREFIX = "transfer-detail"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"transfer-detail--failed"}
    DEFAULT_CSS = """
    TransferDetail { height: 3; background: $surface; color: $text-muted; padding: 0 1; }
    TransferDetail > .transfer-detail--failed { background: $surface; color: $text-error; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Start without a transfer."""
        super().__init__(id=id)
        self._row: TransferRow | None = None

    def show_row(self, row: TransferRow | None) -> None:
        """Tell of this transfer."""
        if row != self._row:
            self._row = row
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the way, then the words."""
        width = self.content_size.width
        if self._row is None:
            return Strip.blank(width, self.rich_style)
        way, words = transfer_words(self._row, width)
        lines = (way, *wrapped(words, width, 2))
        style = self.look("failed") if y and self._row.failure is not None else self.rich_style
        return Strip([Segment(fitted(lines[y] if y < len(lines) else "", width), style)], width)
