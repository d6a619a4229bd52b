"""Drawing of one transfer's line; the texts come from `view.transfer_lines`."""

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from s3tui.model.transfer import TransferRow, TransferStatus
from s3tui.tui.view.transfer_lines import TransferLine

Look = Callable[[str], Style]
"""Gives the style of `transfer--<name>`."""

_NAME_LOOKS = {TransferStatus.QUEUED: "waiting", TransferStatus.CANCELLED: "waiting"}
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
        Segment(line.bar.done, look("bar")),
        Segment(line.bar.rest, look("bar-rest")),
        Segment(line.percent, name),
        Segment(line.tail, look(_TAIL_LOOKS.get(row.status, "detail"))),
    ]
    return Strip(segments).adjust_cell_length(width, detail)
