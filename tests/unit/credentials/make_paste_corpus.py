"""Makes `tests/data/paste-corpus.jsonl` from `tests/data/paste-shapes.txt`: fake values put into real shapes.

Run it after changing the shapes: `python -m tests.unit.credentials.make_paste_corpus`.

A shape is a block beginning with `=== name`, then settings (`expect: field=value …`, `refuse: code word …`,
`apply: change …`), then `---` and the text. In the text `@ID@` is a fake value and `@TOKEN|wrap:76@` a
changed one. Every value is derived from the shape's name, so the file is the same each time.
"""

import base64
import json
import random
import re
import shlex
import string
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

DATA = Path(__file__).parents[2] / "data"
FIELDS = (
    *("access_key_id", "secret_access_key", "session_token", "expiration", "region"),
    *("endpoint_url", "bucket", "prefix", "profile"),
)
_UPPER = string.ascii_uppercase + "234567"
_BASE64 = string.ascii_letters + string.digits + "+/"
_HEX = "0123456789abcdef"


class Fakes:
    """Made-up values in the shape of real ones, the same for the same seed."""

    def __init__(self, seed: str) -> None:
        """Draw everything from one seeded generator."""
        self._random = random.Random(seed)
        self._made: dict[str, str] = {}

    def value(self, kind: str) -> str:
        """Return this seed's value of a kind."""
        if kind not in self._made:
            self._made[kind] = _KINDS[kind.rstrip("23")](self)
        return self._made[kind]

    def letters(self, alphabet: str, count: int) -> str:
        """Draw characters."""
        return "".join(self._random.choice(alphabet) for _ in range(count))

    def secret(self, count: int = 40) -> str:
        """Draw a secret that has letters of both cases, a digit, a slash and a plus."""
        body = self.letters(_BASE64, count - 5)
        return body[:9] + "a/7" + body[9:20] + "+Q" + body[20:]

    def aws_token(self, account_bytes: int = 262) -> str:
        """Build a token with the fields that AWS's have: region, signature, account, issue time, body."""

        def part(number: int, content: bytes) -> bytes:
            return bytes([number << 3 | 2]) + _varint(len(content)) + content

        account = b"\x08\x3d\x10\x00\x1a\x0c" + b"123456789012" + self._random.randbytes(account_bytes)
        data = b"\x21" + part(1, b"origin_ec") + b"\x10" + _varint(2**64 - self._random.randrange(400) - 1)
        data += (
            part(3, b"eu-west-2") + part(4, b"0E\x02!\x00" + self._random.randbytes(66)) + part(5, account)
        )
        data += b"\x30" + _varint(2093252400) + part(7, self._random.randbytes(148))
        return base64.b64encode(data).decode()

    def long_token(self) -> str:
        """Build a token of about 1,900 characters."""
        return self.aws_token(1100)

    def jwt(self) -> str:
        """Build a token of three parts like MinIO's."""
        head = {"alg": "HS512", "typ": "JWT"}
        body = {"accessKey": self.value("ID20"), "exp": 2093252400, "parent": "alice"}
        parts = [
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, body)
        ]
        return ".".join([*parts, self.letters(string.ascii_letters + string.digits + "-_", 86)])

    def rgw_token(self) -> str:
        """Build a token like Ceph's: base64 of 16-byte blocks."""
        return base64.b64encode(self._random.randbytes(352)).decode()


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


_KINDS: dict[str, Callable[[Fakes], str]] = {
    "ID": lambda fakes: "ASIA" + fakes.letters(_UPPER, 16),
    "KEY": lambda fakes: "AKIA" + fakes.letters(_UPPER, 16),
    "ID20": lambda fakes: "7Q" + fakes.letters(string.ascii_uppercase + string.digits, 18),
    "RGWID": lambda fakes: "B4" + fakes.letters(string.ascii_uppercase + string.digits, 17),
    "HEXID": lambda fakes: fakes.letters(_HEX, 32),
    "ALNUMID": lambda fakes: "Zk9" + fakes.letters(string.ascii_letters + string.digits, 17),
    "SECRET": lambda fakes: fakes.secret(),
    "EDGESECRET": lambda fakes: "/+" + fakes.letters(_BASE64, 36) + "+/",
    "RGWSECRET": lambda fakes: fakes.letters(string.ascii_uppercase + string.digits, 39),
    "HEXSECRET": lambda fakes: fakes.letters(_HEX, 32),
    "HEX64": lambda fakes: fakes.letters(_HEX, 64),
    "TOKEN": lambda fakes: fakes.aws_token(),
    "LONGTOKEN": lambda fakes: fakes.long_token(),
    "RGWTOKEN": lambda fakes: fakes.rgw_token(),
    "JWT": lambda fakes: fakes.jwt(),
}
_IDS = ("ID", "KEY", "ID20", "RGWID", "HEXID", "ALNUMID")
_SECRETS = ("SECRET", "EDGESECRET", "RGWSECRET", "HEXSECRET", "HEX64")
_TOKENS = ("TOKEN", "LONGTOKEN", "RGWTOKEN", "JWT")


def _wrapped(value: str, arguments: list[str]) -> str:
    """Break a value at a width; what follows the width begins each further line."""
    width, lead = int(arguments[0]), arguments[1] if len(arguments) > 1 else ""
    first = int(arguments[2]) if len(arguments) > 2 else width
    pieces = [value[:first], *(value[at : at + width] for at in range(first, len(value), width))]
    return ("\n" + lead).join(pieces)


