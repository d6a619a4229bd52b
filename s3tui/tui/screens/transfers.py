"""The queue: every transfer, what it does or why it does not, and the commands that steer it."""

from enum import StrEnum
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from s3tui.engine import messages as say
from s3tui.formatting import count_text
from s3tui.model.failure import Failure
from s3tui.model.transfer import QueueSummary, TransferRow, TransferStatus
from s3tui.tui.commands.bindings import bindings_for, key_hints
from s3tui.tui.commands.model import Scope
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph
from s3tui.tui.dialogs.message import detail_lines
from s3tui.tui.screens.command_screen import CommandScreen
from s3tui.tui.session import Session
from s3tui.tui.view.line_parts import Part
from s3tui.tui.widgets.key_bar import KeyBar
from s3tui.tui.widgets.notice_line import NoticeLine
from s3tui.tui.widgets.text_line import TextLine
from s3tui.tui.widgets.title_bar import TitleBar
from s3tui.tui.widgets.transfer_list import TransferDetail, TransferHeading, TransferList

_Act = say.ControlAction
_Status = TransferStatus


class Show(StrEnum):
    """Which transfers are listed."""

    ALL = "All"
    ACTIVE = "Active"
    FAILED = "Failed"
    DONE = "Done"

    @property
    def statuses(self) -> tuple[TransferStatus, ...]:
        """The statuses it stands for; empty means all."""
        return {
            Show.ALL: (),
            Show.ACTIVE: (_Status.RUNNING, _Status.HELD, _Status.PAUSED, _Status.QUEUED),
            Show.FAILED: (_Status.FAILED,),
            Show.DONE: (_Status.SUCCEEDED, _Status.CANCELLED),
        }[self]

    def total(self, summary: QueueSummary) -> int:
        """How many transfers it shows."""
        done = summary.succeeded + summary.cancelled
        counts = {Show.ACTIVE: summary.active, Show.FAILED: summary.failed, Show.DONE: done}
        return counts.get(self, summary.active + summary.failed + done)


class ShowLine(TextLine):
    """The filters with their counts; square brackets round the one that holds."""

    PREFIX = "show-line"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"show-line--chosen"}
    DEFAULT_CSS = """
    ShowLine { background: $background; color: $text-muted; }
    ShowLine > .show-line--chosen { background: $background; color: $text-primary; text-style: bold; }
    """


