"""The journal's rows as transfers and back; what no row of ours can hold shows that the file is damaged."""

import time
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from s3tui.model.failure import Failure
from s3tui.model.transfer import TransferStatus
from s3tui.transfer.parts import PartPlan
from s3tui.transfer.record import Transfer

COLUMNS = (
    "id, direction, local, root, bucket, key, key_root, endpoint, size, modified, overwrite, move, status, "
    "upload_id, part_size, etag, failure, assurance"
)
"""Of the table of transfers, in the order of `row_of`."""

_NAMES = COLUMNS.split(", ")
_fields = attrgetter(*_NAMES[:-2])
_SWITCHES = ("overwrite", "move")


def row_of(transfer: Transfer) -> tuple[Any, ...]:
    """What is written of a transfer, its parts apart."""
    failure = msgspec.json.encode(transfer.failure) if transfer.failure else None
    return (*_fields(transfer), failure, transfer.assurance)


VERSION_COLUMNS = "direction, local, bucket, key, endpoint, size, modified"
_version = attrgetter(*VERSION_COLUMNS.split(", "))


def version_of(transfer: Transfer) -> int:
    """One number for a source as it was planned and the place it goes to."""
    return hash(_version(transfer))


class Arrived:
    """Versions (`version_of`) that have been brought."""

    def __init__(self, versions: Iterable[int] = (), until: float = 0.0) -> None:
        """Know some; `until` is when the last of them came (Unix seconds)."""
        self.until = until
        self._versions = set(versions)

    def add(self, version: int) -> None:
        """Take in one that has come now."""
        self._versions.add(version)
        self.until = time.time()

    def __contains__(self, version: int) -> bool:
        return version in self._versions


def unfinished(transfer: Transfer) -> bool:
    """Whether a transfer can be gone on with: as `journal_file.UNFINISHED` says it."""
    if transfer.status is TransferStatus.FAILED:
        return transfer.part_size > 0
    return not transfer.status.finished


def transfers_of(rows: Iterable[Sequence[Any]], parts: Iterable[Sequence[Any]]) -> dict[int, Transfer]:
    """The transfers of these rows by id, with their parts: rows of transfer, number and ETag.

    Raises:
        ValueError: a row cannot be one of ours.
    """
    found = {transfer.id: transfer for transfer in map(_transfer, rows)}
    for row in parts:
        transfer_id, number, etag = msgspec.convert(row, tuple[int, int, str])
        transfer = found.get(transfer_id)
        if transfer is None:
            raise ValueError(f"part {number} of no transfer")
        if transfer.parts is None:
            transfer.parts = {}
        transfer.parts[number] = etag
    for transfer in found.values():
        _expect_possible(transfer)
    return found


def _transfer(row: Sequence[Any]) -> Transfer:
    coded = dict(zip(_NAMES, row, strict=True))
    for name in _SWITCHES:
        coded[name] = bool(coded[name])
    if coded["failure"] is not None:
        coded["failure"] = msgspec.json.decode(coded["failure"], type=Failure)
    return msgspec.convert(coded, Transfer)


def _expect_possible(transfer: Transfer) -> None:
    lengths = (transfer.size, transfer.part_size, transfer.root, transfer.key_root)
    if min(lengths) < 0 or b"\0" in transfer.local:
        raise ValueError(f"transfer {transfer.id} cannot be")
    if transfer.parts:
        count = PartPlan(transfer.size, transfer.part_size).count if transfer.part_size else 0
        if min(transfer.parts) < 1 or max(transfer.parts) > count:
            raise ValueError(f"transfer {transfer.id} has parts that it cannot have")
