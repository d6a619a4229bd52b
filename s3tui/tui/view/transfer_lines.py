"""How transfers are written in lines: one per transfer, and the queue as a whole in one."""

from collections.abc import Iterable, Sequence
from typing import Self

from msgspec import Struct
from rich.cells import cell_len

from s3tui.formatting import count_text, eta_text, rate_text, size_text
from s3tui.model.transfer import Direction, QueueSummary, TransferRow, TransferStatus
from s3tui.tui.view.bars import Bar, bar, fraction_of, percent_text
from s3tui.tui.view.line_parts import Part
from s3tui.tui.view.text_cells import cut_middle, cut_path, fitted, shown

_RATE = 10
"""Cells of "999.9 MB/s"."""
_ETA = 8
_SIZE = 8

_PANEL_ORDER = (
    TransferStatus.RUNNING,
    TransferStatus.HELD,
    TransferStatus.PAUSED,
    TransferStatus.FAILED,
    TransferStatus.QUEUED,
)

_WORDS = {
    TransferStatus.QUEUED: "queued",
    TransferStatus.HELD: "waits for keys",
    TransferStatus.PAUSED: "paused",
    TransferStatus.SUCCEEDED: "done",
    TransferStatus.FAILED: "failed",
    TransferStatus.CANCELLED: "cancelled",
}