class TransfersScreen(CommandScreen):
    """Transfers in their order, a window at a time."""

    scope = Scope.TRANSFERS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.TRANSFERS)]
    AUTO_FOCUS = "TransferList"

    def __init__(self, session: Session) -> None:
        """Show the session's queue."""
        super().__init__(session)
        self._show = Show.ALL
        self._list = TransferList()
        self._detail = TransferDetail()
        self._title = TitleBar(clock=session.clock)
        self._filters = ShowLine()
        self._counts: tuple[int, ...] = ()

    def compose(self) -> ComposeResult:
        """Title, filters, list, detail, keys."""
        yield self._title
        yield self._filters
        yield TransferHeading()
        yield self._list
        yield self._detail
        yield NoticeLine()
        yield KeyBar(key_hints(self.scope, self.offers))

    def on_mount(self) -> None:
        """Ask for the first rows."""
        super().on_mount()
        self._title.show_place("Transfers")
        self._title.show_credentials(self.session.state)
        self._show_filters()
        self._list.reload()

    def heard(self, event: say.Event) -> None:
        """Keep rows fresh; list again when a transfer changed its place in the queue."""
        super().heard(event)
        if isinstance(event, say.CredentialState):
            self._title.show_credentials(event)
        elif isinstance(event, say.Snapshot):
            self._list.update(event.rows)
            counts = tuple(show.total(event.summary) for show in Show)
            if counts != self._counts:
                self._show_filters()
                self._list.reload()

    def _show_filters(self) -> None:
        snapshot = self.session.snapshot
        summary = snapshot.summary if snapshot else QueueSummary()
        self._counts = tuple(show.total(summary) for show in Show)
        parts = []
        for show, count in zip(Show, self._counts, strict=True):
            text = f"{show} {count:,}"
            parts.append(Part(f"[{text}]", "chosen") if show is self._show else Part(f" {text} "))
        self._filters.show(parts)

    @on(TransferList.WindowWanted)
    def _window_wanted(self, event: TransferList.WindowWanted) -> None:
        self.stage.start(partial(self._load, event.offset, event.limit), f"window-{event.offset}")

    async def _load(self, offset: int, limit: int) -> None:
        show = self._show
        window = await self.session.client.transfers(offset, limit, show.statuses)
        if show is self._show:
            self._list.show_rows(offset, window.rows, window.total)

    @on(TransferList.CursorMoved)
    def _cursor_moved(self, event: TransferList.CursorMoved) -> None:
        self._detail.show_row(event.row)
        self.show_keys()

    @property
    def refusal(self) -> Failure | None:
        """Why the transfer under the cursor failed, or else the last refusal told."""
        row = self._list.cursor_row
        failure = row.failure if row is not None else None
        return failure or super().refusal

    # ---- commands --------------------------------------------------------------------------------------

    @property
    def command_list(self) -> TransferList:
        """The list of transfers."""
        return self._list

    def action_show_next(self) -> None:
        """Show the next kind of transfers."""
        kinds = list(Show)
        self._show = kinds[(kinds.index(self._show) + 1) % len(kinds)]
        self._show_filters()
        self._list.action_first()
        self._list.reload()

    def action_pause(self) -> None:
        """Pause the transfer, or let it go on."""
        row = self._list.cursor_row
        if row is not None:
            paused = row.status is TransferStatus.PAUSED
            self._control(_Act.RESUME if paused else _Act.PAUSE, (row.id,))

    def action_pause_all(self) -> None:
        """Pause everything, or let everything go on."""
        summary = self.session.snapshot.summary if self.session.snapshot else QueueSummary()
        self._control(_Act.PAUSE if summary.active > summary.paused else _Act.RESUME)

    def action_retry(self) -> None:
        """Try the transfer again."""
        row = self._list.cursor_row
        if row is not None:
            self._control(_Act.RETRY, (row.id,))

    def action_retry_all(self) -> None:
        """Try all failed transfers again."""
        self._control(_Act.RETRY)

    def action_clear(self) -> None:
        """Take finished transfers off the list."""
        self._control(_Act.CLEAR)

    def action_cancel(self) -> None:
        """Cancel the transfer, after a question when bytes would be lost."""
        row = self._list.cursor_row
        if row is not None and not row.status.finished:
            self.stage.start(partial(self._cancel, row), "control", title="Cancel", asks=True)

    async def _cancel(self, row: TransferRow) -> None:
        if row.moved:
            dialog = confirm_dialog(
                "Cancel", f"Cancel {row.name}?", "Cancel it", details=["What was sent of it is lost."]
            )
            if await self.stage.ask(dialog) != YES:
                return
        self.stage.carry_out(partial(self._steer, _Act.CANCEL, (row.id,)), title="Cancel")

    def _control(self, action: str, ids: tuple[int, ...] = ()) -> None:
        self.stage.start(partial(self._steer, action, ids), "control")

    async def _steer(self, action: str, ids: tuple[int, ...]) -> None:
        met = await self.session.client.control(action, ids)
        if not met:
            self.tell("That does not fit this transfer." if ids else "There is no transfer that fits.")
        elif not ids:
            self.tell(f"{count_text(met, 'transfer')}: {action}.")
        self._list.reload()

    def action_detail(self) -> None:
        """Show both addresses and the server's own words."""
        row = self._list.cursor_row
        if row is not None:
            self.stage.start(partial(self._show_detail, row), "detail", asks=True)

    async def _show_detail(self, row: TransferRow) -> None:
        paragraphs = [
            Paragraph(f"from  {row.source}"),
            Paragraph(f"to    {row.destination}"),
            Paragraph(f"{row.moved:,} of {row.size:,} bytes, {row.status}"),
        ]
        if row.failure is not None:
            paragraphs.append(Paragraph(row.failure.sentence, "-error"))
            paragraphs.append(Paragraph(row.failure.next_step))
            paragraphs += [Paragraph(line, "-faint") for line in detail_lines(row.failure)]
        if row.assurance is not None:
            paragraphs.append(Paragraph(f"checked: {row.assurance}", "-good"))
        shown = [paragraph for paragraph in paragraphs if paragraph.text]
        await self.stage.ask(ChoiceDialog(row.name, shown, (Choice("ok", "Close", "c"),)))

    def action_close(self) -> None:
        """Back to the panes."""
        self.dismiss()
