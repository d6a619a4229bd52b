"""Sentences on transfers, a few at a time: what a hundred files say in one second is summed up."""

import asyncio
from collections.abc import Callable
from typing import Final

from s3tui.formatting import count_text

QUIET_SECONDS: Final = 2.0
"""After a notice, further ones are gathered for this long."""


class Notices:
    """Passes one sentence on at once, and what follows it too quickly as one."""

    def __init__(self, send: Callable[[str], None]) -> None:
        """Send sentences with `send`."""
        self._send = send
        self._gathered: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def take(self, sentence: str) -> None:
        """Pass a sentence on, now or with others; call it in the loop."""
        if self._timer is not None:
            if sentence not in self._gathered:
                self._gathered.append(sentence)
            return
        self._send(sentence)
        self._wait()

    def stop(self) -> None:
        """Say what is left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._say_gathered()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(QUIET_SECONDS, self._over)

    def _over(self) -> None:
        self._timer = None
        if self._gathered:
            self._say_gathered()
            self._wait()

    def _say_gathered(self) -> None:
        gathered, self._gathered = self._gathered, []
        if len(gathered) == 1:
            self._send(gathered[0])
        elif gathered:
            self._send(f"{gathered[0]} And {count_text(len(gathered) - 1, 'more notice')} like it.")
