"""The engine and its workers with waiting times short enough for tests; everything else is the program's own.

What takes minutes with the limits users have takes seconds: the proportions stay. `shorten` comes before
anything else of the program is imported.
"""

from s3tui.storage import limits
from s3tui.storage.limits import Limits


class Hasty(Limits, frozen=True):
    """The limits, a tenth to a twentieth as long."""

    connect: float = 2.0
    answer: float = 4.0
    browse_answer: float = 4.0
    call: float = 6.0
    window: float = 1.5
    verdict: float = 30.0
    backoff: float = 0.05
    backoff_cap: float = 1.0
    retry_after_cap: float = 3.0
    retry_rate: float = 15.0


def shorten() -> None:
    """Make everything that is imported from now on hasty."""
    limits.Limits = Hasty  # type: ignore[misc]
