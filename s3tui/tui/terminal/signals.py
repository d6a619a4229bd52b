"""Leaving the terminal as it was found, however the end comes.

Textual restores nothing on SIGTERM, SIGHUP and SIGQUIT, and spins when its terminal is gone.
"""

import asyncio
import select
import signal
from collections.abc import Callable

HANGUP_INTERVAL = 2.0
"""Seconds between two looks at whether the terminal is still there."""


class SignalWatch:
    """Calls `leave` once when the process is told to end or its terminal goes away."""

    def __init__(self, leave: Callable[[], None], descriptor: int = 0) -> None:
        """Watch for signals and for a hang-up of `descriptor`, a terminal."""
        self._leave = leave
        self._descriptor = descriptor
        self._left = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; needs a running loop in the main thread."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
            loop.add_signal_handler(number, self._once)
        self._task = loop.create_task(self._watch_terminal())

    def stop(self) -> None:
        """End the watch."""
        if self._task is not None:
            self._task.cancel()

    def _once(self) -> None:
        if not self._left:
            self._left = True
            self._leave()

    async def _watch_terminal(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, select.POLLHUP | select.POLLERR)
        while not self._left:
            await asyncio.sleep(HANGUP_INTERVAL)
            if any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0)):
                self._once()
