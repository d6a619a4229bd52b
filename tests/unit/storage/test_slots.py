"""How many requests run at once: halved when a server asks for less, grown back slowly, found by itself."""

import asyncio
import itertools
from collections.abc import Callable

import pytest

from s3tui.storage.awake import AwakeClock
from s3tui.storage.slots import Slots


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_many_complaints_within_a_moment_halve_once_and_the_number_comes_back_slowly() -> None:
    clock = Clock()
    slots = Slots(16, 16, grows=False, now=clock)
    for _ in range(10):
        slots.halve()
    assert slots.limit == 8
    clock.now += 1.5
    slots.halve()
    assert slots.limit == 4
    grown = []
    for _ in range(20):
        clock.now += 0.7
        await slots.enter()
        slots.done(1000)
        slots.leave()
        grown.append(slots.limit)
    assert grown[0] == 4
    assert grown[-1] > 8
    assert all(after - before <= 1 for before, after in itertools.pairwise(grown))


async def test_the_number_never_falls_below_one_nor_grows_beyond_what_was_set() -> None:
    clock = Clock()
    slots = Slots(3, 3, grows=False, now=clock)
    for _ in range(10):
        clock.now += 2
        slots.halve()
    assert slots.limit == 1
    for _ in range(50):
        clock.now += 2
        slots.done(1)
    assert slots.limit == 3


async def test_those_who_stepped_aside_come_in_before_new_ones() -> None:
    clock = Clock()
    slots = Slots(4, 4, grows=False, now=clock)
    for _ in range(4):
        await slots.enter()
    slots.halve()
    assert slots.step_aside()
    assert slots.step_aside()
    assert not slots.step_aside()
    came: list[str] = []

    async def come(name: str, way: Callable[[], object]) -> None:
        await way()  # type: ignore[misc]
        came.append(name)

    new = asyncio.create_task(come("new", slots.enter))
    await asyncio.sleep(0)
    back = asyncio.create_task(come("back", slots.come_back))
    await asyncio.sleep(0)
    slots.leave()
    await back
    assert came == ["back"]
    slots.leave()
    await new


async def test_a_cancelled_wait_takes_no_slot() -> None:
    slots = Slots(1, 1, grows=False, now=Clock())
    await slots.enter()
    waiting = [asyncio.create_task(slots.enter()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    slots.leave()  # given to the second one
    await asyncio.sleep(0)
    waiting[2].cancel()
    await asyncio.wait(waiting)
    slots.leave()
    await asyncio.wait_for(slots.enter(), 1)


@pytest.mark.parametrize(("best", "low", "high"), [(100, 60, 128), (16, 12, 30), (1000, 120, 128)])
async def test_the_number_is_found_where_more_bring_no_more(best: int, low: int, high: int) -> None:
    """A server that does 10 requests a second for each of the first `best` at once, and no more beyond."""
    clock = Clock()
    slots = Slots(16, 128, grows=True, now=clock)
    crowd = [asyncio.create_task(slots.enter()) for _ in range(3000)]
    while clock.now < 118:
        await asyncio.sleep(0)
        clock.now += 1 / (10 * min(slots.limit, best))
        slots.done(1000)
    for waiting in crowd:
        waiting.cancel()
    await asyncio.wait(crowd)
    assert low <= slots.limit <= high


async def test_where_each_request_has_far_to_go_many_are_on_their_way_within_half_a_second() -> None:
    clock = Clock()
    slots = Slots(16, 128, grows=True, now=clock)
    crowd = [asyncio.create_task(slots.enter()) for _ in range(1000)]
    while clock.now < 100.5:
        await asyncio.sleep(0)
        clock.now += 1 / (45 * slots.limit)
        slots.done(16 * 1024)
    for waiting in crowd:
        waiting.cancel()
    await asyncio.wait(crowd)
    assert slots.limit > 64


async def test_a_nap_is_not_counted_as_time() -> None:
    clock = Clock()
    awake = AwakeClock(5.0, now=clock)
    awake.start()
    before, naps = awake.time(), awake.naps
    clock.now += 2
    assert awake.time() - before == pytest.approx(2)
    clock.now += 1200
    assert awake.time() - before == pytest.approx(2)
    assert awake.naps == naps + 1
    awake.stop()
