"""How long the credentials last, in words that need no colour.

Time is counted by the server's clock: `CredentialState.clock_offset` says how far it is from ours. By the
minute while there is time, by the second in the last ten minutes.
"""

from enum import StrEnum

from msgspec import Struct

from s3tui.engine.messages import CredentialState
from s3tui.formatting import clock_text

SOON = 15 * 60
"""Seconds below which the time left is worth a warning."""

LAST = 5 * 60
"""Seconds below which renewing is urgent."""

_BY_THE_SECOND = 10 * 60
_LONG = 100 * 3600


class Urgency(StrEnum):
    """How the countdown is drawn; the words say the same."""

    NONE = "none"
    """Not connected."""
    CALM = "calm"
    UNKNOWN = "unknown"
    SOON = "soon"
    LAST = "last"
    EXPIRED = "expired"


class Countdown(Struct, frozen=True):
    """What the title bar says of the credentials."""

    text: str
    short: str
    """The same for narrow terminals."""
    urgency: Urgency
    next_change: float | None = None
    """Seconds until the text is another one; None when it will not change by itself."""


def countdown(state: CredentialState, now: float) -> Countdown:
    """What to say at `now`, Unix seconds by our own clock."""
    if not state.label:
        return Countdown("not connected", "not connected", Urgency.NONE)
    if state.refused:
        return Countdown("EXPIRED", "EXPIRED", Urgency.EXPIRED)
    if state.expires_at is None:
        if state.renews:
            return Countdown("renews by itself", "renews", Urgency.CALM)
        text = "expiry unknown" if state.temporary else "never expires"
        return Countdown(text, text, Urgency.UNKNOWN if state.temporary else Urgency.CALM)
    left = state.expires_at - (now + state.clock_offset)
    if left <= 0:
        return Countdown("EXPIRED", "EXPIRED", Urgency.EXPIRED)
    if state.renews:
        return Countdown("renews by itself", "renews", Urgency.CALM, left + 0.01)
    if left < LAST:
        clock = clock_text(left)
        return Countdown(f"RENEW NOW {clock} left", f"!! {clock}", Urgency.LAST, _until_second(left))
    clock = clock_text(left) if left < _BY_THE_SECOND else _minutes_text(left)
    if left < SOON:
        return Countdown(f"renew soon {clock} left", f"! {clock}", Urgency.SOON, _next_change(left))
    return Countdown(f"{clock} left", clock, Urgency.CALM, _next_change(left))


def _minutes_text(left: float) -> str:
    """Whole minutes: "42 min", "6 h 02 min"; days when there are many hours."""
    if left >= _LONG:
        return clock_text(left)
    hours, minutes = divmod(int(left) // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


def _until_second(left: float) -> float:
    """Seconds until the whole seconds left are one less; a little more, so that they surely are."""
    return left % 1 + 0.01


def _next_change(left: float) -> float:
    if left < _BY_THE_SECOND:
        return _until_second(left)
    # A whole minute left shows the same words until it has passed, as do hours when only hours are shown.
    step = 3600 if left >= _LONG else 60
    return min(left % step, left - _BY_THE_SECOND) + 0.01
