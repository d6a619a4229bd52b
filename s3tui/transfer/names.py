"""Names in a plan: how they are shown, which are free, and which get into each other's way.

Names that cannot be kept on the other side get others by `rename_rule`; what has no counterpart at all is
refused with a sentence. Nothing is merged.
"""

import os
import unicodedata
from collections.abc import Callable

from msgspec import Struct

from s3tui.formatting import printable, shortened
from s3tui.transfer.rename_rule import TEMPORARY_PREFIX, TEMPORARY_SUFFIX, key_path

MAX_PATH = 4095
"""Bytes in a whole local path."""

MAX_KEY = 1024
"""Bytes in a key."""


class UnsafeName(Exception):
    """A name that has no counterpart on the other side; the sentence says why."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence for the user."""
        super().__init__(sentence)
        self.sentence = sentence


def shown(name: str | bytes) -> str:
    """A foreign name in quotes, harmless and of bounded length."""
    text = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name
    return f"“{shortened(printable(text), 80)}”"


def key_of_path(prefix: str, relative: bytes) -> str:
    """Turn a relative path into a key under `prefix`; see `rename_rule` for names that are not UTF-8.

    Raises:
        UnsafeName: the key would be too long.
    """
    key = prefix + key_path(relative)
    if len(key.encode()) > MAX_KEY:
        raise UnsafeName(
            f"{shown(relative)} would make a key of more than {MAX_KEY} bytes; it is not copied."
        )
    return key


def temporary_name(token: str) -> bytes:
    """The name of a transfer's temporary file; short, so that any folder takes it."""
    return TEMPORARY_PREFIX + token.encode("ascii") + TEMPORARY_SUFFIX


def folded(name: bytes) -> bytes:
    """What a file system that distinguishes neither case nor composition takes the name for."""
    text = name.decode("utf-8", "surrogateescape")
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).encode(
        "utf-8", "surrogateescape"
    )


def numbered(name: str, number: int) -> str:
    """A free-looking name: "a.tar.gz", 1 → "a (1).tar.gz"; names that begin with a dot keep it."""
    stem, dot, rest = name.lstrip(".").partition(".")
    dots = name[: len(name) - len(name.lstrip("."))]
    return f"{dots}{stem} ({number}){dot}{rest}"


def free_name(path: str, taken: Callable[[str], bool]) -> str:
    """The first numbered variant of a path or key that nobody has."""
    folder, slash, name = path.rpartition("/")
    number = 1
    while taken(candidate := folder + slash + numbered(name, number)):
        number += 1
    return candidate


class TargetTree(Struct):
    """The relative targets of one plan: notices names that are both file and folder."""

    files: dict[bytes, int] = {}
    """Relative path to index in the plan."""
    folders: set[bytes] = set()
    """Every folder on the way to a target."""

    def add_file(self, path: bytes, index: int) -> bool:
        """Note a file; False when the very same path is there already."""
        if path in self.files:
            return False
        self.files[path] = index
        self.add_folder(os.path.dirname(path))
        return True

    def add_folder(self, path: bytes) -> None:
        """Note a folder and all above it."""
        while path and path not in self.folders:
            self.folders.add(path)
            path = os.path.dirname(path)

    def both(self) -> list[bytes]:
        """Paths that would have to be a file and a folder at once."""
        return [path for path in self.files if path in self.folders]
