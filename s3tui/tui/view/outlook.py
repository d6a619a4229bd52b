"""How long a copy will take, and whether the credentials last as long: one sentence, before it begins."""

from msgspec import Struct

from s3tui.formatting import rate_text, span_text

_SHORT = 15 * 60
"""Seconds of life that may be worth a word even where nothing is known of the pace."""

_SLOW = 1_000_000
"""Bytes per second: what lasts this way is worth no word where nothing is known of the pace."""

_AT_ONCE = 2.0
"""Seconds that are worth no word."""

NOTHING_LOST = "it will wait for a renewal, nothing is lost"


class Outlook(Struct, frozen=True):
    """What can be foreseen."""

    sentence: str = ""
    """Empty where nothing is known."""
    beyond: bool = False
    """Whether the credentials are expected to end before."""


NOTHING_FORESEEN = Outlook()


def outlook(size: int, pace: float, left: float | None, *, renews: bool = False) -> Outlook:
    """Look ahead.

    Args:
        size: bytes to move, with those that are queued before.
        pace: bytes per second that were measured; 0 when none were.
        left: seconds until the credentials end; None when unknown or never.
        renews: whether they are renewed without anybody doing anything.
    """
    if left is not None and left <= 0 and not renews:
        return Outlook(f"Your credentials have ended: {NOTHING_LOST}.", True)
    if pace < 1 or size <= 0:
        if left is None or renews or left > _SHORT or size / _SLOW <= left:
            return NOTHING_FORESEEN
        return Outlook(
            f"Your credentials end in {span_text(left)}: what is not done by then will wait for a renewal,"
            " nothing is lost.",
            True,
        )
    if size / pace < _AT_ONCE and (left is None or renews or left > _AT_ONCE):
        return NOTHING_FORESEEN
    takes = f"about {span_text(size / pace)} at {rate_text(pace)}"
    if left is None or renews or size / pace <= left:
        return Outlook(f"{takes[0].upper()}{takes[1:]}.")
    return Outlook(
        f"{takes[0].upper()}{takes[1:]}, your credentials end in {span_text(left)}: {NOTHING_LOST}.", True
    )
