"""Gets credentials anew from their source before they end, one try at a time.

At four fifths of their life the source is asked; what it gives is tried on the home prefix and put under
everything that runs. The old set is used until its end. After a failure the pauses grow, with full jitter;
there is never more than one try a minute, or, for credentials that live shorter, one in four fifths of their
life. A source that refuses for good is not asked again: the user is told, and the countdown goes on.
"""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable

from s3tui.credentials.live import MARGIN, LiveCredentials
from s3tui.engine.belonging import AnotherIdentity
from s3tui.errors import Changed, S3tuiError, StorageError
from s3tui.model.credentials import Credentials
from s3tui.model.source import Obtained, Source, source_label

SHARE = 0.8
"""Of a life after which credentials are got anew."""

LEAST_PAUSE = 60.0
"""Seconds between two tries, unless the credentials live shorter."""

LONGEST_PAUSE = 600.0
"""Seconds that a pause after failures may reach."""


class Renewing:
    """The one source that is followed, if there is one."""

    def __init__(
        self,
        obtain: Callable[[Source], Awaitable[Obtained]],
        put: Callable[[Credentials], Awaitable[object]],
        live: LiveCredentials,
        tell: Callable[[str, bool], None],
        on_change: Callable[[], None],
    ) -> None:
        """Prepare.

        Args:
            obtain: asks a source; raises S3tuiError.
            put: tries credentials at the place in use and puts them in place; raises S3tuiError.
            live: the set in use, and the server's clock.
            tell: says a sentence; the second argument tells whether it is serious.
            on_change: called when `active` changes.
        """
        self._obtain = obtain
        self._put = put
        self._live = live
        self._tell = tell
        self._on_change = on_change
        self._task: asyncio.Task[None] | None = None
        self._look = asyncio.Event()

    @property
    def active(self) -> bool:
        """Whether a source is being followed."""
        return self._task is not None

    def follow(self, source: Source, given: Obtained) -> None:
        """Renew `given`, which is in use, from `source` from now on."""
        self.stop()
        self._task = asyncio.create_task(self._run(source, given), name="engine-renewing")
        self._task.add_done_callback(self._ended)
        self._on_change()

    def stop(self) -> None:
        """Follow no source any more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            self._on_change()

    def credentials_changed(self) -> None:
        """Look whether the server has refused them before their time."""
        self._look.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task is self._task:
            self._task = None
            self._on_change()

    async def _run(self, source: Source, given: Obtained) -> None:
        failures, least = 0, LEAST_PAUSE
        while True:
            now = self._live.clock.time()
            ends = given.credentials.expiration
            if not failures:
                due = due_after(ends.timestamp() - now) if ends is not None else math.inf
                least = max(1.0, min(LEAST_PAUSE, due))
                pause = due + random.uniform(0, 0.02 * due) if ends is not None else math.inf
            else:
                reach = min(LONGEST_PAUSE, least * 2.0 ** min(failures - 1, 10))
                pause = least + random.uniform(0, reach)
            await self._until_due(least, max(least, pause))
            try:
                fresh = await self._obtain(source)
                _expect_same_place(given, fresh)
            except S3tuiError as error:
                if not isinstance(error, StorageError) or not error.retryable:
                    self._tell(_given_up(source, error), True)
                    return
                failures += 1
                self._say_once(failures, source, error)
                continue
            if fresh.credentials == given.credentials:
                failures += 1  # the source has no newer ones yet
                continue
            try:
                await self._put(fresh.credentials)
            except AnotherIdentity as error:
                self._tell(_given_up(source, error), True)
                return
            except S3tuiError as error:
                # Some issuers' credentials need a moment until every server knows them.
                failures += 1
                self._say_once(failures, source, error)
                continue
            failures, given = 0, fresh

    async def _until_due(self, least: float, pause: float) -> None:
        """Wait `pause` seconds, or `least` once the server refuses what is in use."""
        start = time.monotonic()
        while (left := start + (least if self._live.held else pause) - time.monotonic()) > 0:
            self._look.clear()
            try:
                async with asyncio.timeout(None if left == math.inf else left):
                    await self._look.wait()
            except TimeoutError:
                continue

    def _say_once(self, failures: int, source: Source, error: S3tuiError) -> None:
        if failures == 1:
            self._tell(
                f"New credentials could not be got from {source_label(source)} yet: {error.sentence}"
                " It is tried again; the old ones are used until they end.",
                False,
            )


def due_after(life: float) -> float:
    """Seconds after which credentials that live `life` seconds are got anew.

    Very short ones earlier than at four fifths, so that nothing has to wait: requests do in the last seconds.
    """
    return max(0.0, min(SHARE * life, max(life - 3 * MARGIN, life / 2)))


def _expect_same_place(given: Obtained, fresh: Obtained) -> None:
    """Refuse credentials for somewhere else: running transfers would go astray."""
    if (given.endpoint_url, given.bucket, given.prefix) != (fresh.endpoint_url, fresh.bucket, fresh.prefix):
        raise Changed("The source now gives credentials for another place.", next_step="Connect again.")


def _given_up(source: Source, error: S3tuiError) -> str:
    reason = f"{error.sentence} {error.next_step}".strip()
    return f"The credentials of {source_label(source)} do not renew by themselves any more: {reason}"
