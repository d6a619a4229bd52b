"""Reads columns that were copied one after another: all labels, each on its line, then all values."""

from itertools import accumulate

from s3tui.credentials.reading.findings import KEY_FIELDS, Field, Finding, Verdict
from s3tui.credentials.reading.judge import verdict
from s3tui.credentials.reading.names import Name, field_of, lines_with
from s3tui.credentials.reading.wraps import unframed

MAX_LABELS = 8
"""Labels that are read before the values must begin."""

MAX_LINES = 24
"""Lines that labels, or values, may take, empty ones included."""


def read_columns(text: str, names: tuple[Name, ...]) -> tuple[list[Finding], str]:
    """Return what labels followed by values hold, and the text with those lines blanked out."""
    findings: list[Finding] = []
    starts = lines_with(text, names, (Field.ID,))
    lines = text.split("\n") if starts else []
    offsets = [0, *accumulate(len(line) + 1 for line in lines)]
    done = 0
    for start in starts:
        if start < done:
            continue
        heads, first_value = _labels(lines, start)
        done = first_value
        used = _values(lines, heads, first_value, offsets[start], findings)
        for row in range(start, used):
            lines[row] = " " * len(lines[row])
        done = max(done, used)
    return findings, "\n".join(lines) if findings else text


def _labels(lines: list[str], start: int) -> tuple[list[tuple[Field, int]], int]:
    """The labels that stand alone on their lines from here, and the line after them."""
    heads: list[tuple[Field, int]] = []
    index = start
    while index < min(len(lines), start + MAX_LINES) and len(heads) < MAX_LABELS:
        line = unframed(lines[index]) if len(lines[index]) < 200 else "too long"
        head = field_of(line) if line else None
        if line and head is None:
            break
        if head:
            heads.append(head)
        index += 1
    return heads, max(index, start + 1)


def _values(
    lines: list[str], heads: list[tuple[Field, int]], start: int, offset: int, findings: list[Finding]
) -> int:
    """Add as many values as there are labels; return the line after them, or 0 when they do not fit."""
    fields = [field for field, _ in heads]
    if Field.ID not in fields or Field.SECRET not in fields:
        return 0
    values: list[str] = []
    index = start
    while index < min(len(lines), start + MAX_LINES) and len(values) < len(heads):
        line = unframed(lines[index]).strip("\"'`,")
        if " " in line:
            return 0
        if line:
            values.append(line)
        index += 1
    if len(values) < len(heads) or any(map(_unfit, fields, values)):
        return 0
    findings.extend(
        Finding(field, value, rank, offset) for (field, rank), value in zip(heads, values, strict=True)
    )
    return index


def _unfit(field: Field, value: str) -> bool:
    return field in KEY_FIELDS and verdict(field, value, tight=False, quoted=False) is Verdict.NOISE
