"""New folder, rename, delete and info: what is done to entries where they are."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial

from s3tui.engine.client import RequestRefused
from s3tui.errors import S3tuiError
from s3tui.formatting import count_text, size_text
from s3tui.model.entry import Entry
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.tui.browse.listing import Listing
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.dialogs.message import message_dialog
from s3tui.tui.dialogs.prompt import PromptDialog
from s3tui.tui.session import Session
from s3tui.tui.stage import Stage

COUNT_SECONDS = 4.0
"""How long folders are walked to say how much would be deleted."""


class FileWork:
    """Acts on the entries of one listing at a time."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`, act through the session's engine."""
        self._session = session
        self._stage = stage

    async def new_folder(self, listing: Listing) -> None:
        """Ask for a name and make a folder."""
        folder = listing.pane.location
        if folder is None or _is_bucket_list(folder):
            self._stage.tell("A folder can be made inside a bucket or a local folder.")
            return
        name = await self._stage.ask(
            PromptDialog("New folder", hint="name", check=lambda text: wrong_name(text, listing))
        )
        if name is None:
            return
        self._stage.carry_out(partial(self._make, folder, name, listing), title="New folder")

    async def _make(self, folder: Location, name: str, listing: Listing) -> None:
        try:
            await self._session.client.make_folder(folder.child(name, folder=True))
        except RequestRefused as refusal:
            self._session.refusals.refused("write", folder, refusal.failure)
            raise
        _show_again(listing, folder, name)

    async def rename(self, listing: Listing) -> None:
        """Ask for another name of the entry under the cursor."""
        entry, folder = listing.pane.cursor_entry, listing.pane.location
        if entry is None or folder is None or _is_bucket_list(folder):
            self._stage.tell("Put the cursor on a file or folder to rename it.")
            return
        dot = entry.name.rfind(".")
        stem = len(entry.name) if entry.kind.opens or dot <= 0 else dot
        name = await self._stage.ask(
            PromptDialog(
                f"Rename {entry.name}",
                value=entry.name,
                check=lambda text: "" if text == entry.name else wrong_name(text, listing),
                select=stem,
            )
        )
        if name is None or name == entry.name:
            return
        self._stage.carry_out(partial(self._rename, folder, entry, name, listing), title="Rename")

    async def _rename(self, folder: Location, entry: Entry, name: str, listing: Listing) -> None:
        self._stage.tell(f"Renaming {entry.name} …")
        await self._session.client.rename(folder.child(entry.name, folder=entry.kind.opens), name)
        self._stage.tell(f"{entry.name} is now {name}.")
        _show_again(listing, folder, name)

    async def delete(self, listing: Listing) -> None:
        """Ask, with counts, and delete the marked entries."""
        folder = listing.pane.location
        entries = listing.pane.selection()
        if not entries or folder is None or _is_bucket_list(folder):
            self._stage.tell("Mark files or folders, or put the cursor on one, to delete them.")
            return
        locations = tuple(folder.child(entry.name, folder=entry.kind.opens) for entry in entries)
        details = [await self._what_goes(entries, locations)]
        if isinstance(folder, S3Location):
            details.append("Unless the bucket keeps versions, deleted objects cannot be brought back.")
        answer = await self._stage.ask(
            confirm_dialog("Delete", _question(entries), "Delete", details=details, danger=True)
        )
        if answer == YES:
            listing.pane.entries.action_mark_none()
            self._stage.carry_out(partial(self._delete, folder, locations, listing), title="Delete")

    async def _delete(self, folder: Location, locations: tuple[Location, ...], listing: Listing) -> None:
        self._stage.tell("Deleting …")
        try:
            gone = await self._session.client.delete(locations)
            self._session.refusals.worked("delete", folder)
            self._stage.tell(f"{count_text(gone, 'file')} deleted." if gone else "Deleted.")
        except RequestRefused as refusal:
            self._session.refusals.refused("delete", folder, refusal.failure)
            raise
        except S3tuiError:
            self._stage.tell("")
            raise
        finally:
            _show_again(listing, folder)

    async def _what_goes(self, entries: Sequence[Entry], locations: Sequence[Location]) -> str:
        """Files and bytes that would be lost, folders included; walks for a few seconds at most."""
        files = sum(not entry.kind.opens for entry in entries)
        size = sum(max(0, entry.size) for entry in entries)
        folders = [where for entry, where in zip(entries, locations, strict=True) if entry.kind.opens]
        counted = True
        if folders:
            self._stage.tell("Counting … (Esc stops)")
        try:
            async with asyncio.timeout(COUNT_SECONDS):
                for folder in folders:
                    async for size_column in self._sizes_below(folder):
                        files, size = files + len(size_column), size + sum(size_column)
        except (TimeoutError, RequestRefused):
            # A folder that may not be listed, or not so soon, can still be deleted.
            counted = False
        finally:
            if folders:
                self._stage.tell("")
        if counted and not files:
            return "No files are in there."
        return f"{'' if counted else 'At least '}{count_text(files, 'file')}, {size_text(size)}."

    async def _sizes_below(self, folder: Location) -> AsyncIterator[list[int]]:
        async with aclosing(self._session.client.list_folder(folder, recursive=True)) as pages:
            async for page in pages:
                yield [size for size in page.size_column() if size >= 0]

    async def info(self, listing: Listing) -> None:
        """Show all there is to know of the entry under the cursor."""
        entry, folder = listing.pane.cursor_entry, listing.pane.location
        if entry is None or folder is None:
            return
        where = folder.child(entry.name, folder=entry.kind.opens)
        if not entry.kind.opens:
            # The list's entry has no ETag, and its size and time may be old.
            try:
                entry = await self._session.client.inspect(where)
            except RequestRefused as refusal:
                listing.note_refusal(where, refusal.failure)
                raise
        await self._stage.ask(message_dialog(where.name, *_facts(entry, where)))


