"""Text cut and padded to terminal cells.

Names come from strangers: CJK and emoji take two cells, combining marks none. Everything returned by `fitted`
measures exactly the width that was asked for, so columns meet whatever the names are.
"""

from rich.cells import cell_len, get_character_cell_size

from s3tui.formatting import printable

_MARKS_OF_WIDTH = {0xFE0E: None, 0xFE0F: None}
"""Variation selectors: terminals disagree on the width they give, so they are left out."""

_LONGEST_SHOWN = 1200
"""Characters of a foreign text that are looked at; no terminal line holds more."""


def shown(text: str) -> str:
    """Foreign text as it may stand on the screen: nothing invisible, nothing that moves the cursor."""
    if text.isascii() and text.isprintable():
        return text
    if len(text) > _LONGEST_SHOWN:
        half = _LONGEST_SHOWN // 2
        text = f"{text[:half]}{text[-half:]}"
    return printable(text).translate(_MARKS_OF_WIDTH)


def head(text: str, width: int) -> str:
    """The longest beginning of `text` that takes at most `width` cells."""
    if text.isascii():
        return text[: max(0, width)]
    used = end = 0
    for character in text:
        used += get_character_cell_size(character)
        if used > width:
            break
        end += 1
    return text[:end]


def tail(text: str, width: int) -> str:
    """The longest end of `text` that takes at most `width` cells; never begins with a combining mark."""
    if text.isascii():
        return text[-width:] if width > 0 else ""
    used = 0
    start = len(text)
    for index in range(len(text) - 1, -1, -1):
        size = get_character_cell_size(text[index])
        used += size
        if used > width:
            break
        if size:
            start = index
    return text[start:]


def cut_right(text: str, width: int) -> str:
    """Text of at most `width` cells; what is too long loses its end."""
    if cell_len(text) <= width:
        return text
    return f"{head(text, width - 1)}…" if width > 0 else ""


def cut_left(text: str, width: int) -> str:
    """Text of at most `width` cells; what is too long loses its beginning."""
    if cell_len(text) <= width:
        return text
    return f"…{tail(text, width - 1)}" if width > 0 else ""


def cut_middle(text: str, width: int, differs_at: int | None = None) -> str:
    """Text of at most `width` cells; what is too long loses its middle, so that names keep their ending.

    Args:
        text: what to cut.
        width: cells.
        differs_at: index of the character that tells this name from its neighbours; the cut avoids it where
            it can.
    """
    if cell_len(text) <= width:
        return text
    if width <= 2:
        return cut_right(text, width)
    room = width - 1
    ending = room * 2 // 5
    if differs_at is not None and differs_at < len(text):
        before = cell_len(text[: differs_at + 1]) + 1
        behind = cell_len(text[max(0, differs_at - 1) :])
        if room - ending < before <= room - min(4, ending):
            ending = room - before
        elif room - ending < before and ending < behind <= room - 3:
            ending = behind
    end = tail(text, ending)
    return f"{head(text, room - cell_len(end))}…{end}"


def first_difference(name: str, neighbours: tuple[str, ...]) -> int:
    """Index of the first character that tells `name` from each of its neighbours."""
    shared = 0
    for other in neighbours:
        same = 0
        for mine, theirs in zip(name, other, strict=False):
            if mine != theirs:
                break
            same += 1
        shared = max(shared, same)
    return shared


def cut_path(path: str, width: int) -> str:
    """A path of at most `width` cells that keeps its end, cut at a slash where one is near."""
    if cell_len(path) <= width:
        return path
    kept = tail(path, width - 1)
    # The first slash of "s3://" begins no component, the second does.
    slash = kept.find("/", kept.find("//") + 1, -1)
    if 0 <= slash <= width // 3:
        kept = kept[slash:]
    return f"…{kept}" if width > 0 else ""


def fitted(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells: padded on its right (or left), or cut at its end."""
    if width <= 0:
        return ""
    text = cut_right(text, width)
    length = cell_len(text)
    while length > width:
        text = text[:-1]
        length = cell_len(text)
    blank = " " * (width - length)
    return f"{blank}{text}" if right else f"{text}{blank}"


def wrapped(text: str, width: int, most: int = 6) -> tuple[str, ...]:
    """A sentence in lines of at most `width` cells, at most `most` of them.

    Words longer than a line are broken, after a slash where there is one.
    """
    if width < 4 or most < 1:
        return ()
    lines: list[str] = []
    line = ""
    for word in text.split():
        rest = word
        if cell_len(f"{line} {rest}".strip()) > width:
            lines.append(line)
            line = ""
        while cell_len(rest) > width:
            piece = head(rest, width)
            piece = piece[: piece.rfind("/", width // 2) + 1] or piece
            lines.append(piece)
            rest = rest[len(piece) :]
        line = f"{line} {rest}".strip()
    lines = [line for line in (*lines, line) if line]
    if len(lines) > most:
        return (*lines[: most - 1], cut_right(f"{head(lines[most - 1], width - 1)}…", width))
    return tuple(lines)
