"""The rows of a pane: columns that grow page by page, and the order, filter and marks over them.

A row is the number under which an entry arrived and never changes; a position is where it stands on the
screen. Folders come first. Nothing here knows Textual.
"""

from array import array
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import chain, pairwise

from s3tui.model.entry import NO_SIZE, Entry, EntryKind, EntryPage
from s3tui.tui.view.name_column import NameColumn
from s3tui.tui.view.name_filter import NameFilter, name_test
from s3tui.tui.view.sort_order import SLICE, SortKey, SortOrder, sorted_rows

_OPENS = bytes(kind for kind in EntryKind if kind.opens)


class EntryTable:
    """Entries in columns, with an order to show them in.

    While pages arrive in name order, and names are what the pane is sorted by, nothing is ever sorted again.
    In all other cases `arranged` turns False and the owner runs `arrange` when it finds the time.
    """

    def __init__(self, *, order: SortOrder | None = None, names_filter: NameFilter | None = None) -> None:
        """Start empty, with the order and filter of the pane."""
        self.order = order or SortOrder()
        self.filter = names_filter or NameFilter()
        self.names = NameColumn()
        self.sizes = array("q")
        self.times = array("d")
        self.kinds = bytearray()
        self.marked = bytearray()
        """One byte per row: 1 when marked."""
        self.bytes = 0
        """Bytes of all rows, hidden and filtered ones included."""
        self.marked_count = 0
        self.marked_bytes = 0
        self.marked_unseen = 0
        """Marked rows that the filter does not show."""
        self.shown_bytes = 0
        """Bytes of the rows that are shown."""
        self.arranged = True
        """Whether the shown rows are all in the order asked for."""
        self._by_name = True
        self._all = (array("I"), array("I"))
        self._shown = (array("I"), array("I"))
        self._marks_to_find: set[str] = set()

    def __len__(self) -> int:
        """How many entries have arrived."""
        return len(self.names)

    @property
    def shown_count(self) -> int:
        """How many rows are shown."""
        return len(self._shown[0]) + len(self._shown[1])

    @property
    def folder_count(self) -> int:
        """How many of the shown rows are folders or buckets."""
        return len(self._shown[0])

    def row(self, position: int) -> int:
        """The row at a position, 0 ≤ position < shown_count."""
        folders, files = self._shown
        return folders[position] if position < len(folders) else files[position - len(folders)]

    def position(self, row: int) -> int | None:
        """Where a row stands; None when it is not shown."""
        folders, files = self._shown
        try:
            if self.kinds[row] in _OPENS:
                return folders.index(row)
            return len(folders) + files.index(row)
        except ValueError:
            return None

    def entry(self, row: int) -> Entry:
        """One row as a value, without an ETag."""
        return Entry(self.names[row], EntryKind(self.kinds[row]), self.sizes[row], self.times[row])

    def shown_rows(self) -> Iterator[int]:
        """The rows that are shown, in their order."""
        return chain(*self._shown)

    # -- arriving ----------------------------------------------------------------------------------------

    def add_page(self, page: EntryPage) -> int:
        """Append a page; returns how many rows it put in front of the first file."""
        start = len(self.names)
        names = page.names
        sizes = page.size_column()
        self.names.extend(page.raw_names)
        self.sizes.extend(sizes)
        self.times.extend(page.time_column())
        self.kinds += page.kinds
        self.marked.extend(bytes(len(names)))
        self.bytes += sum(sizes) + sizes.count(NO_SIZE)
        if self._marks_to_find:
            self._restore_marks(start)
        if page.kinds.translate(None, _OPENS) == page.kinds:
            sections: tuple[Sequence[int], Sequence[int]] = ((), range(start, start + len(names)))
        else:
            sections = (
                [row for row, kind in enumerate(page.kinds, start) if kind in _OPENS],
                [row for row, kind in enumerate(page.kinds, start) if kind not in _OPENS],
            )
        before = len(self._shown[0])
        for known, shown, rows in zip(self._all, self._shown, sections, strict=True):
            if rows:
                self._append(known, shown, rows, [names[row - start] for row in rows])
        return len(self._shown[0]) - before

    def _append(
        self, known: "array[int]", shown: "array[int]", rows: Sequence[int], names: list[str]
    ) -> None:
        """Take rows of these names into one section (folders or files)."""
        last = [self.names[known[-1]]] if known else []
        if self._by_name and any(a > b for a, b in pairwise(chain(last, names))):
            self._by_name = False
        known.extend(rows)
        chosen = self.filter.chosen(rows, self.names)
        shown.extend(chosen)
        self.shown_bytes += self._bytes_of(chosen)
        if not self._by_name or self.order != SortOrder():
            self.arranged = False

    def keep_marks(self, names: Iterable[str]) -> None:
        """Mark entries of these names as they arrive: a folder is listed again and keeps its marks."""
        self._marks_to_find = set(names)

    def _restore_marks(self, start: int) -> None:
        for row in range(start, len(self.names)):
            if self.names[row] in self._marks_to_find:
                self._marks_to_find.discard(self.names[row])
                self._set_mark(row, True)

    # -- order and filter --------------------------------------------------------------------------------

    def arrange(self) -> Generator[None]:
        """Bring the shown rows into `order` and `filter`, in steps of a few milliseconds.

        What is shown changes at the end, at once. Rows that arrive in between are appended then. A second
        `arrange` makes the first one useless: drop it.
        """
        if not self._by_name:
            yield from self._sort_by_name()
        known = len(self._all[0]), len(self._all[1])
        result: list[array[int]] = []
        shown_bytes = 0
        for index in (0, 1):
            rows = array("I")
            for start in range(0, known[index], SLICE):
                stop = min(start + SLICE, known[index])
                part = self.filter.chosen(self._all[index][start:stop], self.names)
                shown_bytes += self._bytes_of(part)
                rows.extend(part)
                yield
            result.append((yield from self._in_order(rows, folders=index == 0)))
        self._shown = (result[0], result[1])
        self.shown_bytes = shown_bytes
        self.arranged = True
        for index in (0, 1):
            late = self._all[index][known[index] :]
            if late:
                chosen = self.filter.chosen(late, self.names)
                self._shown[index].extend(chosen)
                self.shown_bytes += self._bytes_of(chosen)
                self.arranged = self._by_name and self.order == SortOrder()
        self._count_unseen_marks()

    def arrange_now(self) -> None:
        """Arrange without a pause; for small tables and tests."""
        for _ in self.arrange():
            pass

    def _in_order(self, rows: "array[int]", *, folders: bool) -> "Generator[None, None, array[int]]":
        """`rows`, which come in name order, in the order asked for."""
        if self.order.key is SortKey.TIME:
            return (yield from sorted_rows(rows, self.times, descending=self.order.descending))
        if self.order.key is SortKey.SIZE and not folders:
            return (yield from sorted_rows(rows, self.sizes, descending=self.order.descending))
        if self.order.key is SortKey.NAME and self.order.reverse:
            rows.reverse()
        return rows

    def _sort_by_name(self) -> Generator[None]:
        """Bring each section into name order; rows that arrive meanwhile stay at its end."""
        in_order = True
        for rows in self._all:
            ordered = yield from sorted_rows(rows[:], self.names)
            late = rows[len(ordered) :]
            last = ordered[-1:]
            in_order &= all(self.names[a] <= self.names[b] for a, b in pairwise(last + late))
            rows[:] = ordered + late
        self._by_name = in_order

    def _bytes_of(self, rows: Sequence[int]) -> int:
        sizes = array("q", map(self.sizes.__getitem__, rows))
        return sum(sizes) + sizes.count(NO_SIZE)

    # -- marks -------------------------------------------------------------------------------------------

    def mark(self, rows: Iterable[int], on: bool = True) -> None:
        """Mark rows, or take their marks away."""
        for row in rows:
            if self.marked[row] != on:
                self._set_mark(row, on)

    def toggle_mark(self, row: int) -> None:
        """Mark a row, or take its mark away."""
        self._set_mark(row, not self.marked[row])

    def mark_shown(self) -> None:
        """Mark everything that is shown."""
        if self.shown_count < len(self.names):
            self.mark(self.shown_rows())
            return
        self.marked = bytearray(b"\1") * len(self.names)
        self.marked_count, self.marked_bytes = len(self.names), self.bytes

    def mark_none(self) -> None:
        """Take all marks away, those of rows not shown too."""
        self.marked = bytearray(len(self.names))
        self.marked_count = self.marked_bytes = self.marked_unseen = 0

    def invert_marks(self) -> None:
        """Mark what is shown and not marked, and the other way round."""
        if self.shown_count < len(self.names):
            for row in self.shown_rows():
                self._set_mark(row, not self.marked[row])
            return
        self.marked = self.marked.translate(b"\1\0" + bytes(254))
        self.marked_count = len(self.names) - self.marked_count
        self.marked_bytes = self.bytes - self.marked_bytes

    def mark_matching(self, pattern: str) -> int:
        """Mark the shown rows whose name fits a pattern; returns how many fit."""
        if not pattern:
            return 0
        test = name_test(pattern)
        rows = [row for row in self.shown_rows() if test(self.names[row])]
        self.mark(rows)
        return len(rows)

    def marked_rows(self) -> Iterator[int]:
        """Marked rows in the order shown, then those that the filter does not show."""
        if not self.marked_count:
            return
        yield from (row for row in self.shown_rows() if self.marked[row])
        if self.marked_unseen:
            seen = set(self.shown_rows())
            yield from (row for row, on in enumerate(self.marked) if on and row not in seen)

    def _set_mark(self, row: int, on: bool) -> None:
        self.marked[row] = on
        step = 1 if on else -1
        self.marked_count += step
        self.marked_bytes += step * max(0, self.sizes[row])

    def _count_unseen_marks(self) -> None:
        seen = sum(map(self.marked.__getitem__, self.shown_rows())) if self.marked_count else 0
        self.marked_unseen = self.marked_count - seen

    # -- finding -----------------------------------------------------------------------------------------

    def find_name(self, name: str) -> int | None:
        """Position of the shown entry of exactly this name."""
        row = self.names.find(name)
        return None if row is None else self.position(row)
