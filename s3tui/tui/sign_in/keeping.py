"""The questions around kept connections: what to keep and where, and which to forget."""

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.model.credentials import Credentials
from s3tui.model.source import source_label, token_of
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.dialogs.keep import MEMORY, PLACE, KeepDialog
from s3tui.tui.session import Session
from s3tui.tui.sign_in.choosing import choose_line
from s3tui.tui.sign_in.draft import Draft
from s3tui.tui.sign_in.kept import Keepsake, entry_text
from s3tui.tui.sign_in.words import place_text, same_place, summary_text
from s3tui.tui.stage import Stage


class Keeping:
    """Asks on a screen, then lets the session's kept connections do it."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`."""
        self._session = session
        self._stage = stage

    async def keep_current(self) -> SavedConnection | None:
        """Ask for the connection in use, as `keep` does. Raises KeepingError."""
        session = self._session
        secret = session.credentials or session.source
        if secret is None or session.connection is None:
            self._stage.tell("Connect first; then the connection can be kept.")
            return None
        entry = await self.keep(Keepsake(secret, session.connection))
        session.kept.current = entry or session.kept.current
        return entry

    async def keep(self, keepsake: Keepsake) -> SavedConnection | None:
        """Ask for a name and a place to keep a connection; None when it stays in memory only.

        Raises KeepingError.
        """
        kept, connection = self._session.kept, keepsake.connection
        asks_nobody = not isinstance(keepsake.secret, Credentials) and not token_of(keepsake.secret)
        if not asks_nobody:
            self._stage.tell("Looking for a place to keep this …")
        choices = () if asks_nobody else await kept.choices()
        self._stage.tell("")
        current = kept.current
        workspace = connection.workspace
        name = workspace.name or f"{workspace.bucket or ''}/{workspace.prefix}".strip("/")
        if current is not None and same_place(current.connection, connection):
            name = current.name
        dialog = KeepDialog(name or connection.endpoint.host, self._described(keepsake), choices)
        answer = await self._stage.ask(dialog)
        vault = next((choice.kind for choice in choices if choice.kind == answer), None)
        if vault is None and answer != PLACE:
            if answer == MEMORY:
                self._stage.tell("Nothing was kept: these credentials end with s3tui.")
            return None
        folder = keepsake.local_folder or self._session.local_folder
        keepsake = Keepsake(keepsake.secret, connection, folder)
        entry = await kept.keep(keepsake, vault, dialog.typed_name)
        what = "" if entry.ready else " without its credentials"
        self._stage.tell(f'"{entry.name}" is kept{what}. F12 forgets it.')
        return entry

    async def forget(self) -> bool:
        """Ask which connection to forget, and whether; returns whether one was. Raises KeepingError."""
        kept = self._session.kept
        entries = await kept.entries()
        if not entries:
            self._stage.tell("No connection is kept.")
            return False
        entry = entries[0]
        if len(entries) > 1:
            lines = [entry_text(each, self._session.clock()) for each in entries]
            number = await choose_line(self._stage, "Forget", "Which connection?", lines)
            if number is None:
                return False
            entry = entries[number]
        what = " and its credentials" if entry.kept_in is not None else ""
        question = confirm_dialog(
            "Forget",
            f'Forget "{entry.name}"{what}?',
            "Forget",
            details=["Only here: on the server nothing changes. A connection in use goes on."],
            danger=True,
        )
        if await self._stage.ask(question) != YES:
            return False
        await kept.forget(entry)
        self._stage.tell(f'"{entry.name}" is forgotten.')
        return True

    def _described(self, keepsake: Keepsake) -> str:
        """What would be kept, in one sentence."""
        if isinstance(keepsake.secret, Credentials):
            return summary_text(Draft(keepsake.secret, keepsake.connection), self._session.clock())
        what = "The token of " if token_of(keepsake.secret) else ""
        return f"{what}{source_label(keepsake.secret)} for {place_text(keepsake.connection)}."
