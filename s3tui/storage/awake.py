"""A clock that stands still while its process is stopped or the machine asleep."""

import asyncio
import time
from collections.abc import Callable

_BEAT = 0.5
"""Seconds between two looks at the clock while it runs, at most: four of them are less than a nap."""


class AwakeClock:
    """Seconds during which this process could do something; counts the naps in between."""

    def __init__(self, nap: float, now: Callable[[], float] = time.monotonic) -> None:
        """Take a gap of more than `nap` seconds between two looks for a nap; `now` never goes back."""
        self._nap = nap
        self._now = now
        self._seen = now()
        self._slept = 0.0
        self._naps = 0
        self._beat: asyncio.TimerHandle | None = None

    def time(self) -> float:
        """Seconds awake."""
        now = self._now()
        gap, self._seen = now - self._seen, now
        if self._beat is not None and gap > self._nap:
            self._slept += gap
            self._naps += 1
        return now - self._slept

    @property
    def naps(self) -> int:
        """How often the process was stopped so far; what was under way may have failed for that alone."""
        self.time()
        return self._naps

    def start(self) -> None:
        """Look regularly from now on, in the running loop."""
        if self._beat is None:
            self._seen = self._now()
            self._again()

    def stop(self) -> None:
        """Look no more."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _again(self) -> None:
        if self._beat is not None:
            self.time()
        self._beat = asyncio.get_running_loop().call_later(min(_BEAT, self._nap / 4), self._again)
