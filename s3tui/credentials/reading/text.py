"""Makes pasted text uniform: one kind of line end, of blank, of quote; no invisible marks, no HTML dress.

Runs before any reader. Every step takes time linear in the text.
"""

import re

from s3tui.credentials.parsed import MAX_BYTES
from s3tui.credentials.paste_errors import PasteError
from s3tui.credentials.reading.dress import undressed

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062"
)
_INVISIBLE += "\u2063\u2064\u2066\u2067\u2068\u2069\ufeff\ufe0f"
_BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_UNIFORM = {
    **dict.fromkeys(map(ord, _INVISIBLE), None),
    **dict.fromkeys(map(ord, _BLANKS), " "),
    **dict.fromkeys(map(ord, "“”„‟«»″＂"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛‹›′＇"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-"),
    **dict.fromkeys(map(ord, "\u0085\u2028\u2029"), "\n"),
    **dict.fromkeys(map(ord, "│┃║┆┇┊┋╎╏▌▐｜"), "|"),
    **dict.fromkeys(map(ord, "➜→⟶⇒➔➤▶❯"), ">"),
    ord("："): ":",
    ord("＝"): "=",
}

_ENTITY = re.compile(
    r"&(?:(quot|amp|lt|gt|apos|nbsp|sol|equals|plus|lowbar)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));"
)
_NAMED = {"quot": '"', "amp": "&", "lt": "<", "gt": ">", "apos": "'", "nbsp": " "}
_NAMED |= {"sol": "/", "equals": "=", "plus": "+", "lowbar": "_"}

_INLINE_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|code|tt|span|kbd|pre|p|div|font|small|label|a|samp|mark|ul|ol|table|tbody|thead"
    r"|html|body|section|wbr|dl)(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)
_LINE_TAG = re.compile(r"<br\s?/?>|</(?:tr|li|dd|h[1-6])>", re.IGNORECASE)
_CELL_TAG = re.compile(r"</(?:td|th|dt)>", re.IGNORECASE)
_OPEN_TAG = re.compile(r"<(?:tr|li|dd|dt|td|th|h[1-6])(?:\s[^<>]{0,200})?>", re.IGNORECASE)
_MONOSPACED = re.compile(r"\{\{((?=[^{}\n]{0,60}\d)[A-Za-z0-9+/=]{16,2000})\}\}")
_SOFT_BREAK = re.compile(r"=\n")
_NOT_QUOTED = re.compile(r"=(?!\n|3D|[2C-F][0-9A-F])|=\Z")
_QUOTED_BYTE = re.compile(r"=([0-7][0-9A-F])")
_JOINED_LINE = re.compile(r"(?:[ \t]?\\|[ \t][`^])\n(?=([ \t]?))")
_NOTE = re.compile(r"(?i)\bexpir|\bvalid (?:un)?til|\bs3://")
_OLD_KEY = re.compile(r"(?i)(?:key|secret|token|_id)[\"']?[ \t]{0,9}[=:]|(?:AKIA|ASIA)[A-Z0-9]{16}")
_COMMENT = re.compile(
    r"[ \t]*(?:[#;]|//(?![A-Za-z0-9+/=]{10,}[\"',;]*\Z)|--[ \t]|%(?!env|set_env)|REM\b|rem\b|::)"
)


def uniform(text: str) -> str:
    """Return the text with uniform line ends, blanks and quotes, or refuse it.

    Raises:
        PasteError: too large, or with control characters other than TAB, LF and CR.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise PasteError("too_large")
    if _CONTROL.search(text):
        raise PasteError("control_characters")
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNIFORM)
    text = _without_markup(text)
    text = _without_mail_encoding(text)
    return undressed(text)


def statements(text: str) -> str:
    """Return the text with continued lines joined, and without one level of quoting in JSON inside JSON.

    An indented line after a shell's continuation mark stays apart by a blank.
    """
    if '\\"' in text:
        # JSON inside a JSON string: one level of quoting too many.
        text = text.replace('\\\\"', '"').replace('\\"', '"').replace("\\\\n", "\n")
    return _JOINED_LINE.sub(lambda found: " " if found.group(1) else "", text) if "\n" in text else text


def without_comments(text: str) -> str:
    """Return the text with commented-out lines emptied, but for notes on the expiry or the place.

    Beside old keys that were commented out even such notes are about those.
    """
    lines = text.split("\n")
    notes = [line for line in lines if _COMMENT.match(line)]
    if any(map(_OLD_KEY.search, notes)):
        return "\n".join("" if _COMMENT.match(line) else line for line in lines)
    return "\n".join(_noted(line) for line in lines)


def _noted(line: str) -> str:
    mark = _COMMENT.match(line)
    if mark is None:
        return line
    return line[mark.end() :].lstrip("#;/ ") if _NOTE.search(line) else ""


def _without_markup(text: str) -> str:
    if "<" in text:
        text = text.replace("<![CDATA[", "").replace("]]>", "")
        text = _INLINE_TAG.sub("", _OPEN_TAG.sub("", _CELL_TAG.sub(" | ", _LINE_TAG.sub("\n", text))))
    if "{{" in text:
        text = _MONOSPACED.sub(r"\1", text)
    if "&" in text:
        text = _ENTITY.sub(_entity, text)
    return text


def _entity(match: re.Match[str]) -> str:
    name, decimal, hexadecimal = match.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if 0x20 <= number < 0x7F else " " if number in (9, 10, 13, 0xA0) else "\ufffd"


def _without_mail_encoding(text: str) -> str:
    """Undo quoted-printable. It must be that beyond doubt: a value may begin with "3D", a token end in "=".

    In quoted-printable every equals sign is a code or ends a line, and lines end before column 77.
    """
    if text.count("=3D") < 2 or "=\n" not in text or _NOT_QUOTED.search(text):
        return text
    if any(len(line) > 76 for line in text.split("\n")):
        return text
    return _QUOTED_BYTE.sub(lambda found: chr(int(found.group(1), 16)), _SOFT_BREAK.sub("", text))
