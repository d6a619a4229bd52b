"""Slots for requests at once, whose number follows what the server can take."""

import asyncio
from collections import deque
from collections.abc import Callable

_WINDOW = 1.0
"""Seconds after a halving in which further complaints are about what was sent before it."""

_STEP = 1.0
"""Seconds for each slot that comes back after a halving."""

_LEAST_LOOK = 0.5
"""Seconds between two judgements whether more slots bring more done."""

_FIRST_LOOK = 0.1
"""Seconds after which a rise is judged that leaves no doubt, as where each request has far to go."""

_REST = 20.0
"""Seconds until the search begins anew after it has found an end."""

_REQUEST_WORTH = 64 * 1024
"""Bytes that cost as much as the making of one request."""

_LARGE = 1024 * 1024
_MOST_LARGE = 32
"""Units of more than `_LARGE` bytes fill the line with fewer of them, and each needs memory."""

_BETTER = 1.08
"""How much more must get done for a larger number of slots to be kept."""

_FAR_BETTER = 1.35
"""How much more must get done for the number to be doubled without a longer look."""


class Slots:
    """Those who wait come in in their order, those who only stepped aside before the others."""

    def __init__(self, first: int, most: int, *, grows: bool, now: Callable[[], float]) -> None:
        """Begin with `first` slots; `grows` lets their number go up to `most` where that is worth it."""
        self.most = most
        self._limit = float(first)
        self._ceiling = float(first)
        """What a halved number grows back to."""
        self._grows = grows
        self._now = now
        self._taken = 0
        self._back: deque[asyncio.Future[None]] = deque()
        self._new: deque[asyncio.Future[None]] = deque()
        self._halved = self._stepped = -1e9
        self._since = now()
        self._work, self._units, self._wanted = 0, 0, 0
        self._best = 0.0
        self._best_limit = first
        self._rest_until = 0.0

    @property
    def limit(self) -> int:
        """Slots there are now."""
        return max(1, int(self._limit))

    async def enter(self) -> None:
        """Take a slot; leave it with `leave`."""
        await self._queue(self._new)

    def leave(self) -> None:
        """Give a slot back."""
        self._taken -= 1
        self._let_in()

    __aenter__ = enter

    async def __aexit__(self, *_: object) -> None:
        """Give a slot back."""
        self.leave()

    def step_aside(self) -> bool:
        """Give a slot back for a while where there are too many by now; whether that was so.

        What follows a True is either `come_back` or `never_mind`.
        """
        surplus = self._taken > self.limit
        if surplus:
            self._taken -= 1
        return surplus

    async def come_back(self) -> None:
        """Take the slot again, before those who never had one."""
        await self._queue(self._back)

    def never_mind(self) -> None:
        """Take the slot again at once: its holder is about to give it back for good."""
        self._taken += 1

    def halve(self) -> None:
        """Note that the server asks for less."""
        now = self._now()
        if now - self._halved >= _WINDOW:
            self._limit = max(1.0, self._limit / 2)
            self._halved = self._stepped = now

    def done(self, size: int) -> None:
        """Note a unit that has moved `size` bytes to its end; look whether there may be more slots."""
        self._work += size + _REQUEST_WORTH
        self._units += 1
        self._wanted += bool(self._new or self._back)
        now = self._now()
        if self._limit < self._ceiling:
            if now - self._stepped >= _STEP:
                self._limit, self._stepped = min(self._limit + 1, self._ceiling), now
                self._let_in()
            self._begin_look(now)
        elif self._grows and now >= self._rest_until:
            self._look(now)

    def _look(self, now: float) -> None:
        elapsed = now - self._since
        if elapsed < _FIRST_LOOK or self._units < 2 * self.limit:
            return
        rate = self._work / elapsed
        steep = rate > self._best * _FAR_BETTER
        if elapsed < _LEAST_LOOK and not steep:
            return
        most = self.most if self._work < self._units * _LARGE else min(self.most, _MOST_LARGE)
        wanted = 2 * self._wanted >= self._units
        self._begin_look(now)
        if not wanted or now - self._halved < _REST:
            return  # it is not for want of slots that no more is done, or more are not welcome
        if rate > self._best * _BETTER:
            self._best, self._best_limit = rate, self.limit
            more = self.limit if steep else self.limit // 2 + 1
            self._set(max(self.limit, min(most, self.limit + more)))
        else:
            self._set(self._best_limit)
            self._best, self._rest_until = 0.0, now + _REST

    def _begin_look(self, now: float) -> None:
        self._since, self._work, self._units, self._wanted = now, 0, 0, 0

    def _set(self, limit: int) -> None:
        self._limit = self._ceiling = float(limit)
        self._let_in()

    async def _queue(self, line: deque[asyncio.Future[None]]) -> None:
        if self._taken < self.limit and not self._back and not self._new:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(turn)
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            elif turn in line:
                line.remove(turn)
            raise

    def _let_in(self) -> None:
        while self._taken < self.limit and (line := self._back or self._new):
            turn = line.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
