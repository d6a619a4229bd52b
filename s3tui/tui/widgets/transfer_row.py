"""Drawing of one transfer's line; the texts come from `view.transfer_lines`."""

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from s3tui.model.transfer import TransferRow, TransferStatus
from s3tui.tui.view.transfer_lines import TransferLine

Look = Callable[[str], Style]
"""Gives the style of `transfer--<name>`."""

_COLOURS = {
    "sign": "color: $text-accent; text-style: bold;",
    "name": "color: $foreground;",
    "detail": "color: $text-muted;",
    "bar": "color: $success; background: $foreground 12%;",
    "bar-waiting": "color: $foreground 40%; background: $foreground 12%;",
    "bar-failed": "color: $error; background: $foreground 12%;",
    "bar-rest": "color: $foreground 18%; background: $foreground 12%;",
    "waiting": "color: $text-muted;",
    "held": "color: $text-warning; text-style: bold;",
    "failed": "color: $text-error; text-style: bold;",
}

TRANSFER_LOOKS = frozenset(f"transfer--{name}" for name in _COLOURS)
"""Component classes of a widget that draws transfers."""


def looks_css(widget: str, background: str) -> str:
    """Style rules of the looks for a widget class on a background."""
    return "\n".join(
        f"{widget} > .transfer--{name} {{ background: {background}; {rule} }}"
        for name, rule in _COLOURS.items()
    )


_NAME_LOOKS = {TransferStatus.QUEUED: "waiting", TransferStatus.CANCELLED: "waiting"}
_BAR_LOOKS = {
    TransferStatus.RUNNING: "bar",
    TransferStatus.SUCCEEDED: "bar",
    TransferStatus.FAILED: "bar-failed",
}
_TAIL_LOOKS = {
    TransferStatus.FAILED: "failed",
    TransferStatus.HELD: "held",
    TransferStatus.PAUSED: "held",
}


def transfer_strip(row: TransferRow, line: TransferLine, width: int, look: Look) -> Strip:
    """The line of a transfer, exactly `width` cells."""
    name = look(_NAME_LOOKS.get(row.status, "name"))
    detail = look("detail")
    sign = look("failed" if row.status is TransferStatus.FAILED else "sign")
    segments = [
        Segment(line.sign, sign),
        Segment(line.name, name),
        Segment(f"{line.size} ", detail),
        Segment(line.bar.done, look(_BAR_LOOKS.get(row.status, "bar-waiting"))),
        Segment(line.bar.rest, look("bar-rest" if line.bar.rest.strip() else "detail")),
        Segment(line.percent, name),
        Segment(line.tail, look(_TAIL_LOOKS.get(row.status, "detail"))),
    ]
    return Strip(segments).adjust_cell_length(width, detail)
