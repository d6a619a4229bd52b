"""One byte worker process as the engine sees it: its channel, what it is doing, and whether it lives."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from s3tui.engine import worker_messages as say
from s3tui.engine.spawn import Child, own_niceness, spawn_child
from s3tui.engine.wire import Channel
from s3tui.errors import EngineError
from s3tui.model.work import Outcome, Unit
from s3tui.storage.setback import Setback
from s3tui.transfer.protocols import Moved

WORKER_MODULE = "s3tui.engine.worker"
_OUR_LOG = 2
"""Standard error: the engine's own log."""

CANCEL_SECONDS = 1.0
"""How long a cancelled unit may take until its worker has let go of it."""


class WorkerLost(Exception):
    """The worker process ended while it had a unit; `tried` counts the requests made for that."""

    def __init__(self, tried: int) -> None:
        super().__init__("a worker process ended")
        self.tried = tried


class _Job:
    """A unit that a worker has, and what it has reported so far."""

    def __init__(self, moved: Moved, tried: int) -> None:
        self.moved = moved
        self.total = 0
        self.tried = tried + 1
        """Requests made for it, as far as is known here."""
        self.asks: set[asyncio.Task[None]] = set()
        self.outcome: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()

    def progress(self, count: int) -> None:
        self.total += count
        self.moved(count)

    def finish(self, outcome: Outcome | None) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def let_go(self) -> None:
        for task in self.asks:
            task.cancel()


class WorkerProcess:
    """A worker process; `run` gives it units, `tell` keeps it in step."""

    def __init__(
        self,
        child: Child,
        channel: Channel[say.FromWorker],
        on_message: Callable[["WorkerProcess", say.FromWorker], None],
        on_setback: Callable[[Setback], Awaitable[bool]],
        on_end: Callable[["WorkerProcess"], None],
    ) -> None:
        """Use `start` instead."""
        self._on_setback = on_setback
        self._child = child
        self._channel = channel
        self._on_message = on_message
        self._on_end = on_end
        self._ids = itertools.count(1)
        self._jobs: dict[int, _Job] = {}
        self._reading = asyncio.create_task(self._read(), name="worker-replies")
        self.alive = True
        self.ready = False
        """Whether it would begin with a unit at once."""

    @classmethod
    async def start(
        cls,
        on_message: Callable[["WorkerProcess", say.FromWorker], None],
        on_setback: Callable[[Setback], Awaitable[bool]],
        on_end: Callable[["WorkerProcess"], None],
    ) -> "WorkerProcess":
        """Start a process; it takes messages at once and works when its imports are done.

        Args:
            on_message: called with what it has to say besides its units.
            on_setback: grants retries, see `s3tui.storage.setback.Retries`.
            on_end: called when it has ended.

        Raises:
            OSError: no process could be started.
        """
        child = spawn_child(WORKER_MODULE, _OUR_LOG, own_niceness())
        return cls(child, await Channel.over(child.socket, say.FromWorker), on_message, on_setback, on_end)

    @property
    def load(self) -> int:
        """Units it has."""
        return len(self._jobs)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.process.pid

    def tell(self, message: say.UseConnection | say.UseCredentials) -> None:
        """Keep it in step with the engine."""
        self._channel.send(message)

    async def run(self, unit: Unit, moved: Moved, tried: int = 0) -> Outcome:
        """Have a unit done for which `tried` requests were made before.

        Cancelling returns when the worker has let go, within a second.

        Raises:
            WorkerLost: the process ended; what it had reported has been taken back.
        """
        if not self.alive:
            raise WorkerLost(tried)
        job_id, job = next(self._ids), _Job(moved, tried)
        self._jobs[job_id] = job
        try:
            self._channel.send(say.RunUnit(job_id, unit, tried))
            outcome = await job.outcome
        except asyncio.CancelledError:
            await self._let_go(job_id, job)
            raise
        finally:
            self._jobs.pop(job_id, None)
            job.let_go()
        if outcome is None:
            job.progress(-job.total)
            raise WorkerLost(job.tried)
        return outcome

    async def _let_go(self, job_id: int, job: _Job) -> None:
        """Have a unit stopped whose outcome nobody awaits any more, unless it has ended."""
        if self.alive and job.outcome.cancelled():
            job.outcome = asyncio.get_running_loop().create_future()
            # A part that lands after its upload was aborted would stay on the server and cost money.
            self._channel.send(say.CancelUnit(job_id))
            await asyncio.wait((job.outcome,), timeout=CANCEL_SECONDS)

    def _asked(self, message: say.AskRetry) -> None:
        job = self._jobs.get(message.unit_id)
        if job is not None:
            task = asyncio.create_task(self._answer(message, job))
            job.asks.add(task)
            task.add_done_callback(job.asks.discard)

    async def _answer(self, message: say.AskRetry, job: _Job) -> None:
        granted = await self._on_setback(message.setback)
        job.tried += granted
        if self.alive:
            self._channel.send(say.MayRetry(message.id, granted))

    async def close(self) -> None:
        """Hang up and see it end."""
        await self._channel.close()
        await asyncio.wait((self._reading,))
        await asyncio.to_thread(self._child.reap, 1.0)

    async def _read(self) -> None:
        try:
            while (message := await self._channel.receive()) is not None:
                match message:
                    case say.UnitsMoved():
                        for job_id, count in message.moved.items():
                            if job_id in self._jobs:
                                self._jobs[job_id].progress(count)
                    case say.UnitDone():
                        if message.id in self._jobs:
                            self._jobs[message.id].progress(message.moved)
                            self._jobs[message.id].finish(message.outcome)
                    case say.AskRetry():
                        self._asked(message)
                    case say.WorkerReady():
                        self.ready = True
                    case _:
                        self._on_message(self, message)
        except EngineError:
            pass  # it speaks nonsense: as good as dead
        self.alive = False
        for job in tuple(self._jobs.values()):
            job.finish(None)
        self._on_end(self)
