"""Reads tables whose first row names the columns: CSV, TSV, Markdown, boxes, psql; and columns copied one after
another (all labels, then all values).

Tables with the name at the left of each value need no reader of their own: `scan` takes a bar for a separator.
"""

import re

from s3tui.credentials.reading.findings import Field, Finding
from s3tui.credentials.reading.judge import Verdict, is_aws_id, verdict
from s3tui.credentials.reading.names import field_of
from s3tui.credentials.reading.wraps import unframed

MAX_ROWS = 200
"""Rows that are read below one head; no table of keys has more."""

_RULE = re.compile(r"[\s|+:\-=\u2500-\u257f]+\Z")
_WIDE_GAP = re.compile(r"[ \t]{2,}|\t")
_CSV_CELL = re.compile(r'\s*"((?:[^"]|"")*)"\s*\Z')

_Heads = list[tuple[Field, int] | None]


def read_tables(text: str) -> tuple[list[Finding], str]:
    """Return what tables with a head row hold, and the text without those tables."""
    lines = text.split("\n")
    findings: list[Finding] = []
    index = offset = 0
    while index < len(lines):
        used = 0
        if len(lines[index]) < 2000:
            used = _table_at(lines, index, offset, findings) or _columns_at(lines, index, offset, findings)
        for row in range(index, index + used):
            offset += len(lines[row]) + 1
            lines[row] = ""
        if not used:
            offset += len(lines[index]) + 1
        index += used or 1
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
            _add_row(rows, cells, heads)
        elif not line.strip() and rows:
            break
        used += 1
    found = [
        Finding(head[0], row[column], head[1], offset)
        for row in rows
        for column, head in enumerate(heads)
        if head is not None and column < len(row) and row[column]
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


def _columns_at(lines: list[str], index: int, offset: int, findings: list[Finding]) -> int:
    """Read labels alone on their lines, followed by as many values alone on theirs."""
    heads: list[tuple[Field, int]] = []
    position = index
    while position < len(lines) and len(heads) < 8:
        line = unframed(lines[position])
        head = field_of(line) if line else None
        if line and head is None:
            break
        if head:
            heads.append(head)
        position += 1
    fields = [head[0] for head in heads]
    if Field.ID not in fields or Field.SECRET not in fields:
        return 0
    values: list[str] = []
    while position < len(lines) and len(values) < len(heads):
        line = unframed(lines[position]).strip("\"'`,")
        if " " in line:
            break
        if line:
            values.append(line)
        position += 1
    if len(values) < len(heads):
        return 0
    if any(_unfit(field, value) for field, value in zip(fields, values, strict=True)):
        return 0
    findings.extend(
        Finding(field, value, rank, offset) for (field, rank), value in zip(heads, values, strict=True)
    )
    return position - index


def _unfit(field: Field, value: str) -> bool:
    if field not in (Field.ID, Field.SECRET, Field.TOKEN):
        return False
    return verdict(field, value, tight=False, quoted=False) is Verdict.NOISE
