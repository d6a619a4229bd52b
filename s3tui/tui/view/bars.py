"""Progress bars as text: whole cells and eighths of a cell, or plain ASCII."""

from typing import NamedTuple

_EIGHTHS = " ▏▎▍▌▋▊▉"
FULL = "█"
REST = "─"
ASCII_FULL = "#"
ASCII_REST = "-"


class Bar(NamedTuple):
    """The two parts of a bar, to be drawn in two colours."""

    done: str
    rest: str

    def __str__(self) -> str:
        """The whole bar."""
        return self.done + self.rest


def bar(fraction: float, width: int, *, ascii_only: bool = False) -> Bar:
    """A bar of exactly `width` cells.

    It is full only at 1, and shows something as soon as anything is done. Fractions outside 0..1 count as
    the nearer end.
    """
    if width <= 0:
        return Bar("", "")
    eighths = int(min(1.0, max(0.0, fraction)) * width * 8)
    if fraction > 0 and not eighths:
        eighths = 1
    if fraction < 1:
        eighths = min(eighths, width * 8 - 1)
    whole, part = divmod(eighths, 8)
    if ascii_only:
        return Bar(ASCII_FULL * whole, ASCII_REST * (width - whole))
    done = FULL * whole + (_EIGHTHS[part] if part else "")
    return Bar(done, REST * (width - len(done)))


def percent_text(moved: int, size: int) -> str:
    """Four cells: " 61%". 100% only when every byte has moved; an empty file is done."""
    if size <= 0:
        return "100%"
    part = max(0, min(moved, size)) / size
    return f"{100 if moved >= size else min(99, int(part * 100)):3}%"


def fraction_of(moved: int, size: int) -> float:
    """How much is done, 0 to 1; an empty file counts as done."""
    return 1.0 if size <= 0 else min(1.0, max(0.0, moved / size))
