"""What a pane says: where it is, how much there is, and what to do when there is nothing."""

from s3tui.model.entry import Entry, EntryKind, EntryPage
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, S3Location
from s3tui.tui.widgets.filter_line import FilterLine
from s3tui.tui.widgets.pane import Pane, PaneHeader, PaneStatus
from tests.tui.widgets.demo_app import DemoApp
from tests.tui.widgets.reading import text_of, until
from tests.tui.widgets.samples import LOCAL

PLACE = S3Location("rrap-storage-bucket", "datasets/10378-1-42/")


def header(pane: Pane) -> str:
    """The pane's first line."""
    return pane.query_one(PaneHeader).text


def status(pane: Pane) -> str:
    """The pane's last line."""
    return pane.query_one(PaneStatus).text.strip()


async def test_a_listing_counts_while_it_comes_and_adds_up_at_the_end() -> None:
    """ "so far" while it streams, "complete" when it is."""
    app = DemoApp()
    async with app.run_test(size=(120, 24)) as pilot:
        pane = app.pane("right")
        pane.show_loading(PLACE)
        await pilot.pause()
        assert status(pane) == "listing… · Esc stops"
        pane.add_page(EntryPage.of(Entry(f"{n:04}", EntryKind.FILE, 1000) for n in range(1500)))
        await pilot.pause()
        assert status(pane) == "1,500 so far… · Esc stops"
        pane.finish(True)
        await pilot.pause()
        assert status(pane) == "1,500 objects · 1.5 MB · complete"
        pane.focus_list()
        await pilot.press("j", "space", "space")
        assert status(pane) == "2 of 1,500 marked · 2.0 kB"


async def test_a_stopped_listing_does_not_pretend_to_be_all() -> None:
    """The words say so as long as the rows stand."""
    app = DemoApp()
    async with app.run_test(size=(120, 24)) as pilot:
        pane = app.pane("right")
        pane.show_loading(PLACE)
        pane.add_page(EntryPage.of([Entry("a", EntryKind.FILE, 5)]))
        pane.finish(False)
        await pilot.pause()
        assert status(pane) == "1 object · 5 B · stopped, not all"
        pane.show_loading(PLACE)
        pane.add_page(EntryPage.of([Entry("a", EntryKind.FILE, 5)]))
        pane.finish(False, Failure("unreachable", "s3.example.org gives no answer."))
        await pilot.pause()
        assert status(pane).startswith("! broke off after 1")


async def test_a_refusal_is_a_sentence_with_a_next_step_in_the_pane() -> None:
    """Wrapped, escaped, and with the server's own words below."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.pane("right")
        pane.show_loading(PLACE)
        pane.show_failure(
            Failure(
                "denied",
                "No access to \x1b[31mother/.",
                "Go back to the folder they were made for.",
                "403 Denied",
            )
        )
        await pilot.pause()
        text = " ".join(text_of(pane.entries).split())
        assert "! No access to \\x1b[31mother/. Go back to the folder they were made for. ! shows" in text
        assert "403" not in text
        assert status(pane) == "! not listed"


async def test_empty_places_say_what_can_be_done() -> None:
    """An empty folder, a filter nothing fits, hidden files only, no buckets."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.pane("right")
        pane.show_loading(PLACE)
        pane.finish()
        await pilot.pause()
        assert "Nothing here yet." in text_of(pane.entries)
        assert "Press c in the other pane" in text_of(pane.entries)
        assert status(pane) == "0 objects"
        pane.add_page(EntryPage.of([Entry(".profile", EntryKind.FILE, 1)]))
        pane.finish()
        await pilot.pause()
        assert "Only hidden files here." in text_of(pane.entries)
        pane.set_hidden(True)
        pane.entries.set_filter("xyz")
        await pilot.pause()
        assert "No name fits 'xyz'." in text_of(pane.entries)
        pane.show_loading(S3Location(""))
        pane.finish()
        await pilot.pause()
        assert "These credentials show no buckets." in text_of(pane.entries)
        assert ".." not in text_of(pane.entries)


async def test_the_filter_is_typed_live_and_esc_shows_all_again() -> None:
    """Letters go into the filter, not to the commands; Enter keeps it, Esc in the list drops it."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.pane("left")
        await pilot.press("slash", "s", "u", "r")
        assert status(pane) == "2 of 12 shown · 1.2 GB"
        assert pane.cursor_entry is not None
        assert pane.cursor_entry.name == "survey-2026.csv"
        await pilot.press("enter")
        assert pane.entries.has_focus
        assert pane.query_one(FilterLine).display
        await pilot.press("escape")
        assert not pane.query_one(FilterLine).display
        assert status(pane).startswith("2 folders · 9 files")
        await pilot.press("slash", "x", "x", "escape")
        assert pane.entries.has_focus
        assert pane.entries.table.filter.pattern == ""


async def test_another_folder_starts_without_a_filter_but_keeps_the_order() -> None:
    """A filter belongs to a folder, the sorting to the pane."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.pane("left")
        await pilot.press("s", "slash", "a", "enter")
        pane.show_loading(LocalLocation(b"/tmp"))
        await pilot.pause()
        assert pane.entries.table.filter.pattern == ""
        assert pane.order.key.value == "size"
        assert "size ▼" in header(pane)


async def test_the_header_shows_the_end_of_the_path_and_which_pane_is_active() -> None:
    """Brackets round the active one, also under a dialog; the home folder is "~"."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        left, right = app.pane("left"), app.pane("right")
        assert header(left).startswith("[/home/me/scratch/reef]")
        assert header(right).startswith(" …/datasets/10378-1-42/ ")
        await pilot.press("tab")
        assert header(left).startswith(" /home/me/scratch/reef ")
        assert header(right).startswith("[…/datasets/10378-1-42/]")
        assert header(right).rstrip().endswith("name ▲")
        app.set_focus(None)
        await pilot.pause()
        assert right.active
        await pilot.press("S")
        assert header(right).rstrip().endswith("name ▼")


async def test_esc_stops_a_listing_before_it_takes_marks_away() -> None:
    """One key, one thing at a time."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.pane("left")
        await pilot.press("j", "space")
        pane.show_loading(LocalLocation(b"/home/me/scratch/reef"), keep=True)
        await pilot.press("escape")
        await pilot.pause()
        assert app.stops == ["left"]
        assert len(pane.selection()) == 1
        pane.add_page(EntryPage.of(LOCAL))
        pane.finish(False)
        assert pane.entries.table.marked_count == 1
        await pilot.press("escape")
        assert pane.entries.table.marked_count == 0
        assert not pane.step_back()


async def test_a_slow_listing_says_what_it_waits_for() -> None:
    """After a moment the empty list names the place."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.pane("right")
        pane.show_loading(PLACE)
        await pilot.pause()
        assert "Listing" not in text_of(pane.entries)
        await until(pilot, lambda: "Listing" in text_of(pane.entries))


async def test_wide_panes_show_more() -> None:
    """From 64 cells on the date has its year and time."""
    app = DemoApp()
    async with app.run_test(size=(132, 40)):
        assert "2026-11-19" in text_of(app.pane("left").entries)
        assert "archived" in text_of(app.pane("right").entries)
