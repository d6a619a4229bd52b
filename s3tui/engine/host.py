"""The engine's front door: takes requests, gives each to the room it belongs to, sends what comes back.

Every request runs as a task of its own, so that a slow listing keeps nobody waiting. Errors of ours become
`Refused`; nothing else ever leaves as an exception.
"""

import asyncio
import logging
import os
import traceback
from typing import TYPE_CHECKING

from s3tui.engine import messages as say
from s3tui.engine.browsing import Browsing
from s3tui.engine.connecting import Connecting, Link
from s3tui.engine.sourcing import Sourcing
from s3tui.engine.uploads import abort_uploads, list_uploads
from s3tui.engine.wire import Channel
from s3tui.errors import EngineError, S3tuiError
from s3tui.model.failure import Failure
from s3tui.model.location import Location
from s3tui.model.upload import OpenUpload

if TYPE_CHECKING:
    from s3tui.engine.publisher import Publisher
    from s3tui.engine.queueing import Queueing

_log = logging.getLogger(__name__)

STOP_SECONDS = 0.3
"""How long cancelled requests may take to end, once transfers have come to a resumable stop."""


class Host:
    """One front end's engine."""

    def __init__(self, channel: Channel[say.FrontEndMessage]) -> None:
        """Serve `channel` once `run` is awaited."""
        self._channel = channel
        self._connecting = Connecting(self._credentials_changed, self._linked)
        self._browsing = Browsing(channel, self._connecting)
        self._sourcing = Sourcing(self._connecting, channel.send)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._farewell: say.Reply | None = None
        """The answer to a `Shutdown`, sent when everything is safe."""
        self._stopping = asyncio.Event()
        self._queueing: Queueing | None = None
        self._publisher: Publisher | None = None
        self._publishing: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """Come to a resumable end; safe to call from a signal handler of the loop, and again."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until the front end hangs up or `stop` is called."""
        receiving = asyncio.create_task(self._receive(), name="engine-requests")
        stopping = asyncio.create_task(self._stopping.wait(), name="engine-stop")
        await asyncio.wait((receiving, stopping), return_when=asyncio.FIRST_COMPLETED)
        self._stopping.set()
        self._sourcing.renewing.stop()
        tasks = {receiving, stopping, *self._tasks.values()}
        if self._publishing is not None:
            tasks.add(self._publishing)
        for task in tasks:
            task.cancel()
        if self._queueing is not None:
            await self._queueing.stop()
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
        await self._connecting.close()
        if self._farewell is not None:
            self._channel.send(self._farewell)
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
            case say.Answer():
                self._sourcing.asking.answer(request)
                self._channel.send(say.Succeeded(request.id))
            case say.Abandon():
                self._cancel(request.request_id)
            case say.CloseListing():
                self._cancel(request.listing_id)
                self._channel.send(say.Succeeded(request.id))
            case say.Shutdown():
                self._farewell = say.Succeeded(request.id)
                self.stop()
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
                return await self._configure(request)
            case say.Connect():
                return await self._connect(request)
            case say.ConnectFrom():
                return say.Connected(request.id, await self._sourcing.connect_from(request))
            case say.Renew():
                renewed = await self._connecting.renew(request.credentials, any_identity=request.any_identity)
                self._sourcing.renewing.stop()
                return say.Connected(request.id, renewed)
            case say.Disconnect():
                self._sourcing.renewing.stop()
                self._connecting.disconnect()
                return say.Succeeded(request.id)
            case say.WhoAmI():
                return say.Identified(request.id, await self._sourcing.who_am_i())
            case say.OpenListing():
                return await self._browsing.list_folder(request)
            case say.Inspect():
                return await self._browsing.inspect(request)
            case say.MakeFolder():
                self._connecting.expect_writable(request.location)
                return await self._browsing.make_folder(request)
            case say.Rename():
                self._connecting.expect_writable(request.location)
                return await self._browsing.rename(request)
            case say.ListUploads():
                found = list_uploads(self._connecting, self._in_use, request)
                return await self._browsing.send_all(request.id, found)
            case say.AbortUploads():
                self._connecting.expect_writable(*(upload.location for upload in request.uploads))
                return await abort_uploads(self._connecting, request)
            case say.Delete():
                self._connecting.expect_writable(*request.locations)
                return await self._browsing.delete(request)
            case _:
                return await self._queue_reply(self._queue, request)

    async def _queue_reply(self, queue: "Queueing", request: say.FrontEndMessage) -> say.Reply:
        match request:
            case say.Plan():
                self._connecting.expect_writable(*_changed_by(request))
                return await queue.plan(request)
            case say.Submit():
                return await queue.submit(request)
            case say.DropPlan():
                return queue.drop_plan(request)
            case say.Control():
                return queue.control(request)
            case say.ListTransfers():
                return queue.rows(request)
            case say.Verify():
                return await self._browsing.send_all(request.id, queue.verify(request))
            case say.TakeUp():
                return await queue.take_up(request)
            case _:
                raise EngineError(f"The engine does not answer {type(request).__name__}.")

    def _in_use(self, upload: OpenUpload) -> bool:
        if self._queueing is None or self._connecting.link is None:
            return False
        place, url = upload.location, self._connecting.link.connection.endpoint.url
        used = self._queueing.manager.upload_in_use(url, place.bucket, place.key)
        return used == upload.upload_id

    async def _configure(self, request: say.Configure) -> say.Reply:
        if self._queueing is not None:
            raise EngineError("The engine is configured already.")
        self._connecting.connections = request.parts_at_once
        self._connecting.import_early()
        if not request.queue:
            return say.Ready(request.id, pid=os.getpid())
        # The queue is imported while local listings are answered already.
        from s3tui.engine.publisher import Publisher
        from s3tui.engine.queueing import Queueing

        queueing = Queueing(request, self._connecting, self._channel.send)
        ready = await queueing.start(request, os.getpid())
        self._queueing = queueing
        self._publisher = Publisher(self._channel, queueing.manager, self._connecting)
        self._publishing = asyncio.create_task(self._publisher.run(), name="engine-publisher")
        return ready

    async def _connect(self, request: say.Connect) -> say.Reply:
        found = await self._connecting.connect(
            request.credentials,
            request.connection,
            prove=request.prove,
            any_identity=request.any_identity,
        )
        self._sourcing.renewing.stop()
        return say.Connected(request.id, found)

    def _linked(self, link: Link) -> None:
        if self._queueing is not None:
            self._queueing.attach(link)

    def _credentials_changed(self) -> None:
        self._sourcing.renewing.credentials_changed()
        if self._queueing is not None and self._connecting.link is not None:
            self._queueing.credentials_changed()
        if self._publisher is not None:
            self._publisher.tell_state()

    @property
    def _queue(self) -> "Queueing":
        if self._queueing is None:
            raise EngineError("The engine has not been configured.")
        return self._queueing


def _changed_by(request: say.Plan) -> tuple[Location, ...]:
    """The places that a copy or move changes."""
    sources = tuple(item.source for item in request.items) if request.move else ()
    return (*(item.destination for item in request.items), *sources)


def _stopped(request: say.FrontEndMessage) -> say.Reply:
    if isinstance(request, say.OpenListing | say.Verify | say.ListUploads):
        return say.ListingEnd(request.id, complete=False)
    return say.Refused(request.id, Failure("cancelled", "This was stopped before it was done."))


def _unforeseen(request: say.FrontEndMessage, error: Exception) -> Failure:
    """Log where an error of our own came from (its words might hold anything) and make it a value."""
    kind = type(error).__name__
    where = "".join(traceback.format_tb(error.__traceback__))
    _log.error("%s while answering %s\n%s", kind, type(request).__name__, where)
    return Failure("engine", f"Something unforeseen happened in the engine ({kind}).")
