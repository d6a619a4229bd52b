"""Which keys the bottom line has room for."""

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len


class KeyHint(Struct, frozen=True):
    """A command as the key bar names it."""

    key: str
    """The key as people say it: "c", "Space"."""
    label: str
    """One word: "Copy"."""
    twin: str = ""
    """The file manager's key for the same: "F5"; shown where there is room."""
    rank: int = 1
    """0 always stays; the highest rank is dropped first."""
    off: bool = False
    """It would be refused now: drawn faintly, and its reason is told when it is pressed."""

    def key_text(self, with_twin: bool) -> str:
        """The key, with its twin when asked for."""
        return f"{self.key} {self.twin}" if with_twin and self.twin else self.key


def fit_hints(hints: Sequence[KeyHint], width: int) -> tuple[tuple[KeyHint, ...], bool]:
    """The hints that fit into `width` cells in their order, and whether their twins fit too."""
    kept = list(hints)
    if hints_width(kept, True) <= width:
        return tuple(kept), True
    while kept and hints_width(kept, False) > width:
        worst = max(range(len(kept)), key=lambda index: (kept[index].rank, index))
        del kept[worst]
    return tuple(kept), False


def hints_width(hints: Sequence[KeyHint], with_twin: bool) -> int:
    """Cells that the hints take: " key label " each, and nothing between."""
    return sum(cell_len(hint.key_text(with_twin)) + cell_len(hint.label) + 3 for hint in hints)
