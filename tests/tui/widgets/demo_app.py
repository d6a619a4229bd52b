"""A small app of two panes with made-up entries: `python -m tests.tui.widgets.demo_app` to look at them."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal

from s3tui.model.entry import Entry, EntryKind, EntryPage
from s3tui.model.location import LocalLocation, S3Location
from s3tui.tui.widgets.pane import Pane

NOW = 1_795_348_800.0
"""2026-11-22 12:00 UTC, for all times on the screen."""

F, D = EntryKind.FILE, EntryKind.FOLDER
DAY = 86400.0

LOCAL = (
    Entry("images", D, modified=NOW - 3 * DAY),
    Entry("survey-2026.csv", F, 12_400_000, NOW - 3000),
    Entry("transects.nc", F, 1_900_000_000, NOW - 400 * DAY),
    Entry("latest", EntryKind.LINK_TO_FOLDER, modified=NOW - 9 * DAY),
    Entry("old-run.dat", EntryKind.BROKEN_LINK, modified=NOW - 9 * DAY),
    Entry("control.fifo", EntryKind.SPECIAL, modified=NOW - 9 * DAY),
    Entry("notes.md", EntryKind.LINK_TO_FILE, 3100, NOW - 9 * DAY),
    Entry("Überfahrt nach São Tomé.txt", F, 812, NOW - 70 * DAY),
    Entry("珊瑚礁の観測データ一覧表.parquet", F, 88_000_000, NOW - 70 * DAY),
    Entry("🐠🐟🪸 fish survey with a name.tar.gz", F, 1_200_000_000, NOW - DAY),
    Entry("evil\x1b[31m\nname [red]x[/red] \u202egpj.exe", F, 1, NOW - DAY),
    Entry(".bashrc", F, 812, NOW - 70 * DAY),
)
REMOTE = (
    Entry("images", D),
    Entry("qc", D),
    *(
        Entry(
            f"sample_{n:04}_R{r}_quality_trimmed.fastq.gz", F, 410_000_000 + n * 9_700_000, NOW - n * DAY * 3
        )
        for n in range(1, 40)
        for r in (1, 2)
    ),
    Entry("archive_2019.tar", EntryKind.ARCHIVED, 4_000_000_000_000, NOW - 2500 * DAY),
    Entry("readme.txt", F, 2100, NOW - 1000),
)


class DemoApp(App[None]):
    """Two panes and keys for everything they can do."""

    CSS = """
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
    ]

    def compose(self) -> ComposeResult:
        """Two panes."""
        with Horizontal(id="panes"):
            yield Pane(id="left", clock=lambda: NOW)
            yield Pane(
                id="right", clock=lambda: NOW, empty_hint="Press c in the other pane to copy something here."
            )

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


if __name__ == "__main__":
    DemoApp().run()
