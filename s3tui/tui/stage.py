"""What a controller may do with the screen it works for: run work, ask questions, say things.

Controllers hold a stage instead of the application, so that each can be read, and tested, by itself.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

from textual.screen import Screen
from textual.worker import Worker

from s3tui.engine.client import RequestRefused
from s3tui.errors import S3tuiError
from s3tui.model.failure import Failure
from s3tui.tui.dialogs.dialog import Dialog
from s3tui.tui.dialogs.message import failure_dialog

Answer = TypeVar("Answer")
Work = Callable[[], Coroutine[Any, Any, None]]
"""Begins a piece of work when it is called."""

LATE_SECONDS = 1.0
"""A question this long after the key that led to it comes by itself, unless what was typed is kept for it."""


class _Piece:
    """A piece of work, as far as its questions go."""

    def __init__(self, asks: bool) -> None:
        self.asks_next = asks
        """Whether a question of it is on its way."""
        self.begun = time.monotonic()
        self.worker: Worker[None] | None = None

    @property
    def expected(self) -> bool:
        worker = self.worker
        over = worker is not None and (worker.is_finished or worker.is_cancelled)
        return self.asks_next and not over

    @property
    def comes_late(self) -> bool:
        """Whether nobody waits any more for the question it asks now."""
        return not self.asks_next and time.monotonic() - self.begun > LATE_SECONDS


_piece: ContextVar[_Piece | None] = ContextVar("piece", default=None)
"""The work that runs."""


class Stage:
    """A screen as its controllers see it."""

    def __init__(
        self,
        screen: Screen[Any],
        say: Callable[[str, bool], None],
        turn: asyncio.Lock | None = None,
        note: Callable[[Failure], None] = lambda _: None,
    ) -> None:
        """Work for `screen`.

        Args:
            screen: the screen.
            say: shows a sentence; the second argument tells whether it is serious.
            turn: held while a question is open; shared by all stages of an application.
            note: hears of a refusal that was told in one sentence, so that its details can be asked for.
        """
        self._screen = screen
        self._say = say
        self._turn = turn or asyncio.Lock()
        self._note = note
        self._pieces: list[_Piece] = []

    def start(self, work: Work, group: str, *, title: str = "", asks: bool = False) -> Worker[None]:
        """Run work of a group beside everything else; a second one of the group takes its place.

        Errors of ours end in a dialog with this title, or in a serious notice without one.

        Args:
            work: begins it.
            group: its group on this screen.
            title: of the dialog that tells an error.
            asks: it was begun by a key and will ask: what is typed meanwhile is kept for its question.
        """
        piece = _Piece(asks)
        worker: Worker[None] = self._screen.run_worker(
            partial(self._guarded, work, title, piece), group=group, exclusive=True
        )
        piece.worker = worker
        self._pieces = [known for known in self._pieces if known.expected]
        if asks:
            self._pieces.append(piece)
        return worker

    def stop(self, group: str) -> bool:
        """Stop the work of a group; returns whether there was any."""
        return bool(self._screen.workers.cancel_group(self._screen, group))

    @property
    def expecting(self) -> bool:
        """Whether a question is on its way to the screen."""
        return any(piece.expected for piece in self._pieces)

    def give_up(self) -> None:
        """Stop the work whose questions are on their way."""
        for piece in self._pieces:
            if piece.expected and piece.worker is not None:
                piece.worker.cancel()
        self.tell("")

    def carry_out(self, work: Work, *, title: str) -> Worker[None]:
        """Run what was decided on, to its end: neither another command nor Esc takes its place."""
        return self._screen.run_worker(partial(self._guarded, work, title, _Piece(asks=False)))

    async def ask(self, dialog: Dialog[Answer]) -> Answer | None:
        """Show a dialog and return its answer; None when it was closed without one.

        There is one question at a time: a second one waits for the answer to the first.
        """
        piece = _piece.get()
        app = self._screen.app
        async with self._turn:
            dialog.unasked = piece is None or piece.comes_late
            expected = piece is not None and piece.asks_next
            answer = app.push_screen(dialog, wait_for_dismiss=True)
            if piece is not None:
                piece.asks_next = False
            try:
                return await asyncio.shield(answer)
            except asyncio.CancelledError:
                if dialog in app.screen_stack:
                    dialog.dismiss(None)
                raise
            finally:
                if piece is not None:
                    piece.asks_next = expected

    def tell(self, sentence: str, *, serious: bool = False) -> None:
        """Say one sentence in the notice line."""
        self._say(sentence, serious)

    async def _guarded(self, work: Work, title: str, piece: _Piece) -> None:
        _piece.set(piece)
        try:
            await work()
        except S3tuiError as error:
            failure = failure_of(error)
            if title:
                await self.ask(failure_dialog(title, failure))
            else:
                self.tell(failure.text, serious=True)
                self._note(failure)


def failure_of(error: S3tuiError) -> Failure:
    """The failure behind an error, with the engine's own code where it refused."""
    return error.failure if isinstance(error, RequestRefused) else Failure.of(error)
