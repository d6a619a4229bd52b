"""The browser: two panes, the transfers at work, and the commands that act on them.

It composes and routes. Listings, copying and file work each have a controller in `tui.browse`.
"""

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from s3tui.engine import messages as say
from s3tui.formatting import count_text
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import QueueSummary
from s3tui.tui.browse.address import PLAIN, PlainText, address_dialog, send_to_clipboard
from s3tui.tui.browse.copying import Copying
from s3tui.tui.browse.file_work import FileWork
from s3tui.tui.browse.going import place_of, wrong_place
from s3tui.tui.browse.left_work import LeftWork
from s3tui.tui.browse.listing import Listing
from s3tui.tui.browse.open_uploads import OpenUploads
from s3tui.tui.browse.permits import Permits
from s3tui.tui.commands.bindings import bindings_for, key_hints
from s3tui.tui.commands.model import Command, Scope
from s3tui.tui.dialogs.prompt import PromptDialog
from s3tui.tui.queue_news import QueueNews
from s3tui.tui.screens.command_screen import CommandScreen
from s3tui.tui.session import Session
from s3tui.tui.stage import Work
from s3tui.tui.view.transfer_lines import woken_text
from s3tui.tui.widgets.entry_list import EntryList
from s3tui.tui.widgets.key_bar import KeyBar
from s3tui.tui.widgets.notice_line import NoticeLine
from s3tui.tui.widgets.pane import Pane
from s3tui.tui.widgets.title_bar import TitleBar
from s3tui.tui.widgets.transfer_panel import TransferPanel


