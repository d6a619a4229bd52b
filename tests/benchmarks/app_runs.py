"""The application in a terminal of 80x24, driven and watched from outside as a user and a shell see it."""

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.runs import family, memory_of
from tests.benchmarks.server import NullServer
from tests.tui.terminal.pseudo_terminal import PseudoTerminal

PROGRAM = Path(sys.executable).with_name("s3tui")
BARE = Path(__file__).with_name("bare_app.py")
ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds until what must come has come, on a busy machine too."""
_TICKS = os.sysconf("SC_CLK_TCK")
_FRAME_GAP = 0.02
"""Seconds without output that end a repaint."""
_BETWEEN = 39
"""Column between the panes."""
_STEP = 0.06
"""Seconds between key presses: a quick typist."""


@dataclass(frozen=True)
class Place:
    """Where the application runs and what it talks to."""

    folder: Path
    """Holds all that is made."""
    server: NullServer

    @classmethod
    def made(cls, folder: Path, server: NullServer) -> "Place":
        """A place in an existing folder."""
        place = cls(folder, server)
        place.data.mkdir(exist_ok=True)
        return place

    @property
    def data(self) -> Path:
        """The folder that the application starts in."""
        return self.folder / "data"

    @property
    def environ(self) -> dict[str, str]:
        """A user's environment with nothing in it."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TMPDIR": str(self.folder),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def command(self, *words: str) -> list[str]:
        """A command line of s3tui that is connected to the server."""
        return [str(PROGRAM), *words[:1], *self.access, *words[1:]]

    @property
    def access(self) -> tuple[str, ...]:
        """The options that connect."""
        return ("--endpoint-url", self.server.http, "--credentials-file", str(self.credentials))

    @property
    def credentials(self) -> Path:
        """A file with temporary credentials, which the server does not look at."""
        path = self.folder / "credentials"
        if not path.exists():
            path.touch(0o600)
            path.write_text(
                "[default]\naws_access_key_id = AKIDBENCHMARKAKIDBEN\n"
                f"aws_secret_access_key = {'benchmark' * 4 + 'only'}\naws_session_token = {'token' * 12}\n"
            )
        return path


@contextmanager
def terminal(place: Place, *command: str) -> Iterator[PseudoTerminal]:
    """A command in a terminal, begun in the folder with the data."""
    where = ["env", "--chdir", str(place.data), *command]
    running = PseudoTerminal(where, place.environ)
    try:
        yield running
    finally:
        leaving = family(running.process.pid)
        running.close()
        _wait_until_gone(leaving)
        # The next run knows nothing of this one's unfinished transfers.
        shutil.rmtree(place.folder / "home", ignore_errors=True)


def first_frame(place: Place, *command: str) -> float:
    """Seconds from the start of a command until the last line of its screen is painted."""
    begin = time.perf_counter()
    with terminal(place, *command) as shown:
        shown.until(lambda: bool(shown.screen.display[-1].strip()), "the first frame", PATIENCE)
        return time.perf_counter() - begin


def first_listing(place: Place) -> float:
    """Seconds from the start of s3tui until it shows the objects of a bucket."""
    begin = time.perf_counter()
    with terminal(place, str(PROGRAM), *place.access, "s3://flat-100/") as shown:
        shown.until_text("k000000000", PATIENCE)
        return time.perf_counter() - begin


def key_delays(shown: PseudoTerminal, column: int, going_on: Callable[[], bool], most: int) -> list[float]:
    """Seconds from each key press to the moved cursor of the pane that `column` belongs to.

    Presses down and up in turn while `going_on`, at most `most` times.
    """
    delays: list[float] = []
    while len(delays) < most and going_on():
        before = _cursor(shown, column)
        begin = time.perf_counter()
        shown.press("j" if len(delays) % 2 == 0 else "k")
        while _cursor(shown, column) in (before, -1):
            shown.read(0.05)
            if time.perf_counter() - begin > PATIENCE:
                raise AssertionError("the cursor did not move:\n" + shown.text)
        delays.append(time.perf_counter() - begin)
        listen(shown, _STEP)
    return delays


def _cursor(shown: PseudoTerminal, column: int) -> int:
    """The line of the active pane's cursor, the only one of its colour; -1 while it is nowhere."""
    # Transfers have their lines below those of the panes, without the bar between these.
    lines = [line for line in range(2, 22) if shown.screen.buffer[line][_BETWEEN].data == "│"]
    cells = [shown.screen.buffer[line][column] for line in lines]
    looks = [(cell.bg, cell.reverse) for cell in cells]
    alone = [line for line, look in zip(lines, looks, strict=True) if looks.count(look) == 1]
    return alone[0] if len(alone) == 1 else -1


def listen(shown: PseudoTerminal, seconds: float) -> tuple[int, int]:
    """Read for a time; returns the bytes and the repaints that came."""
    end, sent, repaints, last = time.monotonic() + seconds, len(shown.raw), 0, 0.0
    while (left := end - time.monotonic()) > 0:
        if shown.read(min(left, 0.05)):
            now = time.monotonic()
            repaints += now - last > _FRAME_GAP
            last = now
    return len(shown.raw) - sent, repaints


def processor_seconds(pid: int) -> float:
    """User and system time of a process and its descendants."""
    return _seconds_of(family(pid))


def own_seconds(pid: int) -> float:
    """User and system time of a process alone."""
    return _seconds_of([pid])


def _seconds_of(pids: list[int]) -> float:
    ticks = 0
    for each in pids:
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


class MemoryWatch:
    """The most memory that a process and its descendants have together while the block runs."""

    def __init__(self, pid: int) -> None:
        """Watch this process."""
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.peak = 0
        """Proportional set size in bytes."""

    def __enter__(self) -> "MemoryWatch":
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(0.5):
            self.peak = max(self.peak, sum(map(memory_of, family(self._pid))))


def _wait_until_gone(pids: list[int]) -> None:
    """Let the engine end before the next run begins, or its goodbye is measured with it."""
    end = time.monotonic() + 10
    while time.monotonic() < end and any(Path(f"/proc/{pid}/exe").exists() for pid in pids):
        time.sleep(0.05)
