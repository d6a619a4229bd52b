"""How entries get into a list: pages as they come, put in order while keys are answered.

The first page is shown at once, later ones ten times a second; sorting and filtering run in slices.
"""

import asyncio
import time
from collections.abc import Generator
from functools import partial

from textual.timer import Timer
from textual.worker import Worker

from s3tui.model.entry import EntryPage
from s3tui.tui.view.entry_table import EntryTable
from s3tui.tui.view.name_filter import NameFilter
from s3tui.tui.view.sort_order import SortOrder
from s3tui.tui.widgets.line_list import LineList

_STEP_SECONDS = 0.012
"""How long sorting and filtering may hold the event loop at a time."""

_SYNC_SECONDS = 0.1
"""Pages that arrive within this time of each other are shown together."""

_SORT_WHILE_LISTING = 20_000
"""Rows up to which a listing that is not by name is sorted again and again while it grows."""


class EntryFeed(LineList):
    """The part of the entry list that takes pages and keeps them in order."""

    def __init__(self, *, id: str | None = None) -> None:
        """Start empty, by name, without hidden files."""
        super().__init__(id=id)
        self.table = EntryTable()
        """What is shown; a new listing brings a new one."""
        self.parent_line = False
        """Whether line 0 is ".."."""
        self.listing = False
        """Whether more pages are expected."""
        self._coming: EntryTable | None = None
        self._wanted_name = ""
        self._sync_timer: Timer | None = None
        self._worker: Worker[None] | None = None

    @property
    def line_count(self) -> int:
        """Entries shown, and ".."."""
        return self.table.shown_count + self.parent_line

    def row_at(self, line: int) -> int | None:
        """The table's row on a line; None on ".." and past the end."""
        position = line - self.parent_line
        return self.table.row(position) if 0 <= position < self.table.shown_count else None

    def content_changed(self) -> None:
        """Hear that other entries are shown than before."""
        self.resize_content()

    def place_cursor(self, name: str) -> None:
        """Put the cursor on an entry; when it has not arrived yet, as soon as it does."""
        position = self.table.find_name(name)
        if position is None:
            self._wanted_name = name if self.listing else ""
            return
        self.cursor = position + self.parent_line
        self._wanted_name = ""

    # -- feeding -----------------------------------------------------------------------------------------

    def begin(self, parent_line: bool, *, keep: bool = False) -> None:
        """Start a new listing.

        `keep` lists the same folder again: the old rows stand until the first page comes, marks and cursor
        are found again by name.
        """
        coming = EntryTable(order=self.table.order, names_filter=self.table.filter)
        self.listing = True
        self._wanted_name = ""
        if keep:
            row = self.row_at(self.cursor)
            self._wanted_name = "" if row is None else self.table.names[row]
            coming.keep_marks(self.table.names[row] for row in self.table.marked_rows())
            self._coming = coming
            return
        self._stop_arranging()
        self.table, self._coming = coming, None
        self.parent_line = parent_line
        self.scroll_to(y=0, animate=False)
        self.cursor = 0
        self._sync()

    def add_page(self, page: EntryPage) -> None:
        """Append a page of the listing begun last."""
        self._take_coming()
        first = len(self.table) == 0
        files_from = self.table.folder_count + self.parent_line
        inserted = self.table.add_page(page)
        if inserted and not first:
            if self.scroll_offset.y > files_from:
                self.scroll_to(y=self.scroll_offset.y + inserted, animate=False)
            if self.cursor >= files_from:
                self.set_reactive(LineList.cursor, self.cursor + inserted)
        if self._wanted_name and self._wanted_name.encode("utf-8", "surrogateescape") in page.raw_names:
            self._sync()
            self.place_cursor(self._wanted_name)
        elif first:
            self._sync()
        elif self._sync_timer is None:
            self._sync_timer = self.set_timer(_SYNC_SECONDS, self._sync)

    def finish(self) -> None:
        """No more pages will come."""
        self._take_coming()
        self.listing = False
        self._sync()
        if not self.table.arranged:
            self.rearrange()

    def _take_coming(self) -> None:
        """Let the old rows of a folder that is listed again go."""
        if self._coming is not None:
            self._stop_arranging()
            self.table, self._coming = self._coming, None

    def _sync(self) -> None:
        """Show what has arrived since the last time."""
        if self._sync_timer is not None:
            self._sync_timer.stop()
            self._sync_timer = None
        if not self.table.arranged and len(self.table) <= _SORT_WHILE_LISTING:
            row = self.row_at(self.cursor)
            self.table.arrange_now()
            self._follow(row)
        self.content_changed()

    # -- order and filter --------------------------------------------------------------------------------

    def set_sort(self, order: SortOrder) -> None:
        """Sort by something else; the cursor stays on its entry."""
        if order != self.table.order:
            self._rules_changed(order, self.table.filter)

    def set_filter(self, pattern: str) -> None:
        """Show only names that fit: part of a name, or a glob; empty shows all."""
        if pattern != self.table.filter.pattern:
            self._rules_changed(self.table.order, NameFilter(pattern, self.table.filter.hidden))

    def set_hidden(self, shown: bool) -> None:
        """Show or hide names that begin with a dot."""
        if shown != self.table.filter.hidden:
            self._rules_changed(self.table.order, NameFilter(self.table.filter.pattern, shown))

    def _rules_changed(self, order: SortOrder, names_filter: NameFilter) -> None:
        for table in (self.table, self._coming):
            if table is not None:
                table.order, table.filter = order, names_filter
        self.rearrange()

    def rearrange(self) -> None:
        """Sort and filter again: at once when that is quick, else in slices while keys are answered."""
        self._stop_arranging()
        steps = self.table.arrange()
        if self._ran_out(steps):
            self._arranged()
        else:
            # A function, not a coroutine: one that is replaced before it starts would never be awaited.
            self._worker = self.run_worker(partial(self._arrange_on, steps), group="arrange")

    def _stop_arranging(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None

    async def _arrange_on(self, steps: Generator[None]) -> None:
        while not self._ran_out(steps):  # noqa: ASYNC110 - the loop is the work, not a wait
            await asyncio.sleep(0)
        self._arranged()

    def _ran_out(self, steps: Generator[None]) -> bool:
        """Run steps for a moment; returns whether they are all done."""
        row = self.row_at(self.cursor)
        until = time.perf_counter() + _STEP_SECONDS
        for _ in steps:
            if time.perf_counter() > until:
                return False
        self._follow(row)
        return True

    def _follow(self, row: int | None) -> None:
        """Keep the cursor on a row that stands elsewhere now.

        On the first line of a listing that still grows it stays on the first line; from ".." it goes to the
        first name that a filter leaves.
        """
        if row is None or (self.listing and self.cursor == self.parent_line):
            if self.table.filter.pattern:
                self.set_reactive(LineList.cursor, int(self.parent_line))
            return
        position = self.table.position(row)
        self.set_reactive(LineList.cursor, (position or 0) + self.parent_line)

    def _arranged(self) -> None:
        self.content_changed()
        self.reveal()
