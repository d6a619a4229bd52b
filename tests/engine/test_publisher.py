"""What the engine tells by itself: the newest state, and never more than the front end takes."""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from s3tui.engine import messages as say
from s3tui.engine.connecting import Connecting
from s3tui.engine.publisher import FULL, Publisher
from s3tui.engine.wire import Channel
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import Direction, QueueSummary, TransferRow, TransferStatus
from s3tui.transfer.manager import TransferManager


class BusyManager:
    """A queue in which something is always new."""

    def __init__(self) -> None:
        self.looks = 0
        self.changed = asyncio.Event()
        self.ended: Callable[[], None] = lambda: None

    def when_idle(self, call: Callable[[], None]) -> None:
        """Keeps what is to be called."""
        self.ended = call

    def snapshot(self) -> tuple[QueueSummary, tuple[TransferRow, ...]]:
        """Returns a different, large picture each time."""
        self.looks += 1
        row = TransferRow(
            1,
            Direction.UPLOAD,
            LocalLocation(b"/a" * 2000),
            S3Location("b", "k"),
            1,
            0,
            TransferStatus.FAILED,
            failure=Failure("x", "y" * 100_000),
        )
        return QueueSummary(queued=self.looks), (row,)


async def test_a_front_end_that_does_not_read_gets_the_newest_picture_when_it_does() -> None:
    ours, theirs = socket.socketpair()
    channel: Channel[say.FrontEndMessage] = await Channel.over(ours, say.FrontEndMessage)
    manager = BusyManager()
    publisher = Publisher(channel, cast(TransferManager, manager), Connecting(lambda: None))
    for _ in range(200):
        manager.changed.set()
        publisher.tell()
    assert channel.backlog < FULL + 200_000
    assert manager.looks < 50
    front: Channel[say.EngineMessage] = await Channel.over(theirs, say.EngineMessage)
    for _ in range(manager.looks):
        await front.receive()
    await channel.drain()
    manager.changed.set()
    publisher.tell()
    newest = await asyncio.wait_for(front.receive(), 5)
    assert isinstance(newest, say.Snapshot)
    assert newest.summary.queued == manager.looks
    await channel.close()
    await front.close()


async def test_who_waits_for_the_end_hears_of_it_when_it_comes_and_not_at_the_next_look() -> None:
    ours, theirs = socket.socketpair()
    channel: Channel[say.FrontEndMessage] = await Channel.over(ours, say.FrontEndMessage)
    manager = BusyManager()
    Publisher(channel, cast(TransferManager, manager), Connecting(lambda: None))
    manager.changed.set()
    manager.ended()
    front: Channel[say.EngineMessage] = await Channel.over(theirs, say.EngineMessage)
    told = await asyncio.wait_for(front.receive(), 5)
    assert isinstance(told, say.Snapshot)
    await channel.close()
    await front.close()
