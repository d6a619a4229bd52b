"""Reads the value that stands behind a name: the separator, the quotes, the wraps.

Nothing is ever evaluated: quoting is only taken off. All scanning is bounded, so that a text of 64 KiB
of quotes costs no more than a normal one.
"""

import re
from enum import IntEnum
from urllib.parse import unquote

from msgspec import Struct

from s3tui.credentials.reading.findings import Field
from s3tui.credentials.reading.wraps import continued, single_word, unframed

MAX_VALUE = 16 * 1024
"""Longest value that is read, in characters; session tokens stay under 4 KiB."""


class Bond(IntEnum):
    """How clearly a separator ties a value to its name."""

    LOOSE = 0
    """Only a blank or a line end: the value must look like one."""

    TIGHT = 1
    """An equals sign, a colon, a table's bar, an option's blank: any value counts."""


class Value(Struct, frozen=True):
    """What stands behind a name."""

    text: str
    bond: Bond
    end: int
    """Where reading stopped, in characters from the start of the text."""

    quoted: bool = False
    note: str = ""
    """Extra text in brackets between name and value, as in "[None]" or "(UTC)"."""

    def __repr__(self) -> str:
        """The length only: values may be secret."""
        return f"Value({len(self.text)} characters)"


_CLOSERS = re.compile(r"""["'`*_\]\\)]{0,6}""")
_ASIDE = re.compile(r"""[ \t]{0,20}(?:\(([^()\n]{0,60})\)|\[([^\[\]\n]{0,80})\](?=[ \t]*[:=]))["'`*_]{0,4}""")
_CALL = re.compile(r"""\(\s{0,20}(?=[rb]?["'][^"'\n]{1,4000}["']\s{0,20}\))""")  # .with_region("V")
_SEPARATORS = (
    # XML neighbours: </name><value>, </td> | <td>, </key><string>
    re.compile(r"</[\w:.\-]{1,40}>\s{0,200}<(?!/)[\w:.\-]{1,40}[^<>\n]{0,80}>"),
    # <input id="N" class="…" value="V">, <textarea id="N" disabled>V</textarea>
    re.compile(
        r"""(?<=["'])(?:[ \t]{1,4}(?!value\b)[\w\-]{1,30}(?:="[^"<>\n]{0,100}"|='[^'<>\n]{0,100}')?){1,8}"""
        r"""[ \t]{0,4}(?:>|[ \t]value=)"""
    ),
    # <label>N</label><input class="…" value="V">
    re.compile(r"""\s{0,40}<input\b[^<>\n]{0,200}?\svalue="""),
    # {"name": N, "value": V}, name: N / value: V, <add key="N" value="V">
    re.compile(r"""\s{0,80}[,;]?\s{0,80}-?[ \t]{0,4}["']?(?:\w{0,12}[vV]alue|VALUE)["']?[ \t]{0,20}[:=]"""),
    # "N": {"sensitive": true, "value": "V"}
    re.compile(r"""[ \t]{0,20}[:=]\s{0,20}\{[^{}]{0,200}?["']?\bvalue["']?\s{0,20}[:=]"""),
    # variable "N" { default = "V" }
    re.compile(r"""[ \t]{0,20}\{[^{}]{0,200}?default[ \t]{0,20}="""),
    # typed: NAME: str = "V"
    re.compile(r"""[ \t]{0,20}:[ \t]{0,4}&?(?:'\w{1,20} )?[A-Za-z_]\w{0,20}[ \t]{0,4}=(?=[ \t]{0,4}["'])"""),
    re.compile(r"""[ \t]{0,40}(?::=|=>|==|<-|->|::|\?=|[=:])"""),
    re.compile(r"""[ \t]{0,20},(?=\s{0,40}[rbufRBUF]?["'])"""),
    re.compile(r"""[ \t]{1,4}--(?:body|value|plaintext)(?=[ \t=])=?"""),
    re.compile(r"""[ \t]{0,60}\|"""),
    # Endpoint from outside: https://…
    re.compile(r"""[ \t](?:[A-Za-z]{2,12}[ \t]){0,4}[A-Za-z]{2,12}[ \t]?:[ \t]{1,4}(?=https?://)"""),
    re.compile(r""">"""),
)
_SPACE = re.compile(r"[ \t]{1,80}")
_LEADER = re.compile(
    r"[ \t]{1,10}>{1,2}[ \t]{1,10}|[ \t]{1,10}-[ \t]{1,10}|[ \t]{0,10}(?:\.{2,}|-{2,}>?|_{3,})[ \t]{0,10}"
)
_VERB = re.compile(r"[ \t]{1,4}(?:is|are|to|lautet|ist|est|es)[ \t]{0,4}:?(?=[ \t\n])")
_OPENING = re.compile(
    r"""(?:[rbufRBUF@$](?=["'])|Some\(|String\(|str\(|to_string\(|!!str[ \t]|chr[ \t](?=["'])"""
    r"""|[*_]{2,3}|\()?[ \t]{0,8}"""
)
_LITERAL_BELOW = re.compile(r"""\n[ \t]{0,60}(?:\([ \t]{0,20}\n[ \t]{0,60})?["']""")
_QUOTE = re.compile(r"\"\"\"|'''|[\"'`]")
_BLOCK_MARK = re.compile(r"(?:<<[\-~]?[\"']?\w{1,20}[\"']?|[>|][+\-]?\d?)[ \t]*(?=\n)")
_LINE_END = re.compile(r"[ \t>|*_`\"']{0,12}\n")
_LONG_WORD = re.compile(r"[^\s\"'`|,;<]{1,16384}")
_PLAIN_WORD = re.compile(r"[^\s\"'`|,;<]{1,2048}")
_WRAPPED = re.compile(r"[\s\w+/=.\-~%|>\\:]*\Z")
_ALIGNED = re.compile(r"[ \t]{2,40}\S{1,300}[ \t]*$", re.MULTILINE)
_LAST_WORD = re.compile(r"[^\s?]{3,300}[ \t]*$", re.MULTILINE)
_OPTION = re.compile(r"(?:^|[\s\"'`(\[])--?\Z")


