"""The sources of credentials found here, one key each; the last key stands for all that have none."""

import asyncio

from textual.widgets import Static

from s3tui.demo.process import DemoServer
from s3tui.formatting import printable
from s3tui.tui.commands.keys import key_text
from s3tui.tui.dialogs.numbered import numbered_dialog
from s3tui.tui.sign_in.kept import KeptConnections
from s3tui.tui.sign_in.sources import Source, sources_here
from s3tui.tui.stage import Stage

KEYS = ("f3", "f4", "f5", "f6")
_LAST = len(KEYS) - 1


class SourceList(Static):
    """Kept connections first, then what the machine offers."""

    def __init__(self) -> None:
        """Show nothing until `find` was called."""
        super().__init__("", markup=False, id="sources")
        self._sources: tuple[Source, ...] = ()

    async def find(self, demo: DemoServer | None, kept: KeptConnections) -> None:
        """Look for sources and show them. Raises KeepingError after the others are shown."""
        found, mine = await asyncio.gather(sources_here(demo), kept.sources(), return_exceptions=True)
        self._sources = tuple(
            source for part in (mine, found) if not isinstance(part, BaseException) for source in part
        )
        self._show()
        for part in (found, mine):
            if isinstance(part, BaseException):
                raise part

    async def chosen(self, number: int, stage: Stage) -> Source | None:
        """The source behind a key, 0 first, after a question where it stands for several; None is none."""
        if number == _LAST and len(self._sources) > len(KEYS):
            others = self._sources[_LAST:]
            labels = [source.label for source in others]
            answer = await stage.ask(numbered_dialog("Found here", "Which one?", labels))
            return others[int(answer)] if answer is not None else None
        if number < len(self._sources):
            return self._sources[number]
        stage.tell("There is no such source here.")
        return None

    def _show(self) -> None:
        labels = [source.label for source in self._sources]
        if len(labels) > len(KEYS):
            labels[_LAST:] = [f"choose among {len(labels) - _LAST:,} others"]
        lines = [f" {key_text(key)}  {printable(label)}" for key, label in zip(KEYS, labels, strict=False)]
        self.update("\n".join(["Found here:", *lines]) if lines else "")
