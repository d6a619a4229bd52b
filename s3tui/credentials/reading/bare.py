"""Finds values that have no name, by their form alone: the last resort, only for what is still missing."""

import re

from s3tui.credentials.reading.findings import KEY_FIELDS, Field, Finding, Verdict
from s3tui.credentials.reading.judge import is_aws_id, verdict
from s3tui.credentials.reading.tokens import looks_like_token

_WORD = re.compile(r"[^\s\"'`,;|()<>\[\]{}\x00]{16,16384}")
_SECRET_SHAPE = re.compile(r"[A-Za-z0-9/+]{40}\Z")
_ID_SHAPE = re.compile(r"(?=[A-Za-z]*\d)[A-Za-z0-9]{16,32}\Z")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+\-]\d\d:?\d\d)")
_HEX = re.compile(r"[0-9a-f]{40}\Z")
_COMMAND_LINE = re.compile(r"^[^\n]{0,80}(?:\baws |\bopenstack |\bprint\()[^\n]*$", re.MULTILINE)


def read_bare(text: str, have: set[Field]) -> list[Finding]:
    """Return unlabelled values known by their form alone, for the fields that are still missing.

    Args:
        text: the text without the values that were taken already.
        have: the fields that names have given.
    """
    ids: list[Finding] = []
    secrets: list[Finding] = []
    tokens: list[Finding] = []
    for count, match in enumerate(_WORD.finditer(text)):
        if count > 2000:
            break
        word = match.group().rstrip(".:")
        if is_aws_id(word):
            ids.append(Finding(Field.ID, word, 5, match.start()))
        elif looks_like_token(word):
            tokens.append(Finding(Field.TOKEN, word, 5, match.start()))
        elif _SECRET_SHAPE.match(word) and not _HEX.match(word) and _is_mixed(word):
            secrets.append(Finding(Field.SECRET, word, 5, match.start()))
    if not ids and not have:
        return _nothing_else(text)
    times = [] if Field.ID in have else [_time_behind(text, finding) for finding in ids[:1]]
    missing = [
        *times,
        *(ids if Field.ID not in have else ()),
        *(secrets if Field.SECRET not in have else ()),
        *(tokens if Field.TOKEN not in have else ()),
    ]
    return missing if ids or secrets or have & {Field.ID, Field.SECRET} else []


def _nothing_else(text: str) -> list[Finding]:
    """A text of nothing but an id, a secret and perhaps a token and a time, in this order."""
    words = _COMMAND_LINE.sub("", text).replace('"', " ").replace("'", " ").replace(",", " ").split()
    words = [word for word in words if word not in ("[", "]", "(", ")") and not word.startswith("```")]
    if len(words) > 2 and _TIME.match(words[-1]):
        words.pop()
    if not 2 <= len(words) <= 3 or not _ID_SHAPE.match(words[0]) or len(words[1]) < 30:
        return []
    fields = KEY_FIELDS[: len(words)]
    if any(
        verdict(f, w, tight=False, quoted=False) is not Verdict.REAL
        for f, w in zip(fields, words, strict=True)
    ):
        return []
    found = [Finding(field, word, 5, 0) for field, word in zip(fields, words, strict=True)]
    return [*found, _time_behind(text, found[0])]


def _time_behind(text: str, finding: Finding) -> Finding:
    """The first full time behind an unlabelled id, as in the text output of the AWS CLI."""
    time = _TIME.search(text, finding.start, finding.start + 8000)
    return Finding(Field.EXPIRY, time.group() if time else "", 5, finding.start)


def _is_mixed(word: str) -> bool:
    return any(c.isupper() for c in word) and any(c.islower() for c in word)