def _show_again(listing: Listing, folder: Location, name: str = "") -> None:
    """List the folder again if it is still the one shown, with the cursor on the entry `name`."""
    if listing.pane.location == folder:
        listing.refresh()
        if name:
            listing.pane.entries.place_cursor(name)


def wrong_name(text: str, listing: Listing) -> str:
    """Say what is wrong with a new name in this folder; empty when nothing is."""
    if "/" in text:
        return "A name cannot hold a slash."
    if text in (".", ".."):
        return f"{text!r} is not a name."
    if text in listing.pane.entries.table.names:
        return f"{text} exists already."
    return ""


def _is_bucket_list(location: Location) -> bool:
    return isinstance(location, S3Location) and location.is_root


def _question(entries: Sequence[Entry]) -> str:
    if len(entries) == 1:
        tail = " with all it holds" if entries[0].kind.opens else ""
        return f"Delete {entries[0].name}{tail}?"
    folders = sum(entry.kind.opens for entry in entries)
    parts = []
    if folders < len(entries):
        parts.append(count_text(len(entries) - folders, "file"))
    if folders:
        parts.append(f"{count_text(folders, 'folder')} with all they hold")
    return f"Delete {' and '.join(parts)}?"


def _facts(entry: Entry, where: Location) -> list[str]:
    facts = [str(where)]
    if entry.size >= 0:
        facts.append(f"{size_text(entry.size)} ({entry.size:,} bytes)")
    if entry.modified >= 0:
        facts.append(f"changed {dt.datetime.fromtimestamp(entry.modified).astimezone():%Y-%m-%d %H:%M:%S %Z}")
    if entry.etag:
        facts.append(f"ETag {entry.etag}")
    kind = entry.kind.name.replace("_", " ").lower()
    facts.append(kind if isinstance(where, LocalLocation) or entry.kind.opens else "object")
    return facts
