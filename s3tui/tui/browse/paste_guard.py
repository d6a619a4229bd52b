"""Telling a paste from typing where keys are commands.

Through GNU screen and serial lines a paste arrives as single keys, hundreds of which would be commands.
Keys that follow each other faster than anybody types are looked at together; when they turn out to be a
paste none of them runs.
"""

from collections.abc import Iterable

from msgspec import Struct
from textual import events

GAP_SECONDS = 0.012
"""Keys nearer to each other than this belong together; the fastest key repeat is 30 ms."""

END_SECONDS = 0.3
"""A paste is over after this long without a key."""

_FEWEST = 8
"""Different characters that make a burst a paste; a held key repeats the same one."""

_OPENER = ":"
"""Opens a line to type into, and begins no paste: what follows it at once was typed for that line."""

_SEARCHERS = frozenset("/+")
"""Open a line too, but secrets begin with these as well: a line as long as one is none to search for."""

_NAMERS = frozenset("nr")
"""Commands that ask for a name. Pastes begin with these letters too, but none of a secret is so short."""

_SHORTEST_SECRET = 40

_LINE_ENDS = {"enter": "\n", "ctrl+j": "\n", "ctrl+m": "\n", "tab": "\t"}


class Burst(Struct, frozen=True):
    """The keys at the beginning of those that wait which arrived together."""

    count: int = 0
    """How many keys; 0 when the first one is no character, and runs at once."""
    text: str = ""
    """What they say, when they are a paste; empty otherwise."""
    wait: float = 0.0
    """Seconds after which to look again, because more may come; 0 when the burst is over."""


def burst_of(waiting: Iterable[events.Event], now: float) -> Burst:
    """Look at the keys that wait, the oldest first.

    Args:
        waiting: what has arrived and has not been given to a screen.
        now: the time by the clock of the events, in seconds.
    """
    letters: list[str] = []
    last = 0.0
    over = pasting = False
    for event in waiting:
        letter = _letter(event, first=not letters)
        allowed = END_SECONDS if pasting else GAP_SECONDS
        if not letter or (letters and event.time - last > allowed):
            over = True
            break
        letters.append(letter)
        last = event.time
        pasting = pasting or len(set(letters)) >= _FEWEST
    if not letters or letters[0] == _OPENER:
        return Burst(min(len(letters), 1))
    text = "".join(letters) if pasting else ""
    left = 0.0 if over else max(0.0, last + (END_SECONDS if pasting else GAP_SECONDS) - now)
    if letters[0] in _SEARCHERS and len(text.partition("\n")[0]) < _SHORTEST_SECRET:
        return Burst(0 if left else 1, "", left)
    return Burst(len(letters), "" if _is_a_name(text) else text, left)


def _is_a_name(text: str) -> bool:
    """Whether it is one short line behind a command that asks for a name."""
    return text[:1] in _NAMERS and len(text) < _SHORTEST_SECRET and "\n" not in text[:-1]


def _letter(event: events.Event, *, first: bool) -> str:
    """The character a key puts into a text; empty for what is no part of a paste."""
    if not isinstance(event, events.Key):
        return ""
    if event.character and event.is_printable:
        return event.character
    return "" if first else _LINE_ENDS.get(event.key, "")
