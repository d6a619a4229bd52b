"""What is believed of the server's clock, which decides how requests are signed and when credentials end."""

from email.utils import formatdate

import pytest

from s3tui.credentials.live import ServerClock

NOW = 1_800_000_000.0
HOURS = 5 * 3600.0


def date(offset: float) -> str:
    """Returns the Date header of a server whose clock is so many seconds ahead."""
    return formatdate(NOW + offset, usegmt=True)


@pytest.fixture
def clock() -> ServerClock:
    """Gives a clock that knows a server which is right."""
    found = ServerClock(lambda: NOW)
    found.observe(date(0))
    return found


def test_the_first_answer_is_believed() -> None:
    clock = ServerClock(lambda: NOW)
    clock.observe(date(HOURS))
    assert clock.time() == NOW + HOURS


def test_single_odd_answers_show_nothing(clock: ServerClock) -> None:
    for offset in (HOURS, 0, -HOURS, HOURS, 0, HOURS, 2 * HOURS, 0):
        clock.observe(date(offset))
        assert clock.offset == 0


def test_two_odd_answers_that_agree_are_believed(clock: ServerClock) -> None:
    clock.observe(date(HOURS))
    clock.observe(date(HOURS + 2))
    assert clock.offset == HOURS + 2


def test_a_refusal_is_believed_at_once(clock: ServerClock) -> None:
    clock.observe(date(HOURS), refused=True)
    assert clock.offset == HOURS


def test_small_differences_are_followed(clock: ServerClock) -> None:
    for offset in (10, 40, 90):
        clock.observe(date(offset))
        assert clock.offset == offset
    clock.observe(date(1))
    assert clock.offset == 90, "that is far again"


def test_what_another_clock_has_learnt_is_known(clock: ServerClock) -> None:
    clock.put(HOURS)
    clock.observe(date(0))
    assert clock.offset == HOURS


@pytest.mark.parametrize("header", [None, "", "yesterday", "Thu, 99 Jan 1970 00:00:00 GMT"])
def test_what_cannot_be_read_is_passed_over(clock: ServerClock, header: str | None) -> None:
    clock.observe(header)
    assert clock.offset == 0
