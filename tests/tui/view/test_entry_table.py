"""The rows of a pane: arriving, sorted, filtered, marked."""

import time
from random import Random

from s3tui.model.entry import Entry, EntryKind, EntryPage
from s3tui.tui.view.entry_table import EntryTable
from s3tui.tui.view.name_filter import NameFilter
from s3tui.tui.view.sort_order import SortKey, SortOrder

F, D = EntryKind.FILE, EntryKind.FOLDER


def page(*entries: Entry) -> EntryPage:
    """Entries as they arrive."""
    return EntryPage.of(entries)


def files(*names: str) -> EntryPage:
    """A page of files of 10 bytes."""
    return page(*(Entry(name, F, 10, 1.0) for name in names))


def shown(table: EntryTable) -> list[str]:
    """The names in the order of the screen."""
    return [table.names[row] for row in table.shown_rows()]


def test_pages_in_name_order_are_shown_as_they_come_without_sorting() -> None:
    """S3 lists by name: nothing is to be done but to put folders first."""
    table = EntryTable()
    table.add_page(page(Entry("a", F, 1), Entry("m", D), Entry("n", F, 2)))
    assert table.add_page(page(Entry("o", F, 4), Entry("p", D))) == 1
    assert table.arranged
    assert shown(table) == ["m", "p", "a", "n", "o"]
    assert (len(table), table.bytes, table.shown_bytes, table.folder_count) == (5, 7, 7, 2)
    assert [table.position(row) for row in range(5)] == [2, 0, 3, 4, 1]


def test_a_local_listing_in_disk_order_is_sorted_when_arranged() -> None:
    """Pages that are not in order are shown at the end until somebody arranges."""
    table = EntryTable()
    table.add_page(files("c", "a"))
    table.add_page(files("b"))
    arranged = [table.arranged]
    table.arrange_now()
    arranged.append(table.arranged)
    assert shown(table) == ["a", "b", "c"]
    table.add_page(files("d"))
    assert [*arranged, table.arranged] == [False, True, True]
    assert shown(table)[-1] == "d"


def test_sorting_by_size_and_time_keeps_folders_first_and_names_in_order() -> None:
    """Equal sizes stay by name; folders have no size and stay by name."""
    table = EntryTable()
    table.add_page(
        page(
            Entry("z", D, modified=5),
            Entry("y", D, modified=9),
            Entry("a", F, 5, 1),
            Entry("b", F, 50, 3),
            Entry("c", F, 5, 2),
        )
    )
    table.order = SortOrder(SortKey.SIZE)
    table.arrange_now()
    assert shown(table) == ["y", "z", "b", "a", "c"]
    table.order = SortOrder(SortKey.TIME)
    table.arrange_now()
    assert shown(table) == ["y", "z", "b", "c", "a"]
    table.order = SortOrder(SortKey.NAME, reverse=True)
    table.arrange_now()
    assert shown(table) == ["z", "y", "c", "b", "a"]
    table.order = SortOrder()
    table.arrange_now()
    assert shown(table) == ["y", "z", "a", "b", "c"]


def test_filters_are_case_blind_and_may_be_globs() -> None:
    """Part of a name, or a pattern over the whole name; brackets are only brackets."""
    table = EntryTable()
    table.add_page(files("Data.CSV", "data.nc", "notes [old].txt", "übersicht.csv"))
    for pattern, expected in {
        "data": ["Data.CSV", "data.nc"],
        "*.csv": ["Data.CSV", "übersicht.csv"],
        "ÜBER": ["übersicht.csv"],
        "[old]": ["notes [old].txt"],
        "*[old]*": ["notes [old].txt"],
        "????.nc": ["data.nc"],
        "": ["Data.CSV", "data.nc", "notes [old].txt", "übersicht.csv"],
    }.items():
        table.filter = NameFilter(pattern)
        table.arrange_now()
        assert shown(table) == expected, pattern
        assert table.shown_bytes == 10 * len(expected)


def test_hidden_files_are_left_out_until_asked_for() -> None:
    """Also those that arrive after the question."""
    table = EntryTable()
    table.add_page(files(".a", "b"))
    assert shown(table) == ["b"]
    table.filter = NameFilter(hidden=True)
    table.arrange_now()
    table.add_page(files(".c", "d"))
    table.arrange_now()
    assert shown(table) == [".a", ".c", "b", "d"]


