"""A Textual driver for slow links: sends changed cells only, and the latest frame wins.

Stock Textual queues 30 writes and then blocks its loop until the terminal has taken one; on a stalled SSH
link the application stands still. Here the loop only draws into a grid, and a thread of its own brings the
terminal up to date as fast as the line allows, leaving out whatever has been overdrawn meanwhile.

Stands on two private points of Textual 8.2: the `_writer_thread` slot of `LinuxDriver`, and frames made of
CUP, SGR and text. `tests/tui/terminal` compares the result with the stock driver cell by cell.
"""

import os
import threading
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from s3tui.tui.terminal.grid import BLANK, UNKNOWN, Cell, Grid, ascii_form, difference

STOP_LIMIT = 1.5
"""Seconds that leaving may wait for a terminal that does not read."""


class CellWriter:
    """Takes the place of Textual's writer thread."""

    def __init__(self, descriptor: int, *, plain: bool = False, before: "CellWriter | None" = None) -> None:
        """Write to a terminal's descriptor.

        Args:
            descriptor: the terminal's.
            plain: draw in ASCII.
            before: the writer used until the application was suspended; its picture is taken over.
        """
        self._descriptor = descriptor
        self._plain = plain
        size = self._terminal_size()
        self._grid: Grid = Grid(*size) if before is None else before._grid
        self._shown: list[list[Cell]] = []
        self._passed: list[str] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._dead = False
        self._forget()
        self._thread = threading.Thread(target=self._run, daemon=True, name="s3tui-output")

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def write(self, text: str) -> None:
        """Take a piece of output; never blocks on the terminal."""
        with self._lock:
            size = self._terminal_size()
            if size != (self._grid.width, self._grid.height):
                self._grid.resize(*size)
                self._forget()
            passed = self._grid.feed(text)
            if passed:
                self._passed.append(passed)
                if "\x1b[?1049h" in passed:
                    self._shown = [[BLANK] * size[0] for _ in range(size[1])]
                    self._grid.dirty = set(range(size[1]))
        self._wake.set()

    def redraw(self) -> None:
        """Send every cell again: something else has written on the terminal."""
        with self._lock:
            self._forget()
        self._wake.set()

    def isatty(self) -> bool:
        """Whether this is a terminal; Textual asks."""
        return True

    def fileno(self) -> int:
        """The descriptor written to."""
        return self._descriptor

    def flush(self) -> None:
        """Nothing to do: the thread writes as soon as it can."""

    def stop(self) -> None:
        """Write what is left and end; gives up on a terminal that does not read."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(STOP_LIMIT)

    def _forget(self) -> None:
        self._shown = [[UNKNOWN] * self._grid.width for _ in range(self._grid.height)]
        self._grid.dirty = set(range(self._grid.height))

    def _terminal_size(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self._descriptor)
        except OSError:
            return (80, 24)
        return (size.columns or 80, size.lines or 24)

    def _run(self) -> None:
        while not self._dead:
            self._wake.wait()
            self._wake.clear()
            stopping = self._stopping
            with self._lock:
                passed, self._passed = "".join(self._passed), []
                wanted = self._grid.take_dirty()
                if self._plain:
                    wanted = ascii_form(wanted)
                leaving = "\x1b[?1049l" in passed
                drawing = "" if leaving else difference(self._shown, wanted)
            self._send(passed + drawing)
            if stopping and not self._passed:
                return

    def _send(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        while data and not self._dead:
            try:
                data = data[os.write(self._descriptor, data) :]
            except OSError:
                # The terminal is gone; the hang-up watch ends the application.
                self._dead = True


class CellDriver(LinuxDriver):
    """The stock Linux driver with `CellWriter` behind it."""

    plain = False
    """Draw in ASCII; set on the class before the application starts."""

    _cells: CellWriter | None = None

    @property
    def _writer_thread(self) -> Any:
        """The slot Textual writes through."""
        return self._cells

    @_writer_thread.setter
    def _writer_thread(self, stock: Any) -> None:
        # Textual puts a fresh, unstarted thread of its own here whenever it enters application mode.
        if stock is not None:
            self._cells = CellWriter(2, plain=self.plain, before=self._cells)

    def redraw(self) -> None:
        """Send the whole screen again (Ctrl+L, after `fg`)."""
        if self._cells is not None:
            self._cells.redraw()
