"""What an earlier run left in the journal, until the user decides."""

import asyncio
from collections import Counter

from s3tui.errors import StorageError
from s3tui.model.transfer import UnfinishedWork
from s3tui.transfer.download import part_path
from s3tui.transfer.journal import Journal
from s3tui.transfer.protocols import LocalFiles
from s3tui.transfer.record import Transfer
from s3tui.transfer.table import Target, target_of


class Leftovers:
    """Unfinished transfers that are not in the queue yet."""

    def __init__(self, journal: Journal, files: LocalFiles) -> None:
        """Empty until `load`."""
        self._journal = journal
        self._files = files
        self._left: dict[Target, Transfer] = {}

    async def load(self) -> None:
        """Take over what the journal has read, and remove temporary files that nobody wants any more."""
        self._left = {target_of(transfer): transfer for transfer in self._journal.leftovers}
        half_done = self._journal.half_done
        if half_done:
            await asyncio.to_thread(self._discard, half_done)
            self._journal.forget(transfer.id for transfer in half_done)

    def _discard(self, half_done: tuple[Transfer, ...]) -> None:
        for transfer in half_done:
            if transfer.is_folder:
                continue
            try:
                self._files.discard(part_path(transfer, self._journal.token), transfer.root)
            except StorageError:
                pass  # a folder that cannot be written any more keeps its temporary file

    def summary(self) -> UnfinishedWork | None:
        """What to offer; None when there is nothing."""
        if not self._left:
            return None
        transfers = self._left.values()
        places = Counter((transfer.endpoint, transfer.bucket) for transfer in transfers)
        (endpoint, bucket), _ = places.most_common(1)[0]
        return UnfinishedWork(
            files=len(transfers),
            bytes_total=sum(transfer.size for transfer in transfers),
            bytes_safe=sum(transfer.safe for transfer in transfers),
            endpoint_url=endpoint,
            bucket=bucket,
        )

    def to(self, target: Target) -> Transfer | None:
        """The one that would write there."""
        return self._left.get(target)

    def take(self, transfer: Transfer) -> None:
        """Take one out, for the queue."""
        self._left.pop(target_of(transfer), None)

    def take_all(self) -> list[Transfer]:
        """Take all out, in their order."""
        transfers = sorted(self._left.values(), key=lambda transfer: transfer.id)
        self._left = {}
        return transfers
