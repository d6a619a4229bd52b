"""How `ls` writes entries: the columns of `aws s3 ls`, or one JSON object a line."""

import time

import msgspec

from s3tui.formatting import printable
from s3tui.model.entry import NO_SIZE, NO_TIME, Entry, EntryKind, EntryPage
from s3tui.model.location import S3Location

_QUARTER = 900
"""Seconds; no time zone changes within one, so a quarter of an hour is formatted once and remembered."""

_TIMES_KEPT = 100_000
"""Times whose text is remembered: objects of one copy often share the second."""

_FILE = int(EntryKind.FILE)
_WORDS: dict[int, str] = {
    EntryKind.FOLDER: "prefix",
    EntryKind.BUCKET: "bucket",
    EntryKind.ARCHIVED: "archived object",
}


class Columns:
    """Turns pages into text. Bytes are kept as they are unless they go to a terminal."""

    def __init__(self, location: S3Location, *, recursive: bool, escaped: bool) -> None:
        """Describe the listing of `location`; `escaped` makes control characters in keys visible."""
        # A recursive listing shows whole keys, as aws does.
        self._lead = location.key if recursive else ""
        self._escaped = escaped
        self._quarters: dict[int, tuple[str, int]] = {}
        self._times: dict[float, str] = {}

    def page(self, page: EntryPage) -> bytes:
        """A page as lines."""
        lead, names, times = self._lead, page.names, self._times
        if self._escaped:
            names = [printable(name) for name in names]
        if len(times) > _TIMES_KEPT:
            times.clear()
        lines = list[str]()
        for name, kind, size, modified in zip(
            names, page.kinds, page.size_column(), page.time_column(), strict=True
        ):
            when = times.get(modified)
            if when is None:
                when = times[modified] = self._time(modified)
            if kind == _FILE:
                lines.append(f"{when} {size:10} {lead}{name}\n")
            else:
                lines.append(self._other(kind, when, size, name))
        return "".join(lines).encode("utf-8", "surrogateescape")

    def entry(self, entry: Entry) -> bytes:
        """One entry as a line."""
        return self.page(EntryPage.of((entry,)))

    def _other(self, kind: int, when: str, size: int, name: str) -> str:
        if kind == EntryKind.FOLDER:
            return f"{'PRE':>30} {self._lead}{name}/\n"
        if kind == EntryKind.BUCKET:
            return f"{when} {name}\n"
        return f"{when} {size:10} {self._lead}{name}\n"

    def _time(self, modified: float) -> str:
        """Local time as "2026-08-01 12:04:59"."""
        if modified == NO_TIME:
            return " " * 19
        quarter, rest = divmod(int(modified), _QUARTER)
        known = self._quarters.get(quarter)
        if known is None:
            start = time.localtime(quarter * _QUARTER)
            known = self._quarters[quarter] = time.strftime("%Y-%m-%d %H:", start), start.tm_min
        return f"{known[0]}{known[1] + rest // 60:02}:{rest % 60:02}"


class _JsonEntry(msgspec.Struct, omit_defaults=True):
    """One line of `ls --json`."""

    name: str
    bucket: str
    kind: str
    key: str | None = None
    size: int = NO_SIZE
    modified: str = ""


class JsonLines:
    """Turns pages into JSON, one object a line: name, bucket, key, kind, size in bytes, modified in UTC."""

    def __init__(self, location: S3Location) -> None:
        """Describe the listing of `location`."""
        self._location = location
        self._encoder = msgspec.json.Encoder()
        self._times: dict[float, str] = {NO_TIME: ""}

    def page(self, page: EntryPage) -> bytes:
        """A page as lines."""
        # JSON is UTF-8 throughout: what is not becomes the replacement character.
        names = [raw.decode("utf-8", "replace") for raw in page.raw_names]
        rows = zip(names, page.kinds, page.size_column(), page.time_column(), strict=True)
        return self._encoder.encode_lines([self._fields(*row) for row in rows])

    def entry(self, entry: Entry) -> bytes:
        """One entry as a line."""
        return self.page(EntryPage.of((entry,)))

    def _fields(self, name: str, kind: int, size: int, modified: float) -> _JsonEntry:
        when = self._times.get(modified)
        if when is None:
            if len(self._times) > _TIMES_KEPT:
                self._times.clear()
            when = self._times[modified] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(modified))
        word = _WORDS.get(kind, "object")
        if kind == EntryKind.BUCKET:
            return _JsonEntry(name, name, word, None, size, when)
        key = f"{self._location.key}{name}/" if kind == EntryKind.FOLDER else self._location.key + name
        return _JsonEntry(name, self._location.bucket, word, key, size, when)
