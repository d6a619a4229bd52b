"""Credentials that can be replaced under running clients.

One `LiveCredentials` stands behind every client of a process. Requests await `ready()` before they are
signed; while the credentials are expired that call waits, and a new set put in place lets everything go on.
The class knows no S3 library; `storage.s3_client` adapts it.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from s3tui.errors import CredentialsExpired
from s3tui.model.credentials import Credentials

MARGIN = 5.0
"""Seconds before the expiry at which requests already wait: one that is on its way must still arrive."""

_JUMP = 60.0
"""Seconds by which no clock goes wrong between two answers."""


class ServerClock:
    """The server's clock as seen through the Date header of its answers.

    One answer that is minutes off shows nothing: it may come from a cache, or be a slip. A second one that
    agrees is believed, and so is the answer to a request that was refused, perhaps for its time.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """Start in agreement with the local clock, `now` in Unix seconds."""
        self._now = now
        self.offset = 0.0
        """Server's clock minus ours, in seconds."""
        self._known = False
        self._doubtful: float | None = None
        """What the last answer showed, if that was another time altogether."""

    def put(self, offset: float) -> None:
        """Take over what another clock has learnt."""
        self.offset, self._known = offset, True

    def observe(self, date_header: str | None, *, refused: bool = False) -> None:
        """Learn from the Date header of an answer, or of a refusal; what cannot be read is passed over."""
        if not date_header:
            return
        try:
            server = parsedate_to_datetime(date_header)
        except (ValueError, TypeError):
            return
        if server.tzinfo is None:
            server = server.replace(tzinfo=dt.UTC)
        offset = server.timestamp() - self._now()
        before, self._doubtful = self._doubtful, None
        trusted = refused or not self._known or (before is not None and abs(offset - before) <= _JUMP)
        if not trusted and abs(offset - self.offset) > _JUMP:
            self._doubtful = offset
            return
        self._known = True
        # The header counts whole seconds: smaller differences are rounding, not skew.
        if abs(offset - self.offset) > 1.5:
            self.offset = offset if abs(offset) > 1.5 else 0.0

    def time(self) -> float:
        """Unix seconds by the server's clock."""
        return self._now() + self.offset


class LiveCredentials:
    """The current credentials of a connection, with waiting and replacement."""

    def __init__(self, clock: ServerClock, on_change: Callable[[], None] | None = None) -> None:
        """Start empty; `on_change` is called after every change of state."""
        self.clock = clock
        self.generation = 0
        """Counts replacements; a refusal speaks of the generation that was used."""
        self.waiters = 0
        """Requests that wait for new credentials."""
        self.refused = False
        """The server has said that the current set is expired."""
        self._current: Credentials | None = None
        self.derived: dict[str, object] = {}
        """What was made of the set in place, by whoever uses it: forgotten together with it."""
        self._changed = asyncio.Event()
        self._on_change = on_change

    @property
    def current(self) -> Credentials | None:
        """The set in place, expired or not; None before the first and after `clear`."""
        return self._current

    @property
    def expires_at(self) -> float | None:
        """Unix seconds by the server's clock, or None when unknown or never."""
        if self._current is None or self._current.expiration is None:
            return None
        return self._current.expiration.timestamp()

    @property
    def held(self) -> bool:
        """Whether requests have to wait."""
        if self._current is None or self.refused:
            return True
        ends = self.expires_at
        return ends is not None and ends <= self.clock.time() + MARGIN

    def put(self, credentials: Credentials) -> None:
        """Put a new set in place and wake everything that waits."""
        self._current = credentials
        self.derived.clear()
        self.refused = False
        self.generation += 1
        self._wake()

    def clear(self) -> None:
        """Forget the set; requests wait from now on."""
        self._current = None
        self.derived.clear()
        self.refused = False
        self.generation += 1
        self._notify()

    def server_says_expired(self, generation: int) -> None:
        """Note a refusal; one that speaks of an older set changes nothing."""
        if generation == self.generation and not self.refused:
            self.refused = True
            self._notify()

    async def ready(self, *, wait: bool = True) -> tuple[Credentials, int]:
        """Return credentials that may be used now, and their generation.

        Args:
            wait: False raises instead of waiting (browsing should say so, transfers should wait).

        Raises:
            CredentialsExpired: they are expired or missing, and `wait` is False.
        """
        while self.held or self._current is None:
            if not wait:
                raise CredentialsExpired(
                    "Your credentials have expired.", next_step="Paste new ones (K) to go on."
                )
            self.waiters += 1
            if self.waiters == 1:
                self._notify()
            try:
                await self._changed.wait()
            finally:
                self.waiters -= 1
        return self._current, self.generation

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        self._notify()

    def _notify(self) -> None:
        if self._on_change is not None:
            self._on_change()
