"""One of the two panes: where it is, its list, and what there is to say about it.

A pane is fed by the screen (`show_loading`, `add_page`, `finish`, `show_failure`) and does no I/O.
"""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import var
from textual.timer import Timer

from s3tui.model.entry import Entry, EntryPage
from s3tui.model.failure import Failure
from s3tui.model.location import Location
from s3tui.tui.view.line_parts import Part
from s3tui.tui.view.pane_words import PaneState, home_folder, notice_of, place_text, status_parts
from s3tui.tui.view.sort_order import SortOrder
from s3tui.tui.view.text_cells import cut_path
from s3tui.tui.widgets.entry_list import EntryList
from s3tui.tui.widgets.filter_line import FilterLine
from s3tui.tui.widgets.text_line import TextLine

_NOTICE_AFTER = 0.3
"""Seconds a listing may take before the empty list says what it waits for: quick ones do not flash."""


class PaneHeader(TextLine):
    """Where the pane is and how it is sorted; square brackets round the active one."""

    PREFIX = "pane-header"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"pane-header--active", "pane-header--sort"}


class PaneStatus(TextLine):
    """Counts, marks and the state of the listing."""

    PREFIX = "pane-status"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"pane-status--marked", "pane-status--alarm"}
    separator = " · "


class Pane(Vertical):
    """A folder on the screen."""

    DEFAULT_CSS = """
    Pane { width: 1fr; height: 1fr; }
    PaneHeader { background: $surface; color: $text-muted; }
    PaneHeader > .pane-header--sort { background: $surface; color: $text-muted; }
    Pane.-active PaneHeader { background: $primary-muted; color: $text-primary; text-style: bold; }
    Pane.-active PaneHeader > .pane-header--sort { background: $primary-muted; color: $text-primary; }
    Pane.-active PaneHeader:ansi, Pane.-active PaneHeader:ansi > .pane-header--sort {
        background: transparent;
        color: ansi_default;
        text-style: bold underline;
    }
    PaneStatus { background: $surface; color: $text-muted; padding: 0 1; }
    PaneStatus > .pane-status--marked { color: $text-warning; text-style: bold; }
    PaneStatus > .pane-status--alarm { color: $text-error; text-style: bold; }
    """

    active: var[bool] = var(False, toggle_class="-active")
    """Whether commands act on this pane; the one that was focused last is."""

    class Activated(Message):
        """This pane is the one that commands act on from now on."""

        def __init__(self, pane: "Pane") -> None:
            """Remember the pane."""
            super().__init__()
            self.pane = pane

    class StopWanted(Activated):
        """The user does not want to wait for the rest of the listing."""

    def __init__(
        self,
        *,
        id: str | None = None,
        clock: Callable[[], float] = time.time,
        empty_hint: str = "",
    ) -> None:
        """Make a pane that is nowhere yet.

        Args:
            id: widget id.
            clock: gives Unix seconds, for times of day.
            empty_hint: what to do in an empty folder, as one sentence.
        """
        super().__init__(id=id)
        self._header = PaneHeader()
        self._list = EntryList(clock=clock)
        self._filter = FilterLine()
        self._status = PaneStatus()
        self._location: Location | None = None
        self._state = PaneState()
        self._hint = empty_hint
        self._notice_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Header, list, filter, status."""
        yield self._header
        yield self._list
        yield self._filter
        yield self._status

    def on_mount(self) -> None:
        """Say what there is to say."""
        self._list.active = self.active
        self._tell()

    @property
    def entries(self) -> EntryList:
        """The list; its actions are what the commands call."""
        return self._list

    @property
    def location(self) -> Location | None:
        """The folder shown; None before the first one."""
        return self._location

    @property
    def listing(self) -> bool:
        """Whether more entries are expected."""
        return self._state.listing

    @property
    def failure(self) -> Failure | None:
        """Why the folder could not be listed, or not all of it."""
        return self._state.failure

    @property
    def cursor_entry(self) -> Entry | None:
        """The entry under the cursor."""
        return self._list.cursor_entry

    def selection(self) -> tuple[Entry, ...]:
        """The marked entries; without any, the one under the cursor."""
        return self._list.selection()

    def focus_list(self) -> None:
        """Give the keyboard to this pane."""
        self._list.focus()

    # -- feeding -----------------------------------------------------------------------------------------

    def show_loading(self, location: Location, *, keep: bool = False, has_parent: bool | None = None) -> None:
        """Begin to show a folder.

        Args:
            location: the folder.
            keep: it is listed again: rows stand until new ones come, marks and cursor stay on their names.
            has_parent: whether ".." leads up; by default wherever the location has a parent.
        """
        again = keep and location == self._location
        self._location = location
        self._state = PaneState(listing=True, complete=False)
        self._list.show_notice()
        if self._notice_timer is not None:
            self._notice_timer.stop()
        self._notice_timer = self.set_timer(_NOTICE_AFTER, self._show_notice)
        if not again:
            self._filter.close()
            self._list.set_filter("")
        self._list.begin(not location.is_root if has_parent is None else has_parent, keep=again)
        self._tell()

    def add_page(self, page: EntryPage) -> None:
        """Append entries of the folder that `show_loading` named."""
        self._list.add_page(page)

    def finish(self, complete: bool = True, failure: Failure | None = None) -> None:
        """No more entries will come; `complete` says whether these are all."""
        self._state = PaneState(complete=complete, failure=failure)
        self._list.finish()
        self._tell()

    def show_failure(self, failure: Failure) -> None:
        """Say why the folder cannot be shown, and what to do."""
        self.finish(False, failure)

    # -- commands ----------------------------------------------------------------------------------------

    def start_filter(self) -> None:
        """Open the filter line and type into it."""
        self._filter.open(self._list.table.filter.pattern)

    def clear_filter(self) -> None:
        """Show all names again."""
        self._filter.close()
        self._list.set_filter("")

    @property
    def order(self) -> SortOrder:
        """How the pane is sorted."""
        return self._list.table.order

    def set_sort(self, order: SortOrder) -> None:
        """Sort by something else."""
        self._list.set_sort(order)
        self._tell()

    @property
    def hidden_shown(self) -> bool:
        """Whether names that begin with a dot are shown."""
        return self._list.table.filter.hidden

    def set_hidden(self, shown: bool) -> None:
        """Show or hide names that begin with a dot."""
        self._list.set_hidden(shown)

    def step_back(self) -> bool:
        """Give up one thing: a range, the rest of a listing, the filter or the marks.

        Returns False when there is none of them.
        """
        if self._list.choosing_range:
            self._list.action_mark_none()
        elif self._state.listing:
            self.post_message(self.StopWanted(self))
        elif self._list.table.filter.pattern or self._filter.display:
            self.clear_filter()
        elif self._list.table.marked_count:
            self._list.action_mark_none()
        else:
            return False
        return True

    # -- what it says ------------------------------------------------------------------------------------

    def watch_active(self, active: bool) -> None:
        """Brackets and cursor show which pane it is."""
        self._list.active = active
        self._tell_header()

    @on(EntryList.ContentChanged)
    @on(EntryList.SelectionChanged)
    def _tell(self) -> None:
        self._tell_header()
        table = self._list.table
        self._status.show(
            status_parts(self._location, table, self._state, choosing_range=self._list.choosing_range)
        )
        if not self._state.listing:
            self._show_notice()

    def _show_notice(self) -> None:
        paragraphs, alarm = notice_of(self._location, self._list.table, self._state, self._place)
        if paragraphs == ("Nothing here yet.",) and self._hint:
            paragraphs = (*paragraphs, self._hint)
        self._list.show_notice(*paragraphs, alarm=alarm)

    def _place(self) -> str:
        return place_text(self._location, home_folder())

    def _tell_header(self) -> None:
        order = self.order
        sort = Part(f"{order.key} {order.sign} ", "sort")
        room = self._header.size.width - len(sort.text) - 3
        path = cut_path(self._place(), max(8, room))
        self._header.show([Part(f"[{path}]" if self.active else f" {path} ")], [sort])

    def on_resize(self) -> None:
        """The path may have more room, or less."""
        self._tell_header()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The pane that has the keyboard is the active one; it stays so under a dialog."""
        # When the focus moves twice at once, each pane hears of it in its own time: only the last one counts.
        if not self.active and self.screen.focused is event.widget:
            for pane in self.screen.query(Pane):
                pane.active = pane is self
            self.post_message(self.Activated(self))

    @on(FilterLine.Changed)
    def _filter_changed(self, event: FilterLine.Changed) -> None:
        event.stop()
        self._list.set_filter(event.pattern)

    @on(FilterLine.Done)
    def _filter_done(self, event: FilterLine.Done) -> None:
        event.stop()
        if not event.keep or not self._list.table.filter.pattern:
            self.clear_filter()
        self._list.focus()
