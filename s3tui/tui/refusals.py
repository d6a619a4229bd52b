"""What was refused at the place we are connected to, so that it is greyed out and explained, not tried again.

Folders above the workspace stay closed for a place as long as the application runs. What credentials may not
change is forgotten with them: others may do other things.
"""

from typing import Literal

from s3tui.engine import messages as say
from s3tui.model.credentials import Connection
from s3tui.model.failure import Failure
from s3tui.model.location import Location, S3Location
from s3tui.model.transfer import Direction, TransferRow, TransferStatus

Change = Literal["write", "delete"]
"""What can be refused as a whole: platforms grant the one without the other."""

_CLOSED = ("denied", "withheld")
"""Codes of refusals that will be the same next time."""

_PLATFORM = "These credentials are for reading only, as their platform says: nothing can be changed in S3."
_LEARNT: dict[Change, str] = {
    "write": "Writing was refused here, so these credentials seem to be for reading only.",
    "delete": "Deleting was refused here, so these credentials seem not to allow it.",
}


class Refusals:
    """Remembers refusals by place."""

    def __init__(self) -> None:
        """Know of none."""
        self.last: Failure | None = None
        """The last refusal that was told."""
        self.explained: Failure | None = None
        """The one of them whose details were read last: it needs no key of its own in the key bar."""
        self.locked: dict[S3Location, Failure] = {}
        """Folders and objects that could not be opened, with the reason."""
        self._connection = Connection()
        self._above: dict[Connection, dict[S3Location, str]] = {}
        self._changes: dict[Change, Failure] = {}
        self._done: set[Change] = set()
        self._seen: dict[int, Failure] = {}

    def begin(self, connection: Connection) -> None:
        """Other credentials are in use, here or elsewhere: what they may do is not known yet."""
        self._connection = connection
        self.last = None
        self.locked.clear()
        self._changes.clear()
        self._done.clear()

    # ---- places ----------------------------------------------------------------------------------------

    @property
    def above(self) -> dict[S3Location, str]:
        """Folders above the workspace that were refused, with the reason: going there is not offered."""
        return self._above.setdefault(self._connection, {})

    def closed(self, place: Location, failure: Failure) -> bool:
        """Remember that a folder or object cannot be opened; returns whether it will stay so."""
        stays = failure.code in _CLOSED and isinstance(place, S3Location) and place != self._home
        if stays and isinstance(place, S3Location):
            self.locked[place] = failure
        return stays

    def opened(self, place: Location) -> None:
        """Forget what was refused there before."""
        if isinstance(place, S3Location):
            self.locked.pop(place, None)
            self.above.pop(place, None)

    def locked_in(self, folder: Location) -> dict[str, Failure]:
        """Names of the entries of a folder that could not be opened, with the reasons."""
        return {place.name: failure for place, failure in self.locked.items() if place.parent == folder}

    # ---- changes ---------------------------------------------------------------------------------------

    @property
    def for_certain(self) -> bool:
        """Whether the platform gave the credentials for reading only; trying is no use then."""
        return self._connection.workspace.read_only

    @property
    def read_only(self) -> bool:
        """Whether the workspace is for reading only, as its platform says or a refusal has shown."""
        return self.for_certain or "write" in self._changes

    def reason_against(self, change: Change) -> str:
        """Why a change would be refused, in one sentence; empty when nothing speaks against it."""
        if self.for_certain:
            return _PLATFORM
        return _LEARNT[change] if change in self._changes else ""

    def refused(self, change: Change, place: Location, failure: Failure) -> None:
        """Learn from a refused change, unless the same has worked before with these credentials."""
        if failure.code == "denied" and change not in self._done and self._is_ours(place):
            self._changes[change] = failure

    def worked(self, change: Change, place: Location) -> None:
        """Learn that a change is allowed."""
        if self._is_ours(place):
            self._done.add(change)
            self._changes.pop(change, None)

    def learn(self, snapshot: say.Snapshot) -> None:
        """See from failed transfers what may not be written, and what may not be read."""
        for row in snapshot.rows:
            if row.failure is None or row.status is not TransferStatus.FAILED:
                self._seen.pop(row.id, None)
            elif self._seen.get(row.id) != row.failure:
                self._seen[row.id] = row.failure
                self._learn_from(row, row.failure)

    def _learn_from(self, row: TransferRow, failure: Failure) -> None:
        self.last = failure
        if row.direction is Direction.UPLOAD:
            self.refused("write", row.destination, failure)
        else:
            self.closed(row.source, failure)

    @property
    def _home(self) -> S3Location:
        workspace = self._connection.workspace
        return S3Location(workspace.bucket or "", workspace.prefix if workspace.bucket else "")

    def _is_ours(self, place: Location) -> bool:
        home = self._home
        if not isinstance(place, S3Location):
            return False
        return place.bucket == home.bucket and place.key.startswith(home.key)
