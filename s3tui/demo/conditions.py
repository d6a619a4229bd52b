"""Preconditions and ranges: If-Match and its family, and the bytes a Range header asks for."""

import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from s3tui.demo.responses import S3Error
from s3tui.demo.store import StoredObject

_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def check_read(stored: StoredObject, header: Callable[[str], str | None]) -> None:
    """The preconditions of GET and HEAD, in RFC 9110's order; raises PreconditionFailed or NotModified."""
    if_match = header("If-Match")
    if if_match is not None:
        if not _names(if_match, stored):
            raise _failed("If-Match")
    elif (limit := _seconds(header("If-Unmodified-Since"))) is not None and int(stored.modified) > limit:
        raise _failed("If-Unmodified-Since")
    if_none_match = header("If-None-Match")
    if if_none_match is not None:
        unchanged = _names(if_none_match, stored)
    else:
        since = _seconds(header("If-Modified-Since"))
        unchanged = since is not None and int(stored.modified) <= since
    if unchanged:
        raise S3Error("NotModified", headers={"ETag": stored.quoted_etag})


def check_source(stored: StoredObject, header: Callable[[str], str | None]) -> None:
    """The preconditions of a copy on its source, which are PreconditionFailed in every case."""
    try:
        check_read(stored, lambda name: header(f"x-amz-copy-source-{name}"))
    except S3Error:
        raise _failed("x-amz-copy-source") from None


def check_write(existing: StoredObject | None, header: Callable[[str], str | None]) -> None:
    """The preconditions of a write; raises PreconditionFailed, NoSuchKey or NotImplemented."""
    if (if_none_match := header("If-None-Match")) is not None:
        if if_none_match.strip() != "*":
            raise S3Error("NotImplemented", extra={"Header": "If-None-Match"})
        if existing is not None:
            raise _failed("If-None-Match")
    if (if_match := header("If-Match")) is not None:
        if existing is None:
            raise S3Error("NoSuchKey")
        if not _names(if_match, existing):
            raise _failed("If-Match")


def wanted_range(text: str | None, size: int) -> tuple[int, int] | None:
    """Offset and length that a Range header asks of `size` bytes.

    None for everything: no header, several ranges, or one that makes no sense, which S3 ignores.
    Raises InvalidRange when no byte of it exists.
    """
    match = _RANGE.match(text.strip()) if text else None
    if match is None or not (match[1] or match[2]):
        return None
    if match[1]:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < first:
            return None
    else:
        first, last = max(0, size - int(match[2])), size - 1
    if first >= size or last < first:
        extra: dict[str, str | int] = {"RangeRequested": text or "", "ActualObjectSize": size}
        raise S3Error("InvalidRange", extra=extra, headers={"Content-Range": f"bytes */{size}"})
    return first, last - first + 1


def _names(header: str, stored: StoredObject) -> bool:
    tags = (piece.strip().removeprefix("W/").strip('"') for piece in header.split(","))
    return any(tag in ("*", stored.etag) for tag in tags)


def _seconds(date: str | None) -> float | None:
    try:
        return None if date is None else parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _failed(condition: str) -> S3Error:
    return S3Error("PreconditionFailed", extra={"Condition": condition})
