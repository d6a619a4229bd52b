"""Questions of the engine to the user: asked one by one, answered when somebody types, or given up."""

import asyncio
import itertools
from collections.abc import Callable

from s3tui.engine import messages as say
from s3tui.errors import UsageError

PATIENCE_SECONDS = 180.0
"""How long a question may stay open."""


class Asking:
    """Open questions by their id."""

    def __init__(self, send: Callable[[say.Event], None]) -> None:
        """Put questions to the front end with `send`."""
        self._send = send
        self._ids = itertools.count(1)
        self._open: dict[int, asyncio.Future[str | None]] = {}

    async def ask(self, text: str, hidden: bool) -> str:
        """Return what the user answers.

        Raises:
            UsageError: nobody does, or the user does not want to.
        """
        question_id = next(self._ids)
        answered: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._open[question_id] = answered
        try:
            self._send(say.Question(question_id, text, hidden))
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await answered
        except TimeoutError:
            answer = None
        finally:
            self._open.pop(question_id, None)
        if not answer:
            raise UsageError(f"There was no answer: {text}.", next_step="Try again.")
        return answer

    def answer(self, request: say.Answer) -> None:
        """Hand an answer to whoever asked; late ones are dropped."""
        waiting = self._open.get(request.question_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(request.text)
