"""The names of a listing as one block of bytes: a million of them take a third of what texts would."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import overload

_ERRORS = "surrogateescape"
_BETWEEN = b"\0"
_DOT = ord(".")


class NameColumn(Sequence[str]):
    """Names by row; rows are only ever added.

    A name is decoded when it is asked for; bytes that are no text become surrogates, as in Python's own file
    functions.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._text = bytearray(_BETWEEN)
        """A zero byte before, between and behind names, so that whole ones can be searched for."""
        self._starts = array("Q", (1,))
        """Where each name begins, and where the next one will."""

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._starts) - 1

    @overload
    def __getitem__(self, row: int) -> str: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[str]: ...

    def __getitem__(self, row: int | slice) -> str | Sequence[str]:
        """The name of a row, 0 first, or those of a slice as texts."""
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        if row < 0:
            row = range(len(self))[row]
        starts = self._starts
        return self._text[starts[row] : starts[row + 1] - 1].decode("utf-8", _ERRORS)

    def __iter__(self) -> Iterator[str]:
        """The names in their order."""
        return map(self.__getitem__, range(len(self)))

    def __contains__(self, name: object) -> bool:
        """Whether there is a name."""
        return isinstance(name, str) and self.find(name) is not None

    def extend(self, raw_names: Sequence[bytes]) -> None:
        """Add names as the bytes they are."""
        starts = accumulate((len(raw) + 1 for raw in raw_names), initial=len(self._text))
        next(starts)
        self._starts.extend(starts)
        for raw in (_BETWEEN.join(raw_names), _BETWEEN) if raw_names else ():
            self._text += raw

    def hidden(self, row: int) -> bool:
        """Whether a name begins with a dot."""
        return self._text[self._starts[row]] == _DOT

    def find(self, name: str) -> int | None:
        """The first row of exactly this name; None when there is none."""
        wanted = name.encode("utf-8", _ERRORS)
        at = -1
        while (at := self._text.find(_BETWEEN + wanted + _BETWEEN, at + 1)) >= 0:
            row = bisect_left(self._starts, at + 1)
            # A name that holds zero bytes itself is found in pieces.
            if self._starts[row] == at + 1 and self._starts[row + 1] == at + len(wanted) + 2:
                return row
        return None