def _boxed(value: str, arguments: list[str]) -> str:
    """Break a value over the lines of a box: the first line's end and the further lines in its frame."""
    width, left, right = int(arguments[0]), arguments[1], arguments[2]
    pieces = [value[at : at + width].ljust(width) for at in range(0, len(value), width)]
    return f"{right}\n{left}".join(pieces) + right


_CHANGES: dict[str, Callable[[str, list[str]], str]] = {
    "wrap": _wrapped,
    "box": _boxed,
    "cut": lambda value, a: value[: int(a[0])],
    "from": lambda value, a: value[int(a[0]) :],
    "tail": lambda value, a: value[-int(a[0]) :],
    "json": lambda value, a: value.replace("/", "\\/"),
    "url": lambda value, a: quote(value, safe=""),
    "b64": lambda value, a: base64.b64encode(value.encode()).decode(),
    "split": lambda value, a: '"\n    "'.join(value[at : at + 70] for at in range(0, len(value), 70)),
    "html": lambda value, a: value.replace("+", "&#43;").replace("/", "&#x2F;"),
    "cyrillic": lambda value, a: value.replace("A", "А", 1),
}


def _on_columns(width: int, text: str) -> str:
    """Cut every line by the width of a screen."""
    return "\n".join(
        line[at : at + width] for line in text.split("\n") for at in range(0, len(line) or 1, width)
    )


_APPLY: dict[str, Callable[[str], str]] = {
    "cr": lambda text: text.replace("\n", "\r"),
    "crlf": lambda text: text.replace("\n", "\r\n"),
    "bom": lambda text: "\ufeff" + text,
    "curly": lambda text: re.sub(r'"([^"\n]*)"', "“\\1”", text),
    "nbsp": lambda text: text.replace(" ", "\u00a0"),
    "zerowidth": lambda text: re.sub(r"(\S{9})", "\\1\u200b", text),
    "tabs": lambda text: text.replace("→", "\t"),
    **{f"columns{width}": partial(_on_columns, width) for width in (24, 30, 36, 60, 72, 80, 100, 132)},
    "escape": lambda text: text.replace("␛", "\x1b"),
    "large": lambda text: text + "# padding\n" * 7000,
    "trailing": lambda text: text.replace("\n", "  \n"),
    "quotedprintable": lambda text: _quoted_printable(text),
}


def _quoted_printable(text: str) -> str:
    lines = []
    for line in text.replace("=", "=3D").split("\n"):
        while len(line) > 75:
            lines.append(line[:75] + "=")
            line = line[75:]
        lines.append(line)
    return "\n".join(lines)


def row(block: str) -> dict[str, object]:
    """Return the corpus row for one shape."""
    head, _, text = block.partition("\n---\n")
    name, *settings = head.split("\n")
    fakes = Fakes(name.strip())
    used: list[str] = []

    def fill(match: re.Match[str]) -> str:
        kind, _, change = match.group(1).partition("|")
        used.append(kind)
        value = fakes.value(kind)
        if change:
            verb, *arguments = change.split(":")
            value = _CHANGES[verb](value, arguments)
        return value

    text = re.sub(r"@([A-Z][A-Z0-9]*(?:\|[^@]*)?)@", fill, text.removesuffix("\n") + "\n")
    chosen = {line.partition(":")[0]: line.partition(":")[2].strip() for line in settings if line.strip()}
    for change in chosen.get("apply", "").split():
        text = _APPLY[change](text)
    if "refuse" in chosen:
        code, *words = shlex.split(chosen["refuse"])
        return {"id": name.strip(), "text": text, "expect_error": code, "reason_should_mention": words}
    expect: dict[str, str | None] = dict.fromkeys(FIELDS)
    for field, kinds in zip(FIELDS[:3], (_IDS, _SECRETS, _TOKENS), strict=True):
        found = next((kind for kind in used if kind in kinds), None)
        expect[field] = fakes.value(found) if found else None
    for setting in shlex.split(chosen.get("expect", "")):
        field, _, value = setting.partition("=")
        if field not in expect:
            raise SystemExit(f"{name}: no field {field}")
        expect[field] = value or None
    return {"id": name.strip(), "text": text, "expect": expect}


def rows(shapes: str) -> list[dict[str, object]]:
    """Return the corpus rows for all shapes of a file's text."""
    return [row(block) for block in re.split(r"(?m)^=== ", shapes)[1:]]


def other_issuer(shapes: str) -> str:
    """Return the readable shapes with values that do not look like AWS's: nothing may hang on their form."""
    blocks = [
        block for block in re.split(r"(?m)^=== ", shapes)[1:] if "refuse:" not in block.partition("---")[0]
    ]
    text = "".join(f"=== other-{block}" for block in blocks)
    for aws, other in (("ID", "RGWID"), ("KEY", "ALNUMID"), ("SECRET", "RGWSECRET"), ("TOKEN", "RGWTOKEN")):
        text = re.sub(rf"@{aws}(2?)(?=[@|])", rf"@{other}\1", text)
    return text


def main(arguments: list[str]) -> None:
    """Write the corpus; with two arguments: from other shapes, to another file."""
    source, target = (
        (Path(a) for a in arguments)
        if arguments
        else (DATA / "paste-shapes.txt", DATA / "paste-corpus.jsonl")
    )
    made = rows(source.read_text(encoding="utf-8"))
    names = [str(made_row["id"]) for made_row in made]
    if len(set(names)) != len(names):
        raise SystemExit("two shapes have the same name")
    target.write_text("".join(json.dumps(made_row) + "\n" for made_row in made), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
