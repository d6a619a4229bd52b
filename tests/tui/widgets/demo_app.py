"""A small app of two panes with made-up entries: `python -m tests.tui.widgets.demo_app` to look at them."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from s3tui.engine.messages import CredentialState, Snapshot
from s3tui.model.entry import EntryPage
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import TransferRow
from s3tui.tui.widgets.key_bar import KeyBar
from s3tui.tui.widgets.pane import Pane
from s3tui.tui.widgets.title_bar import TitleBar
from s3tui.tui.widgets.transfer_list import TransferDetail, TransferHeading, TransferList
from s3tui.tui.widgets.transfer_panel import TransferPanel
from tests.tui.widgets.samples import HINTS, LOCAL, NOW, REMOTE, SUMMARY, TRANSFERS


class DemoApp(App[None]):
    """Two panes and keys for everything they can do."""

    CSS = """
    Screen { layout: vertical; }
    #panes { height: 1fr; }
    #panes > #right { border-left: solid $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "list('cursor_up')"),
        Binding("down,j", "list('cursor_down')"),
        Binding("pageup", "list('page_up')"),
        Binding("pagedown", "list('page_down')"),
        Binding("home,g", "list('first')"),
        Binding("end,G", "list('last')"),
        Binding("enter,right,l", "list('open')"),
        Binding("backspace,left,h", "list('parent')"),
        Binding("space,insert", "list('mark')"),
        Binding("V", "list('mark_range')"),
        Binding("a", "list('mark_all')"),
        Binding("asterisk", "list('invert_marks')"),
        Binding("escape", "step_back"),
        Binding("tab", "other_pane", priority=True),
        Binding("slash", "filter"),
        Binding("s", "sort"),
        Binding("S", "reverse"),
        Binding("full_stop", "hidden"),
        Binding("t", "transfers"),
    ]

    def __init__(self) -> None:
        """Remember what panes ask for."""
        super().__init__()
        self.stops: list[str] = []

    def on_pane_stop_wanted(self, event: Pane.StopWanted) -> None:
        """Remember the pane whose listing is to stop."""
        self.stops.append(str(event.pane.id))

    def compose(self) -> ComposeResult:
        """Title, two panes, transfers, keys."""
        yield TitleBar(clock=lambda: NOW)
        with Horizontal(id="panes"):
            yield Pane(id="left", clock=lambda: NOW)
            yield Pane(
                id="right", clock=lambda: NOW, empty_hint="Press c in the other pane to copy something here."
            )
        yield TransferPanel()
        yield KeyBar(HINTS)

    def on_mount(self) -> None:
        """Fill both panes."""
        self.animation_level = "none"
        self.pane("left").show_loading(LocalLocation(b"/home/me/scratch/reef"))
        self.pane("left").add_page(EntryPage.of(LOCAL))
        self.pane("left").finish(True)
        self.pane("right").show_loading(S3Location("rrap-storage-bucket", "datasets/10378-1-42/"))
        self.pane("right").add_page(EntryPage.of(REMOTE))
        self.pane("right").finish(True)
        self.pane("left").focus_list()
        title = self.query_one(TitleBar)
        title.show_place("rrap-storage-bucket/datasets/10378-1-42/", "s3.example.org")
        title.show_credentials(CredentialState("ASIA…QX7M", True, NOW + 42 * 60 + 10))

    def show_transfers(self) -> None:
        """Let the panel show a busy queue."""
        self.query_one(TransferPanel).show(Snapshot(SUMMARY, TRANSFERS))

    def pane(self, name: str) -> Pane:
        """The pane of this id."""
        return self.query_one(f"#{name}", Pane)

    @property
    def active_pane(self) -> Pane:
        """The pane that keys act on."""
        return self.pane("right") if self.pane("right").active else self.pane("left")

    async def action_list(self, name: str) -> None:
        """Call an action of the active list."""
        await self.active_pane.entries.run_action(name)

    def action_other_pane(self) -> None:
        """Go to the other pane."""
        other = "left" if self.active_pane.id == "right" else "right"
        self.pane(other).focus_list()

    def action_transfers(self) -> None:
        """Show a busy queue."""
        self.show_transfers()

    def action_step_back(self) -> None:
        """Give up one thing."""
        self.active_pane.step_back()

    def action_filter(self) -> None:
        """Type a filter."""
        self.active_pane.start_filter()

    def action_sort(self) -> None:
        """Sort by the next key."""
        self.active_pane.set_sort(self.active_pane.order.next_key)

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self.active_pane.set_sort(self.active_pane.order.reversed)

    def action_hidden(self) -> None:
        """Show or hide hidden names."""
        self.active_pane.set_hidden(not self.active_pane.hidden_shown)


class QueueApp(App[None]):
    """The transfers of the samples, as the transfers screen shows them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "list('cursor_up')"),
        Binding("down,j", "list('cursor_down')"),
        Binding("end,G", "list('last')"),
    ]

    def __init__(self, rows: Sequence[TransferRow] = TRANSFERS) -> None:
        """Answer the list's questions from these rows."""
        super().__init__()
        self.rows = rows
        self.asked: list[int] = []

    def compose(self) -> ComposeResult:
        """Heading, list, details."""
        yield TransferHeading()
        yield TransferList()
        yield TransferDetail()

    def on_mount(self) -> None:
        """Load the first window."""
        self.queue.reload()
        self.queue.focus()

    @property
    def queue(self) -> TransferList:
        """The list."""
        return self.query_one(TransferList)

    async def action_list(self, name: str) -> None:
        """Call an action of the list."""
        await self.queue.run_action(name)

    @on(TransferList.WindowWanted)
    def _answer(self, event: TransferList.WindowWanted) -> None:
        self.asked.append(event.offset)
        window = self.rows[event.offset : event.offset + event.limit]
        self.queue.show_rows(event.offset, window, len(self.rows))

    @on(TransferList.CursorMoved)
    def _tell(self, event: TransferList.CursorMoved) -> None:
        self.query_one(TransferDetail).show_row(event.row)


if __name__ == "__main__":
    DemoApp().run()
