"""What is foreseen of a copy: as long as it takes at the measured pace, and nothing that is not known."""

import pytest

from s3tui.formatting import span_text
from s3tui.tui.view.outlook import outlook

GB = 1_000_000_000


def test_a_copy_that_outlasts_its_credentials_says_what_will_happen() -> None:
    ahead = outlook(312 * GB, 40_000_000, 50 * 60.0)
    assert ahead.beyond
    assert ahead.sentence == (
        "About 2 h 10 min at 40.0 MB/s, your credentials end in 50 min: "
        "it will wait for a renewal, nothing is lost."
    )


@pytest.mark.parametrize("left", [None, 3 * 3600.0])
def test_a_copy_that_ends_in_time_only_says_how_long_it_takes(left: float | None) -> None:
    ahead = outlook(312 * GB, 40_000_000, left)
    assert (ahead.sentence, ahead.beyond) == ("About 2 h 10 min at 40.0 MB/s.", False)


def test_credentials_that_renew_by_themselves_are_no_worry() -> None:
    assert not outlook(312 * GB, 40_000_000, 60.0, renews=True).beyond
    assert not outlook(GB, 0.0, -5.0, renews=True).sentence


def test_without_a_measured_pace_no_time_is_claimed() -> None:
    assert outlook(GB, 0.0, 3600.0).sentence == ""
    assert outlook(0, 40_000_000, 10.0).sentence == ""
    ahead = outlook(GB, 0.0, 7 * 60.0)
    assert ahead.beyond
    assert ahead.sentence.startswith("Your credentials end in 7 min: what is not done by then will wait")


def test_small_copies_are_worth_no_word() -> None:
    assert outlook(572, 0.0, 7 * 60.0).sentence == ""
    assert outlook(572, 40_000_000, 7 * 60.0).sentence == ""
    assert outlook(572, 40_000_000, 1.0).sentence, "the credentials end at once"


def test_ended_credentials_are_said_to_have_ended() -> None:
    assert outlook(GB, 40_000_000, -1.0).sentence.startswith("Your credentials have ended: it will wait")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (45, "45 s"),
        (120, "2 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7860, "2 h 11 min"),
        (172_800, "2 d"),
        (273_600, "3 d 4 h"),
    ],
)
def test_spans_are_as_exact_as_is_useful(seconds: float, text: str) -> None:
    assert span_text(seconds) == text
