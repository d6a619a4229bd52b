"""Requests about folders: list, inspect, make, rename, delete; on this machine and in S3 alike."""

import asyncio
import os
import stat
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from s3tui.engine import changing
from s3tui.engine import messages as say
from s3tui.engine.connecting import Connecting
from s3tui.engine.wire import Channel
from s3tui.errors import LocalFault, S3tuiError
from s3tui.model.entry import Entry, EntryKind, EntryPage
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, Location, S3Location

if TYPE_CHECKING:
    from s3tui.storage.s3_objects import S3Store


class Browsing:
    """Answers for everything a pane asks."""

    def __init__(self, channel: Channel[say.FrontEndMessage], connecting: Connecting) -> None:
        """Send listing pages to `channel`, and ask the connection's store."""
        self._channel = channel
        self._connecting = connecting
        self._windows: dict[int, asyncio.Semaphore] = {}

    def page_taken(self, listing_id: int) -> None:
        """Let a listing send one more page."""
        window = self._windows.get(listing_id)
        if window is not None:
            window.release()

    async def list_folder(self, request: say.OpenListing) -> say.Reply:
        """Send page after page, never more than the reader can take; returns the end.

        Raises:
            S3tuiError: before the first page; later ones are in the `ListingEnd`.
        """
        window = self._windows[request.id] = asyncio.Semaphore(say.LISTING_WINDOW)
        begun = False
        try:
            async with aclosing(self._pages(request)) as pages:
                async for page in pages:
                    await window.acquire()
                    self._channel.send(say.ListingPage(request.id, page))
                    begun = True
                    await self._channel.drain()
        except S3tuiError as error:
            if not begun:
                raise
            return say.ListingEnd(request.id, complete=False, failure=Failure.of(error))
        finally:
            self._windows.pop(request.id, None)
        return say.ListingEnd(request.id, complete=True)

    async def inspect(self, request: say.Inspect) -> say.Reply:
        """One entry; a prefix or bucket is only itself."""
        location = request.location
        if isinstance(location, LocalLocation):
            entry = await asyncio.to_thread(_inspect, location)
        elif location.is_folder:
            kind = EntryKind.FOLDER if location.key else EntryKind.BUCKET
            entry = Entry(location.name, kind)
        else:
            info = await self._connecting.store.head(location)
            kind = EntryKind.ARCHIVED if info.archived else EntryKind.FILE
            entry = Entry(location.name, kind, info.size, info.modified, info.etag)
        return say.Inspected(request.id, entry)

    async def make_folder(self, request: say.MakeFolder) -> say.Reply:
        """Make a folder."""
        await changing.make_folder(request.location, self._store_for(request.location))
        return say.Succeeded(request.id)

    async def rename(self, request: say.Rename) -> say.Reply:
        """Give an entry another name."""
        await changing.rename(request.location, request.new_name, self._store_for(request.location))
        return say.Succeeded(request.id)

    async def delete(self, request: say.Delete) -> say.Reply:
        """Delete entries."""
        count = await changing.delete(request.locations, self._store_for(*request.locations))
        return say.Succeeded(request.id, count=count)

    def _pages(self, request: say.OpenListing) -> AsyncGenerator[EntryPage, None]:
        if isinstance(request.location, S3Location):
            return self._connecting.store.list_pages(request.location, recursive=request.recursive)
        return _local_pages(request.location)

    def _store_for(self, *locations: Location) -> "S3Store | None":
        """The connection's store where any of the locations needs it."""
        return self._connecting.store if any(isinstance(place, S3Location) for place in locations) else None


async def _local_pages(location: LocalLocation) -> AsyncGenerator[EntryPage, None]:
    rows = await asyncio.to_thread(_scan, location)
    for start in range(0, len(rows), 1000):
        yield EntryPage.of(rows[start : start + 1000])


def _inspect(location: LocalLocation) -> Entry:
    try:
        facts = os.stat(location.path)
    except OSError as error:
        raise LocalFault(f"{location} cannot be read: {error.strerror}.") from None
    folder = stat.S_ISDIR(facts.st_mode)
    return Entry(location.name, EntryKind.FOLDER if folder else EntryKind.FILE, facts.st_size, facts.st_mtime)


def _scan(location: LocalLocation) -> list[Entry]:
    rows = []
    try:
        with os.scandir(location.path) as entries:
            for entry in entries:
                folder = entry.is_dir(follow_symlinks=False)
                facts = entry.stat(follow_symlinks=False)
                kind = EntryKind.FOLDER if folder else EntryKind.FILE
                if not folder and not stat.S_ISREG(facts.st_mode):
                    kind = EntryKind.SPECIAL
                rows.append(Entry(entry.name, kind, -1 if folder else facts.st_size, facts.st_mtime))
    except OSError as error:
        raise LocalFault(f"{location} cannot be read: {error.strerror}.") from None
    return rows
