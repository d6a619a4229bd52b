"""Rates follow what moved in the last seconds, with a clock of the test's own."""

import pytest

from s3tui.transfer.throughput import WINDOW, Meter, time_to_go


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_steady_flow_has_its_rate() -> None:
    clock = Clock()
    meter = Meter(clock)
    for _ in range(100):
        meter.add(1000)
        clock.now += 0.1
    assert meter.rate() == pytest.approx(10_000, rel=0.1)


def test_a_young_meter_does_not_wait_for_its_window() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.add(500)
    clock.now += 1.0
    meter.add(500)
    assert meter.rate() == pytest.approx(1000)


def test_a_stall_brings_the_rate_to_zero_and_the_time_to_unknown() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.add(1_000_000)
    clock.now += WINDOW + 0.5
    assert meter.rate() == 0.0
    assert time_to_go(100, meter.rate()) is None


def test_bytes_taken_back_never_make_a_negative_rate() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.add(1000)
    clock.now += 1.0
    meter.add(-5000)
    assert meter.rate() == 0.0
    clock.now += WINDOW * 2
    meter.add(300)
    assert meter.rate() > 0


def test_a_rest_is_not_counted_as_slowness() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.add(1000)
    clock.now += 3600
    meter.rest()
    meter.add(1000)
    clock.now += 1.0
    assert meter.rate() == pytest.approx(1000)


def test_the_time_to_go() -> None:
    assert time_to_go(1000, 100.0) == 10.0
    assert time_to_go(0, 0.0) == 0.0
    assert time_to_go(1, 0.0) is None
