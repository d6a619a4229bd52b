"""How fast an endpoint is asked: requests at once, one budget of retries, and what to do without a network.

One `Pace` stands in the engine for everything that goes to an endpoint; workers ask it over their channel.
It halves the requests at once when the server asks for less, and lets them grow again slowly. Where nobody
has set their number it is found: it grows as long as that brings more done. Retries are paid from one
bucket, so that an outage costs the server a few requests a second, however much waits. While there is no
way to the server one request tries it and all others wait.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from s3tui.storage.awake import AwakeClock
from s3tui.storage.limits import Limits
from s3tui.storage.setback import Setback, Trouble
from s3tui.storage.slots import Slots

MOST = 128
"""Requests at once where their number is found by itself."""

FIRST = 16
"""Requests at once that such a search begins with."""

_LOOK = 0.25
"""Seconds between two looks of those who wait for the bucket."""


class Pace:
    """See the module; all of it happens in one event loop."""

    def __init__(self, limits: Limits, at_once: int = 0, *, clock: AwakeClock | None = None) -> None:
        """Allow `at_once` requests that move bytes; 0 finds the number between 4 and 128."""
        self.on_outage: Callable[[str], None] = lambda _: None
        """Called with a sentence when everything begins to wait for the network, and "" when that is over."""
        self.outage = ""
        """Why there is no way to the server; empty while there is one."""
        self._limits = limits
        self._clock = clock or AwakeClock(limits.nap)
        self._slots = Slots(at_once or FIRST, at_once or MOST, grows=not at_once, now=self._clock.time)
        self._tokens = limits.retries
        self._filled = self._clock.time()
        self._down_since = 0.0
        self._trying = False
        self._tried_until = 0.0
        """Until when the turn of the one that tries is respected; it may have ended without a word."""
        self._up = asyncio.Event()

    # ---- slots ---------------------------------------------------------------------------------------

    @property
    def most(self) -> int:
        """Requests at once, at the very most."""
        return self._slots.most

    @property
    def at_once(self) -> int:
        """Requests that may move bytes now."""
        return self._slots.limit

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Hold one of the slots for requests that move bytes."""
        return self._slots

    def done(self, size: int) -> None:
        """Note a unit that has moved `size` bytes to its end."""
        self.answered()
        self._slots.done(size)

    # ---- retries -------------------------------------------------------------------------------------

    def answered(self) -> None:
        """Note that a request was answered as it should be: it earns half a retry."""
        self._tokens = min(self._tokens + 0.5, self._limits.retries)
        self.alive()

    def alive(self) -> None:
        """Note that there is a way to the server."""
        if self.outage:
            self.outage = ""
            self._up.set()
            self.on_outage("")

    async def again(self, setback: Setback) -> bool:
        """Wait as long as is right before the next attempt; False when there is to be none."""
        if setback.trouble is Trouble.BUSY:
            self._slots.halve()
        if setback.trouble is Trouble.NO_WAY:
            return await self._when_there_is_a_way(setback)
        self.alive()
        pause = self.pause(setback)
        end = self._clock.time() + setback.left
        if self._clock.time() + pause > end:
            return False
        aside = setback.in_slot and self._slots.step_aside()
        try:
            await asyncio.sleep(pause)
            granted = await self._paid(end)
            if granted and aside:
                await self._slots.come_back()
                aside = False
            return granted
        finally:
            if aside:
                self._slots.never_mind()

    def pause(self, setback: Setback) -> float:
        """Seconds before the next attempt: longer each time, and no less than the server asks for.

        Half of it is chance, so that requests which failed together do not come back together; the other half
        is sure, so that five attempts outlast a storm of some seconds.
        """
        limits = self._limits
        pause = min(limits.backoff * 2.0 ** (setback.failures - 1), limits.backoff_cap)
        pause *= random.uniform(0.5, 1.0)
        return max(pause, min(setback.retry_after or 0.0, limits.retry_after_cap))

    async def _paid(self, end: float) -> bool:
        """Take a retry from the bucket, waiting for one until `end` at most."""
        while True:
            now = self._clock.time()
            self._tokens += (now - self._filled) * self._limits.retry_rate
            self._tokens, self._filled = min(self._tokens, self._limits.retries), now
            if self._tokens >= 1:
                self._tokens -= 1
                return True
            if now >= end:
                return False
            await asyncio.sleep(random.uniform(0.5, 1.5) * _LOOK)

    async def _when_there_is_a_way(self, setback: Setback) -> bool:
        """Let one at a time try; the outage as a whole has as much time as a single request has otherwise."""
        if not self.outage:
            self.outage, self._down_since = setback.sentence, self._clock.time()
            self._tried_until = 0.0
            self._up.clear()
            self.on_outage(self.outage)
        elif self._trying:
            self._tried_until = 0.0  # this is the one that tried: the turn is free again
        self._trying = False
        while self.outage:
            now = self._clock.time()
            if now - self._down_since > self._limits.verdict:
                return False
            if now >= self._tried_until:
                pause = min(self._limits.backoff * 4, self._limits.backoff_cap) * random.uniform(0.5, 1.0)
                self._tried_until = now + pause + self._limits.connect + 1
                await asyncio.sleep(pause)
                self._trying = True
                return True
            try:
                async with asyncio.timeout(self._tried_until - now):
                    await self._up.wait()
            except TimeoutError:
                pass
        await asyncio.sleep(random.uniform(0, self._limits.backoff))
        return True
