"""Who waits for which reply: the front end's side of request ids, and what an unwanted reply stands for."""

import asyncio
import itertools

from s3tui.engine.messages import ListingEnd, Refused, Reply
from s3tui.errors import EngineError, S3tuiError
from s3tui.model.failure import Failure

Arrival = Reply | EngineError
"""A reply, or the news that none will come any more."""


class RequestRefused(S3tuiError):
    """The engine did not do what was asked; `failure` says why."""

    code = "refused-request"

    def __init__(self, failure: Failure) -> None:
        """Take the texts from `failure`; its own `code` is the word to decide by."""
        super().__init__(failure.sentence, next_step=failure.next_step, detail=failure.detail)
        self.failure = failure


class Replies:
    """Pending requests by id; each gets its replies in the order they came."""

    def __init__(self) -> None:
        """Start with nothing pending."""
        self._ids = itertools.count(1)
        self._single: dict[int, asyncio.Future[Arrival]] = {}
        self._many: dict[int, asyncio.Queue[Arrival]] = {}

    def next_id(self) -> int:
        """Return an id that no request of this client had before."""
        return next(self._ids)

    def expect(self, request_id: int) -> "asyncio.Future[Arrival]":
        """Return a future for the one reply to a request."""
        future: asyncio.Future[Arrival] = asyncio.get_running_loop().create_future()
        self._single[request_id] = future
        return future

    def expect_many(self, request_id: int) -> "asyncio.Queue[Arrival]":
        """Return a queue for the replies to a listing; the sender's window bounds it."""
        queue: asyncio.Queue[Arrival] = asyncio.Queue()
        self._many[request_id] = queue
        return queue

    def forget(self, request_id: int) -> None:
        """Stop waiting for a request; later replies are dropped."""
        self._single.pop(request_id, None)
        self._many.pop(request_id, None)

    def deliver(self, reply: Reply) -> bool:
        """Hand a reply to whoever waits for it; returns whether anybody did."""
        future = self._single.get(reply.id)
        if future is not None and not future.done():
            future.set_result(reply)
            return True
        queue = self._many.get(reply.id)
        if queue is not None:
            queue.put_nowait(reply)
            return True
        return False

    def fail_all(self, sentence: str) -> None:
        """Tell everybody who waits that the engine is gone."""
        for future in self._single.values():
            if not future.done():
                future.set_result(EngineError(sentence))
        for queue in self._many.values():
            queue.put_nowait(EngineError(sentence))


def expect_end(reply: Arrival) -> None:
    """Take the end of a listing.

    Raises:
        RequestRefused: it broke off.
        EngineError: it is no end.
    """
    if not isinstance(reply, ListingEnd):
        raise unusable(reply)
    if reply.failure is not None:
        raise RequestRefused(reply.failure)


def unusable(reply: Arrival) -> S3tuiError:
    """Return the error that an unwanted reply stands for."""
    if isinstance(reply, Refused):
        return RequestRefused(reply.failure)
    if isinstance(reply, EngineError):
        return EngineError(reply.sentence, next_step=reply.next_step, detail=reply.detail)
    return EngineError(f"The engine answered with a {type(reply).__name__} that nobody asked for.")
