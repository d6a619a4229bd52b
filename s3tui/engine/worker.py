"""`python -m s3tui.engine.worker FD`: one byte worker, a stateless process that does units of work.

It knows what its engine told it and nothing else. When the engine is gone its channel ends, and so does it.
"""

import asyncio
import itertools
import signal
import socket
import sys
from contextvars import ContextVar

from s3tui.credentials.live import LiveCredentials, ServerClock
from s3tui.engine import worker_messages as say
from s3tui.engine.child import end_at_once, end_imports, take_socket
from s3tui.engine.wire import Channel
from s3tui.errors import EngineError
from s3tui.hardening import harden
from s3tui.model.failure import Failure
from s3tui.model.work import Failed, Outcome, Unit
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.s3_client import S3Clients
from s3tui.storage.setback import Setback

TELL_SECONDS = 0.1
"""Time between two messages about progress."""


_unit_id: ContextVar[int] = ContextVar("unit_id")


class EngineRetries:
    """Has the engine grant retries: it knows what all workers do to the server."""

    def __init__(self, channel: Channel[say.ToWorker]) -> None:
        """Ask over this channel."""
        self._channel = channel
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[bool]] = {}

    async def again(self, setback: Setback) -> bool:
        """Wait for the engine's word."""
        ask_id = next(self._ids)
        word: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked[ask_id] = word
        try:
            self._channel.send(say.AskRetry(ask_id, _unit_id.get(), setback))
            return await word
        finally:
            del self._asked[ask_id]

    def answer(self, message: say.MayRetry) -> None:
        """Take the engine's word; of a unit that was stopped meanwhile it is not needed any more."""
        word = self._asked.get(message.id)
        if word is not None and not word.done():
            word.set_result(message.granted)

    def answered(self) -> None:
        """Nothing to note: the engine gets the outcome of the unit."""


class Worker:
    """Does what arrives on its channel until that ends."""

    def __init__(self, channel: Channel[say.ToWorker]) -> None:
        """Serve `channel` once `run` is awaited."""
        self._channel = channel
        self._live = LiveCredentials(ServerClock(), self._credentials_changed)
        self._clients: S3Clients | None = None
        self._work: ByteWork | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._moved: dict[int, int] = {}
        self._telling = False
        """Whether progress will be told in a moment."""
        self._told_offset = 0.0
        self._retries = EngineRetries(channel)

    async def run(self) -> None:
        """Serve until the engine hangs up."""
        try:
            while (message := await self._channel.receive()) is not None:
                await self._take(message)
        except EngineError:
            pass  # not a channel of ours any more: end like at its end
        await self._drop_clients()
        await self._channel.close()

    async def _take(self, message: say.ToWorker) -> None:
        match message:
            case say.UseConnection():
                await self._drop_clients()
                await self._use(message)
            case say.UseCredentials():
                self._put(message)
            case say.RunUnit():
                task = asyncio.create_task(self._do(message.id, message.unit, message.tried))
                self._tasks[message.id] = task
                task.add_done_callback(lambda _: self._tasks.pop(message.id, None))
            case say.CancelUnit():
                if message.id in self._tasks:
                    self._tasks[message.id].cancel()
            case say.MayRetry():
                self._retries.answer(message)

    async def _use(self, message: say.UseConnection) -> None:
        clients = S3Clients(
            message.endpoint, self._live, connections=message.connections, retries=self._retries
        )
        await clients.open(early=False)
        self._clients, self._work = clients, ByteWork(clients, message.home, reads_in_loop=True)
        self._channel.send(say.WorkerReady())

    async def _drop_clients(self) -> None:
        running = tuple(self._tasks.values())
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        if self._clients is not None:
            await self._clients.close()
        self._clients = self._work = None

    def _put(self, message: say.UseCredentials) -> None:
        self._told_offset = message.clock_offset
        self._live.clock.put(message.clock_offset)
        if message.credentials is None:
            self._live.clear()
        elif message.generation != self._live.generation:
            self._live.put(message.credentials)
        self._live.generation = message.generation
        if message.refused:
            self._live.server_says_expired(message.generation)

    def _credentials_changed(self) -> None:
        if self._live.refused:
            self._channel.send(say.ServerSaysExpired(self._live.generation))

    async def _do(self, unit_id: int, unit: Unit, tried: int) -> None:
        _unit_id.set(unit_id)

        def moved(count: int) -> None:
            if not self._telling:
                self._telling = True
                asyncio.get_running_loop().call_later(TELL_SECONDS, self._tell_progress)
            self._moved[unit_id] = self._moved.get(unit_id, 0) + count

        outcome: Outcome = Failed(Failure("unreachable", "The work was stopped before it was done."))
        try:
            if self._work is not None:
                outcome = await self._work.run(unit, moved, tried)
        except asyncio.CancelledError:
            pass  # the engine knows, or is about to get the outcome above
        finally:
            self._tell_clock()
            self._channel.send(say.UnitDone(unit_id, outcome, self._moved.pop(unit_id, 0)))

    def _tell_progress(self) -> None:
        self._telling = False
        if self._moved:
            moved, self._moved = self._moved, {}
            self._channel.send(say.UnitsMoved(moved))

    def _tell_clock(self) -> None:
        offset = self._live.clock.offset
        if offset != self._told_offset:
            self._told_offset = offset
            self._channel.send(say.ClockSeen(offset))


async def _serve(sock: socket.socket) -> None:
    channel: Channel[say.ToWorker] = await Channel.over(sock, say.ToWorker)
    await Worker(channel).run()


def main(argv: list[str]) -> int:
    """Work for the engine behind the descriptor named in `argv`; returns the exit status."""
    harden()
    end_imports()
    # Its engine ends it. An interrupt would make the loop give up units that nobody has stopped.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sock = take_socket(argv)
    if sock is None:
        return 2
    asyncio.run(_serve(sock))
    end_at_once()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
