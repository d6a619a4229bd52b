"""Does units of byte work inside one event loop; see `transfer.protocols.ByteWorkers`."""

import asyncio
import threading
from collections.abc import Callable

from s3tui.errors import S3tuiError
from s3tui.model.credentials import Workspace
from s3tui.model.failure import Failure
from s3tui.model.work import (
    CheckRanges,
    Failed,
    FetchFile,
    FetchRange,
    Outcome,
    PutFile,
    SendPart,
    Unit,
    VerifyFile,
)
from s3tui.storage.byte_fetch import ByteFetch
from s3tui.storage.byte_send import ByteSend
from s3tui.storage.integrity import check_ranges, verify
from s3tui.storage.near_files import NearFiles
from s3tui.storage.s3_call import S3Calls, tried
from s3tui.storage.s3_client import S3Clients

Moved = Callable[[int], None]


class ByteWork:
    """Stateless: everything a unit needs is in it, apart from the clients and their credentials."""

    def __init__(
        self, clients: S3Clients, home: Workspace | None = None, *, reads_in_loop: bool = False
    ) -> None:
        """Use open clients, for at most as many units at once as they have connections.

        `home` is a place that could be listed with the credentials when the connection was made; with it
        expiry can be told from denial where the server does not say which. With `reads_in_loop` small files
        are read without a thread while their disk is quick: for a loop that has nothing else to do.
        """
        self._calls = S3Calls(clients, in_slots=True)
        if home is not None:
            self._calls.home_is_known_open(home)
        near = NearFiles(in_loop=reads_in_loop)
        self._send = ByteSend(self._calls, near)
        self._fetch = ByteFetch(self._calls, near)
        self._slots = asyncio.Semaphore(clients.connections)

    async def run(self, unit: Unit, moved: Moved, already_tried: int = 0) -> Outcome:
        """Do one unit. Waits for credentials as long as it takes; cancelling stops it at once.

        Failures are `Failed` outcomes; what was reported for them has been taken back. `already_tried` counts
        the requests that another worker has made for it: they count for this one's limit.
        """
        before = tried.set(already_tried + (unit.tried if isinstance(unit, SendPart) else 0))
        try:
            if isinstance(unit, VerifyFile | CheckRanges):
                return await _read_in_thread(unit)
            async with self._slots:
                return await self._move(unit, moved)
        except S3tuiError as error:
            return Failed(Failure.of(error))
        finally:
            tried.reset(before)

    async def _move(self, unit: PutFile | SendPart | FetchFile | FetchRange, moved: Moved) -> Outcome:
        match unit:
            case PutFile():
                return await self._send.file(unit, moved)
            case SendPart():
                return await self._send.part(unit, moved)
            case FetchFile():
                return await self._fetch.file(unit, moved)
            case FetchRange():
                return await self._fetch.range(unit, moved)


async def _read_in_thread(unit: VerifyFile | CheckRanges) -> Outcome:
    stop = threading.Event()
    try:
        if isinstance(unit, CheckRanges):
            return await asyncio.to_thread(check_ranges, unit, stop.is_set)
        return await asyncio.to_thread(verify, unit, stop.is_set)
    finally:
        stop.set()
