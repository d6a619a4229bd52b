"""Entries of a folder, one by one and in columns.

A listing of a million keys crosses the channel and stays in memory as columns: names in one string, sizes and
times in arrays. One tuple per row would cost five times the memory.
"""

from array import array
from collections.abc import Iterable, Iterator
from enum import IntEnum

from msgspec import Struct

NO_SIZE = -1
"""Size column of entries without a size (folders, buckets)."""

NO_TIME = -1.0
"""Time column of entries without a time."""


class EntryKind(IntEnum):
    """What an entry is; the value is its byte in `EntryPage.kinds`."""

    FOLDER = 0
    FILE = 1
    LINK_TO_FOLDER = 2
    LINK_TO_FILE = 3
    BROKEN_LINK = 4
    SPECIAL = 5
    """FIFO, device or socket: shown, never followed or copied."""
    BUCKET = 6
    ARCHIVED = 7
    """An object in an archive tier: it must be restored before it can be read."""

    @property
    def opens(self) -> bool:
        """Whether Enter goes into it."""
        return self in (EntryKind.FOLDER, EntryKind.LINK_TO_FOLDER, EntryKind.BUCKET)


class Entry(Struct, frozen=True):
    """One file, object, folder or bucket."""

    name: str
    kind: EntryKind
    size: int = NO_SIZE
    """Bytes, or NO_SIZE."""
    modified: float = NO_TIME
    """Unix seconds, or NO_TIME."""
    etag: str = ""
    """ETag without quotes; empty for local entries and prefixes."""


class ObjectInfo(Struct, frozen=True):
    """What HEAD tells of an object."""

    size: int
    """Bytes."""
    etag: str
    """Without quotes; may be empty."""
    modified: float
    """Last-Modified in Unix seconds."""
    metadata: dict[str, str] = {}
    """User metadata, names in lower case without `x-amz-meta-`."""
    checksums: dict[str, str] = {}
    """Full-object checksums by header name, base64 values."""
    composite: dict[str, str] = {}
    """Checksums of the parts' checksums by header name: base64, a dash, and the number of parts."""
    encrypted: bool = False
    """SSE-KMS or SSE-C: the ETag says nothing about the contents."""
    archived: bool = False
    """It must be restored before it can be read."""


class EntryPage(Struct, frozen=True):
    """A run of entries in columns, all of one length.

    Names of a recursive listing are paths relative to the listed folder.
    """

    raw_names: tuple[bytes, ...]
    """UTF-8 names; local names that are not UTF-8 keep their bytes."""
    kinds: bytes
    """One EntryKind value per entry."""
    sizes: bytes
    """Packed signed 64-bit integers in the machine's order: bytes per entry, NO_SIZE for none."""
    modified: bytes
    """Packed doubles in the machine's order: Unix seconds, NO_TIME for none."""
    etags: tuple[str, ...] = ()
    """ETags without quotes, one per entry; empty where nobody has asked for them."""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "EntryPage":
        """Turn rows into columns."""
        rows = tuple(entries)
        return cls(
            raw_names=tuple(row.name.encode("utf-8", "surrogateescape") for row in rows),
            kinds=bytes(row.kind for row in rows),
            sizes=array("q", (row.size for row in rows)).tobytes(),
            modified=array("d", (row.modified for row in rows)).tobytes(),
        )

    def joined(self, other: "EntryPage") -> "EntryPage":
        """These entries and then the other ones."""
        return EntryPage(
            self.raw_names + other.raw_names,
            self.kinds + other.kinds,
            self.sizes + other.sizes,
            self.modified + other.modified,
            self.etags + other.etags,
        )

    def __len__(self) -> int:
        """How many entries."""
        return len(self.raw_names)

    @property
    def names(self) -> list[str]:
        """The names as text; undecodable bytes as surrogates, as Python's own file functions have them."""
        return [raw.decode("utf-8", "surrogateescape") for raw in self.raw_names]

    def size_column(self) -> "array[int]":
        """Sizes in bytes."""
        column = array("q")
        column.frombytes(self.sizes)
        return column

    def time_column(self) -> "array[float]":
        """Modification times in Unix seconds."""
        column = array("d")
        column.frombytes(self.modified)
        return column

    def rows(self) -> Iterator[Entry]:
        """The entries one by one."""
        etags = self.etags or ("",) * len(self)
        for name, kind, size, modified, etag in zip(
            self.names, self.kinds, self.size_column(), self.time_column(), etags, strict=True
        ):
            yield Entry(name, EntryKind(kind), size, modified, etag)
