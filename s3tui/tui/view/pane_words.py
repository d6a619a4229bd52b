"""What a pane says of itself: its title, its status line, and the text in an empty list."""

import os
from collections.abc import Callable

from msgspec import Struct

from s3tui.formatting import count_text, size_text
from s3tui.model.failure import Failure
from s3tui.model.location import Location, S3Location
from s3tui.tui.view.entry_table import EntryTable
from s3tui.tui.view.line_parts import Part
from s3tui.tui.view.text_cells import shown


class PaneState(Struct, frozen=True):
    """How far the pane's listing has come."""

    listing: bool = False
    complete: bool = True
    failure: Failure | None = None


def place_text(location: Location | None, home: str = "") -> str:
    """Where a pane is: an address, or a path with "~" for the home folder."""
    if location is None:
        return ""
    if isinstance(location, S3Location):
        return shown(str(location)) if location.bucket else "s3:// all buckets"
    path = location.path
    if home and (path == home or path.startswith(home.rstrip("/") + "/")):
        path = "~" + path[len(home.rstrip("/")) :]
    return shown(path)


def home_folder() -> str:
    """The user's home folder, or nothing when there is none worth shortening."""
    home = os.path.expanduser("~")
    return "" if home in ("~", "/") else home


def status_parts(
    location: Location | None, table: EntryTable, state: PaneState, *, choosing_range: bool = False
) -> list[Part]:
    """The status line of a pane; the first parts are the last to go."""
    if choosing_range:
        return [
            Part("range from here to the cursor", "marked"),
            Part("V marks it", rank=2),
            Part("Esc", rank=3),
        ]
    parts: list[Part] = []
    if table.marked_count:
        parts += [
            Part(f"{table.marked_count:,} of {len(table):,} marked", "marked"),
            Part(size_text(table.marked_bytes) if table.marked_bytes else "", "marked"),
        ]
        if table.marked_unseen:
            parts.append(Part(f"{table.marked_unseen:,} not shown", "alarm", 1))
    if state.listing:
        parts += [Part(f"{len(table):,} so far…" if table else "listing…"), Part("Esc stops", rank=2)]
    elif not parts and (len(table) or not state.failure):
        parts += _counts(location, table)
    if state.failure is not None and len(table):
        return [Part(f"! broke off after {len(table):,}", "alarm"), *parts]
    if not state.listing:
        parts.append(_ending(location, table, state))
    return parts


def _counts(location: Location | None, table: EntryTable) -> list[Part]:
    """Folders, files and bytes that are shown."""
    folders, files = table.folder_count, table.shown_count - table.folder_count
    remote = isinstance(location, S3Location)
    if isinstance(location, S3Location) and not location.bucket:
        return [Part(count_text(folders, "bucket"))]
    parts = []
    if table.filter.pattern:
        parts.append(Part(f"{table.shown_count:,} of {len(table):,} shown"))
    else:
        if folders:
            parts.append(Part(count_text(folders, "folder"), rank=1 if files else 0))
        if files or not folders:
            parts.append(Part(count_text(files, "object" if remote else "file")))
    if files:
        parts.append(Part(size_text(table.shown_bytes)))
    hidden = len(table) - table.shown_count
    if hidden and not table.filter.pattern:
        parts.append(Part(f"{hidden:,} hidden", rank=1))
    return parts


def _ending(location: Location | None, table: EntryTable, state: PaneState) -> Part:
    if state.failure is not None:
        return Part("! not listed", "alarm")
    if not state.complete:
        return Part("stopped, not all", "alarm", 1)
    remote = isinstance(location, S3Location)
    return Part("complete" if remote and len(table) and not table.marked_count else "", rank=3)


def notice_of(
    location: Location | None, table: EntryTable, state: PaneState, shown_place: Callable[[], str]
) -> tuple[tuple[str, ...], bool]:
    """The text for a list without entries: paragraphs, and whether the first is an alarm."""
    if state.failure is not None:
        failure = state.failure
        more = "! shows what the server said." if failure.detail else ""
        texts = (f"! {shown(failure.sentence)}", shown(failure.next_step), more)
        return tuple(text for text in texts if text), True
    if state.listing:
        return (f"Listing {shown_place()} …",), False
    if location is None:
        return (), False
    if table.filter.pattern and len(table):
        return (
            f"No name fits {shown(table.filter.pattern)!r}.",
            f"Esc shows all {len(table):,} again.",
        ), False
    if len(table):
        return ("Only hidden files here.", "Show hidden files to see them."), False
    if isinstance(location, S3Location) and not location.bucket:
        return ("These credentials show no buckets.", "Go to one by name: s3://bucket/prefix/"), False
    return ("Nothing here yet.",), False
