"""A screen as a grid of cells: reads Textual's frames, writes only what differs.

Textual sends whole widgets again for every change (12 kB for a Tab). Over a slow link that is seconds; so
the frames are drawn into a grid here, and only the difference between the wanted and the shown grid goes to
the terminal.
"""

import re
from dataclasses import dataclass, field

from rich.cells import split_graphemes

_TOKEN = re.compile(
    r"\x1b\[(?P<params>[0-?]*)(?P<mid>[ -/]*)(?P<final>[@-~])"
    r"|(?P<osc>\x1b\][^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<string>\x1b[PX^_].*?\x1b\\)"
    r"|(?P<escape>\x1b[^\[\]PX^_])"
    r"|(?P<text>[^\x00-\x1f\x7f\x1b]+)"
    r"|(?P<control>[\x00-\x1f\x7f])",
    re.DOTALL,
)

Cell = tuple[str, str]
"""A grapheme (empty for the right half of a wide one) and the SGR parameters it is drawn with."""

BLANK: Cell = (" ", "")
UNKNOWN: Cell = ("", "?")
"""What a cell holds when the terminal's contents cannot be trusted; differs from every real cell."""

BRIDGE = 4
"""Unchanged cells between two changed runs that are cheaper to send again than to jump over."""


@dataclass
class Grid:
    """The screen that Textual wants, filled from its frames."""

    width: int
    height: int
    rows: list[list[Cell]] = field(default_factory=list)
    dirty: set[int] = field(default_factory=set)
    """Rows touched since `take_dirty`."""

    def __post_init__(self) -> None:
        """Start blank."""
        self._x = self._y = 0
        self._style = ""
        self.resize(self.width, self.height)

    def resize(self, width: int, height: int) -> None:
        """Become blank at another size; everything counts as touched."""
        self.width, self.height = width, height
        self.rows = [[BLANK] * width for _ in range(height)]
        self.dirty = set(range(height))

    def feed(self, data: str) -> str:
        """Draw a piece of Textual's output.

        Args:
            data: text with CUP, SGR and other control sequences.

        Returns:
            The sequences that are not drawing (modes, queries, titles, clipboard), to be sent as they are.
        """
        passed: list[str] = []
        for token in _TOKEN.finditer(data):
            kind = token.lastgroup
            if kind == "text":
                self._put(token["text"])
            elif kind == "final":
                self._control_sequence(token, passed)
            elif kind == "control":
                if token["control"] not in "\r\n":
                    passed.append(token["control"])
            elif not token[0].startswith("\x1b]8;"):  # hyperlinks would be cells' attributes
                passed.append(token[0])
        return "".join(passed)

    def _control_sequence(self, token: re.Match[str], passed: list[str]) -> None:
        final, params = token["final"], token["params"]
        if token["mid"] or params[:1] in ("?", ">", "<", "="):
            if params != "?2026" or final not in "hl":  # the writer frames its own updates
                passed.append(token[0])
        elif final == "H":
            row, _, column = params.partition(";")
            self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
        elif final == "m":
            self._select(params)
        else:
            passed.append(token[0])

    def _select(self, params: str) -> None:
        if params in ("", "0"):
            self._style = ""
        elif params.startswith("0;"):
            self._style = params[2:]
        else:
            self._style = f"{self._style};{params}" if self._style else params

    def _put(self, text: str) -> None:
        if not 0 <= self._y < self.height:
            return
        row, style, x = self.rows[self._y], self._style, self._x
        self.dirty.add(self._y)
        if text.isascii():
            for character in text[: max(0, self.width - x)]:
                self._unpair(row, x, 1)
                row[x] = (character, style)
                x += 1
            self._x = x
            return
        for start, end, width in split_graphemes(text)[0]:
            if width and x + width <= self.width:
                self._unpair(row, x, width)
                row[x] = (text[start:end], style)
                if width == 2:
                    row[x + 1] = ("", style)
            x += width
        self._x = x

    def _unpair(self, row: list[Cell], x: int, width: int) -> None:
        """Blank the halves of wide characters that drawing `width` cells at `x` would tear apart."""
        if row[x][0] == "" and x > 0:
            row[x - 1] = (" ", row[x - 1][1])
        after = x + width
        if after < self.width and row[after][0] == "":
            row[after] = (" ", row[after][1])

    def take_dirty(self) -> dict[int, list[Cell]]:
        """Copies of the rows touched since the last call."""
        taken = {y: self.rows[y][:] for y in self.dirty if y < self.height}
        self.dirty.clear()
        return taken


