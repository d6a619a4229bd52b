"""Reads heads of replies, strictly: whatever could be understood in two ways is refused.

RFC 9112 lets a client be lenient; where a reply ends would then be a matter of opinion, and the rest of one
reply could pass for the next. What other headers say is nobody's framing: any bytes will do for their values.
"""

import re
from typing import Literal

from msgspec import Struct

from s3tui.storage.http.errors import NotHttp

MOST_BYTES = 64 * 1024
"""Bytes of a head."""

MOST_LINES = 256
"""Lines of a head."""

END = b"\r\n\r\n"

_BEGINNING = b"HTTP/1."
_STATUS = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?")
_LINES = re.compile(r"(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00-\x08\x0a-\x1f\x7f]*)*")
_LENGTH = re.compile(r"[0-9]{1,18}")
_BODILESS = frozenset({204, 304})

Framing = Literal["none", "length", "chunked", "until close"]
"""How the end of a body is known."""


class Head(Struct, frozen=True):
    """Status and headers of a reply."""

    status: int
    headers: dict[str, str]
    """Names in small letters; values of one name are joined by commas."""
    framing: Framing
    length: int
    """Bytes of the body where `framing` is "length", else 0."""
    lasting: bool
    """Whether the connection may be used again."""


def expect_beginning(data: bytes | bytearray) -> None:
    """Look whether what has arrived so far can be the beginning of a reply.

    Raises:
        NotHttp: it cannot.
    """
    if not data.startswith(_BEGINNING[: len(data)]):
        raise NotHttp("the reply does not begin as HTTP/1 does")
    line = data.find(b"\n")
    if line > 0 and data[line - 1] != ord("\r"):
        raise NotHttp("a line of the reply ends in another way than HTTP's do")


def read_head(data: bytes, method: str) -> Head:
    """Read a complete head, without the empty line at its end.

    Args:
        data: status line and header lines.
        method: of the request; a HEAD has no body, whatever its reply says.

    Raises:
        NotHttp: it is no head, or an ambiguous one.
    """
    text = data.decode("latin-1")
    first, _, _ = text.partition("\r\n")
    found = _STATUS.fullmatch(first)
    if found is None:
        raise NotHttp("the reply has no status line")
    if _LINES.fullmatch(text, len(first)) is None:
        raise NotHttp("a header of the reply is malformed")
    lines = text.split("\r\n")
    if len(lines) > MOST_LINES:
        raise NotHttp("the reply has too many headers")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name, value = name.lower(), _meant(value.strip(" \t"))
        if name in headers:
            if name in ("content-length", "transfer-encoding"):
                raise NotHttp(f"the reply has two {name} headers")
            value = f"{headers[name]}, {value}"
        headers[name] = value
    status, newer = int(found[2]), found[1] == "1"
    framing, length = _framing(status, headers, method, newer)
    return Head(status, headers, framing, length, framing != "until close" and _lasting(headers, newer))


def header_text(value: bytes) -> str:
    """A header's value as text: UTF-8 if it is that, else Latin-1, which any bytes are."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _meant(value: str) -> str:
    """A value that was read as Latin-1, as it was meant."""
    return value if value.isascii() else header_text(value.encode("latin-1"))


def _framing(status: int, headers: dict[str, str], method: str, newer: bool) -> tuple[Framing, int]:
    told, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if told is not None and (coding is not None or _LENGTH.fullmatch(told) is None):
        raise NotHttp("the reply's length is ambiguous")
    # Small letters of other alphabets may be ASCII, so these are no words for anything.
    if coding is not None and (not coding.isascii() or coding.lower() != "chunked" or not newer):
        raise NotHttp("the reply has an unknown transfer encoding")
    if method == "HEAD" or status < 200 or status in _BODILESS:
        return "none", 0
    if coding is not None:
        return "chunked", 0
    if told is not None:
        return "length", int(told)
    return "until close", 0


def _lasting(headers: dict[str, str], newer: bool) -> bool:
    words = {word.strip() for word in headers.get("connection", "").lower().split(",")}
    return "close" not in words and (newer or "keep-alive" in words)
