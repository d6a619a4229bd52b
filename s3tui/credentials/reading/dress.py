"""Takes off what mail programs, boxes, prompts and narrow terminals put around a text as a whole.

Each step acts only when the whole text agrees: every line is quoted, framed, numbered or followed by an empty
one.
"""

import re
from enum import IntEnum
from itertools import pairwise

MIN_WIDTH, MAX_WIDTH = 40, 250
"""Widths, in characters, at which terminals and programs wrap lines."""

MIN_CUT = 14
"""Narrowest width of a split pane or a phone, in characters; only several lines of it tell."""

_TORN_NAME = re.compile(r"[\s\"'{(,;&][A-Za-z_.\-]{1,40}\Z")
_TERMINALS = frozenset({80, 100, 120, 132})
_NUMBER = re.compile(r"[ \t]*(\d{1,5})(?:[ \t]*[:.)|\t][ \t]?|[ \t]{1,4})(?=\S|$)")
_QUOTE = re.compile(r"[ \t]{0,4}(?:>[ \t]?){1,6}")
_PROMPT = re.compile(r"[$%][ \t]")
_EDGE = re.compile(r"[ \t]*(?:[\u2500-\u257f]|\+[\-=])")
_FRAMED = re.compile(r"[ \t]*\|(.*)")
_SENTENCE = re.compile(r"[A-Za-z][a-z]{1,20}[,.!]? \S")
_LONE_WORD = re.compile(r"[A-Z][a-z]{1,20}\Z")
_NEW_STATEMENT = re.compile(
    r"\s*(?:(?:export|set|setenv|declare|SET)\s|\$env:"
    r"|[-+]?[A-Z][A-Z0-9_]{5,}=\S|[-+]?[A-Z][A-Z0-9]{1,20}_[A-Z0-9_]{1,40}=\Z"
    r"|aws_[a-z_]{5,40}\s*=|\[[\w .\-]+\]\Z"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|[A-Z][a-z]{2,20}(?: [A-Za-z]{2,20}){0,3} ?(?:\[[^\[\]]{0,40}\])?: "
    r"|[\w.\-]{1,40}@[\w.\-]{1,60}[:~ ]"
    r"|\d{1,2}[.)] |[A-Z][a-z]{2,20}(?: [A-Za-z]{2,20}){0,3}\t|--More--|\(END\)"
    r"|[-+*#|>$]\s|[a-z][a-z_0-9]{3,30} =(?:\s|\Z)|[a-z][a-z_]{3,30}\s?[=:]\s?[^=\s])",
)


def undressed(text: str) -> str:
    """Return the text without line numbers, double spacing, quote marks, prompts and a box around it all."""
    lines = text.split("\n")
    for step in (
        _without_end_marks,
        _without_numbers,
        _without_gaps,
        _without_quotes,
        _without_prompts,
        _without_box,
    ):
        lines = step(lines)
    return "\n".join(lines)


class Certainty(IntEnum):
    """How sure it is that lines were wrapped."""

    POSSIBLE = 0
    """One line is the longest, as some line always is: join only when nothing can be read otherwise."""

    LIKELY = 1
    """Two lines have the same length, or one has a terminal's width: join when that makes a value longer."""

    SURE = 2
    """Three lines have the same length, or a quoted text is torn: read the joined text first."""


def unwrapped(text: str) -> tuple[str, Certainty] | None:
    """Return the text with its longest lines joined to the next, and how sure that is, or None."""
    raw = text.split("\n")
    lines = [line.rstrip() for line in raw]
    width = max(map(len, lines))
    full = [
        index
        for index, line in enumerate(lines[:-1])
        if len(line) == width and goes_on(line, lines[index + 1])
    ]
    if not MIN_CUT <= width <= MAX_WIDTH or not full or any("|" in lines[index] for index in full):
        return None
    certainty = Certainty.POSSIBLE
    if width < MIN_WIDTH:
        full = [index for index in full if not _SENTENCE.match(lines[index + 1])]
        if len(full) < 2 or any(_LONE_WORD.match(lines[index + 1]) for index in full):
            return None
        certainty = Certainty.LIKELY if len(full) >= 3 else Certainty.POSSIBLE
    elif len(full) >= 3 or any(_is_torn(lines[index], lines[index + 1]) for index in full):
        certainty = Certainty.SURE
    elif len(full) == 2 or width in _TERMINALS:
        certainty = Certainty.LIKELY
    joined = dict.fromkeys(full, "")
    if len(full) >= 3:
        joined |= {index: raw[index][len(lines[index]) :] for index in _broken_at_blanks(raw, width)}
    return "".join(line + joined.get(index, "\n") for index, line in enumerate(lines)), certainty


