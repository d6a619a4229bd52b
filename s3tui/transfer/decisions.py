"""From a plan and the user's decisions to transfers."""

import os
from collections.abc import AsyncIterator

from s3tui.errors import AccessDenied, NotFound
from s3tui.model.location import S3Location
from s3tui.model.transfer import ClashPolicy, Direction, NamePolicy
from s3tui.transfer.journal_rows import Arrived, version_of
from s3tui.transfer.names import free_name
from s3tui.transfer.plan import Existing, TransferPlan
from s3tui.transfer.protocols import ObjectStore
from s3tui.transfer.record import Transfer

_CLOCKS = 120.0
"""Seconds by which the clocks of servers and ours may differ."""


class Deciding:
    """Goes through a plan once."""

    def __init__(
        self,
        plan: TransferPlan,
        policy: ClashPolicy,
        decisions: dict[int, ClashPolicy],
        endpoint: str | None,
        store: ObjectStore | None,
        names: NamePolicy = NamePolicy.RENAME,
    ) -> None:
        """`policy` holds for every clash that `decisions` has nothing for, by index."""
        self.arrived = Arrived()
        """Versions that were brought before: as servers and files tell times each in their own way, what has
        come may look older than its source."""
        self._plan = plan
        self._policy = policy
        self._decisions = decisions
        self._endpoint = endpoint
        self._store = store
        self._names = names
        self._taken: set[str] | None = None

    async def transfers(self) -> AsyncIterator[Transfer]:
        """The transfers to queue, in the plan's order, without ids."""
        plan = self._plan
        for index in plan.live():
            if index in plan.renamed and self._names is NamePolicy.LEAVE_OUT:
                continue
            existing = plan.clashes.get(index)
            if existing is None:
                yield plan.transfer(index, self._endpoint)
                continue
            match self._decisions.get(index, self._policy):
                case ClashPolicy.SKIP:
                    continue
                case ClashPolicy.NEWER if self._is_there(index, existing):
                    continue
                case ClashPolicy.GO_ON if self._was_brought(index, existing):
                    continue
                case ClashPolicy.RENAME:
                    transfer = plan.transfer(index, self._endpoint)
                    await self._rename(transfer)
                    yield transfer
                case _:
                    transfer = plan.transfer(index, self._endpoint)
                    transfer.overwrite = True
                    yield transfer

    def _is_there(self, index: int, existing: Existing) -> bool:
        """Whether the source is not newer than what is at its destination."""
        return self._plan.modified(index) <= existing.modified or self._was_brought(index, existing)

    def _was_brought(self, index: int, existing: Existing) -> bool:
        """Whether an earlier run brought this version, and what is there is not younger than that run."""
        if existing.size != self._plan.size(index) or existing.modified > self.arrived.until + _CLOCKS:
            return False
        return version_of(self._plan.transfer(index, self._endpoint)) in self.arrived

    async def _rename(self, transfer: Transfer) -> None:
        """Give the destination a name that nothing there and nothing planned has."""
        taken = self._names_taken()
        name = transfer.key if transfer.uploads else os.fsdecode(transfer.local)
        tried: set[str] = set()
        while True:
            candidate = free_name(name, lambda path: path in taken or path in tried)
            if not await self._exists(transfer, candidate):
                break
            tried.add(candidate)
        taken.add(candidate)
        # What the user chose himself ends with the folder now: the name is ours.
        if transfer.uploads:
            transfer.key = candidate
        else:
            transfer.local = os.fsencode(candidate)
        transfer.key_root = min(transfer.key_root, len(transfer.key))
        transfer.root = min(transfer.root, len(transfer.local))

    def _names_taken(self) -> set[str]:
        if self._taken is None:
            plan = self._plan
            uploads = plan.direction is Direction.UPLOAD
            self._taken = {
                plan.key(index) if uploads else os.fsdecode(plan.local_path(index)) for index in plan.live()
            }
        return self._taken

    async def _exists(self, transfer: Transfer, candidate: str) -> bool:
        if not transfer.uploads:
            return os.path.lexists(candidate)
        if self._store is None:
            return False
        try:
            await self._store.head(S3Location(transfer.bucket, candidate), wait=True)
        except (NotFound, AccessDenied):
            return False
        return True