class BrowserScreen(CommandScreen):
    """Local files on the left, S3 on the right."""

    scope = Scope.BROWSER
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.BROWSER)]
    AUTO_FOCUS = "#local EntryList"

    def __init__(self, session: Session) -> None:
        """Make both panes; they are nowhere until `open_local` and `open_home` are called."""
        super().__init__(session)
        self.title_bar = TitleBar(clock=session.clock)
        self.local = Pane(id="local", clock=session.clock, empty_hint="Copy something here with c.")
        self.remote = Pane(id="remote", clock=session.clock, empty_hint="Copy something here with c.")
        self.panel = TransferPanel()
        self._listings = {pane: Listing(pane, session, self.stage) for pane in (self.local, self.remote)}
        self._copying = Copying(session, self.stage)
        self._files = FileWork(session, self.stage)
        self._uploads = OpenUploads(session, self.stage)
        self._left = LeftWork(session, self.stage)
        self._news = QueueNews()
        self._held: QueueSummary | None = None
        self._permits = Permits(session, self.stage)

    def compose(self) -> ComposeResult:
        """Title, panes, notice, transfers, keys."""
        yield self.title_bar
        with Horizontal(id="panes"):
            yield self.local
            yield self.remote
        yield NoticeLine()
        yield self.panel
        yield KeyBar(key_hints(self.scope, self.offers))

    def on_mount(self) -> None:
        """Begin not connected."""
        super().on_mount()
        self.call_after_refresh(self._say_not_connected)

    def _say_not_connected(self) -> None:
        if self.remote.location is None:
            self.remote.entries.show_notice("Not connected.", "K opens the credentials screen.")

    # ---- what others tell ------------------------------------------------------------------------------

    def open_local(self, folder: LocalLocation) -> None:
        """Show a local folder."""
        self._listings[self.local].go(folder)

    def open_home(self, folder: S3Location | None = None) -> None:
        """Show the root of the workspace, or a folder in it, and go there."""
        home = folder or self.session.home
        if home is not None:
            self._listings[self.remote].go(home)
            self.remote.focus_list()
        self.show_place()

    def renewed(self) -> None:
        """Show again what expired credentials could not."""
        self._listings[self.remote].refresh()
        self.show_place()
        self.stage.tell(woken_text(self._held))
        self._held = None

    def show_place(self) -> None:
        """Name the workspace and the server in the title."""
        connection = self.session.connection
        if connection is not None:
            workspace = connection.workspace
            place = workspace.name or f"{workspace.bucket or 'all buckets'}/{workspace.prefix}".rstrip("/")
            self.title_bar.show_place(
                place, connection.endpoint.host, read_only=self.session.refusals.read_only
            )

    def heard(self, event: say.Event) -> None:
        """Pass on what the engine tells."""
        super().heard(event)
        match event:
            case say.Snapshot():
                self.panel.show(event)
                self._show_refusals()
                self._hold_or_wake(event.summary)
                news = self._news.of(event)
                if news is not None:
                    self.stage.tell(news.text, serious=news.serious)
            case say.CredentialState():
                self.title_bar.show_credentials(event)
            case say.FolderChanged():
                for listing in self._listings.values():
                    listing.folder_changed(event.location)
                self._show_refusals()
            case say.PlanProgress():
                self._copying.progress(event)

    def _hold_or_wake(self, summary: QueueSummary) -> None:
        """Say once that what waited for credentials goes on; that it waits is the panel's to say."""
        if summary.held and not summary.running:
            self._held = summary
        elif self._held is None or summary.held:
            return
        elif not summary.running:
            self._held = None
        elif self.session.state.renews:
            # After a paste `renewed` says it.
            self.stage.tell(woken_text(self._held))
            self._held = None

    def _show_refusals(self) -> None:
        """Grey out what has turned out to be closed: in the title, the key bar and both panes."""
        self.show_place()
        self.show_keys()
        for listing in self._listings.values():
            listing.show_closed()

    @property
    def refusal(self) -> Failure | None:
        """What the active pane says or the cursor stands on, or else the last refusal told."""
        pane = self._active.pane
        entry = pane.cursor_entry
        if pane.failure is not None and (entry is None or self.session.refusals.last is None):
            return pane.failure
        locked = self._active.reason_locked(entry) if entry is not None else None
        return locked or self.session.refusals.last

    def reason_against(self, command: Command) -> str:
        """Why a change would be refused now."""
        return self._permits.reason_against(command.id, self._active.pane, self._other)

    @on(Pane.Activated)
    @on(EntryList.CursorMoved)
    @on(EntryList.ContentChanged)
    def _looked_at(self) -> None:
        self.show_keys()

    @on(EntryList.Opened)
    def _opened(self, event: EntryList.Opened) -> None:
        if event.entry.kind.opens:
            self._active.open(event.entry.name)
        else:
            self.action_info()

    @on(EntryList.ParentWanted)
    def _parent_wanted(self) -> None:
        self._active.up()

    @on(Pane.StopWanted)
    def _stop_wanted(self, event: Pane.StopWanted) -> None:
        self._listings[event.pane].stop()

    # ---- commands --------------------------------------------------------------------------------------

    @property
    def command_list(self) -> EntryList:
        """The active pane's list."""
        return self._active.pane.entries

    @property
    def _active(self) -> Listing:
        return self._listings[self.remote if self.remote.active else self.local]

    @property
    def _other(self) -> Pane:
        return self.local if self.remote.active else self.remote

    def action_parent(self) -> None:
        """Go to the folder above."""
        self._active.up()

    def action_other_pane(self) -> None:
        """Give the keyboard to the other pane."""
        self._other.focus_list()

    def action_step_back(self) -> None:
        """Give up one thing."""
        if self._copying.counting:
            self.stage.stop("copy")
        elif not self._active.pane.step_back():
            self.tell("")

    def action_copy(self) -> None:
        """Copy to the other pane."""
        self._change("copy", "Copy", partial(self._copying.copy, self._active.pane, self._other), "copy")

    def action_move(self) -> None:
        """Move to the other pane."""
        work = partial(self._copying.copy, self._active.pane, self._other, move=True)
        self._change("move", "Move", work, "copy")

    def action_rename(self) -> None:
        """Rename the entry under the cursor."""
        self._change("rename", "Rename", partial(self._files.rename, self._active))

    def action_new_folder(self) -> None:
        """Make a folder."""
        self._change("new-folder", "New folder", partial(self._files.new_folder, self._active))

    def action_delete(self) -> None:
        """Delete what is marked."""
        self._change("delete", "Delete", partial(self._files.delete, self._active))

    def _change(self, command_id: str, title: str, work: Work, group: str = "files") -> None:
        """Run a command that changes something, unless that is known to be refused."""
        here, other = self._active.pane, self._other

        async def run() -> None:
            if not await self._permits.granted(command_id, title, here, other):
                return
            try:
                await work()
            finally:
                self._show_refusals()

        self.stage.start(run, group, title=title, asks=True)

    def action_info(self) -> None:
        """Show what there is to know of the entry."""
        self.stage.start(partial(self._files.info, self._active), "files", title="Info", asks=True)

    def action_filter(self) -> None:
        """Filter the pane."""
        self._active.pane.start_filter()

    def action_sort(self) -> None:
        """Sort by the next key."""
        pane = self._active.pane
        pane.set_sort(pane.order.next_key)

    def action_reverse(self) -> None:
        """Turn the order round."""
        pane = self._active.pane
        pane.set_sort(pane.order.reversed)

    def action_hidden(self) -> None:
        """Show or hide dot files."""
        pane = self._active.pane
        pane.set_hidden(not pane.hidden_shown)
        self.tell("Hidden files are shown." if pane.hidden_shown else "Hidden files are hidden.")

    def action_refresh(self) -> None:
        """List the folder again."""
        self._active.refresh()

    def action_go_to(self) -> None:
        """Ask for a place and go there."""
        self.stage.start(self._go_to, "files", title="Go to", asks=True)

    def action_mark_pattern(self) -> None:
        """Ask for a pattern and mark what fits."""
        self.stage.start(self._mark_pattern, "files", asks=True)

    def action_copy_address(self) -> None:
        """Show the entry's address and send it to the terminal's clipboard."""
        self.stage.start(self._copy_address, "files", asks=True)

    def action_open_uploads(self) -> None:
        """List the multipart uploads that are open below the folder of the S3 pane."""
        work = partial(self._uploads.show, self.remote.location)
        self.stage.start(work, "files", title="Open uploads", asks=True)

    def action_left_commands(self) -> None:
        """Show the commands that were stopped before their end."""
        work = partial(self._left.show, self.app)
        self.stage.start(work, "files", title="Unfinished commands", asks=True)

    async def _go_to(self) -> None:
        here = self._active.pane.location
        hint = "s3://bucket/prefix/ or a local path"
        text = await self.stage.ask(
            PromptDialog(
                "Go to", value=str(here or ""), hint=hint, check=wrong_place, select=len(str(here or ""))
            )
        )
        if text is None:
            return
        home = self.session.home
        place = place_of(text, self.local.location, home.bucket if home else "")
        if isinstance(place, S3Location) and not self.session.connected:
            self.tell("Connect first: K opens the credentials screen.")
            return
        pane = self.remote if isinstance(place, S3Location) else self.local
        self._listings[pane].go(place)
        pane.focus_list()

    async def _mark_pattern(self) -> None:
        pattern = await self.stage.ask(PromptDialog("Mark names that fit", hint="*.csv, or part of a name"))
        if pattern:
            found = self.command_list.mark_matching(pattern)
            self.tell(f"{count_text(found, 'name')} marked.")

    async def _copy_address(self) -> None:
        pane = self._active.pane
        if pane.location is None:
            return
        entry = pane.cursor_entry
        where = pane.location.child(entry.name, folder=entry.kind.opens) if entry else pane.location
        sentence = await send_to_clipboard(self.app, str(where))
        if await self.stage.ask(address_dialog(str(where), sentence)) == PLAIN:
            await self.stage.ask(PlainText(str(where)))
