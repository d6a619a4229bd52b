"""A transfer that is running: its driver's task, and the reports the driver makes."""

import asyncio
from enum import Enum, auto

from s3tui.transfer.journal import Abort, Journal
from s3tui.transfer.parts import Part
from s3tui.transfer.record import Transfer
from s3tui.transfer.table import TransferTable


class Ending(Enum):
    """Why a driver was told to stop before its end."""

    KEEP = auto()
    """What is finished stays: paused, another endpoint, or the engine ends."""
    DISCARD = auto()
    """Nothing stays: cancelled."""


class Run:
    """One running transfer. Its reports change the table and the journal on the manager's behalf."""

    def __init__(self, transfer: Transfer, table: TransferTable, journal: Journal) -> None:
        """Make ready; the manager puts the task in."""
        self.transfer = transfer
        self.task: asyncio.Task[None] | None = None
        self.ending: Ending | None = None
        self.large = table.is_large(transfer)
        """Whether it was started as one that goes in parts."""
        self.opened: Abort | None = None
        """An upload that may exist although its id has not come."""
        self.given_up: list[Abort] = []
        """Uploads of this transfer that are not used any more, and perhaps still there."""
        self.sentences: list[str] = []
        """What the driver wants to be told to the user."""
        self._table = table
        self._journal = journal

    def stop(self, ending: Ending) -> None:
        """Have the driver stop; the manager hears of its end within a second or so."""
        if self.ending is not Ending.DISCARD:
            self.ending = ending
        if self.task is not None:
            self.task.cancel()

    def moved(self, count: int) -> None:
        """Bytes moved; what comes after a stop is not counted."""
        if self.ending is None:
            self._table.moved(self.transfer, count)

    async def opening(self, since: float) -> None:
        """Remember that an upload is about to be created, so that it is found if its id never gets here."""
        transfer = self.transfer
        if transfer.upload_id:
            # Given up for a new one: if the server was wrong about it, its parts would stay for ever.
            old = Abort(transfer.endpoint, transfer.bucket, transfer.key, transfer.upload_id)
            self.given_up.append(old)
            await self._journal.opening(old)
        self.opened = Abort.unheard(transfer.endpoint, transfer.bucket, transfer.key, since)
        await self._journal.opening(self.opened)

    def not_opened(self) -> None:
        """Note that the server has refused: there is no upload."""
        if self.opened is not None:
            self._journal.aborted(self.opened)
            self.opened = None

    def stray(self) -> None:
        """Keep looking for what was made beside the upload that the transfer goes on with."""
        if self.opened is not None:
            self.given_up.append(self.opened)
            self.opened = None

    async def resized(self, size: int) -> None:
        """Correct the size that the plan was told."""
        self._table.resize(self.transfer, size)
        await self._journal.add((self.transfer,))

    async def begun(self, upload_id: str, part_size: int, etag: str) -> None:
        """Remember an upload id or ETag, before anything is built on it."""
        self._table.begin_anew(self.transfer, upload_id, part_size, etag)
        opened, self.opened = self.opened, None
        await self._journal.begun(self.transfer.id, upload_id, part_size, etag, opened)

    async def part_done(self, part: Part, etag: str) -> None:
        """Remember a finished part."""
        if self.ending is Ending.DISCARD:
            return
        self._table.part_done(self.transfer, part.number, part.length, etag)
        await self._journal.part_done(self.transfer.id, part.number, etag)

    def say(self, sentence: str) -> None:
        """Keep a sentence for the manager to tell."""
        self.sentences.append(sentence)
