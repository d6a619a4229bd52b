"""The screen's own measures: `python -m tests.benchmarks.in_app [--rounds N] [--only WORD] [--out FILE]`."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path
from statistics import median, quantiles

import click

from tests.benchmarks.app_runs import (
    BARE,
    PATIENCE,
    PROGRAM,
    MemoryWatch,
    Place,
    first_frame,
    first_listing,
    key_delays,
    listen,
    own_seconds,
    processor_seconds,
    terminal,
)
from tests.benchmarks.report import machine
from tests.benchmarks.server import build, running
from tests.tui.terminal.pseudo_terminal import PseudoTerminal

MIB = 1 << 20
MEMORY = Path("/dev/shm")
KEYS = 1_000_000
"""In the bucket that streams in."""
LARGE = 8 << 30
"""Bytes of a file that is uploaded while something is measured: it must not end before."""
UPLOADS = 16
"""Files that are uploaded; how many of them move at the same time is the engine's to decide."""
PRESSES = 150
"""Keys that are pressed for a percentile."""
IDLE_SECONDS = 10.0
WATCH_SECONDS = 10.0
LEFT, RIGHT = 5, 45
"""Columns of the two panes."""


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    values: tuple[float, ...]
    """One of each round."""
    bar: float = inf
    """What the median should not pass; without one it is for orientation."""
    unit: str = ""
    digits: int = 2

    @property
    def met(self) -> bool:
        """Whether the median keeps within the bar."""
        return median(self.values) <= self.bar

    def line(self) -> str:
        """The row of the table."""
        low, middle, high = (
            f"{value:.{self.digits}f}" for value in (min(self.values), median(self.values), max(self.values))
        )
        if self.bar == inf:
            return f"| {self.what} | {middle} ({low}–{high}) {self.unit} | | |"
        verdict = "met" if self.met else "missed"
        return (
            f"| {self.what} | {middle} ({low}–{high}) {self.unit} | ≤ {self.bar:g} {self.unit} | {verdict} |"
        )


Measure = Callable[[Place, int], list[Figure]]


def starting(place: Place, rounds: int) -> list[Figure]:
    """First frame against a bare application; first listing against the time of `s3tui ls`."""
    frames, listings, seconds, firsts = [], [], [], []
    for _ in range(rounds):
        ours = first_frame(place, str(PROGRAM), *place.access)
        frames.append(ours / first_frame(place, sys.executable, str(BARE)))
        seconds.append(ours)
        listed = first_listing(place)
        begin = time.perf_counter()
        subprocess.run(
            place.command("ls", "s3://flat-100/"),
            env=place.environ,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )
        listings.append(listed / (time.perf_counter() - begin))
        firsts.append(listed)
    return [
        Figure("first frame, over that of a bare two-pane Textual application", tuple(frames), 1.15),
        Figure("first frame", tuple(seconds), unit="s"),
        Figure("first listing painted, over `s3tui ls` of it", tuple(listings), 1.5),
        Figure("first listing painted", tuple(firsts), unit="s"),
    ]


def idling(place: Place, rounds: int) -> list[Figure]:
    """What an open screen costs that nobody touches."""
    shares, delays, costs = [], [], []
    for _ in range(min(rounds, 3)):
        with terminal(place, str(PROGRAM), *place.access, "s3://flat-100/") as shown:
            shown.until_text("k000000000", PATIENCE)
            shown.settle(2.0)
            before = processor_seconds(shown.process.pid)
            listen(shown, IDLE_SECONDS)
            shares.append((processor_seconds(shown.process.pid) - before) / IDLE_SECONDS * 100)
            before = own_seconds(shown.process.pid)
            delays.append(_worst_but_one_percent(key_delays(shown, RIGHT, lambda: True, PRESSES)))
            costs.append((own_seconds(shown.process.pid) - before) / PRESSES * 1000)
    return [
        Figure("processor time of an idle screen, all processes", tuple(shares), 1, "%"),
        Figure("key to paint, 99th percentile, with nothing to do", tuple(delays), unit="ms", digits=0),
        Figure("processor time of the screen for a key press", tuple(costs), unit="ms", digits=1),
    ]


