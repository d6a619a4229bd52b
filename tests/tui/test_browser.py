"""Browsing with real listings: both panes, up and down, filter, sort, go to, and what is refused."""

from pathlib import Path

from textual import events

from s3tui.model.location import S3Location
from s3tui.tui.screens.credentials import CredentialsScreen
from tests.tui.driving import Driven, local

HOME = S3Location("reef-demo", "datasets/10378-1-42/")


async def test_it_starts_at_the_workspace_with_both_panes_listed(connected: Driven) -> None:
    browser = connected.app.browser
    assert browser.remote.location == HOME
    assert connected.names(browser.local)[:2] == ["images", "notes"]
    assert "README.txt" in connected.names(browser.remote)
    assert browser.remote.active
    assert "reef-demo/datasets/10378-1-42" in connected.lines[0]
    assert connected.app.session.state.label in connected.lines[0]


async def test_enter_goes_in_and_backspace_comes_back_to_the_same_entry(connected: Driven) -> None:
    browser = connected.app.browser
    await connected.put_cursor_on(browser.remote, "surveys")
    await connected.press("enter")
    await connected.until_listed(browser.remote, HOME.child("surveys", folder=True))
    await connected.press("backspace")
    await connected.until_listed(browser.remote, HOME)
    entry = browser.remote.cursor_entry
    assert entry is not None
    assert entry.name == "surveys"


async def test_above_the_workspace_is_refused_once_and_not_offered_again(connected: Driven) -> None:
    remote = connected.app.browser.remote
    before = connected.text
    await connected.press("h")
    await connected.until_said("do not reach above")
    await connected.until_listed(remote, HOME)
    await connected.until(lambda: "..  above what your credentials reach" in connected.text, "a grey line")
    assert "above what your credentials" not in before
    assert "README.txt" in connected.names(remote)
    connected.app.browser.tell("")
    await connected.press("backspace")
    await connected.until_said("do not reach above")
    assert remote.location == HOME


