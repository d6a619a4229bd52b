"""One line of text in parts, drawn without ever asking for a new layout."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from s3tui.tui.view.line_parts import Part, fit_parts


class TextLine(Widget):
    """The base of header, status and title lines: what changes is redrawn, what stays costs nothing.

    A subclass names its looks as component classes, `<prefix>--<look>`.
    """

    DEFAULT_CSS = """
    TextLine { height: 1; width: 1fr; }
    """

    PREFIX = "text-line"
    """First half of the component classes."""

    separator = ""
    """Stands between the parts on the left."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id, classes=classes)
        self._left: tuple[Part, ...] = ()
        self._right: tuple[Part, ...] = ()

    def show(self, left: Sequence[Part], right: Sequence[Part] = ()) -> None:
        """Show other parts; drawn only when they differ."""
        sides = tuple(left), tuple(right)
        if sides != (self._left, self._right):
            self._left, self._right = sides
            self.refresh()

    @property
    def text(self) -> str:
        """What the line says, as drawn."""
        return self.render_line(0).text

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.rich_style)
        left, right = fit_parts(self._left, self._right, width, self.separator)
        segments: list[Segment] = []
        for index, part in enumerate(left):
            if index and self.separator:
                segments.append(Segment(self.separator, self.rich_style))
            segments.append(Segment(part.text, self.look(part.look)))
        used = sum(cell_len(segment.text) for segment in segments)
        used += sum(cell_len(part.text) for part in right)
        segments.append(Segment(" " * (width - used), self.rich_style))
        segments += [Segment(part.text, self.look(part.look)) for part in right]
        return Strip(segments, width)

    def look(self, name: str) -> Style:
        """The style of a look; the line's own without a name."""
        return self.get_component_rich_style(f"{self.PREFIX}--{name}") if name else self.rich_style
