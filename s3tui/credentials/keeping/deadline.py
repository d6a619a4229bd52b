"""Blocking calls with a limit, in daemon threads.

A keyring service that never answers must neither stop the event loop nor hold up the end of the program.
The default executor joins its threads at exit; daemon threads are left behind.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from s3tui.credentials.keeping.vault import KeepingError

T = TypeVar("T")


class BoundedCalls:
    """Runs calls to one slow thing one after another, each with at most `limit` seconds."""

    def __init__(self, name: str, limit: float) -> None:
        """Keep what sentences call the thing, as in "The keyring", and the limit in seconds."""
        self._name = name
        self._limit = limit
        self._turn = asyncio.Lock()
        self._call: _Call[Any] | None = None

    async def run(self, work: Callable[[], T], undo: Callable[[], object] | None = None) -> T:
        """Return what `work` returns, called in a daemon thread.

        A call that was given up may still finish much later. If it then succeeds, `undo` is called, so that
        nothing stays behind that the user was told is not kept.

        Raises:
            KeepingError: there was no answer within the limit, an earlier call has still not answered, or
                `work` failed.
        """
        async with self._turn:
            await self._earlier()
            call: _Call[T] = _Call(work, undo)
            self._call = call
            call.thread.start()
            await asyncio.wait((call.done,), timeout=self._limit)
            if not call.give_up():
                raise self._no_answer()
        if call.error is not None:
            raise call.error
        if call.broken:
            raise KeepingError(f"{self._name} failed ({call.broken}).")
        return call.result.pop()

    async def _earlier(self) -> None:
        """Let a call end whose waiter was cancelled; one that never answered is not waited for again."""
        earlier = self._call
        if earlier is None or not earlier.thread.is_alive():
            return
        if not earlier.given_up:
            await asyncio.wait((earlier.done,), timeout=self._limit)
        if earlier.given_up or not earlier.done.done():
            raise self._no_answer()

    def _no_answer(self) -> KeepingError:
        return KeepingError(
            f"{self._name} did not answer within {self._limit:g} s.",
            next_step="Keep the credentials elsewhere, or look at the service and try again.",
        )


class _Call(Generic[T]):
    """One call: its outcome, and whether anybody still waits for it."""

    def __init__(self, work: Callable[[], T], undo: Callable[[], object] | None) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.result: list[T] = []
        self.error: KeepingError | None = None
        self.broken = ""
        self.given_up = False
        # Thread names appear in tracebacks and debuggers, so nothing of the work is in it.
        self.thread = threading.Thread(target=self._body, name="s3tui keeping", daemon=True)
        self._work: Callable[[], T] | None = work
        self._undo = undo
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._finished = False

    def _body(self) -> None:
        """Do the work, in the thread."""
        assert self._work is not None
        try:
            self.result.append(self._work())
        except KeepingError as error:
            self.error = error
        except Exception as error:
            # Only the class: the text of a foreign error may quote what it was given.
            self.broken = type(error).__name__
        # The work holds the secret; the thread and the future may live on.
        self._work = None
        with self._lock:
            self._finished = True
            given_up = self.given_up
        if not given_up:
            # A closed loop means that the program is ending: nobody waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._wake)
        elif self.result and self._undo is not None:
            with contextlib.suppress(Exception):
                self._undo()

    def give_up(self) -> bool:
        """Stop waiting unless the call has finished; returns whether it has."""
        with self._lock:
            self.given_up = not self._finished
            return self._finished

    def _wake(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
