"""The questions around kept connections: where to keep one, and which to forget."""

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.dialogs.keep import MEMORY, KeepDialog
from s3tui.tui.dialogs.numbered import numbered_dialog
from s3tui.tui.session import Session
from s3tui.tui.sign_in.draft import Draft
from s3tui.tui.sign_in.kept import entry_text
from s3tui.tui.sign_in.words import same_place, summary_text
from s3tui.tui.stage import Stage


class Keeping:
    """Asks on a screen, then lets the session's kept connections do it."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`."""
        self._session = session
        self._stage = stage

    async def keep(self, draft: Draft) -> SavedConnection | None:
        """Ask for a name and a vault and keep the draft there; None when it stays in memory only.

        Raises KeepingError.
        """
        kept = self._session.kept
        self._stage.tell("Looking for a place to keep this …")
        choices = await kept.choices()
        self._stage.tell("")
        current = kept.current
        renews = current is not None and same_place(current.connection, draft.connection)
        workspace = draft.connection.workspace
        name = workspace.name or f"{workspace.bucket or ''}/{workspace.prefix}".strip("/")
        if current is not None and renews:
            name = current.name
        dialog = KeepDialog(
            name or draft.connection.endpoint.host, summary_text(draft, self._session.clock()), choices
        )
        answer = await self._stage.ask(dialog)
        vault = next((choice.kind for choice in choices if choice.kind == answer), None)
        if vault is None:
            if answer == MEMORY:
                self._stage.tell("Nothing was kept: these credentials end with s3tui.")
            return None
        entry = await kept.keep(draft, vault, dialog.typed_name, self._session.local_folder)
        self._stage.tell(f'"{entry.name}" is kept. F12 forgets it.')
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
            number = await self._stage.ask(numbered_dialog("Forget", "Which connection?", lines))
            if number is None:
                return False
            entry = entries[int(number)]
        question = confirm_dialog(
            "Forget",
            f'Forget "{entry.name}" and its credentials?',
            "Forget",
            details=["They are deleted here; on the server nothing changes. A connection in use goes on."],
            danger=True,
        )
        if await self._stage.ask(question) != YES:
            return False
        await kept.forget(entry)
        self._stage.tell(f'"{entry.name}" is forgotten.')
        return True
