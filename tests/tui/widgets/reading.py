"""Reading of what a widget has drawn, and of how much it draws."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget


def lines_of(widget: Widget) -> list[str]:
    """The widget's visible lines as text, without the blanks at their ends."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def text_of(widget: Widget) -> str:
    """The widget's visible lines as one text."""
    return "\n".join(lines_of(widget))


async def until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    """Let the app go on until something is true; fails after five seconds."""
    async with asyncio.timeout(5):
        while not condition():
            await pilot.pause(0.01)


class DrawCount:
    """How many lines were drawn, and which."""

    def __init__(self) -> None:
        """Start at nothing."""
        self.lines: list[int] = []


@contextmanager
def counting_lines(widget: Widget) -> Iterator[DrawCount]:
    """Count the lines the widget is asked to draw."""
    count = DrawCount()
    draw = widget.render_line

    def counted(y: int) -> Strip:
        count.lines.append(y)
        return draw(y)

    widget.render_line = counted  # type: ignore[method-assign]
    try:
        yield count
    finally:
        del widget.render_line
