"""Requests about folders: list, inspect, make, rename, delete; on this machine and in S3 alike."""

import asyncio
import os
import stat

from s3tui.engine import messages as say
from s3tui.engine.wire import Channel
from s3tui.errors import EngineError, LocalFault
from s3tui.model.entry import Entry, EntryKind, EntryPage
from s3tui.model.location import LocalLocation


class Browsing:
    """Answers for everything a pane asks."""

    def __init__(self, channel: Channel[say.FrontEndMessage]) -> None:
        """Send listing pages to `channel`."""
        self._channel = channel
        self._windows: dict[int, asyncio.Semaphore] = {}

    def page_taken(self, listing_id: int) -> None:
        """Let a listing send one more page."""
        window = self._windows.get(listing_id)
        if window is not None:
            window.release()

    async def list_folder(self, request: say.OpenListing) -> say.Reply:
        """Send page after page, never more than the reader can take."""
        if not isinstance(request.location, LocalLocation):
            raise EngineError("You are not connected to a server.")
        window = self._windows[request.id] = asyncio.Semaphore(say.LISTING_WINDOW)
        try:
            rows = await asyncio.to_thread(_scan, request.location)
            for start in range(0, len(rows), 1000):
                await window.acquire()
                self._channel.send(say.ListingPage(request.id, EntryPage.of(rows[start : start + 1000])))
                await self._channel.drain()
        finally:
            self._windows.pop(request.id, None)
        return say.ListingEnd(request.id, complete=True)

    async def inspect(self, request: say.Inspect) -> say.Reply:
        """One entry."""
        raise EngineError("You are not connected to a server.")


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
