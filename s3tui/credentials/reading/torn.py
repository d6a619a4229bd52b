"""Tells whether a value that was read goes on below the line it ends on, so that it is only a piece.

A screen narrower than its text cuts values anywhere. Whoever reads such a text takes the first piece for the
whole; a piece of a secret is refused by the server with words that lead the user astray.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from msgspec import Struct

from s3tui.credentials.paste_errors import PasteCode, PasteError
from s3tui.credentials.reading.dress import goes_on
from s3tui.credentials.reading.findings import Field
from s3tui.credentials.reading.judge import has_issued_form, is_aws_id
from s3tui.credentials.reading.names import field_of
from s3tui.credentials.reading.tokens import Shape, token_shape
from s3tui.credentials.reading.wraps import is_chunk, is_wordlike

MAX_SEEN = 20
"""Places in the text where one value is looked at."""

_PIECE = re.compile(r"[A-Za-z0-9+/=_.\-]*")
_ENDED = re.compile(r"[\"'](?![A-Za-z0-9])|<")
"""What closes a value that was opened in the line above."""

_WORD = re.compile(r"[^\s|>\x00]+")
_CLOSING = "\"'`,;)}]&$"
_AWS_HEAD = re.compile(r"A[KS]IA[A-Z0-9]*\Z")
_HALF_AWS_ID = re.compile(r"A[KS]IA[A-Z0-9]{0,11}\Z")
_LABEL = re.compile(r"[A-Za-z][\w .\-]{0,40}[:=](?:[ \t]|\Z)")
_HEX = re.compile(r"[0-9a-f]+\Z")
_CODES: dict[Field, PasteCode] = {
    Field.ID: "missing_access_key",
    Field.SECRET: "missing_secret",
    Field.TOKEN: "truncated_token",
}
_SENTENCES = {
    Field.ID: "The access key id is broken over several lines and only a piece of it can be read:"
    " copy it again from a wider window.",
    Field.SECRET: "The secret access key is broken over several lines and only a piece of it can be read:"
    " copy it again from a wider window.",
    Field.TOKEN: "The session token is broken over several lines or cut off, and only a piece of it can be"
    " read: copy the whole token again from a wider window.",
}


class _Words(Struct):
    """The words of a text, and where each ends in the text without blanks."""

    text: str
    spans: list[tuple[int, int]]
    joined: str
    ends: list[int]
    widest: int
    """Length of the longest line, in characters."""

    has_screen: bool
    """Whether two lines or more have that length, as the lines of a cut text have."""


def refuse_torn(text: str, values: dict[Field, str | None]) -> None:
    """Refuse values that go on in the line below.

    Args:
        text: the text that the values were read from.
        values: what was read.

    Raises:
        PasteError: a value is only a piece; `truncated_token` for a token, otherwise the value is missing.
    """
    if _HALF_AWS_ID.match(values[Field.ID] or ""):
        raise PasteError(_CODES[Field.ID], _SENTENCES[Field.ID])
    if "\n" not in text:
        return
    words = _words(text)
    known = [value for value in values.values() if value]
    for field, value in values.items():
        if value is None or _is_whole(field, value, values[Field.ID] or ""):
            continue
        seen = list(_endings(words, value))
        if seen and all(_goes_on(words, index, left, known, value) for index, left in seen):
            raise PasteError(_CODES[field], _SENTENCES[field])


def _is_whole(field: Field, value: str, key_id: str) -> bool:
    """Whether the value has the length that its issuer gives, whatever stands below."""
    if field is Field.TOKEN:
        return token_shape(value) is Shape.WHOLE
    if field is Field.ID:
        return is_aws_id(value)
    if is_aws_id(key_id):
        return len(value) == 40
    return has_issued_form(value) and not _HEX.match(value) and len(value) >= 40


def _words(text: str) -> _Words:
    spans = [match.span() for match in _WORD.finditer(text)]
    pieces = [text[start:end] for start, end in spans]
    lengths = [len(line.rstrip()) for line in text.split("\n")]
    widest = max(lengths)
    return _Words(
        text, spans, "".join(pieces), list(accumulate(map(len, pieces))), widest, lengths.count(widest) > 1
    )


def _endings(words: _Words, value: str) -> Iterator[tuple[int, str]]:
    """Where the value ends: the number of the word, and what is left of that word."""
    at = -1
    for _ in range(MAX_SEEN):
        at = words.joined.find(value, at + 1)
        if at < 0:
            return
        end = at + len(value)
        index = bisect_left(words.ends, end)
        yield index, words.joined[end : words.ends[index]]


def _goes_on(words: _Words, index: int, left: str, known: list[str], value: str) -> bool:
    if left or value.endswith("=") or index + 1 >= len(words.spans):
        return False
    end, start = words.spans[index][1], words.spans[index + 1][0]
    if words.text.count("\n", end, start) != 1:
        return False
    line_start = words.text.rfind("\n", 0, end) + 1
    line_end = words.text.find("\n", start)
    line_end = len(words.text) if line_end < 0 else line_end
    below = words.text[start:line_end].strip(" \t|>")
    cut = words.has_screen and len(words.text[line_start:end]) == words.widest
    word = words.text[slice(*words.spans[index + 1])].lstrip("+-")
    piece = _PIECE.match(word).group()  # type: ignore[union-attr]  # matches the empty text too
    name = piece.rstrip("=")
    if not is_chunk(piece) or field_of(name) or any(other.startswith(piece) for other in known):
        return False
    if _ENDED.match(word, len(piece)):
        return True
    if _AWS_HEAD.match(piece) and len(piece) >= 16:
        return False
    if _HEX.match(value) and len(value) >= 32 and not _HEX.match(piece):
        return False
    if cut and not _LABEL.match(below) and goes_on(words.text[line_start:end], below):
        return True
    return below.lstrip("+-").rstrip(_CLOSING) == piece and not is_wordlike(piece)
