"""Tells the front end how things stand: four times a second while something moves, the latest state only, and
once more as soon as nothing does: who waits for the end hears of it.

A front end that does not read (stopped, or on a slow line) costs nothing: while its channel is full nothing
is sent, and when it reads again it gets the state of that moment.
"""

import asyncio

from s3tui.engine import messages as say
from s3tui.engine.connecting import Connecting
from s3tui.engine.wire import Channel
from s3tui.transfer.manager import TransferManager

INTERVAL = 0.25
"""Seconds between two snapshots."""

FULL = 256 * 1024
"""Bytes that the front end has not taken; above this nothing is added that will be out of date."""


class Publisher:
    """Sends `Snapshot` and `CredentialState` events."""

    def __init__(
        self, channel: Channel[say.FrontEndMessage], manager: TransferManager, connecting: Connecting
    ) -> None:
        """Publish once `run` is awaited."""
        self._channel = channel
        self._manager = manager
        self._connecting = connecting
        self._told = say.CredentialState()
        self._waiting = 0
        manager.when_idle(self.tell)

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            self.tell()
            await asyncio.sleep(INTERVAL)

    def tell(self) -> None:
        """Send what has changed, as far as the front end takes it."""
        if self._manager.changed.is_set() and self._channel.backlog < FULL:
            self._manager.changed.clear()
            summary, rows = self._manager.snapshot()
            self._waiting = summary.held
            self._channel.send(say.Snapshot(summary, rows))
        self.tell_state()

    def tell_state(self) -> None:
        """Send the state of the credentials if it is not what was sent last."""
        state = self._connecting.state(self._waiting)
        if state != self._told and self._channel.backlog < FULL:
            self._told = state
            self._channel.send(state)
