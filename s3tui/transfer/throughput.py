"""Rates over a sliding window, and what follows from them: the time to go."""

import time
from collections import deque
from collections.abc import Callable

WINDOW = 5.0
"""Seconds a rate looks back."""

_SLICE = 0.25
"""Seconds that are counted together, so that a busy meter stays small."""


class Meter:
    """Counts bytes as they move and tells how fast they do."""

    __slots__ = ("_now", "_slices", "_started", "_sum")

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Start at rest; `now` gives seconds that never go back."""
        self._now = now
        self._slices: deque[tuple[float, int]] = deque()
        self._sum = 0
        self._started: float | None = None

    def add(self, count: int) -> None:
        """Count bytes that moved just now; negative ones are taken back."""
        now = self._now()
        if self._started is None:
            self._started = now
        start = now - now % _SLICE
        slices = self._slices
        if slices and slices[-1][0] == start:
            slices[-1] = (start, slices[-1][1] + count)
        else:
            slices.append((start, count))
            self._forget(now)
        self._sum += count

    def rate(self) -> float:
        """Bytes per second over the window, or over the life of the meter while that is shorter."""
        now = self._now()
        self._forget(now)
        if self._started is None or self._sum <= 0:
            return 0.0
        return self._sum / min(WINDOW, max(now - self._started, _SLICE))

    def rest(self) -> None:
        """Begin anew after a pause, so that the time at rest does not count as slowness."""
        self._slices.clear()
        self._sum = 0
        self._started = None

    def _forget(self, now: float) -> None:
        slices = self._slices
        while slices and slices[0][0] <= now - WINDOW:
            self._sum -= slices.popleft()[1]


def time_to_go(left: int, rate: float) -> float | None:
    """Seconds until `left` bytes have moved at `rate` bytes per second; None when nothing moves."""
    if left <= 0:
        return 0.0
    return left / rate if rate >= 1 else None
