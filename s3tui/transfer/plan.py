"""A plan: what a copy would do, in columns, before anything is done.

100,000 files are a few arrays and a list of names; transfers are made of them when the plan is submitted.
"""

import os
from array import array
from collections.abc import Iterator

from msgspec import Struct

from s3tui.model.entry import NO_SIZE
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.model.transfer import Clash, Direction, PlanSummary, Renamed
from s3tui.transfer.names import shown
from s3tui.transfer.record import Transfer

_STRUCK = NO_SIZE - 1
"""Size of a row that was taken out."""

_SENTENCES = 200
"""Sentences, clashes and new names that a summary tells in full; the counts are always exact."""


class Root(Struct, frozen=True):
    """One thing the user chose: its local path and its key, which paths below it are added to."""

    local: bytes
    bucket: str
    key: str
    folder: bool
    """A folder's key is empty or ends in "/"."""

    def local_path(self, name: bytes) -> bytes:
        """The local path of something below."""
        return os.path.join(self.local, name) if name else self.local

    def key_of(self, name: bytes, *, folder: bool = False) -> str:
        """The key of something below."""
        key = self.key + name.decode("utf-8", "surrogateescape")
        return f"{key}/" if folder and key and not key.endswith("/") else key


class Existing(Struct, frozen=True):
    """What is at a destination already."""

    size: int
    modified: float


