"""How sizes, rates, times and names are written; the only user of humanize."""

import datetime as dt
import unicodedata

import humanize

_BIDI_AND_INVISIBLE = {"Cf", "Cc", "Cs", "Co", "Cn", "Zl", "Zp"}


def size_text(size: int) -> str:
    """Bytes for people: 12400000 → "12.4 MB". Negative (no size) is an empty string."""
    if size < 0:
        return ""
    if size < 1000:
        return f"{size} B"
    return humanize.naturalsize(size, format="%.1f")


def rate_text(rate: float) -> str:
    """Bytes per second for people; empty when nothing moves."""
    return f"{size_text(round(rate))}/s" if rate >= 1 else ""


def count_text(count: int, noun: str, plural: str = "") -> str:
    """ "1 file", "2,000 files"."""
    return f"{humanize.intcomma(count)} {noun if count == 1 else plural or noun + 's'}"


def clock_text(seconds: float) -> str:
    """A duration as a clock: 45 → "00:45", 4211 → "1:10:11", 200000 → "2 d 07 h"."""
    whole = max(0, int(seconds))
    if whole >= 100 * 3600:
        return f"{whole // 86400} d {whole % 86400 // 3600:02} h"
    hours, rest = divmod(whole, 3600)
    minutes, last = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{last:02}" if hours else f"{minutes:02}:{last:02}"


def span_text(seconds: float) -> str:
    """A duration in words, as exact as it is useful: "45 s", "42 min", "2 h 10 min", "3 d 4 h"."""
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def eta_text(seconds: float | None) -> str:
    """Time to go, or a dash when it cannot be known."""
    return "–" if seconds is None else clock_text(seconds)


def time_text(modified: float, now: float) -> str:
    """A modification time in at most 6 columns: "12:04" today, "21 Nov" this year, "2019" before."""
    if modified < 0:
        return ""
    try:
        then, today = dt.datetime.fromtimestamp(modified), dt.datetime.fromtimestamp(now)
    except (OverflowError, OSError, ValueError):
        return "?"
    if then.date() == today.date():
        return then.strftime("%H:%M")
    if then.year == today.year or 0 <= now - modified < 180 * 86400:
        return f"{then.day} {then.strftime('%b')}"
    return str(then.year)


def printable(text: str) -> str:
    """Foreign text made harmless: control, format and undecodable characters become visible escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if character == " " or unicodedata.category(character) not in _BIDI_AND_INVISIBLE:
        return character
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def shortened(text: str, width: int) -> str:
    """Text cut in its middle to `width` columns, so that a file name keeps its ending."""
    if len(text) <= width:
        return text
    if width <= 1:
        return text[:width]
    tail = (width - 1) * 2 // 5
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :] if tail else ''}"