async def test_tab_changes_the_pane_and_letters_move_in_it(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    await connected.press("tab")
    assert browser.local.active
    await connected.press("g", "j", "l")
    await connected.until_listed(browser.local, local(scratch, "images"))
    assert connected.names(browser.local) == ["deep", "one.png"]
    await connected.press("left")
    await connected.until_listed(browser.local, local(scratch))


async def test_hidden_files_sort_and_reverse(connected: Driven) -> None:
    pane = connected.app.browser.local
    await connected.press("tab")
    assert ".hidden" not in connected.names(pane)
    await connected.press("full_stop")
    assert ".hidden" in connected.names(pane)
    await connected.press("full_stop", "s")
    files = connected.names(pane)[2:]
    assert files == ["transects.nc", "survey.csv", "Größe und Fläche.txt"]
    await connected.press("S")
    assert connected.names(pane)[2:] == files[::-1]


async def test_a_filter_narrows_and_esc_shows_everything_again(connected: Driven) -> None:
    pane = connected.app.browser.local
    await connected.press("tab", "slash")
    await connected.type("*.nc")
    assert connected.names(pane) == ["transects.nc"]
    await connected.press("enter", "escape")
    assert len(connected.names(pane)) == 5


async def test_marks_by_pattern_and_the_other_way_round(connected: Driven) -> None:
    pane = connected.app.browser.local
    await connected.press("tab", "plus")
    await connected.type("*.csv")
    await connected.press("enter")
    assert [entry.name for entry in pane.selection()] == ["survey.csv"]
    await connected.press("asterisk")
    assert "survey.csv" not in [entry.name for entry in pane.selection()]
    assert len(pane.selection()) == 4
    await connected.press("escape")
    assert pane.entries.table.marked_count == 0


async def test_go_to_takes_addresses_and_paths(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    await connected.go_to("s3://reef-demo/datasets/10378-1-42/images")
    await connected.until_listed(browser.remote, HOME.child("images", folder=True))
    await connected.go_to("images/deep")
    await connected.until_listed(browser.local, local(scratch, "images/deep"))
    assert browser.local.active
    await connected.go_to("s3:///datasets/10378-1-42/surveys/")
    await connected.until_listed(browser.remote, HOME.child("surveys", folder=True))


async def test_a_folder_that_is_refused_says_so_in_its_pane(connected: Driven) -> None:
    remote = connected.app.browser.remote
    await connected.go_to("s3://reef-demo/secret/")
    await connected.until(lambda: remote.failure is not None, "a failure")
    assert remote.failure is not None
    assert remote.failure.sentence.split()[0] in connected.said
    await connected.go_to("/no/such/folder")
    await connected.until(lambda: connected.app.browser.local.failure is not None, "a failure")


async def test_refresh_keeps_the_cursor_and_the_marks(connected: Driven, scratch: Path) -> None:
    pane = connected.app.browser.local
    await connected.put_cursor_on(pane, "survey.csv")
    await connected.press("space")
    await connected.put_cursor_on(pane, "survey.csv")
    (scratch / "a new file.txt").write_text("new")
    (scratch / "notes").rmdir()
    await connected.press("ctrl+r")
    await connected.until(lambda: "a new file.txt" in connected.names(pane), "the new file")
    entry = pane.cursor_entry
    assert entry is not None
    assert entry.name == "survey.csv"
    assert [entry.name for entry in pane.selection()] == ["survey.csv"]
    assert "notes" not in connected.names(pane)


async def test_new_folder_rename_and_delete_in_both_panes(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    for pane in (browser.remote, browser.local):
        pane.focus_list()
        await connected.press("n")
        await connected.type("a/b")
        await connected.press("enter")
        await connected.until_said("A name cannot hold a slash.")
        await connected.press("ctrl+u")
        await connected.type("made here")
        await connected.press("enter")
        await connected.until_named(pane, "made here")
        await connected.put_cursor_on(pane, "made here")
        await connected.press("r")
        await connected.press("ctrl+u")
        await connected.type("renamed")
        await connected.press("enter")
        await connected.until_named(pane, "renamed")
        await connected.put_cursor_on(pane, "renamed")
        await connected.press("D")
        await connected.until_said("Delete renamed with all it holds?")
        await connected.press("enter")
        assert "renamed" in connected.names(pane), "Enter alone must not delete"
        await connected.press("f8")
        await connected.until_said("Delete renamed with all it holds?")
        await connected.press("y")
        await connected.until_gone(pane, "renamed")
    assert not (scratch / "renamed").exists()


async def test_delete_counts_what_folders_hold(connected: Driven) -> None:
    await connected.put_cursor_on(connected.app.browser.local, "images")
    await connected.press("delete")
    await connected.until_said("2 files, 3.0 kB.")
    await connected.press("escape")
    assert "images" in connected.names(connected.app.browser.local)


async def test_info_tells_size_time_and_etag(connected: Driven) -> None:
    await connected.put_cursor_on(connected.app.browser.remote, "README.txt")
    await connected.press("i")
    await connected.until_said("ETag")
    assert "s3://reef-demo/datasets/10378-1-42/README.txt" in connected.said
    assert "bytes)" in connected.said


async def test_a_paste_in_single_keys_runs_no_command(connected: Driven) -> None:
    text = "export AWS_ACCESS_KEY_ID=ASIA1234\rDqxcmn"
    for character in text:
        key = {"\r": "enter", " ": "space", "_": "underscore", "=": "equals_sign"}.get(character, character)
        connected.app.post_message(events.Key(key, character))
    await connected.until(
        lambda: isinstance(connected.app.screen, CredentialsScreen), "the credentials screen"
    )
    assert connected.app.browser.remote.entries.table.marked_count == 0
    assert len(connected.app.screen_stack) == 3, "no dialog was opened by a letter of the paste"


async def test_a_few_quick_letters_are_commands(connected: Driven) -> None:
    pane = connected.app.browser.remote
    for character in ("g", "j", "j"):
        connected.app.post_message(events.Key(character, character))
    await connected.until(lambda: pane.entries.cursor == 2, "the cursor on line 2")


async def test_ctrl_c_never_quits(connected: Driven) -> None:
    await connected.press("ctrl+c")
    await connected.until_said("Ctrl+C does not quit")
    assert connected.app.is_running


async def test_one_pane_at_a_time_where_two_are_too_narrow(connected: Driven) -> None:
    browser = connected.app.browser
    await connected.pilot.resize_terminal(50, 20)
    await connected.until(lambda: not browser.local.display or browser.local.size.width == 0, "one pane")
    assert browser.remote.size.width >= 48
    await connected.press("tab")
    await connected.until(lambda: browser.local.size.width >= 48, "the other pane")
