"""Telling a paste from typing where keys are commands.

Through GNU screen and serial lines a paste arrives as single keys, hundreds of which would be commands.
Keys that follow each other faster than anybody types are held back for a moment; when they turn out to be a
paste none of them runs.
"""

from textual import events

GAP_SECONDS = 0.012
"""Keys nearer to each other than this are held together; the fastest key repeat is 30 ms."""

END_SECONDS = 0.3
"""A paste is over after this long without a key."""

_FEWEST = 8
"""Different characters that make a burst a paste; a held key repeats the same one."""

_LINE_ENDS = {"enter": "\n", "ctrl+j": "\n", "ctrl+m": "\n", "tab": "\t"}


class PasteGuard:
    """Collects keys of one burst."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._held: list[events.Key] = []
        self._pasting = False

    @property
    def wait(self) -> float:
        """Seconds without a key after which `release` is to be called."""
        return END_SECONDS if self._pasting else GAP_SECONDS

    def takes(self, key: events.Key) -> bool:
        """Hold a key back if it may be part of a paste; False leaves it to run at once."""
        starts = bool(key.character) and key.is_printable
        if not starts and not (self._held and key.key in _LINE_ENDS):
            return False
        self._held.append(key)
        if len({held.character for held in self._held}) >= _FEWEST:
            self._pasting = True
        return True

    def release(self) -> tuple[tuple[events.Key, ...], str]:
        """The burst is over: keys to run after all, and the text of a paste; one of them is empty."""
        held, self._held = tuple(self._held), []
        pasting, self._pasting = self._pasting, False
        if not pasting:
            return held, ""
        return (), "".join(_LINE_ENDS.get(key.key) or key.character or "" for key in held)
