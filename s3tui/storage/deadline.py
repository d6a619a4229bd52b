"""A limit of time for what a task does, like that of `asyncio.timeout`, for what is done thousands of times.

Putting it off costs next to nothing: the loop's timer stays where it is and looks again when it is due.
"""

import asyncio
from types import TracebackType


class Deadline:
    """A block that takes longer is cancelled, and raises TimeoutError."""

    __slots__ = ("_cancelling", "_due", "_late", "_loop", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        """Allow so many seconds from the beginning of the block."""
        self._seconds = seconds
        self._late = False

    def __enter__(self) -> "Deadline":
        """Begin to count; only within a task."""
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._loop = loop = task.get_loop()
        self._due = loop.time() + self._seconds
        self._timer = loop.call_at(self._due, self._look)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop counting.

        Raises:
            TimeoutError: this is what has cancelled the block, and nobody else has.
        """
        self._timer.cancel()
        if self._late and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def put_off(self, seconds: float) -> None:
        """Allow so many seconds from now on."""
        self._due = self._loop.time() + seconds
        if self._due < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._look)
        else:
            self._late = True
            self._task.cancel()
