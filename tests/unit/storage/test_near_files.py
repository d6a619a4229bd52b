"""Small files are read in the loop as long as their disk answers at once."""

import threading

import pytest

from s3tui.storage.near_files import SMALL, NearFiles


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_small_work_is_done_here_and_large_work_in_a_thread() -> None:
    near = NearFiles(in_loop=True)
    assert await near.do(SMALL, threading.get_ident) == threading.get_ident()
    assert await near.do(SMALL + 1, threading.get_ident) != threading.get_ident()


async def test_a_slow_disk_is_asked_in_threads_for_a_while_and_longer_each_time() -> None:
    clock = Clock()
    near = NearFiles(in_loop=True, now=clock)

    def slow() -> None:
        clock.now += 0.1

    async def here() -> bool:
        return await near.do(1, threading.get_ident) == threading.get_ident()

    for pause in (10, 20, 40):
        for _ in range(3):
            assert await here()
        for _ in range(3):
            await near.do(1, slow)
        clock.now += pause - 1
        assert not await here()
        clock.now += 2


async def test_a_single_delay_is_nobodys_fault() -> None:
    clock = Clock()
    near = NearFiles(in_loop=True, now=clock)

    def slow() -> None:
        clock.now += 0.1

    for _ in range(9):
        await near.do(1, slow)
        assert await near.do(1, threading.get_ident) == threading.get_ident()


async def test_what_goes_wrong_is_raised_as_it_is() -> None:
    def fail() -> None:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        await NearFiles(in_loop=True).do(1, fail)


async def test_a_loop_that_must_never_wait_reads_nothing() -> None:
    assert await NearFiles(in_loop=False).do(1, threading.get_ident) != threading.get_ident()
