"""The credentials screen: a box for a paste, what was understood of it, and fields to type or correct.

No character is a command here, because a paste may arrive as single keys. Secrets stay in the draft and in
fields that do not show them, and are dropped with the screen.
"""

from functools import partial
from typing import ClassVar

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
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.screens.command_screen import CommandScreen
from s3tui.tui.session import Session
from s3tui.tui.sign_in.asked import AskedSources, at_typed_place
from s3tui.tui.sign_in.draft import Draft, FieldProblem, completed
from s3tui.tui.sign_in.form import Form
from s3tui.tui.sign_in.keeping import Keeping
from s3tui.tui.sign_in.platform_forms import Wanted
from s3tui.tui.sign_in.source_list import SourceList
from s3tui.tui.sign_in.words import same_place, summary_text
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
        """New credentials work; `renewed` when they are for the place we were at."""

        def __init__(self, renewed: bool, local_folder: str = "") -> None:
            """Remember whether the place is the same, and which local folder goes with it."""
            super().__init__()
            self.renewed = renewed
            self.local_folder = local_folder

    def __init__(
        self,
        session: Session,
        demo: DemoServer | None = None,
        *,
        wanted: Connection | None = None,
        text: str = "",
        refused: tuple[Draft, Failure] | None = None,
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
        self._asked = AskedSources(session, self.stage)
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
        self._say_first_words()
        if self._here is not None:
            self._form.show_place(self._here)
        self.stage.start(self._find_sources, "sources")
        refused, self._refused = self._refused, None
        if refused is not None:
            self._take(refused[0])
            self._say(refused[1].text, "-error")
        text, self._early_text = self._early_text, ""
        self.take_paste(text)

    def heard(self, event: say.Event) -> None:
        """Keep the countdown true."""
        super().heard(event)
        match event:
            case say.CredentialState():
                self._title.show_credentials(event)
            case say.Question():
                self.stage.start(partial(self._asked.answer, event), "question")

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
        self._take(draft)

    def _take(self, draft: Draft, kept: SavedConnection | None = None) -> None:
        self._draft, self._chosen = draft, kept
        self._form.show_draft(draft)
        self._show_keys()
        again = (
            "renews this connection" if same_place(self.session.connection, draft.connection) else "connects"
        )
        self._say(f"{summary_text(draft, self.session.clock())} Enter {again}.", "-good")
        self._box.focus()

    def _say_first_words(self) -> None:
        state = self.session.state
        if not self.session.connected:
            self._say("No credentials yet. They stay in memory only, unless you ask to keep them.", "-faint")
        elif self.session.expired:
            waiting = f" {state.waiting:,} transfers wait for new ones." if state.waiting else ""
            self._say(f"These credentials have expired.{waiting} Paste new ones to go on.", "-warning")
        else:
            self._say(f"Connected with {state.label}. A new paste for the same place renews it.", "-faint")

    def _say(self, sentence: str, look: str) -> None:
        self._verdict.set_classes(look)
        self._verdict.update(printable(sentence))

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
        self.stage.start(partial(self._take_source, number), "take-source")

    async def _take_source(self, number: int) -> None:
        source = await self._sources.chosen(number, self.stage)
        if source is None:
            return
        if source.wanted is not None:
            asked, place = source.wanted
            try:
                place = at_typed_place(place, self._form.fields(), self._here)
            except FieldProblem as problem:
                self._say(str(problem), "-error")
                return
            await self._connect_from((asked, place))
            return
        try:
            self._take(await source.read(self._here), source.kept)
        except S3tuiError as error:
            self._say(failure_of(error).text, "-error")
            await self._find_sources()

    def action_other_sources(self) -> None:
        """Let the user choose a platform that is asked for credentials."""
        self.stage.start(self._other_sources, "take-source")

    async def _other_sources(self) -> None:
        wanted = await self._asked.choose()
        if wanted is not None:
            await self._connect_from(wanted)

    async def _connect_from(self, wanted: Wanted) -> None:
        before = self.session.connection
        self._say(f"Asking {source_label(wanted[0])} …", "-faint")
        try:
            found = await self._asked.connect(wanted)
        except S3tuiError as error:
            self._say(failure_of(error).text, "-error")
            return
        if found is None:
            self._say_first_words()
            return
        self.session.kept.current = None
        self.action_clear_form()
        self.app.post_message(self.Connected(same_place(before, found)))
        self.dismiss()

    # ---- commands --------------------------------------------------------------------------------------

    def action_clear_form(self) -> None:
        """Forget everything that was pasted or typed."""
        self._draft = self._chosen = None
        self._box.clear()
        self._form.clear()
        self._show_keys()
        self._say_first_words()
        self._box.focus()

    def offers(self, command: Command) -> bool:
        """Leave out what needs a connection, or a form that was understood."""
        useful = command.id != "keep" or self.session.connected or self._draft is not None
        return useful and super().offers(command)

    def _show_keys(self) -> None:
        self.query_one(KeyBar).show(key_hints(self.scope, self.offers))

    def action_keep(self) -> None:
        """Keep what was understood, or the connection in use, after a question."""
        self.stage.start(self._keep, "keep", title="Keep this connection")

    async def _keep(self) -> None:
        session = self.session
        if self._demo is not None and self._demo.running:
            self.tell("The demo's credentials end with the demo, so they are not kept.")
        elif self._draft is not None:
            try:
                draft = completed(self._draft, self._form.fields(), self._here)
            except (PasteError, FieldProblem) as problem:
                self._say(str(problem), "-error")
                return
            self._chosen = await self._keeping.keep(draft) or self._chosen
            await self._find_sources()
        elif session.credentials is not None and session.connection is not None:
            draft = Draft(session.credentials, session.connection)
            session.kept.current = await self._keeping.keep(draft) or session.kept.current
            await self._find_sources()
        else:
            self.tell("Paste credentials first; then they can be kept.")

    def action_forget(self) -> None:
        """Forget a connection that was kept, after a question."""
        self.stage.start(self._forget, "keep", title="Forget")

    async def _forget(self) -> None:
        if await self._keeping.forget():
            self._chosen = None
            await self._find_sources()

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
            self._say(str(problem), "-error")
            if isinstance(problem, FieldProblem):
                self._form.focus_field(problem.field)
            return
        self.stage.start(partial(self._connect, draft), "connect")

    async def _connect(self, draft: Draft) -> None:
        session = self.session
        renewing = same_place(session.connection, draft.connection)
        if session.connected and not renewing and not await self._another_place(draft):
            return
        self._say(f"Connecting to {draft.connection.endpoint.host} …", "-faint")
        try:
            if renewing:
                await session.renew(draft.credentials)
            else:
                await session.connect(draft.credentials, draft.connection)
        except S3tuiError as error:
            self._say(failure_of(error).text, "-error")
            return
        chosen = self._chosen
        if chosen is not None and not same_place(chosen.connection, draft.connection):
            chosen = None
        if chosen is not None or not renewing:
            session.kept.current = chosen
        self._draft = self._chosen = None
        self._form.clear()
        self._box.clear()
        self.app.post_message(self.Connected(renewing, chosen.local_folder if chosen else ""))
        self.dismiss()

    async def _another_place(self, draft: Draft) -> bool:
        """Ask before the connection that exists is given up."""
        details = [
            f"These credentials are for {draft.place or 'all buckets'} at {draft.connection.endpoint.host}."
        ]
        if self.session.busy:
            details.append("Transfers of the old place wait until you connect there again.")
        dialog = confirm_dialog(
            "Another place", "Leave the place you are connected to?", "Connect there", details=details
        )
        return await self.stage.ask(dialog) == YES

    def action_close(self) -> None:
        """Back to the panes."""
        self._draft = self._chosen = None
        self._form.clear()
        self.dismiss()
