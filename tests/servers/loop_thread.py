"""An event loop in a thread of its own, for servers that must answer while the test's own loop is busy."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_CALL_SECONDS = 30.0

Connected = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What serves one connection, and closes it."""


class LoopThread:
    """A running event loop with servers in it; `stop` closes them, cancels what is left and ends it."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()
        self._servers: list[asyncio.Server] = []
        self._serving: set[asyncio.Task[Any]] = set()

    def listen(self, serve: Connected, **options: Any) -> int:
        """Serves connections on a free loopback port and returns it; options as of asyncio.start_server."""

        async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # A connection whose reading is paused is known to nobody but its own task, and the loop does not
            # keep tasks: without this they are lost at the next garbage collection.
            task = asyncio.current_task()
            assert task is not None
            self._serving.add(task)
            try:
                await serve(reader, writer)
            except asyncio.CancelledError:
                # Only `stop` cancels; asyncio's own callback cannot bear a cancelled handler.
                pass
            finally:
                self._serving.discard(task)
                writer.transport.abort()

        server = self.call(asyncio.start_server(held, "127.0.0.1", 0, **options))
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def call(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Runs a coroutine in the loop and returns its result; raises TimeoutError after 30 s."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_CALL_SECONDS)

    def stop(self) -> None:
        """Closes the ports, cancels every task and ends the thread; safe to call again."""
        if self._loop.is_closed():
            return
        self.call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CALL_SECONDS)
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        # A connection accepted just now has a task that must start before it can close what it was given.
        await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        # Transports that were closed or aborted finish on the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)
