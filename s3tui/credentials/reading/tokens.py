"""Looks at the inner structure of session tokens: is this one whole, or was it cut when copied?

AWS's tokens are base64 of a version byte and length-prefixed fields, the last of which runs to the end;
MinIO's are JSON web tokens of three parts. Nothing here is documented by the issuers, so the answer UNKNOWN
is normal, and only a token that contradicts itself is called CUT.
"""

import base64
import binascii
import re
from enum import Enum


class Shape(Enum):
    """What the structure of a token says."""

    WHOLE = "whole"
    CUT = "cut"
    UNKNOWN = "unknown"


_AWS_HEADS = ("IQoJb3JpZ2lu", "FwoG", "FQoG", "FQoD", "FwoD", "AQoD")
_CURRENT_HEAD = "IQoJb3JpZ2lu"
MIN_AWS = 100
"""No token of AWS is as short, in characters."""

_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}\Z")
_JWT_PART = re.compile(r"[A-Za-z0-9_\-]*=*\Z")
_VARINT, _BYTES = 0, 2


def looks_like_token(word: str) -> bool:
    """Whether an unlabelled word is a session token of AWS or a JSON web token."""
    return (word.startswith(_AWS_HEADS) and len(word) >= 100) or (word.startswith("eyJ") and len(word) >= 60)


def begins_like_token(word: str) -> bool:
    """Whether the word is at least the beginning of a token of AWS."""
    return word.startswith(_AWS_HEADS) and _BASE64.match(word) is not None


def is_jwt(word: str) -> bool:
    """Whether the word is a JSON web token, whole or cut."""
    return (
        word.startswith("eyJ") and len(word) >= 20 and all(_JWT_PART.match(part) for part in word.split("."))
    )


def token_shape(token: str) -> Shape:
    """Return whether the token is whole, cut, or of a kind that cannot be judged."""
    if is_jwt(token):
        return _jwt_shape(token)
    if (token.startswith(_AWS_HEADS) and len(token) < MIN_AWS) or _is_a_head(token):
        return Shape.CUT
    if token.startswith(_AWS_HEADS):
        return _aws_shape(token)
    return Shape.UNKNOWN


def _is_a_head(token: str) -> bool:
    """Whether only the first characters are left, those that all tokens of AWS have."""
    return len(token) >= 4 and _CURRENT_HEAD.startswith(token)


def _jwt_shape(token: str) -> Shape:
    parts = token.split(".")
    if len(parts) < 3 or (len(parts) in (3, 5) and not parts[-1]):
        return Shape.CUT
    # The signature's end cannot be known; a wrapped token may go on.
    return Shape.UNKNOWN


def _aws_shape(token: str) -> Shape:
    if not _BASE64.match(token):
        return Shape.CUT if token.startswith(_CURRENT_HEAD) else Shape.UNKNOWN
    stem = token.rstrip("=")
    data = base64.b64decode(stem[: len(stem) // 4 * 4])
    try:
        data = base64.b64decode(token, validate=True)
    except (ValueError, binascii.Error):
        # Its end is missing or damaged; but only a token with the known fields inside is sure to be AWS's.
        return Shape.CUT if _fields_shape(data, strict=True)[1] >= 3 else Shape.UNKNOWN
    return _fields_shape(data, strict=token.startswith(_CURRENT_HEAD))[0]


def _fields_shape(data: bytes, *, strict: bool) -> tuple[Shape, int]:
    """Walk the fields; only fields in rising order are believed, so that noise is never called cut.

    Returns what they say, and the number of the last field that made sense.
    """
    position, last = 1, 0
    while position < len(data):
        tag = data[position]
        number, kind = tag >> 3, tag & 7
        if number <= last or number > 15 or kind not in (_VARINT, _BYTES):
            return Shape.UNKNOWN, last
        value, position = _varint(data, position + 1)
        if value is None:
            return (Shape.CUT if last >= 3 else Shape.UNKNOWN), last
        if kind == _BYTES:
            position += value
            if position > len(data):
                plausible = last >= 2 and value <= 4096
                return (Shape.CUT if plausible else Shape.UNKNOWN), number
        last = number
    return (Shape.WHOLE if last >= (7 if strict else 6) else Shape.UNKNOWN), last


def _varint(data: bytes, position: int) -> tuple[int | None, int]:
    value = shift = 0
    while position < len(data) and shift < 70:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
    return None, position
