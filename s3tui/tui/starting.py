"""From nothing to a connected browser: engine, local folder, demo server, credentials, unfinished work."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from s3tui.credentials.paste import parse_paste
from s3tui.demo.process import DemoError, DemoServer
from s3tui.engine.client import RequestRefused
from s3tui.formatting import count_text, size_text
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation
from s3tui.model.source import source_label
from s3tui.tui.dialogs.unfinished import FORGET, GO_ON, unfinished_dialog
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.browser import BrowserScreen
from s3tui.tui.session import Session
from s3tui.tui.sign_in.draft import Draft, Refused
from s3tui.tui.stage import Stage

_SAMPLE_FOLDER = "local"
"""Where the demo server puts files to upload, in its scratch folder."""

DEMO_NOTICE = "Demo server: temporary credentials, 15 minutes; K shows how a paste looks."

GIVEN = "what s3tui was started with"


class Starting:
    """Brings up the application once, and asks about unfinished work when it can be gone on with."""

    def __init__(
        self,
        session: Session,
        stage: Stage,
        browser: BrowserScreen,
        options: LaunchOptions,
        ask_for_credentials: Callable[[Refused | None], None],
    ) -> None:
        """Start for `browser`; `ask_for_credentials` is called when none are known or they were refused."""
        self._session = session
        self._stage = stage
        self._browser = browser
        self._options = options
        self._ask_for_credentials = ask_for_credentials
        self._unfinished_settled = False
        self.demo: DemoServer | None = None
        """The demo server of this application, once it runs."""

    async def run(self) -> None:
        """Start everything; the demo server comes up while the engine process loads its libraries.

        Raises EngineError and RequestRefused when there is no engine.
        """
        draft = await self._start_demo() if self._options.demo else self._given()
        ready = await self._session.start(self._state_folder())
        for sentence in ready.notices:
            self._stage.tell(sentence, serious=True)
        self._browser.open_local(self._local_folder())
        if draft is None and self._options.source is None:
            self._ask_for_credentials(None)
            return
        failure = await self._connect(draft)
        if failure is not None:
            self._ask_for_credentials((draft, failure))
            return
        if self.demo is not None:
            self._stage.tell(DEMO_NOTICE)
        await self.offer_unfinished()

    @property
    def _scratch(self) -> Path | None:
        """The demo's own folder, which is removed with it, also after a kill."""
        scratch = self.demo.credentials.scratch_dir if self.demo is not None else None
        return Path(scratch) if scratch else None

    def _state_folder(self) -> Path | None:
        """Where the journal goes; a demo's journal ends with the demo."""
        return self._scratch / ".state" if self._scratch is not None else None

    def _local_folder(self) -> LocalLocation:
        sample = self._scratch / _SAMPLE_FOLDER if self._scratch is not None else None
        return LocalLocation.of(self._options.local_folder or sample or Path.cwd())

    def _given(self) -> Draft | None:
        if self._options.credentials is None:
            return None
        return Draft(self._options.credentials, self._options.connection)

    async def _start_demo(self) -> Draft | None:
        """Start the demo server and read its credentials as a paste would be read."""
        try:
            self.demo = await asyncio.to_thread(DemoServer.start)
        except DemoError as error:
            self._stage.tell(f"{error.sentence} {error.next_step}", serious=True)
            return None
        return Draft.of(parse_paste(self.demo.paste_text()))

    async def _connect(self, draft: Draft | None) -> Failure | None:
        """Connect with a draft, or else from the source, and show the workspace; returns why not."""
        source = self._options.source
        try:
            if draft is not None:
                origin = "the demo server" if self.demo is not None else draft.origin or GIVEN
                await self._session.connect(draft.credentials, draft.connection, origin=origin)
            elif source is not None:
                self._stage.tell(f"Asking {source_label(source)} …")
                await self._session.connect_from(source, self._options.connection)
                self._stage.tell("")
        except RequestRefused as refusal:
            return refusal.failure
        self._browser.open_home()
        return None

    async def offer_unfinished(self) -> None:
        """Ask whether to go on with what an earlier run left, once we are connected where it belongs."""
        ready, connection = self._session.ready, self._session.connection
        work = ready.unfinished if ready is not None else None
        if work is None and not self._unfinished_settled:
            self._tell_of_commands()
        if work is None or connection is None or self._unfinished_settled:
            return
        bucket = connection.workspace.bucket
        if work.endpoint_url != connection.endpoint.url or (bucket and work.bucket and work.bucket != bucket):
            left = count_text(work.files, "file")
            if work.bytes_safe:
                left += f", {size_text(work.bytes_safe)} safe"
            self._stage.tell(f"An earlier run left {left}; connect to {work.bucket or 'its place'} to go on.")
            return
        answer = await self._stage.ask(unfinished_dialog(work))
        if answer in (GO_ON, FORGET):
            self._unfinished_settled = True
            count = await self._session.client.take_up(answer == GO_ON)
            what = "taken up again" if answer == GO_ON else "forgotten"
            self._stage.tell(f"{count_text(count, 'transfer')} {what}.")

    def _tell_of_commands(self) -> None:
        """Say that an `s3tui cp` has work left: it has a journal of its own and goes on by itself."""
        self._unfinished_settled = True
        count = len(list((self._session.settings.state_path / "commands").glob("*/command.json")))
        if count:
            verb = "is" if count == 1 else "are"
            what = count_text(count, "command")
            self._stage.tell(f"{what} of `s3tui cp` {verb} not finished: u shows how to go on.")

    def stop_demo(self) -> None:
        """End the demo server and all it made; blocks for up to three seconds."""
        if self.demo is not None:
            self.demo.stop()