def value_after(text: str, name_start: int, name_end: int, field: Field) -> Value | None:
    """Return the value that follows the name, or None when nothing that could be one does."""
    position = _CLOSERS.match(text, name_end).end()  # type: ignore[union-attr]  # matches the empty text too
    note = ""
    if call := _CALL.match(text, name_end):
        return _behind(text, call.end(), field, Bond.TIGHT, note)
    if aside := _ASIDE.match(text, position):
        note, position = aside.group(1) or aside.group(2) or "", aside.end()
    for separator in _SEPARATORS:
        if found := separator.match(text, position):
            return _behind(text, found.end(), field, Bond.TIGHT, note)
    return _loosely(text, name_start, name_end, position, field, note)


def _loosely(text: str, start: int, end: int, position: int, field: Field, note: str) -> Value | None:
    """A value behind a blank, a verb, leader dots or a line end."""
    if leader := _LEADER.match(text, position):
        bond = Bond.TIGHT if _LAST_WORD.match(text, leader.end()) else Bond.LOOSE
        return _behind(text, leader.end(), field, bond, note)
    if verb := _VERB.match(text, position):
        return _behind(text, verb.end(), field, Bond.LOOSE, note)
    if _LINE_END.match(text, position) or position >= len(text):
        return _next_line(text, position, field, Bond.LOOSE, note)
    space = _SPACE.match(text, position)
    if space is None:
        return None
    name = text[start:end]
    option = _OPTION.search(text, max(0, start - 24), start) or _OPTION.search(
        text[max(0, start - 40) : start]
    )
    spelt = (
        "_" in name
        or "." in name
        or "-" in name
        or bool(option)
        or text[space.end() : space.end() + 1] in "\"'"
        or ("\t" in space.group() and _is_row(text, start, end))
        or _ALIGNED.match(text, end) is not None
    )
    return _behind(text, space.end(), field, Bond.TIGHT if spelt else Bond.LOOSE, note)


