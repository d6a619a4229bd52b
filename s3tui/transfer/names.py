"""Keys as local names and local names as keys.

A key is foreign text. It becomes a path below a chosen folder only if every one of its components is an
ordinary name; all else is refused with a sentence, never bent into something similar. What is refused is told
to the user, and nothing is merged.
"""

import os
import unicodedata
from collections.abc import Callable

from msgspec import Struct

from s3tui.formatting import printable, shortened

MAX_COMPONENT = 255
"""Bytes in one local name, on every file system that matters."""

MAX_PATH = 4095
"""Bytes in a whole local path."""

MAX_KEY = 1024
"""Bytes in a key."""

TEMPORARY_PREFIX = b".s3tui-"
TEMPORARY_SUFFIX = b".part"


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


def path_of_key(relative: str) -> bytes:
    """Turn a key, relative to the copied prefix, into a relative path.

    A trailing slash (a folder marker) is left off.

    Raises:
        UnsafeName: a component is empty, ".", "..", too long, or holds a NUL.
    """
    stem = relative.removesuffix("/")
    if not stem:
        raise UnsafeName(f"{shown(relative)} has no name; it is not copied.")
    for component in stem.split("/"):
        if not component:
            raise UnsafeName(f"{shown(relative)} holds an empty folder name (//); it is not copied.")
        if component in (".", ".."):
            raise UnsafeName(f"{shown(relative)} would leave its folder ({component}); it is not copied.")
        if "\0" in component:
            raise UnsafeName(f"{shown(relative)} holds a NUL, which no file name can; it is not copied.")
        if len(component.encode("utf-8", "surrogatepass")) > MAX_COMPONENT:
            raise UnsafeName(
                f"{shown(relative)} has a name of more than {MAX_COMPONENT} bytes; it is not copied."
            )
    try:
        return stem.encode()
    except UnicodeEncodeError:
        raise UnsafeName(f"{shown(relative)} is not valid text; it is not copied.") from None


def key_of_path(prefix: str, relative: bytes) -> str:
    """Turn a relative path into a key under `prefix`.

    Raises:
        UnsafeName: the name is not UTF-8, or the key would be too long.
    """
    try:
        key = prefix + relative.decode("utf-8")
    except UnicodeDecodeError:
        raise UnsafeName(
            f"{shown(relative)} has a name that is not UTF-8, so it cannot be a key; it is not copied."
        ) from None
    if len(key.encode()) > MAX_KEY:
        raise UnsafeName(
            f"{shown(relative)} would make a key of more than {MAX_KEY} bytes; it is not copied."
        )
    return key


def is_temporary(name: bytes) -> bool:
    """Whether a local name is that of an unfinished download of ours."""
    return name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)


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
    """The relative targets of one plan: notices twins, and names that are both file and folder."""

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

    def twins(self) -> list[tuple[bytes, bytes]]:
        """Pairs (kept, later) that differ only in case or composition, folders on the way included."""
        first: dict[bytes, bytes] = {}
        pairs = []
        for path in self.files:
            other = first.setdefault(folded(path), path)
            if other is not path:
                pairs.append((other, path))
        return pairs
