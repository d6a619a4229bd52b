"""Small looks at local files without the way through a thread, as long as the disk answers at once.

A thread costs more than the reading of a few kilobytes that the system has at hand. A disk that lets the
loop wait, as one on a network may, is asked in threads from then on, and now and then tried again.
"""

import asyncio
import math
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

SMALL = 64 * 1024
"""Bytes that may be read and hashed in the loop."""

_AT_ONCE = 0.005
"""Seconds of which nobody in the loop takes notice."""

_IN_A_ROW = 3
"""Delays that are the disk's: a single one may be that of a busy machine."""

_IN_THREADS = 10.0
"""Seconds for which threads are used after the loop had to wait; doubled each time, up to `_LONGEST`."""

_LONGEST = 600.0

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class NearFiles:
    """Decides where blocking work on files is done; one for each loop."""

    def __init__(self, *, in_loop: bool, now: Callable[[], float] = time.monotonic) -> None:
        """Begin in the loop; without `in_loop` use threads always: somebody needs it at all times."""
        self._now = now
        self._in_threads = _IN_THREADS
        self._until = 0.0 if in_loop else math.inf
        self._slow = 0

    async def do(
        self,
        size: int,
        work: Callable[Arguments, Result],
        /,
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """Do blocking `work` on about `size` bytes; what it raises is raised."""
        begin = self._now()
        if size > SMALL or begin < self._until:
            return await asyncio.to_thread(work, *arguments, **named)
        return self.timed(work, *arguments, **named)

    @property
    def quick(self) -> bool:
        """Whether the disk answers at once, as far as is known."""
        return self._now() >= self._until

    def timed(
        self, work: Callable[Arguments, Result], /, *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Result:
        """Do blocking `work` here and remember whether the loop had to wait; what it raises is raised."""
        begin = self._now()
        try:
            return work(*arguments, **named)
        finally:
            end = self._now()
            self._slow = self._slow + 1 if end - begin > _AT_ONCE else 0
            if self._slow == _IN_A_ROW:
                self._slow, self._until = 0, end + self._in_threads
                self._in_threads = min(2 * self._in_threads, _LONGEST)
