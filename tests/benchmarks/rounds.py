"""Interleaved rounds of one case: every program once, in an order that turns, then again."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.benchmarks.cases import PEERS, Case, Sizes
from tests.benchmarks.peers import Place, Programs, environment
from tests.benchmarks.runs import Run, RunFailed, run
from tests.benchmarks.server import NullServer, running


@dataclass
class Result:
    """What a case gave."""

    case: Case
    runs: dict[str, list[Run]] = field(default_factory=dict)
    """Timed runs of each program, round by round."""
    peaks: dict[str, int] = field(default_factory=dict)
    """Bytes; from a run of its own, because sampling takes time."""
    failures: dict[str, str] = field(default_factory=dict)
    """Programs that could not do it, and what they said."""

    def best_peer(self, figure: Callable[[Run], float]) -> str | None:
        """The peer with the lowest median."""
        able = [name for name in PEERS if name in self.runs and name not in self.case.once]
        return min(able, key=lambda name: median(map(figure, self.runs[name])), default=None)

    def ratio(self, figure: Callable[[Run], float]) -> list[float]:
        """s3tui over the best peer, round by round; empty when either is missing."""
        best = self.best_peer(figure)
        if best is None or "s3tui" not in self.runs:
            return []
        pairs = zip(self.runs["s3tui"], self.runs[best], strict=True)
        return [figure(ours) / figure(theirs) for ours, theirs in pairs]


def measure(
    case: Case,
    programs: Programs,
    server_program: Path,
    folder: Path,
    sizes: Sizes,
    rounds: int,
    only: set[str],
) -> Result:
    """Check that each program does the work, then time it `rounds` times.

    Raises:
        RunFailed: s3tui did not do its work.
    """
    result = Result(case)
    with running(server_program, folder, latency_ms=case.latency_ms) as server:
        place = Place(server, case.secure)
        commands = case.commands(programs, place, folder, sizes)
        names = [name for name in commands if not only or name in only]
        for name in list(names):
            try:
                result.peaks[name] = _checked(case, commands[name], place, folder, sizes)
            except RunFailed as error:
                if name == "s3tui":
                    raise
                result.failures[name] = str(error)
                names.remove(name)
        for number in range(rounds):
            if number == 1:
                names = [name for name in names if name not in case.once]
            for name in names[number % len(names) :] + names[: number % len(names)]:
                timed = run(commands[name], _fresh(place, folder))
                result.runs.setdefault(name, []).append(timed)
    return result


def _fresh(place: Place, folder: Path) -> dict[str, str]:
    for name in ("arrived", "home"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir()
    return environment(place, folder / "home")


def _checked(case: Case, command: list[str], place: Place, folder: Path, sizes: Sizes) -> int:
    printed = folder / "printed"
    _ = place.server.stats()
    done = run(command, _fresh(place, folder), output=printed, sample=True)
    expected = case.amount(sizes)
    found = _moved(case, place.server, folder, printed)
    if found < expected:
        raise RunFailed(f"{Path(command[0]).name} did {found} of {expected}.")
    return done.peak


def _moved(case: Case, server: NullServer, folder: Path, printed: Path) -> int:
    if case.direction == "up":
        return server.stats()["received"]
    if case.direction == "down":
        return sum(path.stat().st_size for path in (folder / "arrived").rglob("*") if path.is_file())
    with printed.open("rb") as lines:
        return sum(1 for _ in lines)
