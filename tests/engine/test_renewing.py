"""Credentials that are got anew by themselves: when, how often, and when not any more."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator

import pytest

from s3tui.credentials.live import LiveCredentials, ServerClock
from s3tui.engine.renewing import LEAST_PAUSE, Renewing, due_after
from s3tui.errors import AccessDenied, CredentialsRefused, S3tuiError, Unreachable
from s3tui.model.credentials import Credentials
from s3tui.model.source import EodhSource, Obtained, Source

SOURCE = EodhSource("reef", "token")


class Platform:
    """Issues numbered credentials that live `life` seconds, or raises what it is given."""

    def __init__(self) -> None:
        self.life = 2.0
        self.issued: list[float] = []
        """When it was asked, in monotonic seconds."""
        self.put: list[str] = []
        self.told: list[tuple[str, bool]] = []
        self.troubles: list[S3tuiError] = []
        self.refused_puts = 0
        self.bucket = "workspaces"
        self.same = False
        self._moved = asyncio.Event()
        self.live = LiveCredentials(ServerClock(), self._changed)
        self.renewing = Renewing(self.obtain, self.use, self.live, self._tell, self._moved.set)

    def issue(self) -> Obtained:
        """The next set."""
        number = 0 if self.same else len(self.issued)
        ends = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.life)
        credentials = Credentials(f"KEY{number}", "secret", "token", None if self.same else ends)
        return Obtained(credentials, bucket=self.bucket)

    async def obtain(self, source: Source) -> Obtained:
        """Answer as a platform does."""
        assert source is SOURCE
        self.issued.append(time.monotonic())
        if self.troubles:
            raise self.troubles.pop(0)
        return self.issue()

    async def use(self, credentials: Credentials) -> None:
        """Put them in place."""
        if self.refused_puts:
            self.refused_puts -= 1
            raise AccessDenied("Not known here yet.")
        self.put.append(credentials.access_key_id)
        self._moved.set()
        self.live.put(credentials)

    def begin(self) -> None:
        """Connect with a first set and follow."""
        first = self.issue()
        self.live.put(first.credentials)
        self.renewing.follow(SOURCE, first)

    async def until_put(self, count: int, seconds: float = 20.0) -> None:
        """Wait for so many renewals."""
        async with asyncio.timeout(seconds):
            while len(self.put) < count:
                self._moved.clear()
                await self._moved.wait()

    async def until_over(self) -> None:
        """Wait until nothing is followed any more."""
        async with asyncio.timeout(20):
            while self.renewing.active:
                self._moved.clear()
                await self._moved.wait()

    def _changed(self) -> None:
        self.renewing.credentials_changed()

    def _tell(self, sentence: str, serious: bool) -> None:
        self.told.append((sentence, serious))


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    """Gives a platform that nobody follows yet."""
    made = Platform()
    yield made
    made.renewing.stop()


@pytest.mark.parametrize(
    ("life", "due"),
    [(43_200, 34_560), (3600, 2880), (900, 720), (75, 60), (60, 45), (20, 10), (8, 4), (0, 0), (-5, 0)],
)
def test_they_are_due_at_four_fifths_of_their_life_or_earlier_when_it_is_short(
    life: float, due: float
) -> None:
    assert due_after(life) == due


async def test_they_are_got_anew_again_and_again_one_try_at_a_time(platform: Platform) -> None:
    platform.begin()
    await platform.until_put(3)
    pauses = [later - earlier for earlier, later in zip(platform.issued, platform.issued[1:], strict=False)]
    assert all(pause >= 1.0 for pause in pauses)
    assert platform.put == ["KEY1", "KEY2", "KEY3"]
    assert not platform.told


async def test_those_that_live_long_are_left_alone_until_the_server_refuses_them(platform: Platform) -> None:
    platform.life = 8.0
    platform.begin()
    await asyncio.sleep(0.1)
    platform.life = 3600
    platform.live.server_says_expired(platform.live.generation)
    await platform.until_put(1)
    assert not platform.live.held
    assert platform.renewing.active


async def test_a_fault_is_told_once_and_tried_again(platform: Platform) -> None:
    platform.troubles = [Unreachable("The hub did not answer."), Unreachable("The hub did not answer.")]
    platform.begin()
    await platform.until_put(1)
    assert len(platform.issued) == 3
    assert [serious for _, serious in platform.told] == [False]
    assert "EODH workspace reef yet: The hub did not answer." in platform.told[0][0]


async def test_credentials_that_are_not_known_everywhere_yet_are_no_end(platform: Platform) -> None:
    platform.refused_puts = 1
    platform.begin()
    await platform.until_put(1)
    assert platform.renewing.active


async def test_a_refusal_ends_it_and_leaves_the_old_set_in_place(platform: Platform) -> None:
    platform.troubles = [CredentialsRefused("EODH does not take this token.", next_step="Make a new one.")]
    platform.begin()
    await platform.until_over()
    ((sentence, serious),) = platform.told
    assert serious
    assert "do not renew by themselves any more: EODH does not take this token. Make a new one." in sentence
    assert platform.live.current is not None
    assert len(platform.issued) == 1


async def test_credentials_for_another_place_are_not_taken(platform: Platform) -> None:
    platform.begin()
    platform.bucket = "somebody-elses"
    await platform.until_over()
    assert "another place" in platform.told[0][0]
    assert not platform.put


async def test_a_source_without_newer_ones_is_asked_again_quietly(platform: Platform) -> None:
    platform.same = True
    platform.begin()
    platform.live.server_says_expired(platform.live.generation)
    await asyncio.sleep(0.3)
    assert not platform.issued, "within the first minute of credentials of unknown life"
    assert LEAST_PAUSE == 60
    assert not platform.told


async def test_nothing_is_asked_after_it_was_stopped(platform: Platform) -> None:
    platform.begin()
    platform.renewing.stop()
    await asyncio.sleep(1.5)
    assert not platform.issued
    assert not platform.renewing.active
