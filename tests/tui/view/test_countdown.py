"""The time left, in words, by the server's clock."""

import pytest

from s3tui.engine.messages import CredentialState
from s3tui.tui.view.countdown import Urgency, countdown

NOW = 1_795_348_800.0


def state(left: float | None, offset: float = 0.0, *, temporary: bool = True) -> CredentialState:
    """Credentials that last `left` seconds by the server's clock, which is `offset` ahead of ours."""
    expires = None if left is None else NOW + offset + left
    return CredentialState("ASIA…QX7M", temporary, expires, offset)


@pytest.mark.parametrize(
    ("left", "text", "urgency"),
    [
        (6 * 3600 + 130, "6 h 02 min left", Urgency.CALM),
        (101 * 3600, "4 d 05 h left", Urgency.CALM),
        (42 * 60 + 10, "42 min left", Urgency.CALM),
        (15 * 60, "15 min left", Urgency.CALM),
        (15 * 60 - 1, "renew soon 14 min left", Urgency.SOON),
        (10 * 60, "renew soon 10 min left", Urgency.SOON),
        (9 * 60 + 59.5, "renew soon 09:59 left", Urgency.SOON),
        (5 * 60 - 1, "RENEW NOW 04:59 left", Urgency.LAST),
        (0.5, "RENEW NOW 00:00 left", Urgency.LAST),
        (0, "EXPIRED", Urgency.EXPIRED),
        (-1000, "EXPIRED", Urgency.EXPIRED),
    ],
)
@pytest.mark.parametrize("offset", [0.0, -3600.0, 7200.5])
def test_words_say_how_urgent_it_is(left: float, text: str, urgency: Urgency, offset: float) -> None:
    """Our own clock may be wrong by hours: the server's counts."""
    said = countdown(state(left, offset), NOW)
    assert (said.text, said.urgency) == (text, urgency)


def test_what_the_server_says_counts_more_than_the_clock() -> None:
    """Refused credentials are expired, however long they should have lasted."""
    refused = CredentialState("ASIA…QX7M", True, NOW + 5000, refused=True)
    assert countdown(refused, NOW).urgency is Urgency.EXPIRED


def test_without_an_expiry_the_bar_says_why() -> None:
    """Unknown and never are different things, and neither is silence."""
    assert countdown(state(None), NOW).text == "expiry unknown"
    assert countdown(state(None, temporary=False), NOW).text == "never expires"
    assert countdown(CredentialState(), NOW).text == "not connected"


def test_those_that_renew_by_themselves_are_not_counted_down_until_they_end_after_all() -> None:
    state = CredentialState("ASIA…QX7M", True, NOW + 120, renews=True)
    assert (countdown(state, NOW).text, countdown(state, NOW).urgency) == ("renews by itself", Urgency.CALM)
    assert countdown(state, NOW + 121).urgency is Urgency.EXPIRED


@pytest.mark.parametrize(
    "left", [500_000.0, 7325.0, 2530.0, 930.5, 899.0, 601.0, 600.0, 599.2, 300.0, 60.0, 1.5]
)
def test_it_wakes_when_its_words_are_no_longer_true(left: float) -> None:
    """Just before, the text still stands; at the moment named, it is another one."""
    said = countdown(state(left), NOW)
    assert said.next_change is not None
    assert said.next_change > 0
    after = countdown(state(left), NOW + said.next_change)
    assert after.text != said.text or said.next_change <= 1.01
    before = countdown(state(left), NOW + max(0.0, said.next_change - 0.02))
    assert before.text == said.text
