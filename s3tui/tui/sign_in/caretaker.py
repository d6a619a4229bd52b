"""Looks after the kept connection in use, wherever the user is: renewed, remembered, kept, forgotten."""

from collections.abc import Callable

from s3tui.credentials.keeping.vault import KeepingError
from s3tui.model.location import Location
from s3tui.tui.session import Session
from s3tui.tui.sign_in.keeping import Keeping
from s3tui.tui.stage import Stage


class Caretaker:
    """Works for the session and asks on a stage."""

    def __init__(self, session: Session, stage: Stage, shown: Callable[[], Location | None]) -> None:
        """Ask on `stage`; `shown` tells what the S3 pane shows."""
        self._session = session
        self._stage = stage
        self._shown = shown
        self._keeping = Keeping(session, stage)

    async def renewed(self) -> None:
        """Put new credentials into what is kept. Raises KeepingError."""
        credentials, connection = self._session.credentials, self._session.connection
        if credentials is not None and connection is not None:
            await self._session.kept.renewed(credentials, connection)

    async def remember(self) -> None:
        """Write down where we are and what was learnt; a list that cannot be written is no reason to stop."""
        connection = self._session.connection
        if connection is None:
            return
        try:
            await self._session.kept.remember(connection, self._shown(), self._session.refusals.above)
        except KeepingError:
            return

    def keep(self, demo: bool) -> None:
        """Keep the connection in use, after a question; a demo's is not kept."""
        if demo:
            self._stage.tell("The demo's credentials end with the demo, so they are not kept.")
        else:
            self._stage.start(self._keep, "keep", title="Keep this connection", asks=True)

    def forget(self) -> None:
        """Forget a connection that was kept, after a question."""
        self._stage.start(self._forget, "keep", title="Forget", asks=True)

    async def _keep(self) -> None:
        if await self._keeping.keep_current() is not None:
            await self.remember()

    async def _forget(self) -> None:
        await self._keeping.forget()
