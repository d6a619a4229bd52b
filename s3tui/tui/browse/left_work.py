"""The `s3tui cp` commands that were stopped: shown, with the words that go on with them, and forgotten."""

import asyncio
import shutil

from msgspec.structs import replace
from textual.app import App

from s3tui.engine.client import EngineClient
from s3tui.errors import UsageError
from s3tui.formatting import count_text
from s3tui.transfer.left_commands import LeftCommand, folder_of, left_commands
from s3tui.tui.browse.address import PLAIN, PlainText, address_dialog, send_to_clipboard
from s3tui.tui.dialogs.unfinished import COPY, FORGET, NEXT, left_dialog
from s3tui.tui.session import Session
from s3tui.tui.stage import Stage


class LeftWork:
    """Shows one command after another and does with it what the user says."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`; `session` knows where commands write down what they do."""
        self._session = session
        self._stage = stage

    async def show(self, app: App[None]) -> None:
        """Ask about each command that has not come to its end.

        Raises:
            UsageError: we are not connected where a command that is to be forgotten has begun uploads.
            RequestRefused: it cannot be forgotten now, as when it still runs.
            EngineError: its engine could not be started.
        """
        state = self._session.settings.state_path
        commands = await asyncio.to_thread(lambda: tuple(left_commands(state)))
        if not commands:
            self._stage.tell("No `s3tui cp` has left anything to go on with.")
        for number, command in enumerate(commands, 1):
            answer = await self._stage.ask(left_dialog(command.text, number, len(commands)))
            if answer == COPY:
                await self._copy(app, command.text)
            elif answer == FORGET:
                count = await self._forget(command)
                self._stage.tell(f"The command is forgotten, {count_text(count, 'unfinished file')} with it.")
            elif answer != NEXT:
                return

    async def _copy(self, app: App[None], words: str) -> None:
        sentence = await send_to_clipboard(app, words)
        if await self._stage.ask(address_dialog(words, sentence, "To go on")) == PLAIN:
            await self._stage.ask(PlainText(words))

    async def _forget(self, command: LeftCommand) -> int:
        """Abort on the server what a command has begun, and forget it; returns how many files that were."""
        session, connection = self._session, self._session.connection
        known = session.credentials or session.source
        at_home = connection is not None and connection.endpoint.url == command.endpoint_url
        if connection is None or known is None or not at_home or not self._reaches(command):
            raise UsageError(
                f"It has begun uploads to s3://{command.bucket}, where you are not connected.",
                next_step="Connect there with K, then forget it.",
            )
        folder = folder_of(session.settings.state_path, command)
        client = EngineClient(folder / "engine.log")
        self._stage.tell("Forgetting …")
        try:
            ready = await client.start(replace(session.settings, state_dir=str(folder)))
            if session.credentials is not None:
                await client.connect(session.credentials, connection, prove=False)
            elif session.source is not None:
                await client.connect_from(session.source, connection, prove=False)
            count = await client.take_up(False) if ready.unfinished is not None else 0
        finally:
            self._stage.tell("")
            await client.shutdown()
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return count

    def _reaches(self, command: LeftCommand) -> bool:
        """Whether the credentials in use may be for a command's bucket."""
        connection = self._session.connection
        return connection is not None and connection.workspace.bucket in (None, "", command.bucket)
