"""The engine's front door: takes requests, gives each to the room it belongs to, sends what comes back.

Every request runs as a task of its own, so that a slow listing keeps nobody waiting. Errors of ours become
`Refused`; nothing else ever leaves as an exception.
"""

import asyncio
import logging
import traceback

from s3tui.engine import messages as say
from s3tui.engine.browsing import Browsing
from s3tui.engine.wire import Channel
from s3tui.errors import EngineError, S3tuiError
from s3tui.model.failure import Failure

_log = logging.getLogger(__name__)

STOP_SECONDS = 1.5
"""How long requests and transfers may take to come to a resumable stop."""


class Host:
    """One front end's engine."""

    def __init__(self, channel: Channel[say.FrontEndMessage]) -> None:
        """Serve `channel` once `run` is awaited."""
        self._channel = channel
        self._browsing = Browsing(channel)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Come to a resumable end; safe to call from a signal handler of the loop, and again."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until the front end hangs up or `stop` is called."""
        receiving = asyncio.create_task(self._receive(), name="engine-requests")
        stopping = asyncio.create_task(self._stopping.wait(), name="engine-stop")
        await asyncio.wait((receiving, stopping), return_when=asyncio.FIRST_COMPLETED)
        for task in (receiving, stopping, *self._tasks.values()):
            task.cancel()
        await self._channel.close()

    async def _receive(self) -> None:
        while True:
            try:
                request = await self._channel.receive()
            except EngineError as error:
                _log.warning("hanging up: %s", error.sentence)
                return
            if request is None:
                return
            self._take(request)

    def _take(self, request: say.FrontEndMessage) -> None:
        """Handle what steers other requests at once; start a task for everything else."""
        match request:
            case say.PageTaken():
                self._browsing.page_taken(request.id)
            case say.Abandon():
                self._cancel(request.request_id)
            case say.CloseListing():
                self._cancel(request.listing_id)
                self._channel.send(say.Succeeded(request.id))
            case _:
                task = asyncio.create_task(self._answer(request))
                self._tasks[request.id] = task
                task.add_done_callback(lambda _: self._tasks.pop(request.id, None))

    def _cancel(self, request_id: int) -> None:
        task = self._tasks.get(request_id)
        if task is not None:
            task.cancel()

    async def _answer(self, request: say.FrontEndMessage) -> None:
        try:
            reply = await self._reply_to(request)
        except S3tuiError as error:
            reply = say.Refused(request.id, Failure.of(error))
        except asyncio.CancelledError:
            if self._stopping.is_set():
                raise
            reply = _stopped(request)
        except Exception as error:
            reply = say.Refused(request.id, _unforeseen(request, error))
        self._channel.send(reply)

    async def _reply_to(self, request: say.FrontEndMessage) -> say.Reply:
        match request:
            case say.Configure():
                import os

                return say.Ready(request.id, pid=os.getpid())
            case say.OpenListing():
                return await self._browsing.list_folder(request)
            case say.Inspect():
                return await self._browsing.inspect(request)
            case say.Shutdown():
                self.stop()
                return say.Succeeded(request.id)
            case _:
                raise EngineError(f"The engine does not know {type(request).__name__}.")


def _stopped(request: say.FrontEndMessage) -> say.Reply:
    if isinstance(request, say.OpenListing):
        return say.ListingEnd(request.id, complete=False)
    return say.Refused(request.id, Failure("cancelled", "This was stopped before it was done."))


def _unforeseen(request: say.FrontEndMessage, error: Exception) -> Failure:
    """Log where an error of our own came from (its words might hold anything) and make it a value."""
    kind = type(error).__name__
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s while answering %s\n%s", kind, type(request).__name__, where)
    return Failure("engine", f"Something unforeseen happened in the engine ({kind}).")