class TransferPlan:
    """The planned files in columns; an index is a row in all of them."""

    def __init__(self, direction: Direction, roots: tuple[Root, ...], *, move: bool) -> None:
        """Begin an empty plan."""
        self.direction = direction
        self.roots = roots
        self.move = move
        self.names: list[bytes] = []
        """Paths below the root."""
        self.clashes: dict[int, Existing] = {}
        self.renamed: dict[int, str] = {}
        """Rows whose name cannot be kept, and what it is at the source, for display."""
        self.skipped: list[str] = []
        self.skipped_count = 0
        self.warnings: list[str] = []
        self.files = 0
        self.bytes = 0
        self._roots = array("I")
        self._sizes = array("q")
        self._modified = array("d")
        self._etags: dict[int, str] = {}
        self._keys: dict[int, str] = {}
        """Keys below the root, of rows where they are not simply the name."""

    def __len__(self) -> int:
        """Rows, empty folders and struck out ones included."""
        return len(self.names)

    def add(
        self, root: int, name: bytes, size: int, modified: float, etag: str = "", key: str | None = None
    ) -> int:
        """Plan a file, or an empty folder when its size is NO_SIZE; returns its index.

        `key` is given where the key below the root is not simply the name.
        """
        index = len(self.names)
        self.names.append(name)
        self._roots.append(root)
        self._sizes.append(size)
        self._modified.append(modified)
        if etag:
            self._etags[index] = etag
        if key is not None:
            self._keys[index] = key
        if size != NO_SIZE:
            self.files += 1
            self.bytes += size
        return index

    def note_renamed(self, index: int) -> None:
        """Note that a row does not keep its name."""
        root = self.root(index)
        if self.direction is Direction.UPLOAD:
            self.renamed.setdefault(index, shown(self.names[index] or os.path.basename(root.local)))
        else:
            self.renamed.setdefault(index, shown(self.key(index)[self._shown_from(root) :]))

    def rename(self, index: int, local: bytes) -> None:
        """Give a row of a download another local path; its key stays."""
        self.note_renamed(index)
        root, name = self.root(index), self.names[index]
        if name:
            self._keys[index] = self.key(index)[len(root.key) :]
        parts = local.split(b"/")
        cut = len(parts) - (name.count(b"/") + 1 if name else 0)
        self.names[index] = b"/".join(parts[cut:])
        top = b"/".join(parts[:cut]) or b"/"
        if top != root.local:
            self._roots[index] = self._root_at(Root(top, root.bucket, root.key, root.folder))

    def _root_at(self, root: Root) -> int:
        if root not in self.roots:
            self.roots = (*self.roots, root)
        return self.roots.index(root)

    def skip(self, sentence: str) -> None:
        """Note something that will not be copied."""
        self.skipped_count += 1
        if len(self.skipped) < _SENTENCES:
            self.skipped.append(sentence)

    def strike(self, index: int, sentence: str) -> None:
        """Take a planned file out again, and say why."""
        if self._sizes[index] != NO_SIZE:
            self.files -= 1
            self.bytes -= self._sizes[index]
        self._sizes[index] = _STRUCK
        self.clashes.pop(index, None)
        self.renamed.pop(index, None)
        self.skip(sentence)

    def forget(self, index: int) -> None:
        """Take a folder out that other rows make anyway."""
        self._sizes[index] = _STRUCK

    def live(self) -> Iterator[int]:
        """The indices that are still planned."""
        return (index for index, size in enumerate(self._sizes) if size != _STRUCK)

    def is_folder(self, index: int) -> bool:
        """Whether this row is an empty folder."""
        return self._sizes[index] == NO_SIZE

    def size(self, index: int) -> int:
        """Bytes of a file."""
        return self._sizes[index]

    def modified(self, index: int) -> float:
        """Unix seconds of a source."""
        return self._modified[index]

    def etag(self, index: int) -> str:
        """Of the object that is to be fetched, as the listing told it; empty when it is not known."""
        return self._etags.get(index, "")

    def forget_etags(self) -> None:
        """Know no ETags any more: those that were told are not those of the objects."""
        self._etags.clear()

    def root(self, index: int) -> Root:
        """What the user chose for this row."""
        return self.roots[self._roots[index]]

    def local_path(self, index: int) -> bytes:
        """The local side of a row."""
        return self.root(index).local_path(self.names[index])

    def key(self, index: int) -> str:
        """The remote side of a row."""
        root, key = self.root(index), self._keys.get(index)
        return root.key_of(self.names[index], folder=self.is_folder(index)) if key is None else root.key + key

    def destination(self, index: int) -> Location:
        """Where a row goes."""
        if self.direction is Direction.UPLOAD:
            return S3Location(self.root(index).bucket, self.key(index))
        return LocalLocation(self.local_path(index))

    def transfer(self, index: int, endpoint: str | None) -> Transfer:
        """The transfer of a row, without an id."""
        root = self.root(index)
        return Transfer(
            id=0,
            direction=self.direction,
            local=self.local_path(index),
            root=len(root.local),
            bucket=root.bucket,
            key=self.key(index),
            key_root=len(root.key),
            endpoint=endpoint,
            size=max(0, self._sizes[index]),
            modified=self._modified[index],
            overwrite=False,
            move=self.move,
            etag=self.etag(index),
        )

    def summary(self, plan_id: int) -> PlanSummary:
        """What the user is asked about."""
        return PlanSummary(
            plan_id=plan_id,
            direction=self.direction,
            files=self.files,
            bytes=self.bytes,
            clash_count=len(self.clashes),
            clashes=tuple(self._clash(index) for index in sorted(self.clashes)[:_SENTENCES]),
            skipped=tuple(self.skipped),
            skipped_count=self.skipped_count,
            warnings=tuple(self.warnings),
            move=self.move,
            renamed_count=len(self.renamed),
            renamed=tuple(self._renamed(index) for index in sorted(self.renamed)[:_SENTENCES]),
        )

    def _renamed(self, index: int) -> Renamed:
        root = self.root(index)
        if self.direction is Direction.UPLOAD:
            return Renamed(self.renamed[index], shown(self.key(index)[self._shown_from(root) :]))
        return Renamed(self.renamed[index], shown(self.names[index] or os.path.basename(root.local)))

    @staticmethod
    def _shown_from(root: Root) -> int:
        """Where the part of a key begins that is told: a folder's own key is known to whoever chose it."""
        return len(root.key) if root.folder else root.key.rfind("/") + 1

    def _clash(self, index: int) -> Clash:
        existing = self.clashes[index]
        return Clash(
            index=index,
            destination=self.destination(index),
            source_size=self._sizes[index],
            source_modified=self._modified[index],
            existing_size=existing.size,
            existing_modified=existing.modified,
        )
