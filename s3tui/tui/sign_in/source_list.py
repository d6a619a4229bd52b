"""What credentials can be taken from here, one key each; the last key stands for all that have none."""

import asyncio

from textual.widgets import Static

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.demo.process import DemoServer
from s3tui.formatting import printable
from s3tui.model.credentials import Connection
from s3tui.tui.commands.keys import key_text
from s3tui.tui.sign_in.choosing import choose_line
from s3tui.tui.sign_in.kept import KeptConnections
from s3tui.tui.sign_in.offers import Offer, offers_here
from s3tui.tui.sign_in.words import same_place
from s3tui.tui.stage import Stage

KEYS = ("f3", "f4", "f5", "f6")
_LAST = len(KEYS) - 1


class SourceList(Static):
    """Kept connections first, then what the machine offers."""

    def __init__(self) -> None:
        """Show nothing until `find` was called."""
        super().__init__("", markup=False, id="sources")
        self._offers: tuple[Offer, ...] = ()

    async def find(self, demo: DemoServer | None, kept: KeptConnections) -> None:
        """Look for offers and show them. Raises KeepingError after the others are shown."""
        found, mine = await asyncio.gather(offers_here(demo), kept.offers(), return_exceptions=True)
        self._offers = tuple(
            offer for part in (mine, found) if not isinstance(part, BaseException) for offer in part
        )
        self._show()
        for part in (found, mine):
            if isinstance(part, BaseException):
                raise part

    def kept_at(self, place: Connection) -> SavedConnection | None:
        """The kept connection that leads to a place, if there is just one."""
        there = [offer.kept for offer in self._offers if offer.kept is not None]
        there = [entry for entry in there if same_place(entry.connection, place)]
        return there[0] if len(there) == 1 else None

    async def chosen(self, number: int, stage: Stage) -> Offer | None:
        """The offer behind a key, 0 first, after a question where it stands for several; None is none."""
        if number == _LAST and len(self._offers) > len(KEYS):
            others = self._offers[_LAST:]
            index = await choose_line(stage, "Found here", "Which one?", [offer.label for offer in others])
            return others[index] if index is not None else None
        if number < len(self._offers):
            return self._offers[number]
        stage.tell("There is no such source here.")
        return None

    def _show(self) -> None:
        labels = [offer.label for offer in self._offers]
        if len(labels) > len(KEYS):
            labels[_LAST:] = [f"choose among {len(labels) - _LAST:,} others"]
        lines = [f" {key_text(key)}  {printable(label)}" for key, label in zip(KEYS, labels, strict=False)]
        self.update("\n".join(["Found here:", *lines]) if lines else "")
