"""The installed program in a terminal, as a user has it: starts, browses, copies, and leaves all tidy."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.tui.terminal.crashing_app import SECRET
from tests.tui.terminal.pseudo_terminal import PseudoTerminal

pytestmark = pytest.mark.terminal

PROGRAM = Path(sys.executable).with_name("s3tui")
CRASHING = Path(__file__).with_name("crashing_app.py")
ROOT = Path(__file__).parents[3]

Start = Callable[..., PseudoTerminal]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A user's environment with nothing in it."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(tmp_path),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def start(environ: dict[str, str]) -> Iterator[Start]:
    """Run a command in a terminal."""
    with ExitStack() as stack:

        def run(*command: str, width: int = 80, height: int = 24) -> PseudoTerminal:
            terminal = PseudoTerminal(command, environ, width, height)
            stack.callback(terminal.close)
            return terminal

        yield run


def demo(start: Start, **size: int) -> PseudoTerminal:
    """The demo, once both panes are there."""
    terminal = start(str(PROGRAM), "--demo", **size)
    terminal.until_text("README.txt")
    terminal.until_text("survey-2026.csv")
    return terminal


def children_of(pid: int) -> set[int]:
    """Every process below one, as the kernel has them now."""
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found |= {int(child)} | children_of(int(child))
    return found


def running(pids: set[int]) -> set[int]:
    """Those of the processes that have not ended."""
    alive = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            alive.add(pid)
    return alive


def gone_within(pids: set[int], seconds: float) -> bool:
    """Whether all processes end in time."""
    end = time.monotonic() + seconds
    while running(pids):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_newcomer_copies_a_file_and_leaves(start: Start, tmp_path: Path) -> None:
    terminal = demo(start)
    assert "reef-demo/datasets/10378-1-42" in terminal.text
    assert "min left" in terminal.text
    terminal.press("G")
    terminal.settle()
    terminal.press("k")
    terminal.settle()
    terminal.press("c")
    terminal.until_text("Copy 1 file")
    terminal.press("\r")
    local = next(tmp_path.glob("s3tui-demo-*/local"))
    terminal.until(lambda: (local / "README.txt").exists(), "the copied file")
    scratch = local.parent
    terminal.until(lambda: "1 running" not in terminal.text and "checking" not in terminal.text, "the end")
    below = children_of(terminal.process.pid)
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert terminal.modes == terminal.modes_before
    assert gone_within(below, 5)
    assert not scratch.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_told_to_end_it_restores_the_terminal_and_leaves_no_process(
    start: Start, number: signal.Signals
) -> None:
    terminal = demo(start)
    below = children_of(terminal.process.pid)
    assert len(below) >= 2, "an engine and a demo server"
    os.kill(terminal.process.pid, number)
    assert terminal.wait_for_end() == 143
    assert terminal.modes == terminal.modes_before
    assert b"\x1b[?1049l" in terminal.raw
    assert gone_within(below, 5)


def test_killed_it_leaves_no_process_and_no_folder(start: Start, tmp_path: Path) -> None:
    terminal = demo(start)
    below = children_of(terminal.process.pid)
    terminal.process.kill()
    assert gone_within(below, 5)
    assert not list(tmp_path.glob("s3tui-demo-*"))


def test_the_first_screen_is_small_on_the_wire(start: Start) -> None:
    terminal = demo(start)
    terminal.settle()
    assert len(terminal.raw) < 10_000, "bytes to the first complete screen"
    before = len(terminal.raw)
    terminal.press("\t")
    terminal.settle()
    assert len(terminal.raw) - before < 2_500, "bytes for Tab"


def test_without_a_terminal_it_says_what_to_use_instead(environ: dict[str, str]) -> None:
    answer = subprocess.run(
        [str(PROGRAM)],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert answer.returncode == 2
    assert "s3tui cp" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_crash_shows_and_keeps_no_secret(start: Start, tmp_path: Path) -> None:
    reports = tmp_path / "state"
    terminal = start(sys.executable, str(CRASHING), str(reports), width=120)
    terminal.until_text("ready to fail")
    terminal.press("f")
    assert terminal.wait_for_end() == 1
    (report,) = reports.iterdir()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert "in key_f" in text
    assert "builtins.RuntimeError" in text
    for output in (text.encode(), bytes(terminal.raw)):
        assert SECRET.encode() not in output
    assert report.name in terminal.text.replace("\n", "")


def test_keys_typed_faster_than_the_screen_follows_are_neither_lost_nor_misled(
    start: Start, tmp_path: Path
) -> None:
    """As a slow line bundles them: a dialog and its closing, then an address with its Enter."""
    terminal = demo(start)
    (tmp_path / "typed ahead").mkdir()
    (tmp_path / "typed ahead" / "found.txt").touch()
    terminal.press("yc")
    time.sleep(0.03)  # What comes without a gap is taken for a paste; nobody types with none.
    terminal.press(f":{tmp_path}/typed ahead\r")
    terminal.until_text("found.txt", limit=10)
    assert "Address" not in terminal.text
    terminal.press("\tGD")
    terminal.until_text("Delete", limit=10)
    terminal.press("nq")
    assert terminal.wait_for_end() == 0
