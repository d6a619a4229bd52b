"""Living in the list: moving, marking, sorting, and a hundred thousand rows."""

import asyncio
import time

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from s3tui.model.entry import Entry, EntryKind, EntryPage
from s3tui.tui.view.sort_order import SortKey, SortOrder
from s3tui.tui.widgets.entry_list import EntryList
from tests.tui.view.test_text_cells import HOSTILE
from tests.tui.widgets.demo_app import DemoApp
from tests.tui.widgets.reading import counting_lines, lines_of, text_of, until


class ListApp(App[None]):
    """One list, and what it tells."""

    def __init__(self) -> None:
        """Remember messages."""
        super().__init__()
        self.told: list[str] = []

    def compose(self) -> ComposeResult:
        """The list."""
        yield EntryList(clock=lambda: 1.7e9)

    @property
    def entries(self) -> EntryList:
        """The list."""
        return self.query_one(EntryList)

    def on_entry_list_opened(self, event: EntryList.Opened) -> None:
        """Remember what was opened."""
        self.told.append(f"opened {event.entry.name}")

    def on_entry_list_parent_wanted(self) -> None:
        """Remember that the user went up."""
        self.told.append("parent")


def pages(count: int, size: int = 1000) -> list[EntryPage]:
    """Files named by number."""
    return [
        EntryPage.of(Entry(f"file-{n:06}.dat", EntryKind.FILE, n, 1.6e9) for n in range(at, at + size))
        for at in range(0, count, size)
    ]


async def test_moving_marking_and_opening_with_keys() -> None:
    """Space marks and goes down, Enter opens, Backspace goes up; the status counts."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "space", "down", "space")
        pane = app.pane("left")
        assert [entry.name for entry in pane.selection()] == ["images", "control.fifo"]
        assert lines_of(pane.entries)[1].startswith("*images/")
        assert pane.entries.cursor == 4
        await pilot.press("escape")
        assert pane.cursor_entry is not None
        assert pane.selection() == (pane.cursor_entry,)
        await pilot.press("G")
        assert [entry.name[-7:] for entry in pane.selection()] == [".tar.gz"]
        await pilot.press("g")
        assert pane.selection() == ()


async def test_enter_opens_and_the_first_line_leads_up() -> None:
    """Messages carry the entry; ".." is the parent."""
    app = ListApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.entries.begin(True)
        app.entries.add_page(pages(3, 3)[0])
        app.entries.finish()
        app.entries.action_open()
        app.entries.action_cursor_down()
        app.entries.action_open()
        app.entries.action_parent()
        await pilot.click(EntryList, offset=(3, 3), times=2)
        await pilot.pause()
        assert app.told == ["parent", "opened file-000000.dat", "parent", "opened file-000002.dat"]


async def test_a_range_is_marked_from_one_key_to_the_next() -> None:
    """V, move, V; until then the range is only shown, and Esc gives it up."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        left = app.pane("left")
        await pilot.press("j", "V", "j", "j")
        assert [line[0] for line in lines_of(left.entries)[:5]] == [" ", "+", "+", "+", " "]
        assert left.entries.table.marked_count == 0
        await pilot.press("escape")
        assert lines_of(left.entries)[1][0] == " "
        await pilot.press("V", "k", "k", "V")
        assert [entry.name for entry in left.selection()] == ["images", "latest", "control.fifo"]


