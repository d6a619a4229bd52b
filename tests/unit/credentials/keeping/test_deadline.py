"""Calls that take too long: given up, undone when they succeed too late, and never in the way of others."""

import asyncio
import threading

import pytest

from s3tui.credentials.keeping.deadline import BoundedCalls
from s3tui.credentials.keeping.vault import KeepingError


async def test_the_loop_goes_on_while_a_call_takes_its_time() -> None:
    calls, gate = BoundedCalls("The thing", limit=10), threading.Event()
    running = asyncio.create_task(calls.run(lambda: gate.wait(10)))
    await asyncio.sleep(0)
    gate.set()
    assert await running is True


async def test_a_call_that_hangs_is_given_up_and_later_ones_are_refused_at_once() -> None:
    calls, gate = BoundedCalls("The thing", limit=0.1), threading.Event()
    with pytest.raises(KeepingError, match=r"The thing did not answer within 0\.1 s"):
        await calls.run(lambda: gate.wait(10))
    reached: list[int] = []
    with pytest.raises(KeepingError, match="did not answer"):
        await calls.run(lambda: reached.append(1))
    assert reached == [], "no second thread may pile up behind the first"
    gate.set()
    while True:
        try:
            assert await calls.run(lambda: "alive again") == "alive again"
            return
        except KeepingError:
            await asyncio.sleep(0.01)


async def test_a_success_nobody_waited_for_is_undone() -> None:
    calls, gate, undone = BoundedCalls("The thing", limit=0.1), threading.Event(), threading.Event()
    with pytest.raises(KeepingError):
        await calls.run(lambda: gate.wait(10), undo=undone.set)
    assert not undone.is_set()
    gate.set()
    assert await asyncio.to_thread(undone.wait, 10)


async def test_a_failure_nobody_waited_for_is_not_undone() -> None:
    calls, gate, undone = BoundedCalls("The thing", limit=0.1), threading.Event(), threading.Event()

    def fail() -> None:
        gate.wait(10)
        raise KeepingError("no")

    with pytest.raises(KeepingError, match="did not answer"):
        await calls.run(fail, undo=undone.set)
    gate.set()
    for thread in threading.enumerate():
        if thread.name == "s3tui keeping":
            await asyncio.to_thread(thread.join, 10)
    assert not undone.is_set()


async def test_after_a_cancelled_call_the_next_waits_for_its_end() -> None:
    calls, gate, order = BoundedCalls("The thing", limit=10), threading.Event(), list[str]()

    def slow() -> None:
        gate.wait(10)
        order.append("first")

    waiting = asyncio.create_task(calls.run(slow))
    await asyncio.sleep(0.05)
    waiting.cancel()
    second = asyncio.create_task(calls.run(lambda: order.append("second")))
    await asyncio.sleep(0.05)
    gate.set()
    await second
    assert order == ["first", "second"]


async def test_foreign_errors_become_a_sentence_without_their_text() -> None:
    def fail() -> None:
        raise ZeroDivisionError("the secret of the test")

    with pytest.raises(KeepingError) as caught:
        await BoundedCalls("The thing", limit=10).run(fail)
    assert caught.value.sentence == "The thing failed (ZeroDivisionError)."
    assert caught.value.__context__ is None
