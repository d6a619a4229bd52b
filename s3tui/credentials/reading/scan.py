"""Reads `name, separator, value` wherever they stand: shells, INI, JSON, YAML, XML, code, labels, options.

Names decide, not grammars: a format that nobody here has seen is read as long as it names its fields.
"""

import re
from collections.abc import Iterator

from s3tui.credentials.reading.findings import KEY_FIELDS, WEAKEST, WORD, Field, Finding, Verdict
from s3tui.credentials.reading.judge import is_aws_id, verdict
from s3tui.credentials.reading.names import Name
from s3tui.credentials.reading.values import Bond, Value, value_after
from s3tui.credentials.reading.wraps import unframed

MAX_QUOTED = 300
"""Longest quoted value, in characters, inside which no names are looked for."""

_MASK = re.compile(r"[*•●·xX]{4,}|\S{0,8}[*•●]{4,}")
_ASKING = re.compile(r"(?i)your|<|here\Z|change|insert|replace|\Amy")
_NAMESPACE = re.compile(r"(?:[A-Za-z][\w\-]{0,30}:)+\Z")
_ADDRESS_LIKE = re.compile(r"https?://|[\w\-]+\.[\w.\-]+\.\w+")


def scan(text: str, names: tuple[Name, ...]) -> tuple[list[Finding], str]:
    """Return the findings, and the text with the values that were taken blanked out.

    Args:
        text: the text, blanked out where other readers have taken values.
        names: the names of the whole text.
    """
    findings: list[Finding] = []
    taken: list[tuple[int, int]] = []
    end = 0
    for index, name in enumerate(names):
        if name.start < end or text[name.start] in " \x00":
            continue
        value = value_after(text, name.start, name.end, name.field)
        if value is None or _is_a_name(text, name, value, names[index + 1 : index + 4]):
            continue
        finding = _finding(text, name, value)
        if finding is None:
            continue
        findings.append(finding)
        if value.quoted and value.end - name.end <= MAX_QUOTED and "\n" not in value.text:
            end = max(end, value.end)
        if name.field in KEY_FIELDS:
            end = value.end
            taken.append((name.start, value.end))
    return findings, _blanked(text, taken)


def _finding(page: str, name: Name, value: Value) -> Finding | None:
    field, tight = name.field, value.bond is Bond.TIGHT
    text = value.text if tight else value.text.rstrip(".,;:!?)")
    if field in KEY_FIELDS:
        judged = verdict(field, text, tight=tight, quoted=value.quoted)
        if judged is Verdict.NOISE or (
            judged is Verdict.PLACEHOLDER and not tight and not _MASK.match(value.text)
        ):
            return None
        if field is not Field.ID and is_aws_id(text) and name.rank >= WORD:
            return None
        if name.rank >= WORD and not tight and not value.quoted and not _stands_alone(page, name, value):
            return None
        return Finding(field, text, name.rank, name.start, value.note)
    if name.rank >= WEAKEST or (
        not tight and field in (Field.BUCKET, Field.PREFIX, Field.HTTPS, Field.PROFILE)
    ):
        return None
    if not tight and field is Field.ENDPOINT and not _ADDRESS_LIKE.match(value.text):
        return None
    rank = name.rank + (0 if tight else 1)
    return Finding(field, text, rank, name.start, value.note)


def _stands_alone(text: str, name: Name, value: Value) -> bool:
    """Whether a plain word such as "Token" is a label: only name and value stand on the line or two.

    Or the sentence says so: "the key is …".
    """
    if text.startswith(" is ", name.end) and text.startswith(value.text, name.end + 4):
        return True
    before = text[text.rfind("\n", 0, name.start) + 1 : name.start]
    end = text.find("\n", value.end)
    behind = text[value.end : len(text) if end < 0 else end]
    return not unframed(before) and not unframed(behind)


def _is_a_name(text: str, name: Name, value: Value, following: tuple[Name, ...]) -> bool:
    """Whether the "value" is the next name: `read ACCESS_KEY SECRET_KEY`, `--secret aws:secretKey`."""
    if len(value.text) > 60 or _ASKING.search(value.text):
        return False
    if name.field is Field.BUCKET and value.quoted and "-" in value.text:
        return False
    position = text.find(value.text[:20], name.end, value.end + 1)
    for other in following:
        if other.start > value.end:
            return False
        begin = min(other.start, other.end - len(other.whole))
        prefixed = begin <= position + 1 or _NAMESPACE.match(text[position:begin])
        if prefixed and other.end >= position + len(value.text):
            return True
    return False


def _blanked(text: str, taken: list[tuple[int, int]]) -> str:
    return "".join(_pieces(text, taken))


def _pieces(text: str, taken: list[tuple[int, int]]) -> Iterator[str]:
    position = 0
    for start, end in taken:
        yield text[position:start]
        yield "\x00" * (end - start)
        position = end
    yield text[position:]