def difference(shown: list[list[Cell]], wanted: dict[int, list[Cell]]) -> str:
    """The shortest reasonable text that turns what is shown into what is wanted; updates `shown`.

    Args:
        shown: rows as the terminal has them.
        wanted: row number to new cells, of the same width.

    Returns:
        Cursor movements, SGR sequences and text; empty when nothing differs. Ends with attributes reset.
    """
    out: list[str] = []
    style = ""
    for y in sorted(wanted):
        old, new = shown[y], wanted[y]
        if old == new:
            continue
        for start, end in _runs(old, new):
            out.append(f"\x1b[{y + 1};{start + 1}H")
            for x in range(start, end):
                grapheme, cell_style = new[x]
                if not grapheme:
                    continue
                if cell_style != style:
                    out.append(_change(style, cell_style))
                    style = cell_style
                out.append(grapheme)
                if len(grapheme) > 1 and x + 2 < end:
                    # Terminals disagree on the width of composed characters: say where the next one goes.
                    following = x + 1 if new[x + 1][0] else x + 2
                    out.append(f"\x1b[{y + 1};{following + 1}H")
        shown[y] = new
    if style:
        out.append("\x1b[m")
    return "".join(out)


def _change(old: str, new: str) -> str:
    if not old:
        return f"\x1b[{new}m"
    if not new:
        return "\x1b[m"
    return f"\x1b[0;{new}m"


def _runs(old: list[Cell], new: list[Cell]) -> list[tuple[int, int]]:
    """Stretches of cells to send: changed ones, widened to whole characters, near ones joined."""
    runs: list[tuple[int, int]] = []
    x, width = 0, len(new)
    while x < width:
        if old[x] == new[x]:
            x += 1
            continue
        start = x - 1 if x and not new[x][0] else x
        x += 1
        while x < width and (old[x] != new[x] or not new[x][0]):
            x += 1
        if runs and start - runs[-1][1] <= BRIDGE:
            runs[-1] = (runs[-1][0], x)
        else:
            runs.append((start, x))
    return runs


_ASCII_LINES = str.maketrans(
    {
        **dict.fromkeys("─━═╌╍┄┅┈┉╴╶▔▁▂", "-"),
        **dict.fromkeys("│┃║╎╏┆┇┊┋▏▕▎▊▌▐", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰╔╗╚╝╠╣╦╩╬┏┓┗┛┣┫┳┻╋", "+"),
        **dict.fromkeys("█▉▇▆▅▓", "#"),
        **dict.fromkeys("▋▍▄▃▒░", "="),
        **dict.fromkeys("▲↑⬆▴", "^"),
        **dict.fromkeys("▼↓⬇▾", "v"),
        **dict.fromkeys("→▶▸›»", ">"),
        **dict.fromkeys("←◀◂‹«", "<"),
        **dict.fromkeys("•·●○◆◇∙", "."),
        **dict.fromkeys("–—−‐", "-"),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("“”", '"'),
        "✓": "+",
        "✔": "+",
        "✗": "x",
        "✘": "x",
        "×": "x",
        "…": "~",
        "\xa0": " ",
    }
)


def ascii_form(wanted: dict[int, list[Cell]]) -> dict[int, list[Cell]]:
    """The same rows for terminals that cannot show more than ASCII: lines drawn plainly, the rest as "?"."""
    return {y: [_ascii_cell(cell) for cell in row] for y, row in wanted.items()}


def _ascii_cell(cell: Cell) -> Cell:
    grapheme, style = cell
    if grapheme.isascii():
        return cell if grapheme else ("?", style)
    plain = grapheme[0].translate(_ASCII_LINES)
    return (plain if plain.isascii() else "?", style)
