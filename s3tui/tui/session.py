"""What the screens share: the engine, the place it is connected to, and what it said last.

One session lives as long as the application. The credentials are kept here, in memory only, so that a new
engine can take the place of one that died.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace
from textual.signal import Signal

from s3tui.config import Settings
from s3tui.credentials.live import MARGIN
from s3tui.engine import messages as say
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Connection, Credentials
from s3tui.model.location import S3Location
from s3tui.model.source import Source, source_label
from s3tui.tui.refusals import Refusals
from s3tui.tui.sign_in.kept import KeptConnections

PASTED = "a paste, or what was typed; kept in memory only"


class Session:
    """The engine as the application holds it."""

    def __init__(
        self,
        client: EngineClient,
        settings: Settings,
        events: "Signal[say.Event]",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Hold an engine that was spawned; `events` passes on what it tells, `clock` gives Unix seconds."""
        self.client = client
        self.settings = settings
        self.events = events
        self.clock = clock
        self.connection: Connection | None = None
        """Where we are connected; None before the first time."""
        self.state = say.CredentialState()
        """What the engine said last about the credentials."""
        self.snapshot: say.Snapshot | None = None
        """The last picture of the queue; None until something was queued."""
        self.ready: say.Ready | None = None
        """What the engine said when it started; None until then."""
        self.refusals = Refusals()
        """What was refused at the place we are connected to."""
        self.origin = ""
        """Where the credentials in use came from, in a few words."""
        self.pace = 0.0
        """Bytes per second when transfers last ran; 0 before any has."""
        self.local_folder = ""
        """What the local pane shows, as an absolute path; empty before it shows anything."""
        self.kept = KeptConnections(lambda: self.settings.state_path, clock)
        """What the user asked to be kept for later."""
        self.question_turn = asyncio.Lock()
        """Held while a question is on the screen: there is one at a time."""
        self._credentials: Credentials | None = None
        self._source: Source | None = None

    @property
    def connected(self) -> bool:
        """Whether a place is known; its credentials may be expired."""
        return self.connection is not None

    @property
    def credentials(self) -> Credentials | None:
        """What we are connected with; None before the first time."""
        return self._credentials

    @property
    def source(self) -> Source | None:
        """Who is asked for the credentials in use; None when they were pasted or typed."""
        return self._source

    @property
    def home(self) -> S3Location | None:
        """The root of the workspace: where the S3 pane begins."""
        if self.connection is None:
            return None
        workspace = self.connection.workspace
        return S3Location(workspace.bucket or "", workspace.prefix if workspace.bucket else "")

    @property
    def busy(self) -> int:
        """Transfers that are not finished."""
        return self.snapshot.summary.active if self.snapshot else 0

    async def start(self, state_folder: Path | None = None) -> say.Ready:
        """Get the engine ready, with its journal in a folder of its own or the usual one.

        Raises EngineError and RequestRefused.
        """
        if state_folder is not None:
            self.settings = replace(self.settings, state_dir=str(state_folder))
        self.ready = await self.client.start(self.settings)
        return self.ready

    async def connect(
        self,
        credentials: Credentials,
        connection: Connection,
        *,
        origin: str = PASTED,
        any_identity: bool = False,
    ) -> Connection:
        """Use these credentials at this place from now on; `origin` says in a few words where they are from.

        With `any_identity` somebody else's are taken as well, here and below. Raises EngineError and
        RequestRefused.
        """
        learnt = await self.client.connect(credentials, connection, any_identity=any_identity)
        self._credentials, self._source, self.connection = credentials, None, learnt
        self.refusals.begin(learnt)
        self.origin = origin
        return learnt

    async def connect_from(
        self, source: Source, connection: Connection, *, any_identity: bool = False
    ) -> Connection:
        """Use what a source gives from now on. Raises EngineError and RequestRefused."""
        learnt = await self.client.connect_from(source, connection, any_identity=any_identity)
        self._credentials, self._source, self.connection = None, source, learnt
        self.refusals.begin(learnt)
        self.origin = source_label(source)
        return learnt

    async def renew(
        self, credentials: Credentials, *, origin: str = PASTED, any_identity: bool = False
    ) -> Connection:
        """Put new credentials under the place we are at. Raises EngineError and RequestRefused."""
        self.connection = await self.client.renew(credentials, any_identity=any_identity)
        self._credentials, self._source = credentials, None
        self.refusals.begin(self.connection)
        self.origin = origin
        return self.connection

    async def revive(self) -> say.Ready:
        """Start a new engine after a death, connect it as before and go on from the journal.

        Raises EngineError when the new one dies as well, RequestRefused when it may not connect.
        """
        unasked = self.state.renews
        self.ready = await self.client.restart()
        if self._credentials is not None and self.connection is not None:
            self.connection = await self.client.connect(self._credentials, self.connection)
        elif self._source is not None and self.connection is not None and unasked:
            self.connection = await self.client.connect_from(self._source, self.connection)
        if self.ready.unfinished is not None:
            await self.client.take_up(True)
        return self.ready

    def take(self, event: say.Event) -> None:
        """Remember what the engine tells, and pass it on."""
        if isinstance(event, say.CredentialState):
            self.state = event
        elif isinstance(event, say.Snapshot):
            self.snapshot = event
            self.refusals.learn(event)
            if event.summary.running and event.summary.rate >= 1:
                self.pace = event.summary.rate
        elif isinstance(event, say.FolderChanged):
            self.refusals.worked("write", event.location)
        self.events.publish(event)

    def seconds_left(self) -> float | None:
        """Seconds until the credentials expire by the server's clock; None when unknown or never."""
        if self.state.expires_at is None:
            return None
        return self.state.expires_at - (self.clock() + self.state.clock_offset)

    @property
    def ended(self) -> bool:
        """Whether requests are refused or wait until somebody gives new credentials."""
        left = self.seconds_left()
        over = left is not None and left <= MARGIN + 1 and not self.state.renews
        return self.connected and (self.state.refused or over)

    @property
    def expired(self) -> bool:
        """Whether new credentials are needed."""
        left = self.seconds_left()
        return self.connected and (self.state.refused or (left is not None and left <= 0))