def streaming(place: Place, rounds: int) -> list[Figure]:
    """Keys and memory while a million keys stream in."""
    delays, peaks = [], []
    for _ in range(rounds):
        with terminal(place, str(PROGRAM), *place.access, f"s3://flat-{KEYS}/") as shown:
            shown.until_text("k000000000", PATIENCE)
            with MemoryWatch(shown.process.pid) as memory:
                pressed = key_delays(shown, RIGHT, lambda: "complete" not in shown.text, PRESSES)
                shown.until_text("complete", PATIENCE * 2)
                listen(shown, 1.0)
            delays.append(_worst_but_one_percent(pressed))
            peaks.append(memory.peak / MIB)
    return [
        Figure("key to paint, 99th percentile, while a million keys stream in", tuple(delays), 50, "ms", 0),
        Figure("memory of all processes, a million keys shown", tuple(peaks), 200, "MiB", 0),
    ]


def transferring(place: Place, rounds: int) -> list[Figure]:
    """Keys and memory while 16 large files are uploaded."""
    delays, peaks = [], []
    for _ in range(rounds):
        with _uploading(place, UPLOADS) as shown, MemoryWatch(shown.process.pid) as memory:
            delays.append(_worst_but_one_percent(key_delays(shown, LEFT, lambda: True, PRESSES)))
            assert " running" in shown.text, "they ended too early:\n" + shown.text
        peaks.append(memory.peak / MIB)
    return [
        Figure("key to paint, 99th percentile, while 16 large files go up", tuple(delays), 50, "ms", 0),
        Figure("memory of all processes, 16 large files uploaded", tuple(peaks), 200, "MiB", 0),
    ]


def painting(place: Place, rounds: int) -> list[Figure]:
    """What goes to the terminal while the queue shows eight moving bars."""
    sent, repaints = [], []
    for _ in range(min(rounds, 3)):
        with _uploading(place, 8) as shown:
            shown.press("t")
            listen(shown, 3.0)
            count, frames = listen(shown, WATCH_SECONDS)
            sent.append(count / WATCH_SECONDS)
            repaints.append(frames / WATCH_SECONDS)
    return [
        Figure("to the terminal, queue of eight uploads", tuple(sent), 2000, "bytes/s", 0),
        Figure("repaints of them", tuple(repaints), 4, "per second", 1),
    ]


@contextmanager
def _uploading(place: Place, files: int) -> Iterator[PseudoTerminal]:
    """An application that uploads large files, each of several parts at a time."""
    for number in range(files):
        with (place.data / f"large-{number:02}").open("wb") as file:
            file.truncate(LARGE)  # sparse: takes no room
    try:
        with terminal(place, str(PROGRAM), *place.access, "s3://into/") as shown:
            shown.until_text("large-00", PATIENCE)
            shown.until_text("0 objects", PATIENCE)
            shown.press("\t")
            shown.until(lambda: "[s3://" not in shown.text, "the local pane", PATIENCE)
            shown.press("*")
            shown.until_text(f"{files} of {files} marked", PATIENCE)
            shown.press("c")
            shown.until_text(f"Copy {files} files", PATIENCE)
            shown.press("\r")
            shown.until_text(" running", PATIENCE)
            yield shown
    finally:
        for path in place.data.iterdir():
            path.unlink()


def _worst_but_one_percent(delays: list[float]) -> float:
    """The 99th percentile in milliseconds."""
    return quantiles(delays, n=100, method="inclusive")[98] * 1000


MEASURES: tuple[Measure, ...] = (starting, idling, streaming, transferring, painting)


def _write(out: Path, figures: list[Figure], rounds: int) -> None:
    lines = [
        "# The screen",
        "",
        f"Made by `python -m tests.benchmarks.in_app`: {machine()}. {rounds} rounds, 80x24, a "
        "server that keeps no bytes on the same machine. Medians, with the lowest and the highest.",
        "",
        "| measure | figure | bar | |",
        "|---|---|---|---|",
        *(figure.line() for figure in figures),
        "",
    ]
    out.write_text("\n".join(lines), encoding="utf-8")


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often each measure is taken.")
@click.option("--only", default="", help="Only the measures whose name holds this.")
@click.option("--out", type=click.Path(path_type=Path), default=Path(__file__).with_name("IN_APP.md"))
def main(rounds: int, only: str, out: Path) -> None:
    """Measure the screen and write the table."""
    folder = Path(tempfile.mkdtemp(prefix="s3tui-app-", dir=MEMORY if MEMORY.is_dir() else None))
    figures: list[Figure] = []
    try:
        with running(build(folder), folder) as server:
            for measure in MEASURES:
                if only in measure.__name__:
                    found = measure(Place.made(folder, server), rounds)
                    figures += found
                    click.echo("\n".join(figure.line() for figure in found))
                    _write(out, figures, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
