"""The credentials screen: a box for a paste, what was understood of it, and fields to type or correct.

No character is a command here, because a paste may arrive as single keys. Secrets stay in the draft and in
fields that do not show them, and are dropped with the screen.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, ClassVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.credentials.paste import PasteError, parse_paste
from s3tui.demo.process import DemoServer
from s3tui.engine import messages as say
from s3tui.errors import S3tuiError
from s3tui.formatting import printable
from s3tui.model.credentials import Connection
from s3tui.model.failure import Failure
from s3tui.model.source import source_label
from s3tui.tui.commands.bindings import bindings_for, key_hints
from s3tui.tui.commands.model import Command, Scope
from s3tui.tui.screens.command_screen import CommandScreen
from s3tui.tui.session import Session
from s3tui.tui.sign_in.asked import at_typed_place, choose_platform
from s3tui.tui.sign_in.connector import Arrival, Connector
from s3tui.tui.sign_in.draft import Draft, Refused, completed
from s3tui.tui.sign_in.form import Form
from s3tui.tui.sign_in.keeping import Keeping
from s3tui.tui.sign_in.kept import Keepsake
from s3tui.tui.sign_in.offers import Offer
from s3tui.tui.sign_in.platform_forms import Wanted
from s3tui.tui.sign_in.source_list import SourceList
from s3tui.tui.sign_in.typed import FieldProblem
from s3tui.tui.sign_in.words import first_words, place_text, same_place, summary_text
from s3tui.tui.stage import failure_of
from s3tui.tui.widgets.key_bar import KeyBar
from s3tui.tui.widgets.notice_line import NoticeLine
from s3tui.tui.widgets.paste_box import PasteBox
from s3tui.tui.widgets.title_bar import TitleBar

PROMPT = (
    "Paste your credentials here (Ctrl+Shift+V or Shift+Insert). Nothing is shown. "
    "Exports, INI, JSON, or the text of your platform's page are all understood."
)


class CredentialsScreen(CommandScreen):
    """Takes credentials and connects with them."""

    scope = Scope.CREDENTIALS
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(Scope.CREDENTIALS),
        *Form.MOVES,
    ]
    AUTO_FOCUS = "PasteBox"

    class Connected(Message):
        """New credentials work."""

        def __init__(self, arrival: Arrival) -> None:
            """Remember how that came about."""
            super().__init__()
            self.arrival = arrival

    def __init__(
        self,
        session: Session,
        demo: DemoServer | None = None,
        *,
        wanted: Connection | None = None,
        text: str = "",
        refused: Refused | None = None,
    ) -> None:
        """Ask for credentials.

        Args:
            session: where to connect.
            demo: the demo server, when one runs.
            wanted: the place asked for on the command line, while there is no connection.
            text: a paste that came before the screen was there.
            refused: what was given at the start, and why it did not do.
        """
        super().__init__(session)
        self._draft: Draft | None = None
        self._here = session.connection or wanted
        self._early_text = text
        self._refused = refused
        self._demo = demo
        self._chosen: SavedConnection | None = None
        self._keeping = Keeping(session, self.stage)
        self._connector = Connector(session, self.stage)
        self._sources = SourceList()
        self._form = Form()
        self._box = PasteBox(PROMPT)
        self._title = TitleBar(clock=session.clock)
        self._verdict = Static("", markup=False, id="verdict")

    def compose(self) -> ComposeResult:
        """Box, verdict, fields, sources, keys."""
        yield self._title
        with Vertical(id="sign-in"):
            yield self._box
            yield self._verdict
            yield self._form
            yield self._sources
        yield NoticeLine()
        yield KeyBar(key_hints(self.scope, self.offers))

    def on_mount(self) -> None:
        """Look for credentials on this machine, and take an early paste."""
        super().on_mount()
        self._title.show_place("Credentials")
        self._title.show_credentials(self.session.state)
        self._say(*first_words(self.session))
        if self._here is not None:
            self._form.show_place(self._here)
        self.stage.start(self._find_sources, "sources")
        refused, self._refused = self._refused, None
        if refused is not None:
            draft, failure = refused
            if draft is not None:
                self._take(draft)
            self._say_refused(failure)
        text, self._early_text = self._early_text, ""
        self.take_paste(text)

    def heard(self, event: say.Event) -> None:
        """Keep the countdown true."""
        super().heard(event)
        if isinstance(event, say.CredentialState):
            self._title.show_credentials(event)

    # ---- what was understood ---------------------------------------------------------------------------

    @on(PasteBox.Pasted)
    def _pasted(self, event: PasteBox.Pasted) -> None:
        event.stop()
        self.take_paste(event.text)

    def take_paste(self, text: str) -> None:
        """Read a paste and show what was understood, or why it was not."""
        if not text.strip():
            return
        try:
            draft = Draft.of(parse_paste(text), self._here)
        except PasteError as error:
            self._say(error.sentence, "-error")
            return
        kept = self._chosen
        if kept is None or not same_place(kept.connection, draft.connection):
            kept = self._sources.kept_at(draft.connection)
        self._take(draft.at(kept) if kept is not None else draft, kept)

    def _take(self, draft: Draft, kept: SavedConnection | None = None) -> None:
        self._draft, self._chosen = draft, kept
        self._form.show_draft(draft)
        self.show_keys()
        again = (
            "renews this connection" if same_place(self.session.connection, draft.connection) else "connects"
        )
        name = f'"{kept.name}": ' if kept is not None else ""
        self._say(f"{name}{summary_text(draft, self.session.clock())} Enter {again}.", "-good")
        self._box.focus()

    def _say(self, sentence: str, look: str) -> None:
        self._verdict.set_classes(look)
        self._verdict.update(printable(sentence))

    def _say_refused(self, failure: Failure) -> None:
        self._say(failure.text, "-error")
        self.note_refusal(failure)

    def _say_problem(self, problem: PasteError | FieldProblem) -> None:
        self._say(str(problem), "-error")
        if isinstance(problem, FieldProblem):
            self._form.focus_field(problem.field)

    # ---- sources ---------------------------------------------------------------------------------------

    async def _find_sources(self) -> None:
        await self._sources.find(self._demo, self.session.kept)
        damage = self.session.kept.damage()
        if damage and self._draft is None:
            self._say(damage, "-warning")
        elif damage:
            self.tell(damage, serious=True)

    def action_source(self, number: int) -> None:
        """Take credentials from a source found here; the last key chooses among all that have none."""
        self.stage.start(partial(self._take_source, number), "take-source", asks=True)

    async def _take_source(self, number: int) -> None:
        offer = await self._sources.chosen(number, self.stage)
        if offer is None:
            return
        try:
            taken = await offer.read(self._here)
        except S3tuiError as error:
            self._say_refused(failure_of(error))
            await self._find_sources()
            return
        if isinstance(taken, Draft):
            self._take(replace(taken, origin=offer.label), offer.kept)
        elif taken is not None:
            await self._take_wanted(taken, offer)
        elif offer.kept is not None:
            self._take_place(offer.kept)

    async def _take_wanted(self, wanted: Wanted, offer: Offer) -> None:
        """Connect from a source; the fields may name another place than a source found by itself."""
        source, place = wanted
        if offer.kept is None:
            try:
                place = at_typed_place(place, self._form.fields(), self._here)
            except FieldProblem as problem:
                self._say_problem(problem)
                return
        await self._connect_from((source, place), offer.kept)

    def _take_place(self, kept: SavedConnection) -> None:
        """Go to a kept place with what was pasted, or with the next paste."""
        if self._draft is not None:
            self._take(self._draft.at(kept), kept)
            return
        self._here, self._chosen = kept.connection, kept
        self._form.show_place(kept.connection, kept.local_folder)
        self._say(f'"{kept.name}": {place_text(kept.connection)}. Paste credentials for it.', "-good")
        self._box.focus()

    def action_other_sources(self) -> None:
        """Let the user choose a platform that is asked for credentials."""
        self.stage.start(self._other_sources, "take-source", asks=True)

    async def _other_sources(self) -> None:
        wanted = await choose_platform(self.stage)
        if wanted is not None:
            await self._connect_from(wanted, None)

    async def _connect_from(self, wanted: Wanted, kept: SavedConnection | None) -> None:
        await self._attempt(f"Asking {source_label(wanted[0])} …", self._connector.connect_from(wanted, kept))

    # ---- connecting ------------------------------------------------------------------------------------

    @on(Input.Submitted)
    def action_connect(self) -> None:
        """Connect with what was understood and typed."""
        fields = self._form.fields()
        if self._draft is None and not fields.any_key:
            self.tell("Paste credentials into the box, or type them into the fields.")
            return
        try:
            draft = completed(self._draft, fields, self._here)
        except (PasteError, FieldProblem) as problem:
            self._say_problem(problem)
            return
        self.stage.start(partial(self._connect, draft), "connect", asks=True)

    async def _connect(self, draft: Draft) -> None:
        host = draft.connection.endpoint.host
        await self._attempt(f"Connecting to {host} …", self._connector.connect(draft, self._chosen))

    async def _attempt(self, sentence: str, connecting: Coroutine[Any, Any, Arrival | None]) -> None:
        """Say what is under way, and what came of it."""
        self._say(sentence, "-faint")
        try:
            arrival = await connecting
        except S3tuiError as error:
            self._say_refused(failure_of(error))
        except asyncio.CancelledError:
            self._say("Stopped.", "-faint")
            raise
        else:
            self._arrive(arrival)

    def _arrive(self, arrival: Arrival | None) -> None:
        """Go to the panes, or stay when the user rather keeps the old connection."""
        if arrival is None:
            self._say("Nothing has changed: you are where you were.", "-faint")
            return
        self.app.post_message(self.Connected(arrival))
        self.action_close()

    # ---- commands --------------------------------------------------------------------------------------

    def action_more_fields(self) -> None:
        """Turn to the terms of the connection, or back to the keys."""
        self._form.turn()

    def action_clear_form(self) -> None:
        """Forget everything that was pasted or typed."""
        self._draft = self._chosen = None
        self._box.clear()
        self._form.clear()
        self.show_keys()
        self._say(*first_words(self.session))
        self._box.focus()

    def offers(self, command: Command) -> bool:
        """Leave out what needs a connection, or a form that was understood."""
        useful = command.id != "keep" or self.session.connected or self._draft is not None
        return useful and super().offers(command)

    def action_keep(self) -> None:
        """Keep what was understood, or the connection in use, after a question."""
        self.stage.start(self._keep, "keep", title="Keep this connection", asks=True)

    async def _keep(self) -> None:
        if self._demo is not None and self._demo.running:
            self.tell("The demo's credentials end with the demo, so they are not kept.")
            return
        if self._draft is None:
            await self._keeping.keep_current()
        else:
            try:
                draft = completed(self._draft, self._form.fields(), self._here)
            except (PasteError, FieldProblem) as problem:
                self._say_problem(problem)
                return
            keepsake = Keepsake(draft.credentials, draft.connection, draft.local_folder)
            self._chosen = await self._keeping.keep(keepsake) or self._chosen
        await self._find_sources()

    def action_forget(self) -> None:
        """Forget a connection that was kept, after a question."""
        self.stage.start(self._forget, "keep", title="Forget", asks=True)

    async def _forget(self) -> None:
        if await self._keeping.forget():
            self._chosen = None
            await self._find_sources()

    def action_close(self) -> None:
        """Back to the panes."""
        self._draft = self._chosen = None
        self._form.clear()
        self._box.clear()
        self.dismiss()