class TransferColumns(Struct, frozen=True):
    """Widths in cells of the columns of a transfer's line; 0 leaves a column out."""

    name: int
    size: int
    bar: int
    rate: int = _RATE
    eta: int = _ETA

    @classmethod
    def for_width(cls, width: int, *, with_size: bool = False) -> Self:
        """Share out a line of `width` cells; the size has room from 96 cells on, or where it is asked for."""
        with_size = (with_size and width >= 74) or width >= 96
        fixed = 3 + 1 + 1 + 4 + 2 + _RATE + 1 + _ETA + 1 + (1 + _SIZE if with_size else 0)
        room = width - fixed
        if room < 20:
            # No rate, no time: name, bar and percent are what a narrow terminal shows.
            room = max(0, width - 10)
            return cls(room - room // 3, 0, room // 3, 0, 0)
        bar_width = min(40, room * 9 // 20)
        return cls(room - bar_width, _SIZE if with_size else 0, bar_width)


class TransferLine(Struct, frozen=True):
    """The texts of one line, side by side."""

    sign: str
    """Three cells."""
    name: str
    size: str
    bar: Bar
    percent: str
    tail: str
    """Rate and time to go, or a word."""


def transfer_line(row: TransferRow, columns: TransferColumns) -> TransferLine:
    """Write a transfer in these columns."""
    arrow = "▲" if row.direction is Direction.UPLOAD else "▼"
    alarm = "!" if row.status is TransferStatus.FAILED else " "
    size = f" {fitted(size_text(row.size), columns.size, right=True)}" if columns.size else ""
    finished_well = row.status is TransferStatus.SUCCEEDED
    moved = row.size if finished_well else row.moved
    percent = percent_text(moved, row.size)
    fraction = fraction_of(moved, row.size)
    if not row.size and not finished_well:
        percent, fraction = "  0%", 0.0
    idle = row.status in (TransferStatus.QUEUED, TransferStatus.CANCELLED) and not row.moved
    return TransferLine(
        sign=f"{alarm}{arrow} ",
        name=fitted(cut_middle(shown(row.name), columns.name), columns.name),
        size=size,
        # An empty bar in every waiting row would be a wall; the word says enough.
        bar=Bar("", " " * columns.bar) if idle else bar(fraction, columns.bar),
        percent="     " if idle else f" {percent}",
        tail=_tail(row, columns),
    )


def _tail(row: TransferRow, columns: TransferColumns) -> str:
    """Rate and ETA while bytes move, a word otherwise, in the same width."""
    if not columns.rate:
        return " "
    width = 2 + columns.rate + 1 + columns.eta + 1
    if row.status is not TransferStatus.RUNNING:
        return fitted(f"  {fitted(_WORDS[row.status], width - 3, right=True)}", width)
    if row.moved >= row.size > 0:
        return fitted(f"  {fitted('checking', width - 3, right=True)}", width)
    left = (row.size - row.moved) / row.rate if row.rate >= 1 else None
    rate = fitted(rate_text(row.rate), columns.rate, right=True)
    return f"  {rate} {fitted(eta_text(left), columns.eta, right=True)} "


def panel_rows(rows: Iterable[TransferRow], most: int) -> tuple[TransferRow, ...]:
    """The rows worth a line in the panel: what runs, what waits for somebody, what failed, what is next."""
    ranks = {status: rank for rank, status in enumerate(_PANEL_ORDER)}
    chosen = sorted((row for row in rows if row.status in ranks), key=lambda row: ranks[row.status])
    return tuple(chosen[:most])


def summary_parts(summary: QueueSummary, renew_key: str) -> tuple[Sequence[Part], Sequence[Part]]:
    """The queue in one line: counts on the left; bytes, rate and time on the right."""
    left: list[Part] = []
    if summary.held and not summary.running:
        waiting = count_text(summary.held, "transfer waits", "transfers wait")
        left += [
            Part(f"{waiting} for new credentials", "held"),
            Part(f"{size_text(summary.bytes_safe)} safe" if summary.bytes_safe else "", "held", 1),
            Part(f"press {renew_key}", "held"),
        ]
    else:
        left += [
            Part(_counted(summary.running, "running")),
            Part(_counted(summary.held, "held"), "held"),
            Part(_counted(summary.queued, "queued")),
        ]
    left += [
        Part(_counted(summary.paused, "paused")),
        Part(f"! {summary.failed:,} failed" if summary.failed else "", "failed"),
    ]
    if not summary.held:
        left.append(Part(_counted(summary.succeeded, "done"), "", 3))
    right: list[Part] = []
    if summary.active:
        rest = max(0, summary.bytes_total - summary.bytes_done)
        right = [
            Part(f"  {percent_text(summary.bytes_done, summary.bytes_total).strip()}", "", 2),
            Part(f"  {size_text(rest)} left", "", 1),
        ]
        if summary.running:
            right += [
                Part(f"  {rate_text(summary.rate)}", "rate"),
                Part(f"  {eta_text(summary.eta)}", "rate"),
            ]
    return left, right


def held_text(summary: QueueSummary) -> str:
    """What waits for credentials, and how many bytes will not be sent again."""
    waiting = count_text(summary.held, "transfer waits", "transfers wait")
    return f"{waiting}, {size_text(summary.bytes_safe)} are safe." if summary.bytes_safe else f"{waiting}."


def woken_text(held: QueueSummary | None) -> str:
    """That new credentials are in place, and what goes on with them; `held` is None when nothing waited."""
    if held is None or not held.held:
        return "New credentials are in place."
    waiting = count_text(held.held, "transfer goes on", "transfers go on")
    safe = f"; {size_text(held.bytes_safe)} need not be sent again" if held.bytes_safe else ""
    return f"New credentials are in place: {waiting}{safe}."


def stopping_text(count: int, bytes_safe: int) -> str:
    """What becomes of `count` unfinished transfers, of which so many bytes are in finished parts."""
    stops = "It stops now and goes on" if count == 1 else "They stop now and go on"
    if bytes_safe:
        return f"{stops} later: {size_text(bytes_safe)} in finished parts need not be sent again."
    begins = "it begins anew" if count == 1 else "they begin anew"
    return f"{stops} later. No part is finished yet, so {begins} then."


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count else ""


def heading_text(columns: TransferColumns, width: int) -> str:
    """Names of the columns, above them."""
    if not columns.rate:
        return fitted("   Name", width)
    size = f" {fitted('Size', columns.size, right=True)}" if columns.size else ""
    bar_head = fitted("Progress", columns.bar)
    rate, eta = fitted("Rate", columns.rate, right=True), fitted("Left", columns.eta, right=True)
    return fitted(f"   {fitted('Name', columns.name)}{size} {bar_head}       {rate} {eta}", width)


def transfer_words(row: TransferRow, width: int) -> tuple[str, str]:
    """Two texts on one transfer: from where to where in `width` cells, and how it stands."""
    half = (width - 3) // 2
    source, destination = shown(str(row.source)), shown(str(row.destination))
    room = max(half, width - 3 - cell_len(destination))
    source = cut_path(source, room)
    way = f"{source} → {cut_path(destination, width - 3 - cell_len(source))}"
    if row.failure is not None:
        return way, f"! {shown(row.failure.text)}"
    state = _WORDS.get(row.status, "running")
    parts = [f"{size_text(row.moved)} of {size_text(row.size)}", state]
    if row.parts:
        parts.append(f"part {row.parts_done:,} of {row.parts:,}")
    if row.assurance is not None:
        parts.append(row.assurance.value)
    return way, " · ".join(parts)
