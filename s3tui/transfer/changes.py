"""Which folders got or lost entries, told in batches."""

import time
from collections.abc import Callable

from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.transfer.record import Transfer

INTERVAL = 1.0
"""Seconds between two notices."""

_MOST = 64
"""Folders told at once; a pane shows one of few."""


class FolderChanges:
    """Collects folders and tells each at most once a second."""

    def __init__(self, tell: Callable[[Location], None], now: Callable[[], float] = time.monotonic) -> None:
        """`tell` is called with one folder at a time."""
        self._tell = tell
        self._now = now
        self._waiting: dict[Location, None] = {}
        self._told = float("-inf")
        self._noted: tuple[object, ...] = ()
        """What was noted last: of the next file of the same folder nothing else would be."""

    def finished(self, transfer: Transfer) -> None:
        """Note what a succeeded transfer has changed."""
        place = (
            transfer.direction,
            transfer.move,
            transfer.bucket,
            transfer.key_root,
            transfer.root,
            transfer.key.rpartition("/")[0],
            transfer.local.rpartition(b"/")[0],
        )
        if place == self._noted and self._waiting:
            return
        self._noted = place
        if transfer.uploads or transfer.move:
            chosen: Location = S3Location(transfer.bucket, transfer.key[: transfer.key_root])
            self._note(chosen, transfer.object.parent)
        if not transfer.uploads or transfer.move:
            self._note(LocalLocation(transfer.local[: transfer.root]), transfer.file.parent)

    def tell(self, *, at_once: bool = False) -> None:
        """Tell what waits, when it is time."""
        now = self._now()
        if not self._waiting or (now - self._told < INTERVAL and not at_once):
            return
        self._told = now
        waiting, self._waiting = self._waiting, {}
        for location in waiting:
            self._tell(location)

    def _note(self, chosen: Location, parent: Location) -> None:
        # A copied folder appears in the folder above the one it was copied to.
        for location in (chosen.parent, chosen, parent):
            if len(self._waiting) < _MOST:
                self._waiting[location] = None
