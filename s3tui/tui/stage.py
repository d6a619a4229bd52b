"""What a controller may do with the screen it works for: run work, ask questions, say things.

Controllers hold a stage instead of the application, so that each can be read, and tested, by itself.
"""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from textual.screen import ModalScreen, Screen
from textual.worker import Worker

from s3tui.engine.client import RequestRefused
from s3tui.errors import S3tuiError
from s3tui.model.failure import Failure
from s3tui.tui.dialogs.message import failure_dialog

Answer = TypeVar("Answer")
Work = Callable[[], Coroutine[Any, Any, None]]
"""Begins a piece of work when it is called."""


class Stage:
    """A screen as its controllers see it."""

    def __init__(self, screen: Screen[Any], say: Callable[[str, bool], None]) -> None:
        """Work for `screen`; `say` shows a sentence, the second argument tells whether it is serious."""
        self._screen = screen
        self._say = say

    def start(self, work: Work, group: str, *, title: str = "") -> Worker[None]:
        """Run work of a group beside everything else; a second one of the group takes its place.

        Errors of ours end in a dialog with this title, or in a serious notice without one.
        """
        return self._screen.run_worker(partial(self._guarded, work, title), group=group, exclusive=True)

    def stop(self, group: str) -> bool:
        """Stop the work of a group; returns whether there was any."""
        return bool(self._screen.workers.cancel_group(self._screen, group))

    async def ask(self, dialog: ModalScreen[Answer]) -> Answer | None:
        """Show a dialog and return its answer; None when it was closed without one."""
        return await self._screen.app.push_screen_wait(dialog)

    def tell(self, sentence: str, *, serious: bool = False) -> None:
        """Say one sentence in the notice line."""
        self._say(sentence, serious)

    async def _guarded(self, work: Work, title: str) -> None:
        try:
            await work()
        except S3tuiError as error:
            failure = failure_of(error)
            if title:
                await self.ask(failure_dialog(title, failure))
            else:
                self.tell(failure.text, serious=True)


def failure_of(error: S3tuiError) -> Failure:
    """The failure behind an error, with the engine's own code where it refused."""
    return error.failure if isinstance(error, RequestRefused) else Failure.of(error)
