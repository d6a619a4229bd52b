"""Reads expiry times in the forms that platforms print.

Only a time that says its zone is taken: a naive local time, a duration or a guess gives None. All results are
aware UTC times without fractions.
"""

import datetime as dt
import re

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip
_MONTHS |= {
    "fev": 2,
    "avr": 4,
    "mai": 5,
    "juin": 6,
    "juil": 7,
    "aou": 8,
    "mrz": 3,
    "okt": 10,
    "dez": 12,
    "dic": 12,
}
_MONTHS |= {"ene": 1, "abr": 4, "ago": 8, "set": 9, "out": 10}
_ZONES = {"z": 0, "utc": 0, "gmt": 0, "ut": 0, "zulu": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300}
_ZONES |= {
    "mst": -420,
    "mdt": -360,
    "pst": -480,
    "pdt": -420,
    "cet": 60,
    "cest": 120,
    "mez": 60,
    "mesz": 120,
    "wet": 0,
    "west": 60,
    "eet": 120,
}
_ZONES |= {
    "eest": 180,
    "aest": 600,
    "aedt": 660,
    "acst": 570,
    "acdt": 630,
    "awst": 480,
    "nzst": 720,
    "nzdt": 780,
}
_ZONES |= {"jst": 540, "kst": 540, "hkt": 480, "sgt": 480}

_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,12})?)?(?:\s{0,2}([AaPp])\.?[Mm]\.?)?"
_ZONE = (
    r"(?:\s{0,2}\(?(?:(?:UTC|GMT|utc|gmt)\s?)?([+\-\u2212]\d{1,2}(?::?\d{2}){0,2})(?![\d])"
    r"|\s{0,2}\(?([A-Za-z]{1,5})\b)?"
)
_ISO = re.compile(
    rf"(?<!\d)(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?:[T_,]?\s{{0,3}}(?:at\s|um\s)?){_CLOCK}{_ZONE}"
)
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z")
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|\.)?[ \-/]([A-Za-zéûä]{3,9})\.?,?[ \-/](\d{4}|(?<=-)\d{2}),?\s{1,3}"
    rf"(?:at\s|um\s|à\s)?{_CLOCK}{_ZONE}"
)
_MONTH_FIRST = re.compile(
    rf"\b([A-Za-z]{{3,9}})\.?\s{{1,3}}(\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,3}}(\d{{4}}),?\s{{1,3}}(?:at\s)?{_CLOCK}{_ZONE}"
)
_YEAR_LAST = re.compile(
    rf"\b([A-Za-z]{{3,9}})\s{{1,3}}(\d{{1,2}})\s{{1,3}}{_CLOCK}\s{{1,2}}([A-Za-z]{{1,5}}|[+\-]\d{{4}})\s{{1,2}}(\d{{4}})"
)
_DOTTED = re.compile(rf"(?<!\d)(\d{{1,2}})\.(\d{{1,2}})\.(\d{{4}}),?\s{{1,3}}(?:um\s)?{_CLOCK}{_ZONE}")
_PYTHON = re.compile(
    r"datetime(?:\.datetime)?\((\d{4}),\s?(\d{1,2}),\s?(\d{1,2}),\s?(\d{1,2}),\s?(\d{1,2})(?:,\s?(\d{1,2}))?(?:,\s?\d{1,6})?"
    r",\s?tzinfo=(?:tzutc\(\)|(?:datetime\.)?timezone\.utc|(?:datetime\.)?UTC|<UTC>|tzlocal\(\)|TzInfo\(UTC\))"
)
_EPOCH = re.compile(
    r"\A\s{0,4}[\"']?(?:/Date\()?(\d{9,14})(?:\.\d{1,9})?(?:[eE]\+?0?9)?(?:[+\-]0000)?(?:\)/)?[\"']?\s{0,4}(?:[,;)}\]#|].{0,80}|\(.{0,80})?\Z"
)
_SCIENTIFIC = re.compile(r"\A\s{0,4}(\d\.\d{3,12})[eE]\+?(0?9|12)\b")


def instant(text: str, aside: str = "") -> dt.datetime | None:
    """Return the time that the text behind an expiry's name gives, or None.

    Args:
        text: the rest of the line; a time may have words before and after it.
        aside: what stood in brackets beside the name; "UTC" there is a zone.
    """
    text = text[:160].strip()
    try:
        return _epoch(text) or _written(text, aside)
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> dt.datetime | None:
    if match := _SCIENTIFIC.match(text):
        number = float(match.group(1)) * 10 ** int(match.group(2))
    elif match := _EPOCH.match(text):
        number = float(match.group(1))
    else:
        return None
    seconds = round(number / 1000 if number >= 1e11 else number)
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if 9e8 <= seconds <= 1e10 else None


def _written(text: str, aside: str) -> dt.datetime | None:
    default = 0 if re.search(r"\b(?:UTC|GMT)\b", aside, re.IGNORECASE) else None
    if match := _PYTHON.search(text):
        if "tzlocal" in match.group():
            return None
        numbers = [int(part or 0) for part in match.groups()]
        return dt.datetime(*numbers[:6], tzinfo=dt.UTC)  # type: ignore[misc, arg-type]
    if match := _COMPACT.search(text):
        return dt.datetime(*map(int, match.groups()), tzinfo=dt.UTC)  # type: ignore[misc, arg-type]
    if match := _ISO.search(text):
        year, month, day, *rest = match.groups()
        return _made(int(year), int(month), int(day), rest, default)
    if match := _DOTTED.search(text):
        day, month, year, *rest = match.groups()
        return _made(int(year), int(month), int(day), rest, default)
    if match := _DAY_FIRST.search(text):
        day, name, year, *rest = match.groups()
        return _made(int(year) + (2000 if len(year) == 2 else 0), _month(name), int(day), rest, default)
    if match := _MONTH_FIRST.search(text):
        name, day, year, *rest = match.groups()
        return _made(int(year), _month(name), int(day), rest, default)
    if match := _YEAR_LAST.search(text):
        name, day, hour, minute, second, half, zone, year = match.groups()
        offset, letters = (zone, None) if zone[0] in "+-" else (None, zone)
        return _made(
            int(year), _month(name), int(day), [hour, minute, second, half, offset, letters], default
        )
    return None


def _month(name: str) -> int:
    plain = name.lower().replace("é", "e").replace("û", "u").replace("ä", "a")
    return _MONTHS.get(plain[:4]) or _MONTHS.get(plain[:3]) or 0


def _made(year: int, month: int, day: int, rest: list[str | None], default: int | None) -> dt.datetime | None:
    hour, minute, second, half, offset, letters = rest
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half in "pP" else 0)
    minutes = _offset(offset, letters, default)
    if minutes is None:
        return None
    extra = dt.timedelta()
    if hours == 24:
        hours, extra = 0, dt.timedelta(days=1)
    zone = dt.timezone(dt.timedelta(minutes=minutes))
    seconds = min(int(second or 0), 59)
    return (dt.datetime(year, month, day, hours, int(minute or 0), seconds, tzinfo=zone) + extra).astimezone(
        dt.UTC
    )


def _offset(offset: str | None, letters: str | None, default: int | None) -> int | None:
    if offset:
        digits = offset[1:].replace(":", "")
        digits = digits.zfill(2) if len(digits) <= 2 else digits.zfill(4)
        minutes = int(digits[:2]) * 60 + int(digits[2:4] or 0)
        return -minutes if offset[0] in "-\u2212" else minutes
    if letters:
        return _ZONES.get(letters.lower(), default)
    return default
