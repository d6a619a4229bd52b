"""Notices a body that no longer moves, or only drips, in either direction."""

from types import TracebackType

from s3tui.storage.deadline import Deadline
from s3tui.storage.limits import Limits


class Watchdog:
    """A deadline that every fair amount of progress puts off; raises TimeoutError."""

    def __init__(self, limits: Limits) -> None:
        """Bite after `limits.window` seconds with less than `limits.minimum_rate`."""
        self._window = limits.window
        self._answer = limits.answer
        self._enough = limits.minimum_rate * limits.window
        self._since = 0
        self._deadline = Deadline(limits.window)

    def __enter__(self) -> "Watchdog":
        """Begin to watch."""
        self._deadline.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        self._deadline.__exit__(kind, error, trace)

    def moved(self, count: int) -> None:
        """Note bytes that have moved."""
        self._since += count
        if self._since >= self._enough:
            self._wind_up(self._window)

    def answer_awaited(self) -> None:
        """Note that all is sent: from now on the server may think."""
        self._wind_up(self._answer)

    def _wind_up(self, seconds: float) -> None:
        self._since = 0
        self._deadline.put_off(seconds)
