"""Reads tables whose first row names the columns: CSV, TSV, Markdown, boxes, psql.

Tables with the name at the left of each value need no reader of their own: `scan` takes a bar for a
separator.
"""

import re
from itertools import accumulate

from s3tui.credentials.reading.findings import Field, Finding
from s3tui.credentials.reading.judge import is_aws_id
from s3tui.credentials.reading.names import Name, field_of, lines_with

MAX_HEAD = 2000
"""Longest head row that is looked at, in characters."""

MAX_ROWS = 200
"""Rows that are read below one head; no table of keys has more."""

_RULE = re.compile(r"[\s|+:\-=\u2500-\u257f]+\Z")
_WIDE_GAP = re.compile(r"[ \t]{2,}|\t")
_CSV_CELL = re.compile(r'\s*"((?:[^"]|"")*)"\s*\Z')

_Heads = list[tuple[Field, int] | None]


def read_tables(text: str, names: tuple[Name, ...]) -> tuple[list[Finding], str]:
    """Return what tables with a head row hold, and the text with those tables blanked out."""
    findings: list[Finding] = []
    heads = lines_with(text, names, (Field.ID, Field.SECRET))
    if not heads:
        return findings, text
    lines = text.split("\n")
    offsets = [0, *accumulate(len(line) + 1 for line in lines)]
    done = 0
    for index in heads:
        if index < done or len(lines[index]) > MAX_HEAD:
            continue
        used = _table_at(lines, index, offsets[index], findings)
        for row in range(index, index + used):
            lines[row] = " " * len(lines[row])
        done = index + used
    return findings, "\n".join(lines)


def is_rule(line: str) -> bool:
    """Whether the line only draws: a rule between rows, or the edge of a box."""
    return _RULE.match(line) is not None


def _table_at(lines: list[str], index: int, offset: int, findings: list[Finding]) -> int:
    """Read the table whose head is this line; return the number of lines it takes, or 0."""
    for delimiter in ("|", ",", ";", "\t", "  "):
        heads = _heads(lines[index], delimiter)
        if heads:
            break
    else:
        return 0
    rows: list[list[str]] = []
    used = 1
    for line in lines[index + 1 : index + 1 + MAX_ROWS]:
        if line.strip() and not is_rule(line):
            cells = _cells(line, delimiter)
            if len(cells) < 2 or len(cells) > len(heads) + 1:
                break
            if len(cells) > len(heads):
                cells = cells[:-1] if not cells[-1] else cells[1:]  # a row's number, as data frames print it
            _add_row(rows, cells, heads)
        elif not line.strip() and rows:
            break
        used += 1
    found = [
        Finding(head[0], row[column], head[1], offset)
        for row in rows
        for column, head in enumerate(heads)
        if head is not None and column < len(row) and _is_value(head[0], row[column])
    ]
    if not any(finding.field is Field.ID for finding in found):
        return 0
    findings.extend(found)
    return used


def _heads(line: str, delimiter: str) -> _Heads | None:
    if delimiter not in line:
        return None
    cells = _cells(line, delimiter)
    if not 2 <= len(cells) <= 40:
        return None
    heads = [field_of(cell) if len(cell) <= 60 else None for cell in cells]
    fields = {head[0] for head in heads if head}
    if any(is_aws_id(cell) for cell in cells):
        return None
    if Field.ID not in fields or Field.SECRET not in fields:
        return None
    return heads


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == "|":
        line = line.strip()
        line = line[1:] if line.startswith("|") else line
        line = line[:-1] if line.endswith("|") else line
        cells = line.split("|")
    elif delimiter == "  ":
        cells = _WIDE_GAP.split(line.strip())
    else:
        cells = _split_csv(line, delimiter)
    return [cell.strip(" \t`*'\"") for cell in cells]


def _split_csv(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return line.split(delimiter)
    cells, start, inside = [], 0, False
    for position, character in enumerate(line):
        if character == '"':
            inside = not inside
        elif character == delimiter and not inside:
            cells.append(line[start:position])
            start = position + 1
    cells.append(line[start:])
    return [match.group(1).replace('""', '"') if (match := _CSV_CELL.match(cell)) else cell for cell in cells]


def _is_value(field: Field, cell: str) -> bool:
    """Whether a cell can hold the field: pages put "Show" where the secret would be."""
    return len(cell) >= (8 if field in (Field.SECRET, Field.TOKEN) else 1)


def _add_row(rows: list[list[str]], cells: list[str], heads: _Heads) -> None:
    """Add a row, or append its pieces to the row above where a box has wrapped the cells."""
    column = next(number for number, head in enumerate(heads) if head and head[0] is Field.ID)
    key_id = cells[column] if column < len(cells) else ""
    wrapped = rows and (not key_id or (len(key_id) < 20 and is_aws_id(rows[-1][column] + key_id)))
    if wrapped and len(cells) <= len(rows[-1]):
        rows[-1] = [
            above + (cells[number] if number < len(cells) else "") for number, above in enumerate(rows[-1])
        ]
    else:
        rows.append(cells + [""] * (len(heads) - len(cells)))
