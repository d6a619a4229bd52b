"""The cell driver draws the same screen as Textual's own, with far fewer bytes."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from s3tui.tui.terminal.grid import UNKNOWN, difference
from tests.tui.terminal.pseudo_terminal import PseudoTerminal

pytestmark = pytest.mark.terminal

SAMPLE = Path(__file__).with_name("sample_app.py")
ROOT = Path(__file__).parents[3]

Run = Callable[..., PseudoTerminal]


@pytest.fixture
def run() -> Iterator[Run]:
    """Start the sample application with a driver of choice."""
    with ExitStack() as stack:

        def start(driver: str, width: int = 80, height: int = 24) -> PseudoTerminal:
            environ = {
                "PATH": os.environ["PATH"],
                "HOME": "/nonexistent",
                "PYTHONPATH": str(ROOT),
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "TEXTUAL_ANIMATIONS": "none",
            }
            terminal = PseudoTerminal([sys.executable, str(SAMPLE), driver], environ, width, height)
            stack.callback(terminal.close)
            terminal.until_text("step 0")
            terminal.settle()
            return terminal

        yield start


def shown(terminal: PseudoTerminal, keys: str, mark: str) -> None:
    """Press keys and wait for the mark they lead to."""
    terminal.press(keys)
    terminal.until_text(mark)
    terminal.settle()


def test_the_same_screen_cell_by_cell_at_a_fraction_of_the_bytes(run: Run) -> None:
    ours, stock = run("cells"), run("stock")
    assert ours.cells() == stock.cells()
    steps = ["a", "a", "b", "t", "a", "b", "t"]
    sent = {id(ours): len(ours.raw), id(stock): len(stock.raw)}
    for number, key in enumerate(steps, 1):
        for terminal in (ours, stock):
            shown(terminal, key, f"step {number}")
        assert ours.cells() == stock.cells(), f"after step {number} ({key})"
    for terminal in (ours, stock):
        shown(terminal, "d", "A dialog with")
    assert ours.cells() == stock.cells(), "with the dialog open"
    for terminal in (ours, stock):
        shown(terminal, "c", f"step {len(steps) + 1}")
    assert ours.cells() == stock.cells(), "with the dialog closed"
    assert len(ours.raw) - sent[id(ours)] < (len(stock.raw) - sent[id(stock)]) / 2


def test_characters_whose_width_terminals_dispute_do_not_move_their_neighbours() -> None:
    row = [("👨‍👩‍👧", ""), ("", ""), ("x", ""), ("y", "")]
    shown_rows = [[UNKNOWN] * 4]
    assert difference(shown_rows, {0: row}) == "\x1b[1;1H👨‍👩‍👧\x1b[1;3Hxy"
    assert shown_rows == [row]


def test_resizing_repaints_everything(run: Run) -> None:
    ours, stock = run("cells"), run("stock")
    for terminal in (ours, stock):
        terminal.resize(100, 30)
        terminal.settle(0.5)
        shown(terminal, "a", "step 1")
    assert ours.cells() == stock.cells()


def test_a_plain_terminal_gets_nothing_but_ascii(run: Run) -> None:
    terminal = run("ascii")
    assert bytes(terminal.raw).isascii()
    assert "+--" in terminal.text


def test_suspending_and_coming_back_shows_the_screen_again(run: Run) -> None:
    terminal = run("cells")
    before = terminal.cells()
    os.kill(terminal.process.pid, signal.SIGTSTP)
    terminal.until(lambda: "step 0" not in terminal.text or b"\x1b[?1049l" in terminal.raw, "leaving")
    terminal.settle()
    terminal.screen.reset()
    os.kill(terminal.process.pid, signal.SIGCONT)
    terminal.until_text("step 0")
    terminal.settle()
    assert terminal.cells() == before


def test_leaving_restores_the_terminal(run: Run) -> None:
    terminal = run("cells")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert terminal.modes == terminal.modes_before
    for mode in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1004l", b"\x1b[?2004l", b"\x1b[?1003l"):
        assert mode in terminal.raw[-120:]
