"""A list of any length drawn line by line: cursor, window and mouse, without knowing what the lines are.

Only visible lines are drawn, and moving the cursor draws the two lines it changes. No keys are bound here:
the screens' lists of commands call the `action_*` methods, so that every key can be remapped in one place.
"""

from typing import ClassVar

from textual import events
from textual.geometry import Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip


class LineList(ScrollView, can_focus=True, inherit_bindings=False):
    """The base of the entry list and the transfer list."""

    DEFAULT_CSS = """
    LineList {
        height: 1fr;
        background: $background;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        scrollbar-gutter: stable;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
        scrollbar-color: $scrollbar;
        scrollbar-color-hover: $scrollbar-hover;
        scrollbar-color-active: $scrollbar-active;
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False)
    """Line of the cursor, 0 first."""

    active: reactive[bool] = reactive(True, repaint=False)
    """Whether commands act on this list: its cursor is a bar, another list's a sign."""

    ALLOW_SELECT: ClassVar[bool] = False

    @property
    def line_count(self) -> int:
        """How many lines there are to put the cursor on."""
        raise NotImplementedError

    def draw_line(self, line: int, width: int) -> Strip:
        """Draw line `line`, exactly `width` cells; also asked for lines past the end."""
        raise NotImplementedError

    def open_line(self) -> None:
        """Do what Enter does on the cursor's line."""

    def cursor_moved(self, old: int, new: int) -> None:
        """Hear that the cursor has moved."""

    # -- drawing -----------------------------------------------------------------------------------------

    @property
    def page_height(self) -> int:
        """Lines that are visible at once."""
        return max(1, self.scrollable_content_region.height)

    def render_line(self, y: int) -> Strip:
        """Draw one visible line."""
        width = self.scrollable_content_region.width
        strip = self.draw_line(y + self.scroll_offset.y, width)
        bare = self.show_vertical_scrollbar or not strip
        # Without a scroll bar its column belongs to the line, so that the cursor's bar has no gap.
        look = self.rich_style if bare else list(strip)[-1].style
        return strip.extend_cell_length(self.size.width, look)

    def resize_content(self, extra_lines: int = 0) -> None:
        """Tell the scroll bar how many lines there are and draw everything visible."""
        height = max(self.line_count, extra_lines)
        if self._needs_layout(height):
            self.virtual_size = Size(0, height)
        elif height != self.virtual_size.height:
            # By itself Textual lays out the whole screen again for every page that comes.
            self.set_reactive(LineList.virtual_size, Size(0, height))
            self._scroll_update(self.virtual_size)
        self.set_reactive(LineList.cursor, self.clamped(self.cursor))
        self.refresh()

    def _needs_layout(self, height: int) -> bool:
        """Whether the scroll bar comes or goes when there are so many lines."""
        room = self.container_size.height
        return not self.is_attached or not room or (height > room) != self.show_vertical_scrollbar

    def reveal(self) -> None:
        """Scroll until the cursor is visible, also before the scroll bar has come."""
        top, height = self.scroll_offset.y, self.page_height
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def clamped(self, line: int) -> int:
        """The nearest line the cursor may stand on."""
        return max(0, min(line, self.line_count - 1))

    # -- cursor ------------------------------------------------------------------------------------------

    def validate_cursor(self, line: int) -> int:
        """Keep the cursor on a line that exists."""
        return self.clamped(line)

    def watch_cursor(self, old: int, new: int) -> None:
        """Draw the two lines that change, and follow."""
        self.refresh_line(old)
        self.refresh_line(new)
        self.reveal()
        self.cursor_moved(old, new)

    def watch_active(self) -> None:
        """The cursor looks different now."""
        self.refresh_line(self.cursor)

    def on_resize(self) -> None:
        """Keep the cursor visible when the window gets smaller."""
        self.reveal()

    def action_cursor_up(self) -> None:
        """One line up."""
        self.cursor -= 1

    def action_cursor_down(self) -> None:
        """One line down."""
        self.cursor += 1

    def action_page_up(self) -> None:
        """One window up."""
        self._jump(1 - self.page_height)

    def action_page_down(self) -> None:
        """One window down."""
        self._jump(self.page_height - 1)

    def action_first(self) -> None:
        """To the first line."""
        self.cursor = 0

    def action_last(self) -> None:
        """To the last line."""
        self.cursor = self.line_count - 1

    def action_open(self) -> None:
        """Open what the cursor is on."""
        self.open_line()

    def _jump(self, lines: int) -> None:
        """Move the window with the cursor, so that the cursor keeps its place in it."""
        target = self.clamped(self.cursor + lines)
        self.scroll_to(y=max(0, self.scroll_offset.y + target - self.cursor), animate=False)
        self.cursor = target

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a line; open it with a second click."""
        line = event.y + self.scroll_offset.y
        if event.button == 1 and 0 <= line < self.line_count:
            self.cursor = line
            if event.chain == 2:
                self.open_line()
