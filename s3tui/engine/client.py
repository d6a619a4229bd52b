"""The engine as a front end sees it: one typed method per request and two callbacks.

It imports no S3 library and no screen.

`spawn` is the first act of a front end, before anything slow is imported; `start` connects from within the
front end's own event loop. Everything else awaits one reply. A refusal raises `RequestRefused`, a dead engine
`EngineError`.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

from s3tui.config import Settings
from s3tui.engine import messages as say
from s3tui.engine.replies import Replies, RequestRefused, expect_end, unusable
from s3tui.engine.spawn import Child, spawn_engine
from s3tui.engine.wire import Channel
from s3tui.errors import EngineError
from s3tui.model.credentials import Connection, Credentials
from s3tui.model.entry import Entry, EntryPage
from s3tui.model.identity import Identity
from s3tui.model.location import Location, S3Location
from s3tui.model.source import Source
from s3tui.model.transfer import ClashPolicy, CopyItem, NamePolicy, PlanSummary, TransferStatus
from s3tui.model.upload import OpenUpload
from s3tui.model.verification import VerifiedRow

__all__ = ["EngineClient", "RequestRefused"]

GOODBYE_SECONDS = 5.0
"""How long `shutdown` waits for the engine to save its state before the channel is closed."""

Answer = TypeVar("Answer", bound=say.Reply)


class EngineClient:
    """A front end's engine: started, asked and ended here."""

    def __init__(self, log: Path | None = None, niceness: int = 0, child: Child | None = None) -> None:
        """Start nothing yet, or take over a `child` that was started as `spawn` would.

        `log` takes what the engine prints. A nice one gives way to the front end.
        """
        self.on_event: Callable[[say.Event], None] = lambda _: None
        """Called with every event of the engine, in the loop of `start`."""
        self.on_death: Callable[[str], None] = lambda _: None
        """Called once with a sentence when the engine ends without having been asked to."""
        self._log = log
        self._niceness = niceness
        self._settings, self._queue = Settings(), True
        self._child = child
        self._channel: Channel[say.EngineMessage] | None = None
        self._replies = Replies()
        self._reading: asyncio.Task[None] | None = None
        self._ready = False
        self._ending = False

    @property
    def pid(self) -> int | None:
        """Process id of the engine, None before `spawn` and after its end."""
        return self._child.process.pid if self._child else None

    def spawn(self) -> None:
        """Start the engine process and return at once; it gets ready while the front end imports its own.

        Raises:
            EngineError: no process could be started.
        """
        if self._child is None:
            try:
                self._child = spawn_engine(self._log, self._niceness)
            except OSError as error:
                raise EngineError(f"The engine process could not be started: {error.strerror}.") from None

    async def start(self, settings: Settings, *, queue: bool = True) -> say.Ready:
        """Connect to the spawned engine and configure it.

        With `queue=False` it opens no journal and transfers nothing.

        Raises:
            EngineError: it died before it was ready.
            RequestRefused: it cannot work with these settings.
        """
        self.spawn()
        assert self._child is not None
        self._settings, self._queue = settings, queue
        self._ready = self._ending = False
        self._channel = await Channel.over(self._child.socket, say.EngineMessage)
        self._reading = asyncio.create_task(self._read(self._channel), name="engine-replies")
        request = say.Configure(
            self._replies.next_id(),
            state_dir=str(settings.state_path),
            workers=settings.workers,
            parts_at_once=settings.parts_at_once,
            multipart_threshold=settings.multipart_threshold,
            part_size=settings.part_size,
            queue=queue,
        )
        ready = await self._ask(request, say.Ready)
        self._ready = True
        return ready

    async def restart(self) -> say.Ready:
        """End what is left of the old engine, start a new one with the same settings.

        The new one has no credentials: connect again, then `take_up` what `Ready.unfinished` names.

        Raises:
            EngineError: the new one died as well.
        """
        await self._let_go()
        self.spawn()
        return await self.start(self._settings, queue=self._queue)

    async def shutdown(self) -> None:
        """Let the engine save its state and end; returns when its process is gone, within about 8 s."""
        if self._channel is not None and not self._ending:
            self._ending = True
            request = say.Shutdown(self._replies.next_id())
            try:
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._ask(request, say.Succeeded)
            except (TimeoutError, EngineError, RequestRefused):
                pass  # the channel is closed below, which says the same
        await self._let_go()

    def abandon(self) -> None:
        """Hang up at once, from any state; the engine keeps everything resumable and ends by itself."""
        self._ending = True
        if self._child is not None:
            self._child.hang_up()

    # ---- connection ------------------------------------------------------------------------------------

    async def connect(
        self,
        credentials: Credentials,
        connection: Connection,
        *,
        prove: bool = True,
        any_identity: bool = False,
    ) -> Connection:
        """Try credentials at a place and use them from now on; returns the place with what was learnt.

        With `prove=False` nothing is tried: they may be allowed to write but not to list.
        """
        request = say.Connect(self._replies.next_id(), credentials, connection, prove, any_identity)
        return (await self._ask(request, say.Connected)).connection

    async def connect_from(
        self, source: Source, connection: Connection, *, prove: bool = True, any_identity: bool = False
    ) -> Connection:
        """Get credentials from a source and use them from now on; they renew by themselves where they can.

        `Question` events may come meanwhile; `answer` them. Returns the place with what was learnt.
        """
        request = say.ConnectFrom(self._replies.next_id(), source, connection, prove, any_identity)
        return (await self._ask(request, say.Connected)).connection

    async def answer(self, question_id: int, text: str | None) -> None:
        """Answer a `Question`; None gives up what it was asked for."""
        request = say.Answer(self._replies.next_id(), question_id=question_id, text=text)
        await self._ask(request, say.Succeeded)

    async def who_am_i(self) -> Identity:
        """Return who the credentials in use belong to, as far as that can be found out in a few seconds."""
        return (await self._ask(say.WhoAmI(self._replies.next_id()), say.Identified)).identity

    async def renew(self, credentials: Credentials, *, any_identity: bool = False) -> Connection:
        """Put new credentials under the connection that exists; what was held goes on.

        Refused with the code "identity" when they are somebody else's, unless `any_identity` is True.
        """
        request = say.Renew(self._replies.next_id(), credentials=credentials, any_identity=any_identity)
        return (await self._ask(request, say.Connected)).connection

    async def disconnect(self) -> None:
        """Forget the credentials; running transfers are held."""
        await self._ask(say.Disconnect(self._replies.next_id()), say.Succeeded)

    # ---- folders ---------------------------------------------------------------------------------------

    async def list_folder(
        self, location: Location, recursive: bool = False
    ) -> AsyncGenerator[EntryPage, None]:
        """Yield the pages of a listing as they come; leaving the loop stops the listing.

        Raises:
            RequestRefused: the listing was refused, or broke off after some pages had come.
            EngineError: the engine is gone.
        """
        request = say.OpenListing(self._replies.next_id(), location=location, recursive=recursive)
        async with aclosing(self._stream(request, say.ListingPage)) as pages:
            async for each in pages:
                yield each.page

    async def _stream(self, request: say.Request, kind: type[Answer]) -> AsyncGenerator[Answer, None]:
        """Yield the replies of one kind until the `ListingEnd`; leaving the loop stops what sends them."""
        listing_id = request.id
        inbox = self._replies.expect_many(listing_id)
        over = False
        try:
            self._send(request)
            while isinstance(message := await inbox.get(), kind):
                self._send(say.PageTaken(listing_id))
                yield message
            over = True
            expect_end(message)
        finally:
            self._replies.forget(listing_id)
            if not over and self._channel is not None:
                self._send(say.CloseListing(self._replies.next_id(), listing_id=listing_id))

    async def inspect(self, location: Location) -> Entry:
        """Return one entry's size, time and ETag."""
        return (await self._ask(say.Inspect(self._replies.next_id(), location=location), say.Inspected)).entry

    async def make_folder(self, location: Location) -> None:
        """Make a folder; in S3 an empty object whose key ends in "/"."""
        await self._ask(say.MakeFolder(self._replies.next_id(), location=location), say.Succeeded)

    async def rename(self, location: Location, new_name: str) -> None:
        """Give an entry another name within its folder."""
        request = say.Rename(self._replies.next_id(), location=location, new_name=new_name)
        await self._ask(request, say.Succeeded)

    async def delete(self, locations: tuple[Location, ...]) -> int:
        """Delete entries with all they hold; returns how many files are gone."""
        request = say.Delete(self._replies.next_id(), locations=locations)
        return (await self._ask(request, say.Succeeded)).count

    async def list_uploads(self, below: S3Location) -> AsyncGenerator[tuple[OpenUpload, ...], None]:
        """Yield the open multipart uploads below a place as they come; raises as `list_folder`."""
        request = say.ListUploads(self._replies.next_id(), below=below)
        async with aclosing(self._stream(request, say.Uploads)) as replies:
            async for each in replies:
                yield each.uploads

    async def abort_uploads(self, uploads: tuple[OpenUpload, ...]) -> int:
        """Abort multipart uploads; returns how many are gone."""
        request = say.AbortUploads(self._replies.next_id(), uploads=uploads)
        return (await self._ask(request, say.Succeeded)).count

    # ---- transfers -------------------------------------------------------------------------------------

    async def plan(self, items: tuple[CopyItem, ...], move: bool = False) -> PlanSummary:
        """Find out what a copy would do; `PlanProgress` events come meanwhile, cancelling stops the walk."""
        request = say.Plan(self._replies.next_id(), items=items, move=move)
        return (await self._ask(request, say.PlanReady)).plan

    async def submit(
        self,
        plan_id: int,
        policy: ClashPolicy = ClashPolicy.SKIP,
        decisions: dict[int, ClashPolicy] | None = None,
        names: NamePolicy = NamePolicy.RENAME,
    ) -> say.Queued:
        """Queue a plan; `policy` decides every clash that `decisions` does not name by its index."""
        request = say.Submit(self._replies.next_id(), plan_id, policy, decisions or {}, names)
        return await self._ask(request, say.Queued)

    async def verify(self, item: CopyItem) -> AsyncGenerator[tuple[VerifiedRow, ...], None]:
        """Yield what a comparison finds as it comes; raises as `list_folder`."""
        request = say.Verify(self._replies.next_id(), item=item)
        async with aclosing(self._stream(request, say.VerifiedRows)) as pages:
            async for each in pages:
                yield each.rows

    async def drop_plan(self, plan_id: int) -> None:
        """Forget a plan that was not wanted."""
        await self._ask(say.DropPlan(self._replies.next_id(), plan_id=plan_id), say.Succeeded)

    async def control(self, action: str, transfer_ids: tuple[int, ...] = ()) -> int:
        """Pause, resume, cancel, retry or clear (`ControlAction`); returns how many transfers it met."""
        request = say.Control(self._replies.next_id(), action=action, transfer_ids=transfer_ids)
        return (await self._ask(request, say.Succeeded)).count

    async def transfers(
        self, offset: int = 0, limit: int = 100, statuses: tuple[TransferStatus, ...] = ()
    ) -> say.Transfers:
        """Return a window of the queue in its order."""
        request = say.ListTransfers(self._replies.next_id(), offset=offset, limit=limit, statuses=statuses)
        return await self._ask(request, say.Transfers)

    async def take_up(self, go_on: bool) -> int:
        """Go on with what an earlier run left, or abort its uploads and forget it; returns how many files."""
        return (await self._ask(say.TakeUp(self._replies.next_id(), go_on=go_on), say.Succeeded)).count

    # ---- the channel -----------------------------------------------------------------------------------

    def _send(self, message: say.Request) -> None:
        if self._channel is None:
            raise EngineError("The engine is not running.", next_step="Start it again to go on.")
        self._channel.send(message)

    async def _ask(self, request: say.Request, expected: type[Answer]) -> Answer:
        arrived = self._replies.expect(request.id)
        try:
            self._send(request)
            reply = await arrived
        except asyncio.CancelledError:
            if self._channel is not None:
                self._send(say.Abandon(self._replies.next_id(), request_id=request.id))
            raise
        finally:
            self._replies.forget(request.id)
        if isinstance(reply, expected):
            return reply
        raise unusable(reply)

    async def _read(self, channel: Channel[say.EngineMessage]) -> None:
        ending = "The engine stopped unexpectedly"
        try:
            while (message := await channel.receive()) is not None:
                if isinstance(message, say.Event):
                    self.on_event(message)
                elif not self._replies.deliver(message) and isinstance(message, say.PlanReady):
                    # Nobody waits for it any more: a plan of 100,000 files must not stay in the engine.
                    self._send(say.DropPlan(self._replies.next_id(), plan_id=message.plan.plan_id))
        except EngineError as error:
            ending = f"The engine sent something that cannot be used ({error.sentence})"
        self._channel = None
        await channel.close()
        self._replies.fail_all(f"{ending}.")
        if self._ready and not self._ending and self._child is not None:
            status = await asyncio.to_thread(self._child.reap)
            cause = f" (signal {-status})" if status < 0 else f" (exit status {status})"
            self.on_death(f"{ending}{cause}.")

    async def _let_go(self) -> None:
        """Close the channel and see the process off, killing it when it does not end by itself."""
        self._ending = True
        child, self._child = self._child, None
        reading, self._reading = self._reading, None
        if self._channel is not None:
            await self._channel.close()
        if reading is not None and reading is not asyncio.current_task():
            await asyncio.wait([reading])
        if child is not None:
            child.socket.close()
            await asyncio.to_thread(child.reap)
