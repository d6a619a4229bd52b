"""Judges single values: real, example, masked, shell code, or no value at all."""

import re
from itertools import pairwise

from s3tui.credentials.reading.findings import Field, Verdict

_EMPTY = frozenset(
    {
        "",
        "null",
        "none",
        "nil",
        "undefined",
        "na",
        "n/a",
        "-",
        "nan",
        "''",
        '""',
        "(none)",
        "not",
        "~",
        "show",
        "hide",
        "copy",
        "reveal",
        "<nil>",
        "<none>",
        "<null>",
        "<no value>",
        "(null)",
    }
)
_CODE = re.compile(
    r"\A\\\(|\$\(|\$\{|`|\A\$[A-Za-z_][\w:]*\Z|\A%[A-Za-z_]\w*%\Z|\A!\w+!\Z|\A<\(|\A\$env:|\A\$\w+[.\[]"
    r"|\A(?:os\.|process\.env|Sys\.getenv|getenv|ENV\[|env[.(\[]|var\.|local\.|data\.|secrets?\.|System\.|config\.|Deno\."
    r"|input\(|getpass|std::env|viper\.|ssm:|vault:|arn:aws:secretsmanager|op://|!Ref|!Sub|!vault|credentials?\.\w|self\."
    r"|session\.|creds?\.|response\[|\w+\[[\"'])"
)
_PLACEHOLDER = re.compile(
    r"EXAMPLE|X{4,}|x{4,}|\A[Xx]{3}\Z|\*{3,}|•{3,}|●{3,}|<|\{\{|\}\}|\A\{|\A\[|\.\.\.|…|YOUR|your[_\-]|_here\b|-here\b|\Ayour"
    r"|CHANGE[_\-]?ME|changeme|REPLACE|INSERT|REDACTED|redacted|PLACEHOLDER|placeholder|TODO|\A(?:e\.g|z\.B|i\.e|ex)\."
    r"|\A\?{2,}|_{4,}|-{6,}|#{4,}|\Aexample|example\Z|\AACCESS_?KEY(?:_?ID)?\Z|\ASECRET(?:_?ACCESS)?_?KEY\Z"
    r"|\A(?:SESSION|AWS_SESSION|AWS)_?TOKEN\Z|\A(?:AWS_)?(?:ACCESS|SECRET)_\w*\Z|\A[A-Z]+(?:_[A-Z]+)+\Z"
    r"|\A(?:my|the)[_\-](?:access|secret|key|id|session|token)|\A(?:hidden|masked|dummy|sample|foobar|fake)\Z"
    r"|ABCDEFGHIJKLMNOP"
)
_LONG = 100
_LONG_PLACEHOLDER = re.compile(r"EXAMPLE|[xX]{8,}|\*{3,}|•{3,}|●{3,}|<|\.\.\.|…|REDACTED|redacted")
"""In a long token some short word comes up by chance; these do not."""

_DIGIT = re.compile(r"\d")
_UPPER, _LOWER = re.compile(r"[A-Z]"), re.compile(r"[a-z]")
_TEMPORARY = re.compile(r"ASIA[A-Z0-9]{12,124}\Z")
_AWS_ID = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}\Z")
_FOREIGN_LETTER = re.compile(r"[^\x21-\x7e]")


_ISSUED = re.compile(
    r"(?:[A-Za-z0-9]{39}|[A-Za-z0-9+/]{40}|(?:[0-9a-f]{32}){1,2}|[0-9a-f]{48}|K00\d[A-Za-z0-9+/]{27}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z"
)
_LONGEST = {Field.ID: 128, Field.SECRET: 1024, Field.TOKEN: 16 * 1024}
_RUN = re.compile(r"[A-Za-z0-9+=]{10,}")
_HEAD, _TAIL = 512, 64
"""Examples and code show at the beginning or end of a value; the middle of a long token is not searched."""


def verdict(field: Field, value: str, *, tight: bool, quoted: bool) -> Verdict:
    """Return what the value is for an id, a secret or a token."""
    if len(value) > _LONGEST[field]:
        return Verdict.NOISE
    word = value.strip()
    if word.lower().rstrip(".,;") in _EMPTY:
        return Verdict.EMPTY
    ends = word if len(word) <= _HEAD + _TAIL else f"{word[:_HEAD]}\n{word[-_TAIL:]}"
    if _CODE.search(ends):
        return Verdict.CODE
    if _is_placeholder(ends):
        return Verdict.PLACEHOLDER
    if " " in word or "\n" in word:
        return Verdict.NOISE if not quoted else Verdict.REAL if _DIGIT.search(word) else Verdict.NOISE
    if tight:
        return Verdict.REAL if _could_be(field, word) else Verdict.NOISE
    return Verdict.REAL if _looks_like(field, word) else Verdict.NOISE


def is_temporary_id(key_id: str) -> bool:
    """Whether the id is of AWS's temporary kind, which needs a session token."""
    return _TEMPORARY.match(key_id) is not None


def is_aws_id(word: str) -> bool:
    """Whether the word has exactly the form of AWS's key ids."""
    return _AWS_ID.match(word) is not None


def has_issued_form(secret: str) -> bool:
    """Whether the secret has a form that issuers give: 40 characters, hexadecimal digits …"""
    return _ISSUED.match(secret) is not None


def is_random(place: str | None) -> bool:
    """Whether a part of a place looks like a piece of a secret: digits and both cases without any order."""
    return any(
        sum(a.isupper() != b.isupper() for a, b in pairwise(run)) >= 4
        and all(kind.search(run) for kind in (_DIGIT, _UPPER, _LOWER))
        for run in _RUN.findall(place or "")
    )


def has_foreign_letters(value: str) -> bool:
    """Whether the value holds anything but printable ASCII: blanks, look-alikes, replacement marks."""
    return _FOREIGN_LETTER.search(value) is not None


def _is_placeholder(word: str) -> bool:
    found = (_PLACEHOLDER if len(word) < _LONG else _LONG_PLACEHOLDER).search(word)
    if found is None:
        return False
    # A long token that only ends in dots was cut, which is another matter.
    return not (found.group() in ("...", "…") and len(word) >= 24)


def _could_be(field: Field, word: str) -> bool:
    """For a value that is tied to its name: anything but a word that is plainly something else."""
    if field is Field.ID and word.startswith(("http://", "https://", "s3://", "arn:", "/", "--")):
        return False
    if field is Field.ID:
        return 3 <= len(word) <= 128 and not word.endswith((":", "?"))
    return len(word) >= 4 and not word.startswith(("http://", "https://", "s3://", "arn:", "--"))


def _is_shuffled(word: str) -> bool:
    """Whether letters without a digit are no word of a language: all capitals, or cases mixed at random."""
    rises = sum(a.islower() and b.isupper() for a, b in pairwise(word))
    runs = sum(a.isupper() and b.isupper() for a, b in pairwise(word))
    return word.isalpha() and (word.isupper() or runs >= 2 or rises * 5 > len(word))


def _looks_like(field: Field, word: str) -> bool:
    """For a value that merely follows its name: it must look random."""
    if word.startswith(("http://", "https://", "s3://", "arn:", "--")) or word.endswith((":", ",", "?", ".")):
        return False
    if field is Field.ID:
        return 16 <= len(word) <= 128 and (_DIGIT.search(word) is not None or _is_shuffled(word))
    if is_aws_id(word):
        return False
    kinds = sum(kind.search(word) is not None for kind in (_DIGIT, _UPPER, _LOWER))
    return len(word) >= 16 and kinds >= 2
