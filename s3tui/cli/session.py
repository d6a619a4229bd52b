"""One command's engine: started first, asked, watched for its death, and ended whatever happens."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from s3tui.cli.access import Access
from s3tui.cli.console import Console
from s3tui.config import Settings
from s3tui.credentials.live import MARGIN
from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.engine.messages import CredentialState, Event, Notice, Question, Ready, Snapshot
from s3tui.errors import CredentialsExpired, EngineError, S3tuiError
from s3tui.model.credentials import Connection, Workspace
from s3tui.model.location import S3Location
from s3tui.model.transfer import QueueSummary

OK, FAILED, MISUSED, INTERRUPTED, HUNG_UP, READER_GONE, TERMINATED = 0, 1, 2, 130, 129, 141, 143
"""Exit statuses; those from 128 on are what a shell shows for the signal of that meaning."""

CAUSE_SECONDS = 2.0
"""How long to wait for the cause of an engine's death."""

_SIGNALS = {signal.SIGTERM: TERMINATED, signal.SIGHUP: HUNG_UP}


class Session:
    """The engine of one command, and what it last told."""

    def __init__(self, client: EngineClient, console: Console) -> None:
        """Listen to `client`, which may have been spawned already."""
        self.client = client
        self.console = console
        self.summary = QueueSummary()
        self.credential_state = CredentialState()
        self.changed = asyncio.Event()
        """Set with every snapshot and credential state; clear it before waiting."""
        self._answering: set[asyncio.Task[None]] = set()
        client.on_event = self._heard

    async def start(self, settings: Settings, *, queue: bool = True) -> Ready:
        """Get the engine ready, for transfers or for folders only, and pass on what it has to say."""
        ready = await self.client.start(settings, queue=queue)
        for notice in ready.notices:
            self.console.say(notice)
        return ready

    async def connect(self, access: Access, place: S3Location, *, prove: bool = True) -> Connection:
        """Connect with the folder of `place` as the workspace.

        When `prove` is False a refusal to list is passed over: they may be allowed to write all the same.
        """
        prefix = place.key if place.is_folder else place.parent.key
        connection = Connection(access.endpoint, Workspace(place.bucket or None, prefix))
        try:
            return await self._connect(access, connection, prove=True)
        except RequestRefused as refusal:
            if prove or refusal.failure.code != "denied":
                raise
            return await self._connect(access, connection, prove=False)

    async def _connect(self, access: Access, connection: Connection, *, prove: bool) -> Connection:
        if access.source is not None:
            return await self.client.connect_from(access.source, connection, prove=prove)
        assert access.credentials is not None
        return await self.client.connect(access.credentials, connection, prove=prove)

    @property
    def expired(self) -> bool:
        """Whether new credentials are needed, by the server's clock."""
        state = self.credential_state
        now = time.time() + state.clock_offset
        return state.refused or (state.expires_at is not None and state.expires_at <= now + MARGIN)

    async def until_renewed(self, limit: float) -> None:
        """Wait until the credentials have renewed by themselves, at most `limit` seconds.

        Raises:
            CredentialsExpired: they have not.
        """
        self.console.say("Your credentials have expired: everything waits until they renew by themselves.")
        try:
            async with asyncio.timeout(limit):
                while self.expired and self.credential_state.renews:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            pass
        if self.expired:
            raise CredentialsExpired(
                "Your credentials have expired, and their source gives no new ones.",
                next_step="Run the same command again to go on; what has arrived is kept.",
            )

    def _heard(self, event: Event) -> None:
        match event:
            case Snapshot():
                self.summary = event.summary
                self.console.progress(event.summary)
                self.changed.set()
            case CredentialState():
                self.credential_state = event
                self.changed.set()
            case Notice():
                self.console.say(event.text)
            case Question():
                task = asyncio.ensure_future(self._answer(event))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    async def _answer(self, question: Question) -> None:
        await self.client.answer(question.question_id, await self.console.ask(question.text, question.hidden))


def run_session(
    body: Callable[[Session], Awaitable[int]], client: EngineClient, console: Console, interrupted: str = ""
) -> int:
    """Run a command to its exit status; errors become lines on standard error.

    Args:
        body: the command; cancelled by a signal.
        client: its engine, spawned or not.
        console: takes the sentences.
        interrupted: what to say when a signal ended it.
    """
    status = [INTERRUPTED]

    async def guarded() -> int:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        died: asyncio.Future[str] = loop.create_future()
        client.on_death = lambda sentence: None if died.done() else died.set_result(sentence)
        for number, code in _SIGNALS.items():
            loop.add_signal_handler(number, _end, task, status, code)
        try:
            return await _unless(died, body(Session(client, console)))
        finally:
            console.done()
            await client.shutdown()

    try:
        return asyncio.run(guarded())
    except (KeyboardInterrupt, asyncio.CancelledError):
        if interrupted:
            console.say(interrupted)
        return status[0]
    except S3tuiError as error:
        console.error(error)
        return FAILED
    except BrokenPipeError:
        return READER_GONE
    finally:
        client.abandon()


async def _unless(died: "asyncio.Future[str]", work: Awaitable[int]) -> int:
    """Await work, unless the engine dies meanwhile."""
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait((working, died), return_when=asyncio.FIRST_COMPLETED)
        if working.done() and not isinstance(working.exception(), EngineError):
            return working.result()
        # What was asked fails at once when the engine dies; why it died is known a moment later.
        await asyncio.wait((died,), timeout=CAUSE_SECONDS)
        sentence = died.result() if died.done() else str(working.exception())
        raise EngineError(sentence, next_step="Run the same command again to go on.")
    finally:
        if not working.done():
            working.cancel()
            await asyncio.wait((working,))


def _end(task: "asyncio.Task[int]", status: list[int], code: int) -> None:
    status[0] = code
    task.cancel()


def command_settings(settings: Settings, folder: Path) -> Settings:
    """The same settings with a state folder of the command's own."""
    return msgspec.structs.replace(settings, state_dir=str(folder))