def _is_row(text: str, start: int, end: int) -> bool:
    """Whether the line is a row of two cells with a tab between them, the first of which is the name."""
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[line_start : len(text) if line_end < 0 else line_end]
    return line.count("\t") == 1 and start - line_start <= 24


def _behind(text: str, position: int, field: Field, bond: Bond, note: str) -> Value | None:
    """The value at or after a position on this line, else the one on the next line."""
    position = _SPACE.match(text, position).end() if _SPACE.match(text, position) else position  # type: ignore[union-attr]
    if block := _BLOCK_MARK.match(text, position):
        return _next_line(text, block.end(), field, bond, note)
    opening = _OPENING.match(text, position)
    position = opening.end() if opening else position
    if literal := _LITERAL_BELOW.match(text, position):
        position = literal.end() - 1
    if position >= len(text) or text[position] == "\n":
        return _next_line(text, position, field, bond, note)
    if quote := _QUOTE.match(text, position):
        return _quoted(text, quote.end(), quote.group(), field, bond, note)
    if field in (Field.EXPIRY, Field.REGION, Field.HTTPS):
        end = text.find("\n", position)
        end = min(len(text) if end < 0 else end, position + 120)
        return Value(text[position:end].strip(), bond, end, note=note)
    return _word(text, position, field, bond, note)


def _word(text: str, position: int, field: Field, bond: Bond, note: str) -> Value | None:
    word = (_LONG_WORD if field is Field.TOKEN else _PLAIN_WORD).match(text, position)
    if word is None:
        if text[position] != "<":
            return None
        # A placeholder such as <your key>, or the end tag of an empty element.
        end = text.find(">", position, position + 80)
        inner = text[position : end + 1] if end > 0 else ""
        return Value(inner, bond, end + 1, note=note) if inner and not inner.startswith("</") else None
    found, end = word.group(), word.end()
    if found.startswith("$("):
        end = _end_of_command(text, position)
        return Value(text[position:end], bond, end, note=note)
    if more := _AND_MORE.search(found, 1):
        found, end = found[: more.start()], position + more.start()
    elif field in (Field.SECRET, Field.TOKEN):
        found, end = continued(text, found, end, field)
    if field in (Field.SECRET, Field.TOKEN) and _PERCENT.search(found):
        found = unquote(found)
    return Value(_trimmed(found), bond, end, note=note)


_PERCENT = re.compile(r"%(?:2[BFbf]|3[Dd])")
_AND_MORE = re.compile(r"&{1,2}(?=[\w.\-]{1,60}=|\Z)")


def _end_of_command(text: str, position: int) -> int:
    """Where a shell substitution that begins here ends: its last bracket on this line."""
    line_end = text.find("\n", position)
    line_end = min(len(text) if line_end < 0 else line_end, position + 1000)
    close = text.rfind(")", position, line_end)
    return close + 1 if close > 0 else line_end


def _trimmed(word: str) -> str:
    """Take off what belongs to the sentence or call around the word."""
    if word.startswith(("$(", "${", "$env:", "${{")):
        return word
    word = word.rstrip("\\^*") or word
    while (
        word
        and word[-1] in ")]}"
        and word.count(word[-1]) > word.count({")": "(", "]": "[", "}": "{"}[word[-1]])
    ):
        word = word[:-1]
    return word


def _quoted(text: str, position: int, quote: str, field: Field, bond: Bond, note: str) -> Value | None:
    close = text.find(quote, position, position + MAX_VALUE)
    line_end = text.find("\n", position)
    line_end = len(text) if line_end < 0 else line_end
    if close < 0 or close > line_end:
        inner = text[position:close].replace("\\n", "\n") if close >= 0 else ""
        whole = close >= 0 and field in (Field.SECRET, Field.TOKEN, Field.ID) and _is_wrapped_word(inner)
        if not whole:
            # The closing quote was forgotten: the value is the rest of the line.
            found = _behind(text, position, field, bond, note) if position < line_end else None
            return found if found is None or not found.quoted else None
        inner = "".join(unframed(line) for line in inner.split("\n"))
        return _literals(text, close + len(quote), inner, quote, field, bond, note)
    return _literals(text, close + len(quote), text[position:close], quote, field, bond, note)


