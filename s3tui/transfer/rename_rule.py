"""The one rule by which names that cannot be kept get others, both ways.

A component of a key that is no file name here is written with %XX: ".." becomes "%2E%2E", "." "%2E", a NUL
"%00". An empty one becomes "%". One that is too long is cut and ends in "%~" and a digest of the whole,
before its extension. An object that is a folder as well gets "%file" at its end; of twins that a file system
takes for one name, the later get the digest. A local name that is not UTF-8 goes up with "%XX" for each byte
that is not.

The rule is one to one: where a name is written anew, its own "%" becomes "%25", and a name that only looks
as if the rule had made it is written anew, too. All other names stay as they are, "a%20b" among them.
"""

import hashlib
import os
import re

MAX_COMPONENT = 255
"""Bytes in one local name, on every file system that matters."""

TEMPORARY_PREFIX = b".s3tui-"
TEMPORARY_SUFFIX = b".part"

_EMPTY = "%"
_BESIDE = "%file"
_DIGITS = 12
_SIGNED = re.compile(r"%~[0-9a-f]{12}(\.[^.%/]{1,15})?\Z")
_HERE = re.compile(r"%(25|00|2E)")
_THERE = re.compile(rb"%(25|[89A-F][0-9A-F])")
_STRAY = re.compile("[\udc80-\udcff]")


def is_temporary(name: bytes) -> bool:
    """Whether a local name is that of an unfinished download of ours."""
    return name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)


def local_path(relative: str) -> bytes:
    """The path of a key, both relative; every component is an ordinary name.

    Raises:
        UnicodeEncodeError: the key is not valid text.
    """
    return b"/".join(local_name(component) for component in relative.split("/"))


def local_name(component: str) -> bytes:
    """The file name of one component of a key: the component itself wherever it can be one.

    Raises:
        UnicodeEncodeError: it is not valid text.
    """
    raw = component.encode()
    if not _is_unfit(component, raw) and not _looks_made(component):
        return raw
    written = _written(component, raw).encode()
    return written if len(written) <= MAX_COMPONENT else _signed(written, raw)


def key_path(relative: bytes) -> str:
    """The key of a local path, both relative."""
    return "/".join(key_name(component) for component in relative.split(b"/"))


def key_name(name: bytes) -> str:
    """The component of a key for one local name: the name itself where it is UTF-8."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.replace(b"%", b"%25").decode("utf-8", "surrogateescape")
        return _STRAY.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", text)
    plain = _THERE.sub(lambda found: bytes.fromhex(found[1].decode()), name)
    if plain != name and key_name(plain) == text:
        return text.replace("%", "%25")
    return text


def beside_folder(path: bytes) -> bytes:
    """The path of an object whose own path is a folder."""
    folder, name = os.path.split(path)
    marked = name + _BESIDE.encode()
    return os.path.join(folder, marked if len(marked) <= MAX_COMPONENT else _signed(name, marked))


def told_apart(name: bytes) -> bytes:
    """A name for one of two that the file system takes for the same."""
    return _signed(name, name)


def _is_unfit(component: str, raw: bytes) -> bool:
    return component in ("", ".", "..") or "\0" in component or len(raw) > MAX_COMPONENT or is_temporary(raw)


def _looks_made(component: str) -> bool:
    """Whether the rule gives this very name to another one."""
    if "%" not in component:
        return False
    if component == _EMPTY or component.endswith(_BESIDE) or _SIGNED.search(component):
        return True
    plain = _HERE.sub(lambda found: chr(int(found[1], 16)), component)
    return plain != component and local_name(plain) == component.encode()


def _written(component: str, raw: bytes) -> str:
    if not component:
        return _EMPTY
    if component in (".", ".."):
        return component.replace(".", "%2E")
    written = component.replace("%", "%25").replace("\0", "%00")
    return "%2E" + written[1:] if is_temporary(raw) else written


def _signed(name: bytes, whole: bytes) -> bytes:
    """`name`, cut where it is too long, with a digest of `whole` before its extension."""
    stem, extension = os.path.splitext(name)
    if not 1 < len(extension) <= 16 or b"%" in extension:
        stem, extension = name, b""
    sign = b"%~" + hashlib.sha256(whole).hexdigest()[:_DIGITS].encode()
    room = MAX_COMPONENT - len(sign) - len(extension)
    kept = stem if len(stem) <= room else stem[:room].decode("utf-8", "ignore").encode()
    return kept + sign + extension
