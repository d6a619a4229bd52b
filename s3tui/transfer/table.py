"""Every transfer of this run, in order and by state: what the manager changes and others see copies of.

Counts, sums and queues are kept up to date with each change, so that a snapshot costs the same for one
transfer and for 100,000.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from s3tui.model.transfer import Direction, QueueSummary, TransferRow, TransferStatus
from s3tui.transfer.record import Transfer
from s3tui.transfer.throughput import Meter, time_to_go

SNAPSHOT_ROWS = 64
"""Rows at most in one snapshot."""

_LATEST_FAILURES = 12
_NEXT_QUEUED = 16
_PAUSED_SHOWN = 12

Target = tuple[Direction, str | None, str | bytes, str]


def target_of(transfer: Transfer) -> Target:
    """What two transfers must not write at the same time."""
    if transfer.uploads:
        return (Direction.UPLOAD, transfer.endpoint, transfer.key, transfer.bucket)
    return (Direction.DOWNLOAD, None, transfer.local, "")


class Lane:
    """What waits for one endpoint: small and large files apart, because they are limited apart."""

    __slots__ = ("large", "small")

    def __init__(self) -> None:
        """Start empty."""
        self.small: OrderedDict[int, Transfer] = OrderedDict()
        self.large: OrderedDict[int, Transfer] = OrderedDict()

    def __iter__(self) -> Iterator[Transfer]:
        """Large ones first: there are few of them."""
        return chain(self.large.values(), self.small.values())


class TransferTable:
    """The transfers and their sums. Only the manager and its runs call what changes them."""

    def __init__(self, threshold: int) -> None:
        """Start empty; transfers of at least `threshold` bytes are large."""
        self.records: dict[int, Transfer] = {}
        self.running: dict[int, Transfer] = {}
        self.meter = Meter()
        self.meters: dict[int, Meter] = {}
        """Of running transfers."""
        self._threshold = threshold
        self._lanes: dict[str | None, Lane] = {}
        self._paused: OrderedDict[int, Transfer] = OrderedDict()
        self._failed: deque[Transfer] = deque(maxlen=_LATEST_FAILURES)
        self._counts: dict[str | None, Counter[TransferStatus]] = {}
        self._active: dict[Target, int] = {}
        self._total = self._done = self._safe = 0

    # ---- changes -------------------------------------------------------------------------------------

    def add(self, transfer: Transfer) -> None:
        """Take in a new transfer with the status it has."""
        if not self._active:
            self._total = self._done = self._safe = 0
        self.records[transfer.id] = transfer
        self._enter(transfer)

    def change(self, transfer: Transfer, status: TransferStatus, *, front: bool = False) -> None:
        """Give a transfer another status; `front` puts a queued one first in its lane."""
        if transfer.status is TransferStatus.QUEUED and status is TransferStatus.RUNNING:
            # Nearly every one goes this way, and no sum changes.
            counts = self._counts[transfer.endpoint]
            counts[TransferStatus.QUEUED] -= 1
            counts[TransferStatus.RUNNING] += 1
            self._queue(transfer).pop(transfer.id, None)
            transfer.status = status
            self.running[transfer.id] = transfer
            self.meters[transfer.id] = Meter()
            return
        self._leave(transfer)
        transfer.status = status
        self._enter(transfer, front=front)

    def moved(self, transfer: Transfer, count: int) -> None:
        """Count bytes of a running transfer."""
        transfer.moved += count
        self._done += count
        self.meter.add(count)
        if meter := self.meters.get(transfer.id):
            meter.add(count)

    def resize(self, transfer: Transfer, size: int) -> None:
        """Correct the size of a transfer."""
        self._leave(transfer)
        transfer.size = size
        self._enter(transfer)

    def part_done(self, transfer: Transfer, number: int, length: int, etag: str) -> None:
        """Note a finished part."""
        if transfer.parts is None:
            transfer.parts = {}
        transfer.parts[number] = etag
        self._safe += length

    def begin_anew(self, transfer: Transfer, upload_id: str, part_size: int, etag: str) -> None:
        """Forget finished parts and take back what moved; new upload id, part size and ETag."""
        if transfer.id in self.records and not transfer.status.finished:
            self._safe -= transfer.safe
            self._done -= transfer.moved
        transfer.upload_id, transfer.part_size, transfer.etag = upload_id, part_size, etag
        transfer.parts = None
        transfer.moved = 0

    def rewind(self, transfer: Transfer) -> None:
        """Count only finished parts of a transfer that was interrupted."""
        if transfer.status is TransferStatus.SUCCEEDED:
            return
        safe = transfer.safe
        if not transfer.status.finished:
            self._done += safe - transfer.moved
        transfer.moved = safe

    def drop(self, transfer: Transfer) -> None:
        """Forget a finished transfer."""
        self._leave(transfer)
        del self.records[transfer.id]

    def _enter(self, transfer: Transfer, *, front: bool = False) -> None:
        status = transfer.status
        counts = self._counts.get(transfer.endpoint)
        if counts is None:
            counts = self._counts[transfer.endpoint] = Counter()
        counts[status] += 1
        if status is TransferStatus.SUCCEEDED:
            transfer.moved = transfer.size
        if status in (TransferStatus.FAILED, TransferStatus.CANCELLED):
            if status is TransferStatus.FAILED:
                self._failed.append(transfer)
            return
        self._total += transfer.size
        self._done += transfer.moved
        if status.finished:
            return
        self._safe += transfer.safe
        self._active[target_of(transfer)] = transfer.id
        if status is TransferStatus.RUNNING:
            self.running[transfer.id] = transfer
            self.meters[transfer.id] = Meter()
        elif status is TransferStatus.PAUSED:
            self._paused[transfer.id] = transfer
        else:
            queue = self._queue(transfer)
            queue[transfer.id] = transfer
            if front:
                queue.move_to_end(transfer.id, last=False)

    def _leave(self, transfer: Transfer) -> None:
        status = transfer.status
        self._counts[transfer.endpoint][status] -= 1
        if status is TransferStatus.FAILED and transfer in self._failed:
            self._failed.remove(transfer)
        if status.finished:
            # What has succeeded stays in the sums of this run, also when it is cleared from the list.
            return
        self._total -= transfer.size
        self._done -= transfer.moved
        self._safe -= transfer.safe
        self._active.pop(target_of(transfer), None)
        self.running.pop(transfer.id, None)
        self.meters.pop(transfer.id, None)
        self._paused.pop(transfer.id, None)
        self._queue(transfer).pop(transfer.id, None)

    def _queue(self, transfer: Transfer) -> OrderedDict[int, Transfer]:
        lane = self.lane(transfer.endpoint)
        return lane.large if self.is_large(transfer) else lane.small

    # ---- questions -----------------------------------------------------------------------------------

    def is_large(self, transfer: Transfer) -> bool:
        """Whether a transfer goes in parts."""
        return transfer.size >= self._threshold

    def lane(self, endpoint: str | None) -> Lane:
        """What waits for an endpoint."""
        found = self._lanes.get(endpoint)
        if found is None:
            found = self._lanes[endpoint] = Lane()
        return found

    @property
    def unfinished(self) -> bool:
        """Whether anything is queued, running, held or paused."""
        return bool(self._active)

    def active_to(self, target: Target) -> Transfer | None:
        """The unfinished transfer that writes there."""
        transfer_id = self._active.get(target)
        return None if transfer_id is None else self.records[transfer_id]

    def upload_in_use(self, endpoint: str | None, bucket: str, key: str) -> str | None:
        """The upload id of the unfinished transfer to a key; "" before it has one, None without one."""
        transfer = self.active_to((Direction.UPLOAD, endpoint, key, bucket))
        return None if transfer is None else transfer.upload_id

    def picked(self, transfer_ids: tuple[int, ...]) -> list[Transfer]:
        """The transfers with these ids, or all."""
        if not transfer_ids:
            return list(self.records.values())
        return [self.records[one] for one in transfer_ids if one in self.records]

    def summary(self, endpoint: str | None, held: bool) -> QueueSummary:
        """The sums, seen with a connection to `endpoint` whose credentials are `held` or not."""
        seen: Counter[TransferStatus] = Counter()
        for place, counts in self._counts.items():
            for status, count in counts.items():
                seen[self._seen(status, place, endpoint, held)] += count
        rate = self.meter.rate()
        by_status: dict[str, Any] = {status.value: seen[status] for status in TransferStatus}
        return QueueSummary(
            **by_status,
            bytes_total=self._total,
            bytes_done=self._done,
            bytes_safe=self._safe,
            rate=rate,
            eta=time_to_go(self._total - self._done, rate) if self._active else None,
        )

    def top_rows(self, endpoint: str | None, held: bool) -> tuple[TransferRow, ...]:
        """What a screen wants first: running, paused, latest failures, next in the queue."""
        others = (lane for place, lane in self._lanes.items() if place != endpoint)
        waiting = chain(self.lane(endpoint), *others)
        chosen = chain(
            self.running.values(),
            islice(self._paused.values(), _PAUSED_SHOWN),
            reversed(self._failed),
            islice(waiting, _NEXT_QUEUED),
        )
        return tuple(self._row(transfer, endpoint, held) for transfer in islice(chosen, SNAPSHOT_ROWS))

    def rows(
        self,
        offset: int,
        limit: int,
        statuses: tuple[TransferStatus, ...],
        endpoint: str | None,
        held: bool,
    ) -> tuple[tuple[TransferRow, ...], int]:
        """A window of the transfers in their order, and how many there are in all."""
        if not statuses:
            window = islice(self.records.values(), offset, offset + limit)
            return tuple(self._row(transfer, endpoint, held) for transfer in window), len(self.records)
        wanted = [
            transfer
            for transfer in self.records.values()
            if self._seen(transfer.status, transfer.endpoint, endpoint, held) in statuses
        ]
        window_of = wanted[offset : offset + limit]
        return tuple(self._row(transfer, endpoint, held) for transfer in window_of), len(wanted)

    def _row(self, transfer: Transfer, endpoint: str | None, held: bool) -> TransferRow:
        meter = self.meters.get(transfer.id)
        return transfer.row(
            self._seen(transfer.status, transfer.endpoint, endpoint, held), meter.rate() if meter else 0.0
        )

    @staticmethod
    def _seen(status: TransferStatus, place: str | None, endpoint: str | None, held: bool) -> TransferStatus:
        """A status as shown: what waits for credentials of its endpoint is held."""
        if status in (TransferStatus.QUEUED, TransferStatus.RUNNING) and (held or place != endpoint):
            return TransferStatus.HELD
        return status
