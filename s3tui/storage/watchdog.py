"""Notices a body that no longer moves, or only drips, in either direction."""

import asyncio
from types import TracebackType

from s3tui.storage.limits import Limits


class Watchdog:
    """An `asyncio.timeout` that every fair amount of progress winds up again; raises TimeoutError."""

    def __init__(self, limits: Limits) -> None:
        """Bite after `limits.window` seconds with less than `limits.minimum_rate`."""
        self._window = limits.window
        self._answer = limits.answer
        self._enough = limits.minimum_rate * limits.window
        self._since = 0
        self._timeout = asyncio.timeout(limits.window)

    async def __aenter__(self) -> "Watchdog":
        """Begin to watch."""
        await self._timeout.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        await self._timeout.__aexit__(kind, error, trace)

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
        if not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + seconds)