def _broken_at_blanks(raw: list[str], width: int) -> set[int]:
    """The lines of a text wrapped at this width that end in a blank, or go on with one."""
    return {
        index
        for index, (line, following) in enumerate(pairwise(raw))
        if len(line) == width and (line.endswith(" ") != following.startswith(" ")) and following[1:2].strip()
    }


def goes_on(line: str, following: str) -> bool:
    """Whether a line may be the rest of the one above: no new statement, no command like its own."""
    if not following or following[0].isspace():
        return False
    command = line.lstrip().partition(" ")[0]
    if len(command) > 1 and following.partition(" ")[0] == command:
        return False
    return not _NEW_STATEMENT.match(following) or _TORN_NAME.search(line) is not None


def _is_torn(line: str, following: str) -> bool:
    return line.count('"') % 2 == 1 and following.count('"') % 2 == 1


def _without_end_marks(lines: list[str]) -> list[str]:
    """Undo `cat -A`: a dollar sign ends every line, and tabs and carriage returns are spelt out."""
    filled = [line for line in lines if line]
    if len(filled) < 2 or not all(line.endswith("$") for line in filled):
        return lines
    return [line[:-1].replace("^I", "\t").removesuffix("^M") for line in lines]


def _without_numbers(lines: list[str]) -> list[str]:
    """Drop the numbers of an editor or `cat -n`: only when every line that has text counts upwards."""
    last, kept = None, []
    for line in lines:
        if not line.strip():
            kept.append(line)
            continue
        match = _NUMBER.match(line)
        if match is None or (last is not None and int(match.group(1)) <= last):
            return lines
        last = int(match.group(1))
        kept.append(line[match.end() :])
    return kept if len(kept) > 1 else lines


def _without_gaps(lines: list[str]) -> list[str]:
    """Undo double spacing: an empty line after every line."""
    filled = [index for index, line in enumerate(lines) if line.strip()]
    steps = {after - before for before, after in pairwise(filled)}
    if len(filled) < 4 or 1 in steps or 2 not in steps:
        return lines
    return [
        line for index, line in enumerate(lines) if line.strip() or (index and not lines[index - 1].strip())
    ]


def _without_quotes(lines: list[str]) -> list[str]:
    return _without_prefix(lines, _QUOTE)


def _without_prompts(lines: list[str]) -> list[str]:
    return _without_prefix(lines, _PROMPT)


def _without_prefix(lines: list[str], prefix: re.Pattern[str]) -> list[str]:
    filled = [line for line in lines if line.strip()]
    if len(filled) < 2 or not all(prefix.match(line) for line in filled):
        return lines
    return [line[match.end() :] if (match := prefix.match(line)) else line for line in lines]


def _without_box(lines: list[str]) -> list[str]:
    """Take a frame of one cell off; tables, which have bars inside, stay as they are."""
    inner = [match.group(1) for line in lines if (match := _FRAMED.match(line))]
    others = [line for line in lines if line.strip() and not _FRAMED.match(line) and not _EDGE.match(line)]
    if len(inner) < 2 or others:
        return lines
    bodies = [body.rstrip(" \t").removesuffix("|") for body in inner]
    if sum("|" in body for body in bodies) * 4 > len(bodies):
        return lines
    pad = 1 if all(body.startswith(" ") for body in bodies if body.strip()) else 0
    return [body[pad:].rstrip() for body in bodies]
