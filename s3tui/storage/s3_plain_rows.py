"""The objects of a listing page in its plain form, all of them by one regular expression.

Servers write every object of a page alike. The first one tells how, and a strict pattern made from it must
match all of them; where one does not match, nothing is said and the page is read in a slower way.
"""

import re
from functools import lru_cache

from msgspec import Struct

_FIELD = re.compile(rb"<([A-Za-z0-9]+)>([^<]*)</\1>|<(/?[A-Za-z0-9]+/?)>|([^<]+)")
_TEXT = rb"([^<]*+)"
_WANTED = {b"Key": rb"([^<]++)", b"LastModified": _TEXT, b"Size": rb"([0-9]{1,18}+)"}
_ASKED = (b"ETag", b"StorageClass")
_LONGEST = 4096
"""Bytes of the first object that are looked at; no key is longer than 1,024."""


class PlainRows(Struct, frozen=True):
    """Columns of raw texts, as they stand between the tags."""

    keys: tuple[bytes, ...]
    stamps: tuple[bytes, ...]
    sizes: tuple[bytes, ...]
    """Digits."""
    etags: tuple[bytes, ...] = ()
    """Empty unless they were asked for."""
    classes: tuple[bytes, ...] = ()
    """Storage classes; empty when no object of the page is archived."""


def read_plain(body: bytes, *, etags: bool) -> PlainRows | None:
    """The objects of a page in their order; None when the page is not in plain form."""
    if b"!" in body and b"<!" in body:
        return None  # comments and CDATA hide what looks like an object
    count = body.count(b"<Contents")
    if not count:
        return PlainRows((), (), ())
    start = body.find(b"<Contents>")
    end = body.find(b"</Contents>", start, start + _LONGEST)
    if start < 0 or end < 0:
        return None
    archived = b"GLACIER" in body or b"DEEP_ARCHIVE" in body
    asked = tuple(tag for tag, wish in zip(_ASKED, (etags, archived), strict=True) if wish)
    made = _pattern(_layout(body[start + 10 : end]), asked)
    if made is None:
        return None
    pattern, order = made
    found = pattern.findall(body, start)
    if len(found) != count:
        return None
    columns = dict(zip(order, zip(*found, strict=True), strict=True))
    return PlainRows(
        columns[b"Key"],
        columns[b"LastModified"],
        columns[b"Size"],
        columns.get(b"ETag", ()),
        columns.get(b"StorageClass", ()),
    )


def _layout(element: bytes) -> tuple[bytes, ...]:
    """The tags of an object in their order, "=" after those that hold text; empty when it has others."""
    tags: list[bytes] = []
    at = 0
    while at < len(element):
        field = _FIELD.match(element, at)
        if field is None or (field[4] is not None and field[4].strip()):
            return ()
        at = field.end()
        if field[1] is not None:
            tags.append(field[1] + b"=")
        elif field[3] is not None:
            tags.append(field[3])
    return tuple(tags)


@lru_cache(64)
def _pattern(
    layout: tuple[bytes, ...], asked: tuple[bytes, ...]
) -> tuple[re.Pattern[bytes], tuple[bytes, ...]] | None:
    """What matches an object of this layout, and the tags of its groups; None when one is missing."""
    pieces, order = [rb"<Contents>"], list[bytes]()
    for tag in layout:
        name = tag.removesuffix(b"=")
        if name == tag:
            pieces.append(b"<" + tag + b">")
        elif name in _WANTED or name in asked:
            pieces.append(b"<" + name + b">" + _WANTED.get(name, _TEXT) + b"</" + name + b">")
            order.append(name)
        else:
            pieces.append(b"(?:<" + name + b">[^<]*+</" + name + b">)?+")
    needed = {*_WANTED, *asked}
    if len(order) != len(needed) or set(order) != needed:
        return None
    return re.compile(rb"\s*+".join((*pieces, rb"</Contents>"))), tuple(order)