async def test_the_other_pane_shows_its_cursor_without_colour() -> None:
    """A ">" stands where the bar would be."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "tab")
        assert lines_of(app.pane("left").entries)[1].startswith(">images/")
        assert not lines_of(app.pane("right").entries)[0].startswith(">")


async def test_a_key_press_draws_two_lines_of_a_hundred_thousand() -> None:
    """Loading takes a moment, moving takes nothing."""
    app = ListApp()
    async with app.run_test(size=(80, 24)) as pilot:
        rows = pages(100_000)
        begun = time.process_time()
        app.entries.begin(False)
        for page in rows:
            app.entries.add_page(page)
        app.entries.finish()
        assert time.process_time() - begun < 0.5
        await pilot.pause()
        assert app.entries.line_count == 100_000
        with counting_lines(app.entries) as drawn:
            app.entries.action_cursor_down()
            await pilot.pause()
            app.entries.action_mark()
            await pilot.pause()
        assert sorted(set(drawn.lines)) == [0, 1, 2]
        assert len(drawn.lines) <= 4
        app.entries.action_last()
        await pilot.pause()
        assert lines_of(app.entries)[-1].startswith(" file-099999.dat")
        app.entries.action_page_up()
        await pilot.pause()
        assert app.entries.cursor == 99_999 - 23


async def test_a_large_sort_leaves_the_keyboard_alive() -> None:
    """120,000 rows are sorted by size, the loop is never held for long, the cursor stays on its entry."""
    app = ListApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.entries.begin(False)
        for page in pages(120_000):
            app.entries.add_page(page)
        app.entries.finish()
        app.entries.place_cursor("file-000100.dat")
        gaps: list[float] = []
        app.entries.set_sort(SortOrder(SortKey.SIZE))
        last = time.process_time()
        while app.entries.table.names[app.entries.table.row(0)] != "file-119999.dat":
            await asyncio.sleep(0)
            gaps.append(time.process_time() - last)
            last = time.process_time()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.entries.cursor_entry is not None
        assert app.entries.cursor_entry.name == "file-000100.dat"
        assert "file-000100.dat" in text_of(app.entries)
        assert len(gaps) > 3
        assert max(gaps) < 0.1


async def test_a_newer_wish_replaces_an_older_one() -> None:
    """Sorting is given up for the filter typed meanwhile, and both hold in the end."""
    app = ListApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.entries.begin(False)
        for page in pages(120_000):
            app.entries.add_page(page)
        app.entries.finish()
        app.entries.set_sort(SortOrder(SortKey.SIZE))
        app.entries.set_filter("0999")
        fitting = sum("0999" in f"{n:06}" for n in range(120_000))
        await until(pilot, lambda: app.entries.table.shown_count == fitting)
        shown = [app.entries.table.sizes[row] for row in app.entries.table.shown_rows()]
        assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize("width", [12, 25, 34, 60, 100])
async def test_hostile_names_keep_every_line_as_wide_as_the_list(width: int) -> None:
    """Escape codes, markup, bidi, newlines, surrogates, wide and combining characters."""
    app = ListApp()
    async with app.run_test(size=(width, 24)) as pilot:
        app.entries.begin(True)
        app.entries.add_page(
            EntryPage.of(
                Entry(name.encode("utf-8", "replace").decode() or "-", kind, 123_456, 1.6e9)
                for name, kind in zip(HOSTILE, [*EntryKind] * 3, strict=False)
            )
        )
        app.entries.add_page(EntryPage.of([Entry("not utf-8 \udce9", EntryKind.FILE)]))
        app.entries.finish()
        await pilot.pause()
        for y in range(24):
            strip = app.entries.render_line(y)
            assert strip.cell_length == width
            assert cell_len(strip.text) == width
            assert strip.text.isprintable()
        assert "[red]" in text_of(app.entries) or width < 30


async def test_listing_again_keeps_cursor_marks_and_lines() -> None:
    """Refreshing a folder shows the old rows until the new ones are there."""
    app = ListApp()
    async with app.run_test(size=(40, 10)) as pilot:
        page = pages(30, 30)[0]
        app.entries.begin(True)
        app.entries.add_page(page)
        app.entries.finish()
        app.entries.place_cursor("file-000020.dat")
        app.entries.action_mark()
        before = text_of(app.entries)
        app.entries.begin(True, keep=True)
        await pilot.pause()
        assert text_of(app.entries) == before
        newer = EntryPage.of([Entry("a-new-one", EntryKind.FILE, 1), *page.rows()])
        app.entries.add_page(newer)
        app.entries.finish()
        await pilot.pause()
        assert app.entries.cursor_entry is not None
        assert app.entries.cursor_entry.name == "file-000021.dat"
        assert [entry.name for entry in app.entries.selection()] == ["file-000020.dat"]
        assert "*file-000020.dat" in text_of(app.entries)


async def test_the_cursor_waits_for_a_name_that_is_still_to_come() -> None:
    """Going up puts the cursor on the folder one comes from, on whichever page it arrives."""
    app = ListApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.entries.begin(True)
        app.entries.place_cursor("file-002500.dat")
        for page in pages(4000):
            app.entries.add_page(page)
        app.entries.finish()
        await pilot.pause()
        assert app.entries.cursor_entry is not None
        assert app.entries.cursor_entry.name == "file-002500.dat"
        assert "file-002500.dat" in text_of(app.entries)


async def test_folders_that_come_late_do_not_move_the_cursor_off_its_file() -> None:
    """They are put in front, and the cursor moves with its entry."""
    app = ListApp()
    async with app.run_test(size=(40, 10)):
        app.entries.begin(True)
        app.entries.add_page(EntryPage.of([Entry("a", EntryKind.FILE), Entry("b", EntryKind.FILE)]))
        app.entries.place_cursor("b")
        app.entries.add_page(EntryPage.of([Entry("c", EntryKind.FILE), Entry("zz", EntryKind.FOLDER)]))
        app.entries.finish()
        assert app.entries.cursor_entry is not None
        assert app.entries.cursor_entry.name == "b"