def _is_wrapped_word(inner: str) -> bool:
    """Whether a quoted text over several lines is one wrapped value, not a lost quote."""
    if not _WRAPPED.match(inner):
        return False
    lines = [unframed(line) for line in inner.split("\n")]
    lines = [line for line in lines if line]
    return bool(lines) and all(single_word(line) for line in lines) and max(map(len, lines)) >= 16


_ADJACENT = re.compile(
    r"""[ \t]{0,8}[+.&\\]?[ \t]{0,8}\n?[ \t]{0,40}[+.&]?[ \t]{0,8}(["'])(?=[A-Za-z0-9+/=_.\-]{1,4096}\1)"""
)


def _literals(text: str, end: int, inner: str, quote: str, field: Field, bond: Bond, note: str) -> Value:
    """Add neighbouring string literals, as programs split a long token."""
    pieces = [inner]
    splits = (field is Field.TOKEN and len(inner) >= 20) or (
        field is Field.ENDPOINT and inner.endswith("://")
    )
    while splits and (more := _ADJACENT.match(text, end)):
        if more.group(1) != quote[0] or (
            "\n" not in more.group() and not any(c in more.group() for c in "+.&")
        ):
            break
        close = text.find(quote[0], more.end())
        pieces.append(text[more.end() : close])
        end = close + 1
    joined = "".join(pieces)
    if quote == "`" and " " in joined:
        joined = f"`{joined}`"  # a shell command, not Markdown
    joined = _unescaped(joined).strip()
    if field is Field.TOKEN and _WRAPPED.match(joined):
        joined = "".join(joined.split())
    return Value(joined, bond, end, quoted=True, note=note)


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(n|r|t)|([/\"'\\]))")


def _unescaped(inner: str) -> str:
    if "\\" not in inner:
        return inner

    def plain(found: re.Match[str]) -> str:
        code = found.group(1) or found.group(2)
        if code:
            return chr(int(code, 16))
        return " " if found.group(3) else found.group(4)

    return _ESCAPE.sub(plain, inner)


_JOINT = re.compile(r"\A(?:[:=](?:[ \t]{1,4}|(?=[\"'])|\Z)|\[1\][ \t]{1,4}(?=\"))")
_MASKED = re.compile(r"[ \t|]{0,40}([*•·●]{4,400})[ \t|]{0,200}$", re.MULTILINE)
_LITERAL = re.compile(r"""["']([^"'\s]{4,4096})["'][ \t,;)}\]]*\Z""")


def _next_line(text: str, position: int, field: Field, bond: Bond, note: str) -> Value | None:
    """The value that has the next line (or, after empty ones, the third) to itself."""
    start = text.find("\n", position)
    for _ in range(3):
        if start < 0:
            return None
        end = text.find("\n", start + 1)
        end = len(text) if end < 0 else end
        line = _JOINT.sub("", unframed(text[start + 1 : end]))
        if masked := _MASKED.match(text, start + 1):
            return Value(masked.group(1), bond, end, note=note)
        if line:
            break
        start = end if end < len(text) else -1
    else:
        return None
    if field in (Field.EXPIRY, Field.REGION):
        return Value(line.strip("\"'`,;")[:120], bond, end, note=note)
    word = line.strip("\"'`,;*")
    if literal := _LITERAL.match(line):
        word = literal.group(1)
    if not single_word(word) and not word.startswith("<"):
        return None
    if field in (Field.SECRET, Field.TOKEN):
        word, end = continued(text, word, end, field)
    return Value(word.strip("\"'`,;"), bond, end, quoted=line[:1] in "\"'`", note=note)
