"""Listings: streams the pages of a folder into a pane, stops them, and lists again what has changed.

Going above the workspace is tried once; a refusal is remembered with its reason, and ".." is greyed out then.
So is every folder and object that was refused, until it can be opened.
"""

from contextlib import aclosing
from functools import partial

from textual.timer import Timer

from s3tui.engine.client import RequestRefused
from s3tui.errors import EngineError
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.tui.session import Session
from s3tui.tui.stage import Stage
from s3tui.tui.widgets.pane import Pane

_NOT_ABOVE = "above what your credentials reach"

REFRESH_SECONDS = 1.0
"""A folder that keeps changing is listed again at most this often."""


class Listing:
    """What fills one pane."""

    def __init__(self, pane: Pane, session: Session, stage: Stage) -> None:
        """Fill `pane` from the session's engine."""
        self.pane = pane
        self._session = session
        self._stage = stage
        self._group = f"listing-{pane.id}"
        self._number = 0
        self._refresh_timer: Timer | None = None

    def go(self, location: Location, *, land_on: str = "") -> None:
        """Show a folder, with the cursor on the entry `land_on` as soon as that is there."""
        self._start(location, keep=False, land_on=land_on)

    def refresh(self) -> None:
        """List the same folder again; cursor and marks stay on their names."""
        if self.pane.location is None:
            return
        if isinstance(self.pane.location, S3Location) and self._session.ended:
            # What is shown is worth more than a refusal; the folder is listed again with new credentials.
            self._stage.tell("Your credentials have expired: K takes new ones.")
            return
        self._start(self.pane.location, keep=True)

    def stop(self) -> None:
        """Stop the listing that runs; what has come stays."""
        self._stage.stop(self._group)

    def open(self, name: str) -> None:
        """Go into a folder of this folder."""
        if self.pane.location is not None:
            self.go(self.pane.location.child(name, folder=True))

    def up(self) -> None:
        """Go to the folder above, with the cursor on the one we came from, or say why not."""
        location = self.pane.location
        if location is None or location.is_root:
            return
        reason = self.reason_against_parent(location)
        if reason:
            self._stage.tell(reason)
        else:
            self.go(location.parent, land_on=location.name)

    def reason_against_parent(self, location: Location) -> str:
        """Why the folder above cannot be shown; empty when it may be tried."""
        if isinstance(location, LocalLocation):
            return ""
        return self._session.refusals.above.get(location.parent, "")

    def folder_changed(self, location: Location) -> None:
        """List the folder again soon, if it is the one shown."""
        if location == self.pane.location and self._refresh_timer is None:
            self._refresh_timer = self.pane.set_timer(REFRESH_SECONDS, self._refresh_changed)

    def _refresh_changed(self) -> None:
        self._refresh_timer = None
        if self.pane.location is None:
            return
        if self.pane.listing:
            self.folder_changed(self.pane.location)
        else:
            self.refresh()

    def _start(self, location: Location, *, keep: bool, land_on: str = "") -> None:
        came_from = self.pane.location
        self._number += 1
        if isinstance(location, LocalLocation):
            self._session.local_folder = location.path
        self.pane.show_loading(location, keep=keep)
        self._show_closed(location)
        if land_on:
            self.pane.entries.place_cursor(land_on)
        self._stage.start(partial(self._stream, location, self._number, came_from), self._group)

    async def _stream(self, location: Location, number: int, came_from: Location | None) -> None:
        try:
            async with aclosing(self._session.client.list_folder(location)) as pages:
                async for page in pages:
                    self.pane.add_page(page)
        except RequestRefused as refusal:
            if not self._turned_back(location, came_from, refusal.failure):
                self.note_refusal(location, refusal.failure)
                self.pane.show_failure(refusal.failure)
        except EngineError as error:
            self.pane.show_failure(Failure.of(error))
        except BaseException:
            # Stopped by the user; a listing that took the place of this one must not be touched.
            if number == self._number and self.pane.is_attached:
                self.pane.finish(complete=False)
            raise
        else:
            self._session.refusals.opened(location)
            self.pane.finish()

    def note_refusal(self, location: Location, failure: Failure) -> None:
        """Remember that an entry cannot be opened, and grey it out where it is listed."""
        if self._session.refusals.closed(location, failure):
            self.show_closed()

    def reason_locked(self, entry: Entry) -> Failure | None:
        """Why an entry of the folder cannot be opened, where that is known."""
        location = self.pane.location
        if location is None:
            return None
        if entry.kind is EntryKind.ARCHIVED:
            return Failure(
                "withheld",
                f"{location.child(entry.name)} lies in an archive tier.",
                "It must be restored before it can be read; ask the owner of the data.",
            )
        return self._session.refusals.locked_in(location).get(entry.name)

    def show_closed(self) -> None:
        """Grey out what is known to be closed in the folder that is shown."""
        if self.pane.location is not None:
            self._show_closed(self.pane.location)

    def _show_closed(self, location: Location) -> None:
        above = _NOT_ABOVE if self.reason_against_parent(location) else ""
        self.pane.entries.show_closed(above, self._session.refusals.locked_in(location))

    def _turned_back(self, location: Location, came_from: Location | None, failure: Failure) -> bool:
        """Return to the workspace when the folder above it is refused, and remember why."""
        if not isinstance(location, S3Location) or not isinstance(came_from, S3Location):
            return False
        if failure.code != "denied" or came_from.parent != location or len(self.pane.entries.table):
            return False
        reason = f"Your credentials do not reach above {came_from}."
        self._session.refusals.above[location] = reason
        self._stage.tell(reason)
        self.go(came_from)
        return True
