"""A line made of parts, of which the less important ones make way when there is no room."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from s3tui.tui.view.text_cells import cut_right


class Part(NamedTuple):
    """A piece of a line."""

    text: str
    look: str = ""
    """Name of the look the line gives it; empty is the line's own."""
    rank: int = 0
    """Parts of the highest rank are dropped first; 0 stays and is cut."""


def fit_parts(
    left: Sequence[Part], right: Sequence[Part], width: int, separator: str = ""
) -> tuple[list[Part], list[Part]]:
    """Drop and cut parts until both sides fit into `width` cells, with `separator` between the left ones."""
    sides = [part for part in left if part.text], [part for part in right if part.text]
    gap = cell_len(separator)

    def length() -> int:
        texts = sum(cell_len(part.text) for side in sides for part in side)
        return texts + gap * max(0, len(sides[0]) - 1)

    while length() > width:
        side, index = max(
            ((side, index) for side in (0, 1) for index in range(len(sides[side]))),
            key=lambda place: (sides[place[0]][place[1]].rank, place[0], place[1]),
            default=(0, -1),
        )
        if index < 0:
            break
        part = sides[side][index]
        if part.rank:
            del sides[side][index]
            continue
        index = len(sides[0]) - 1 if sides[0] else 0
        side = 0 if sides[0] else 1
        part = sides[side][index]
        room = width - (length() - cell_len(part.text))
        if room > 0:
            sides[side][index] = part._replace(text=cut_right(part.text, room))
        else:
            del sides[side][index]
    return sides