def test_marks_stay_on_their_rows_through_sorting_and_filtering() -> None:
    """And those that a filter hides are counted, so that nobody deletes what he does not see unknowingly."""
    table = EntryTable()
    table.add_page(page(Entry("a", F, 1), Entry("b", F, 20), Entry("c", F, 300)))
    table.toggle_mark(0)
    table.toggle_mark(2)
    table.order = SortOrder(SortKey.SIZE)
    table.filter = NameFilter("c")
    table.arrange_now()
    assert (table.marked_count, table.marked_bytes, table.marked_unseen) == (2, 301, 1)
    assert [table.names[row] for row in table.marked_rows()] == ["c", "a"]
    table.filter = NameFilter()
    table.arrange_now()
    assert table.marked_unseen == 0
    table.invert_marks()
    assert [table.names[row] for row in table.marked_rows()] == ["b"]
    assert (table.marked_count, table.marked_bytes) == (1, 20)
    table.mark_none()
    assert (table.marked_count, table.marked_bytes, list(table.marked_rows())) == (0, 0, [])


def test_marking_all_marks_what_is_shown() -> None:
    """With a filter only its rows, without one everything; the totals agree with counting by hand."""
    table = EntryTable()
    table.add_page(page(*(Entry(f"{n:03}", F, n) for n in range(100)), Entry("folder", D)))
    table.filter = NameFilter("9")
    table.arrange_now()
    table.mark_shown()
    nines = [n for n in range(100) if "9" in f"{n:03}"]
    assert (table.marked_count, table.marked_bytes) == (len(nines), sum(nines))
    table.filter = NameFilter()
    table.arrange_now()
    table.mark_shown()
    assert (table.marked_count, table.marked_bytes) == (101, sum(range(100)))
    table.invert_marks()
    assert (table.marked_count, table.marked_bytes) == (0, 0)
    assert table.mark_matching("*7") == 10
    assert table.marked_count == 10


def test_rows_that_come_while_rows_are_sorted_are_not_lost() -> None:
    """Arranging in slices and pages arriving in between end with everything shown, once."""
    table = EntryTable(order=SortOrder(SortKey.SIZE))
    random = Random(7)
    names = [f"{random.randrange(10**9):09}" for _ in range(40_000)]
    for start in range(0, 30_000, 1000):
        table.add_page(files(*names[start : start + 1000]))
    start = 30_000
    for _ in table.arrange():
        if start < len(names):
            table.add_page(files(*names[start : start + 1000]))
            start += 1000
    assert start == len(names)
    assert sorted(table.shown_rows()) == list(range(40_000))
    table.order = SortOrder()
    while not table.arranged or shown(table) != sorted(names):
        table.arrange_now()
    assert table.shown_bytes == 400_000


def test_a_folder_listed_again_finds_its_marks_by_name() -> None:
    """Refreshing keeps what the user chose."""
    table = EntryTable()
    table.keep_marks(["b", "gone"])
    table.add_page(files("a", "b"))
    table.add_page(files("c"))
    assert [table.names[row] for row in table.marked_rows()] == ["b"]


def test_a_name_is_found_among_those_shown() -> None:
    """Folders stand first."""
    table = EntryTable()
    table.add_page(page(Entry("Sub", D), Entry("sample", F, 1), Entry("straße", F, 1)))
    assert table.find_name("straße") == 2
    assert table.find_name("nowhere") is None


def test_a_million_names_are_found_at_once() -> None:
    """Far down the list the name order helps; loading them all is a matter of a second of work."""
    pages = [
        files(*(f"{n:07}" for n in range(start, start + 10_000))) for start in range(0, 1_000_000, 10_000)
    ]
    begun = time.thread_time()
    table = EntryTable()
    for each in pages:
        table.add_page(each)
    loaded = time.thread_time() - begun
    assert len(table) == table.shown_count == 1_000_000
    assert table.find_name("0999999") == 999_999
    # 0.5 s on two quiet cores; sorting again with every page would take minutes.
    assert loaded < 10
