"""Which names a pane shows: a filter typed by the user, and hidden files."""

import fnmatch
import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from s3tui.tui.view.name_column import NameColumn


class NameFilter(Struct, frozen=True):
    """What to show of a folder. An empty filter with hidden files on shows everything."""

    pattern: str = ""
    """Case-blind. Part of a name, or a glob over the whole name when it holds `*` or `?`."""
    hidden: bool = False
    """Whether names that begin with a dot are shown."""

    @property
    def is_glob(self) -> bool:
        """Whether the pattern is matched against the whole name."""
        return "*" in self.pattern or "?" in self.pattern

    def chosen(self, rows: Sequence[int], names: NameColumn) -> Sequence[int]:
        """Those of `rows` (indexes into `names`) that are shown, in their order."""
        if not self.hidden:
            hidden = names.hidden
            rows = [row for row in rows if not hidden(row)]
        if not self.pattern:
            return rows
        if self.is_glob:
            test = name_test(self.pattern)
            return [row for row in rows if test(names[row])]
        part = self.pattern.casefold()
        return [row for row in rows if part in names[row].casefold()]


def name_test(pattern: str) -> Callable[[str], bool]:
    """A case-blind test of one name: a glob when `pattern` holds `*` or `?`, else part of the name."""
    folded = pattern.casefold()
    if "*" in folded or "?" in folded:
        # Only * and ? are special: names hold square brackets more often than people mean character sets.
        glob = re.compile(fnmatch.translate(folded.replace("[", "[[]"))).match
        return lambda name: glob(name.casefold()) is not None
    return lambda name: folded in name.casefold()
