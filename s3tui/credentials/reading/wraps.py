"""Puts values together again that a terminal, a mail program or a box has wrapped."""

import re

from s3tui.credentials.reading.findings import Field
from s3tui.credentials.reading.names import field_of
from s3tui.credentials.reading.tokens import Shape, begins_like_token, token_shape

MIN_WRAPPED = 40
"""A value shorter than this, in characters, was not wrapped: the narrowest terminals are wider."""

MAX_WRAPPED = 16 * 1024
"""Longest value that is put together, in characters."""

MAX_CHUNKS = 300
"""Pieces that one value may be in."""

_FRAME = " \t>|•▪◦‣*·"
_CHUNK = re.compile(r"[A-Za-z0-9+/=_\-.]{1,4096}\Z")
_WORDLIKE = re.compile(r"[A-Z]?[a-z]{2,20}[.:!]?\Z|[A-Z]{2,12}\Z|[a-z]{2,12}(?:_[a-z]{2,12}){1,3}\Z")
_REGION_LIKE = re.compile(r"[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d\Z")
_ASSIGNED = re.compile(r"[\w.\-]{1,60}=(?![=]?\Z)")
_STARTS_KEY = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{12,}")


def unframed(line: str) -> str:
    """Return the line without frame, quote marks, bullets and continuation marks around it."""
    return line.strip(_FRAME).rstrip(" \t|\\^`").strip(" \t")


def single_word(word: str) -> bool:
    """Whether the text is one word that can be a value: no blank in it, no name, no assignment."""
    return (
        bool(word)
        and not any(blank in word for blank in " \t")
        and not _ASSIGNED.match(word.lstrip("+-"))
        and (field_of(word) is None or len(word) > 40)
        and not word.startswith(("[", "{", "(", "+-", "--", "=="))
    )


def continued(text: str, word: str, end: int, field: Field) -> tuple[str, int]:
    """Return the value with the chunks on the following lines that belong to it, and where they end."""
    if field is Field.SECRET:
        return _continued_secret(text, word, end)
    if len(word) < MIN_WRAPPED and not begins_like_token(word) and not _fills_a_frame(text, word, end):
        return word, end
    width = 0
    for _ in range(MAX_CHUNKS):
        if len(word) > MAX_WRAPPED:
            break
        line_end = _end_of_line(text, end)
        rest = unframed(text[end:line_end])
        if rest:
            # A wrap that became a blank: go on only while the token is known to want more.
            if token_shape(word) is not Shape.CUT:
                break
            piece, _, tail = rest.partition(" ")
            if not is_chunk(piece) or (len(piece) < 8 and tail):
                break
            end = text.index(piece, end) + len(piece)
            word += piece
            continue
        following_end = _end_of_line(text, line_end + 1)
        if line_end >= len(text) or not (chunk := unframed(text[line_end + 1 : following_end])):
            break
        if not _belongs(word, chunk, width):
            break
        width = max(width, len(chunk))
        word, end = word + chunk, following_end
        if len(chunk) < width - 2:
            break
    return word, end


def _belongs(word: str, chunk: str, width: int) -> bool:
    """Whether the line continues the token rather than saying something else."""
    shape = token_shape(word) if len(word) >= 100 or not begins_like_token(word) else Shape.CUT
    if shape is Shape.WHOLE or word.endswith("=") or not is_chunk(chunk) or _STARTS_KEY.match(chunk):
        return False
    if shape is Shape.CUT:
        return True
    if _WORDLIKE.match(chunk) and not (width and len(chunk) == width):
        return False
    return not width or len(chunk) <= width + 2


def is_chunk(chunk: str) -> bool:
    """Whether the text can be a piece of a value: no name, no assignment, no region, no rule."""
    return (
        _CHUNK.match(chunk) is not None
        and _REGION_LIKE.match(chunk) is None
        and _ASSIGNED.match(chunk.lstrip("+-")) is None
        and field_of(chunk) is None
        and "----" not in chunk
        and not chunk.startswith(("---", "===", "...", "--More", "(END)"))
    )


def is_wordlike(chunk: str) -> bool:
    """Whether the text looks like a word of a sentence or a button, such as "Copy" or "OK"."""
    return _WORDLIKE.match(chunk) is not None


def _continued_secret(text: str, word: str, end: int) -> tuple[str, int]:
    """A secret is wrapped only when the next piece makes it exactly as long as AWS's are."""
    line_end = _end_of_line(text, end)
    rest = unframed(text[end:line_end])
    start, stop = (end, line_end) if rest else (line_end + 1, _end_of_line(text, line_end + 1))
    piece = unframed(text[start:stop]).rstrip("\"'`")
    piece = piece.partition(" ")[0] if rest else piece
    mixed = any(c.isupper() for c in word) and any(c.islower() for c in word)
    if not rest and _fills_a_frame(text, word, end) and is_chunk(piece) and not _WORDLIKE.match(piece):
        return word + piece, stop
    if mixed and 20 <= len(word) < 40 == len(word) + len(piece) and is_chunk(piece):
        return word + piece, text.index(piece, start) + len(piece)
    return word, end


def _fills_a_frame(text: str, word: str, end: int) -> bool:
    """Whether a value ends where its box does, so that it was wrapped however short it is."""
    start = text.rfind("\n", 0, end) + 1
    line = text[start : _end_of_line(text, end)]
    return line.lstrip(" \t")[:1] == "|" and len(word) >= 16 and line[end - start :].strip("|") in ("", " ")


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end
