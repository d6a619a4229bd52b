"""Byte workers as the manager uses them: in the engine's own loop, or spread over processes."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Protocol

from s3tui.credentials.live import LiveCredentials
from s3tui.engine import worker_messages as say
from s3tui.engine.connecting import Link
from s3tui.engine.worker_process import WorkerLost, WorkerProcess
from s3tui.model.credentials import Endpoint, Workspace
from s3tui.model.failure import Failure
from s3tui.model.work import Failed, Outcome, Unit
from s3tui.storage.setback import Retries, Setback
from s3tui.transfer.protocols import ByteWorkers, Moved

if TYPE_CHECKING:
    from s3tui.storage.byte_work import ByteWork

_log = logging.getLogger(__name__)

DEATHS_SECONDS = 60.0
"""The span in which the deaths of workers are counted."""


class WorkerPool(ByteWorkers, Protocol):
    """Byte workers that follow the engine's connection."""

    def use(self, link: Link) -> None:
        """Move bytes over this connection from now on."""
        ...

    def credentials_changed(self) -> None:
        """Take over the state of the engine's live credentials."""
        ...

    def warm_up(self) -> None:
        """Get ready in the background: work is about to come."""
        ...

    async def close(self) -> None:
        """Stop everything and end."""
        ...


class InLoopWorkers:
    """Bytes move in the engine's own loop: for tests, and where no process can be started."""

    def __init__(self) -> None:
        """Start without a connection."""
        self._work: ByteWork | None = None

    def use(self, link: Link) -> None:
        """Move bytes over this connection from now on."""
        # It stands on the S3 libraries, which are there once there is a link.
        from s3tui.storage.byte_work import ByteWork

        self._work = ByteWork(link.clients, link.home)

    def credentials_changed(self) -> None:
        """Nothing to do: the connection's own clients are used."""

    def warm_up(self) -> None:
        """Nothing to do."""

    async def run(self, unit: Unit, moved: Moved, tried: int = 0) -> Outcome:
        """Do a unit here, for which `tried` requests were made before."""
        if self._work is None:
            return _no_worker("there is no connection")
        return await self._work.run(unit, moved, tried)

    async def close(self) -> None:
        """Nothing to end."""


class ProcessWorkers:
    """`count` worker processes, started when there is much to do, replaced when they die.

    While none is ready, units are done in the engine's own loop: small jobs never wait for a process, and
    where no process can be started everything still works.
    """

    def __init__(self, count: int, connections: int, live: LiveCredentials) -> None:
        """Share `connections` requests at once among `count` processes that sign with `live`."""
        self._count = count
        self._connections = -(-connections // count)
        self._live = live
        self._place: tuple[Endpoint, Workspace | None] = (Endpoint(), None)
        self._here = InLoopWorkers()
        self._retries: Retries | None = None
        self._hands: list[WorkerProcess] = []
        self._filling = asyncio.Lock()
        self._deaths: deque[float] = deque()
        self._background: set[asyncio.Task[None]] = set()
        self._wanted = False
        self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that are ready."""
        return tuple(hand.pid for hand in self._hands if hand.ready)

    def use(self, link: Link) -> None:
        """Move bytes over a connection like this one; units under way over another one fail."""
        self._here.use(link)
        self._retries = link.clients.retries
        place = (link.connection.endpoint, link.home)
        if place == self._place:
            return
        self._place = place
        for hand in self._hands:
            self._put_in_step(hand)

    def credentials_changed(self) -> None:
        """Tell every worker the state of the engine's live credentials."""
        for hand in self._hands:
            hand.tell(self._credentials())

    def warm_up(self) -> None:
        """Start the processes in the background."""
        self._wanted = True
        self._fill_soon()

    async def run(self, unit: Unit, moved: Moved) -> Outcome:
        """Give a unit to the worker with the least to do; a worker's death costs one more try."""
        tried = 0
        for _ in range(2):
            ready = [hand for hand in self._hands if hand.ready]
            if not ready:
                return await self._here.run(unit, moved, tried)
            try:
                return await min(ready, key=lambda hand: hand.load).run(unit, moved, tried)
            except WorkerLost as lost:
                tried = lost.tried
                _log.warning("a byte worker ended while it had a %s", type(unit).__name__)
        return _no_worker("two of them ended over this piece of work")

    async def close(self) -> None:
        """End every worker; units under way fail."""
        self._closed = True
        for task in tuple(self._background):
            task.cancel()
        hands, self._hands = tuple(self._hands), []
        await asyncio.gather(*(hand.close() for hand in hands))

    def _fill_soon(self) -> None:
        if self._wanted and not self._closed and len(self._hands) < self._count:
            self._in_background(self._fill())

    async def _fill(self) -> None:
        async with self._filling:
            while len(self._hands) < self._count and not self._closed and not self._hopeless():
                try:
                    hand = await WorkerProcess.start(self._heard, self._may_retry, self._ended)
                except OSError as error:
                    _log.warning("no byte worker could be started: %s", error.strerror)
                    return
                self._put_in_step(hand)
                self._hands.append(hand)

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _put_in_step(self, hand: WorkerProcess) -> None:
        hand.tell(say.UseConnection(*self._place, self._connections))
        hand.tell(self._credentials())

    def _credentials(self) -> say.UseCredentials:
        live = self._live
        return say.UseCredentials(live.current, live.generation, live.refused, live.clock.offset)

    def _heard(self, hand: WorkerProcess, message: say.FromWorker) -> None:
        if isinstance(message, say.ServerSaysExpired):
            self._live.server_says_expired(message.generation)
        elif isinstance(message, say.ClockSeen):
            self._live.clock.put(message.offset)

    async def _may_retry(self, setback: Setback) -> bool:
        return self._retries is not None and await self._retries.again(setback)

    def _ended(self, hand: WorkerProcess) -> None:
        if hand in self._hands:
            self._hands.remove(hand)
            self._deaths.append(time.monotonic())
            self._in_background(hand.close())
            self._fill_soon()

    def _hopeless(self) -> bool:
        """Whether workers die faster than it makes sense to start new ones."""
        while self._deaths and time.monotonic() - self._deaths[0] > DEATHS_SECONDS:
            self._deaths.popleft()
        return len(self._deaths) > 4 * self._count


def _no_worker(reason: str) -> Failed:
    return Failed(
        Failure(
            "unreachable", f"The processes that move bytes do not work: {reason}.", "Try again in a minute."
        )
    )
