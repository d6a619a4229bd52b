"""What a leak looks like: any 24 characters in a row of a secret, as it is or in another spelling."""

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

RUN = 24
"""Characters of a secret that count as a leak when they stand together."""

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
_OTHERS = re.compile(rb"[^A-Za-z0-9+/=%_-]+")


class Needles:
    """Knows secrets and finds them in bytes."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Look for these; each must be at least `RUN` characters long."""
        self._runs: dict[bytes, str] = {}
        for number, secret in enumerate(secrets):
            assert len(secret) >= RUN, "too short to be searched for"
            for spelling, text in _spellings(secret):
                data = _OTHERS.sub(b"", text.encode())
                for start in range(len(data) - RUN + 1):
                    self._runs.setdefault(data[start : start + RUN], f"secret {number}, {spelling}")

    def found_in(self, data: bytes) -> set[str]:
        """Return which secrets stand in `data`, in which spelling.

        Blanks, line ends, frames and escape sequences between their characters hide nothing.
        """
        found = set()
        for text in {_OTHERS.sub(b"", data), _OTHERS.sub(b"", _ESCAPES.sub(b"", data))}:
            for start in range(len(text) - RUN + 1):
                name = self._runs.get(text[start : start + RUN])
                if name is not None:
                    found.add(name)
        return found


def _spellings(secret: str) -> Iterator[tuple[str, str]]:
    yield "as it is", secret
    quoted = quote(secret, safe="")
    yield "URL-quoted", quoted
    yield "URL-quoted in small letters", re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quoted)
    yield "URL-quoted twice", quote(quoted, safe="")
    yield "hexadecimal", secret.encode().hex()
    for lead in range(3):
        # In the middle of a longer text base64 has three forms; the ends depend on the neighbours.
        encoded = base64.b64encode(b"." * lead + secret.encode()).decode()
        middle = encoded[4 if lead else 0 : -4]
        yield "base64", middle
        yield "base64 for addresses", middle.replace("+", "-").replace("/", "_")


def bytes_of_osc52(sent: bytes) -> bytes:
    """Return what was sent to the terminal's clipboard, decoded."""
    pieces = re.findall(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/=]*)", sent)
    return b"\n".join(base64.b64decode(piece) for piece in pieces)
