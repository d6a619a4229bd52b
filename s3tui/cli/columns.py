"""How `ls` writes entries: the columns of `aws s3 ls`, or one JSON object a line."""

import time

import msgspec

from s3tui.formatting import printable
from s3tui.model.entry import NO_TIME, Entry, EntryKind, EntryPage
from s3tui.model.location import S3Location

_QUARTER = 900
"""Seconds; no time zone changes within one, so a quarter of an hour is formatted once and remembered."""

_WORDS = {EntryKind.FOLDER: "prefix", EntryKind.BUCKET: "bucket", EntryKind.ARCHIVED: "archived object"}


class Columns:
    """Turns pages into text. Bytes are kept as they are unless they go to a terminal."""

    def __init__(self, location: S3Location, *, recursive: bool, escaped: bool) -> None:
        """Describe the listing of `location`; `escaped` makes control characters in keys visible."""
        # A recursive listing shows whole keys, as aws does.
        self._lead = location.key if recursive else ""
        self._escaped = escaped
        self._quarters: dict[int, tuple[str, int]] = {}

    def page(self, page: EntryPage) -> bytes:
        """A page as lines."""
        lines = []
        for name, kind, size, modified in zip(
            page.names, page.kinds, page.size_column(), page.time_column(), strict=True
        ):
            lines.append(self._line(name, kind, size, modified))
        lines.append("")
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    def entry(self, entry: Entry) -> bytes:
        """One entry as a line."""
        return self.page(EntryPage.of((entry,)))

    def _line(self, name: str, kind: int, size: int, modified: float) -> str:
        name = self._lead + name
        if self._escaped:
            name = printable(name)
        if kind == EntryKind.FOLDER:
            return f"{'PRE':>30} {name}/"
        when = self._time(modified)
        if kind == EntryKind.BUCKET:
            return f"{when} {name}"
        return f"{when} {size:>10} {name}"

    def _time(self, modified: float) -> str:
        """Local time as "2026-08-01 12:04:59"."""
        if modified == NO_TIME:
            return " " * 19
        whole = int(modified)
        quarter, rest = divmod(whole, _QUARTER)
        known = self._quarters.get(quarter)
        if known is None:
            start = time.localtime(quarter * _QUARTER)
            known = self._quarters[quarter] = time.strftime("%Y-%m-%d %H:", start), start.tm_min
        return f"{known[0]}{known[1] + rest // 60:02}:{rest % 60:02}"


class JsonLines:
    """Turns pages into JSON, one object a line: name, key, kind, size in bytes, modified in UTC."""

    def __init__(self, location: S3Location) -> None:
        """Describe the listing of `location`."""
        self._location = location
        self._encoder = msgspec.json.Encoder()

    def page(self, page: EntryPage) -> bytes:
        """A page as lines."""
        return b"".join(self.entry(entry) for entry in page.rows())

    def entry(self, entry: Entry) -> bytes:
        """One entry as a line."""
        folder = entry.kind is EntryKind.FOLDER
        fields: dict[str, str | int] = {"name": entry.name}
        if entry.kind is EntryKind.BUCKET:
            fields |= {"bucket": entry.name}
        else:
            where = self._location.child(entry.name, folder=folder)
            fields |= {"bucket": where.bucket, "key": where.key}
        fields["kind"] = _WORDS.get(entry.kind, "object")
        if entry.size >= 0:
            fields["size"] = entry.size
        if entry.modified != NO_TIME:
            fields["modified"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(entry.modified))
        return self._encoder.encode(fields) + b"\n"
