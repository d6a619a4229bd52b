"""Requests about folders: list, inspect, make, rename, delete; on this machine and in S3 alike."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from s3tui.engine import messages as say
from s3tui.engine.changing import Changing
from s3tui.engine.connecting import Connecting
from s3tui.engine.wire import Channel
from s3tui.errors import S3tuiError
from s3tui.model.entry import Entry, EntryKind, EntryPage
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, S3Location
from s3tui.storage.local import LocalStore


class Browsing:
    """Answers for everything a pane asks."""

    def __init__(self, channel: Channel[say.FrontEndMessage], connecting: Connecting) -> None:
        """Send listing pages to `channel`, and ask the connection's store."""
        self._channel = channel
        self._connecting = connecting
        self._local = LocalStore()
        self._changing = Changing(self._local, lambda: connecting.store)
        self._windows: dict[int, asyncio.Semaphore] = {}

    def page_taken(self, listing_id: int) -> None:
        """Let a listing send one more page."""
        window = self._windows.get(listing_id)
        if window is not None:
            window.release()

    async def list_folder(self, request: say.OpenListing) -> say.Reply:
        """Send page after page; returns the end, and raises as `send_all`."""
        async with aclosing(self._pages(request)) as pages:
            return await self.send_all(
                request.id, (say.ListingPage(request.id, page) async for page in pages)
            )

    async def send_all(self, request_id: int, replies: AsyncIterator[say.Reply]) -> say.Reply:
        """Send reply after reply, never more than the reader can take; returns the end.

        Raises:
            S3tuiError: before the first one; later ones are in the `ListingEnd`.
        """
        window = self._windows[request_id] = asyncio.Semaphore(say.LISTING_WINDOW)
        begun = False
        try:
            async for reply in replies:
                await window.acquire()
                self._channel.send(reply)
                begun = True
                await self._channel.drain()
        except S3tuiError as error:
            if not begun:
                raise
            return say.ListingEnd(request_id, complete=False, failure=Failure.of(error))
        finally:
            self._windows.pop(request_id, None)
        return say.ListingEnd(request_id, complete=True)

    async def inspect(self, request: say.Inspect) -> say.Reply:
        """One entry; a prefix or bucket is only itself."""
        location = request.location
        if isinstance(location, LocalLocation):
            entry = await self._local.inspect(location)
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
        await self._changing.make_folder(request.location)
        return say.Succeeded(request.id)

    async def rename(self, request: say.Rename) -> say.Reply:
        """Give an entry another name."""
        await self._changing.rename(request.location, request.new_name)
        return say.Succeeded(request.id)

    async def delete(self, request: say.Delete) -> say.Reply:
        """Delete entries."""
        count = await self._changing.delete(request.locations)
        return say.Succeeded(request.id, count=count)

    def _pages(self, request: say.OpenListing) -> AsyncGenerator[EntryPage, None]:
        if isinstance(request.location, S3Location):
            return self._connecting.store.list_pages(request.location, recursive=request.recursive)
        return LocalStore().list_pages(request.location, recursive=request.recursive)
