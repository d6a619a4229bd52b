"""The table in Markdown; every figure in it comes from the runs."""

import os
import platform
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.benchmarks.cases import Sizes
from tests.benchmarks.rounds import Result
from tests.benchmarks.runs import Run

MIB = 1 << 20

BEGIN, END = "<!-- speed: written by python -m tests.benchmarks --readme -->", "<!-- /speed -->"
"""What stands around the lines in the README."""


def wall(one: Run) -> float:
    """Seconds on the clock."""
    return one.wall


def cpu(one: Run) -> float:
    """Seconds of processor time."""
    return one.cpu


def write(path: Path, results: Iterable[Result], versions: dict[str, str], sizes: Sizes, rounds: int) -> None:
    """Write the whole report."""
    results = list(results)
    lines = ["# s3tui beside its peers", "", *preamble(sizes, rounds), "", *summary(results), ""]
    for result in results:
        lines += [f"## {result.case.name[0].upper()}{result.case.name[1:]}", "", *_table(result), ""]
    lines += ["## Versions", "", *(f"- {name}: {version}" for name, version in versions.items()), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def preamble(sizes: Sizes, rounds: int) -> list[str]:
    """How, when and on what it was measured."""
    return [
        f"Made by `python -m tests.benchmarks` on {datetime.now(UTC):%Y-%m-%d}: {machine()}. "
        f"{rounds} interleaved rounds; a server that keeps no bytes runs on the same machine. "
        f"The large file has {sizes.large / MIB:,.0f} MiB; there are {sizes.files:,} small files of 16 KiB, "
        f"{sizes.keys:,} keys in the flat listing and {sizes.grouped:,} in the one with a delimiter. "
        "Ratios are medians (lowest–highest) of paired rounds: s3tui over the best of the peers, start "
        "of the process included. Below 1, s3tui is ahead.",
    ]


def put_into(readme: str, results: Iterable[Result], sizes: Sizes, rounds: int) -> str:
    """The README with the summary in its place, and with what s3tui loses; ValueError when it has none."""
    results = list(results)
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("The README has no place for the speed.")
    lines = [*preamble(sizes, rounds), "", *summary(results), "", losses(results)]
    return f"{before}{BEGIN}\n\n{chr(10).join(lines)}\n\n{END}{after}"


def losses(results: Iterable[Result]) -> str:
    """A sentence on where a peer is faster."""
    lost = [
        f"{result.case.name} ({result.best_peer(wall)} is {median(ratios):.2f} times as fast)"
        for result in results
        if (ratios := result.ratio(wall)) and median(ratios) > 1
    ]
    return f"Where s3tui loses: {'; '.join(lost)}." if lost else "s3tui loses nowhere in this table."


def summary(results: Iterable[Result]) -> list[str]:
    """A line for each case: the ratios, and whether the bar is met."""
    lines = [
        "| work | best peer | time: s3tui / best | bar | CPU: s3tui / best | peak memory of s3tui |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        ours = result.ratio(wall)
        verdict = f"≤ {result.case.bar:g} {'met' if ours and median(ours) <= result.case.bar else 'missed'}"
        peak = f"{result.peaks.get('s3tui', 0) / MIB:,.0f} MiB"
        lines.append(
            f"| {result.case.name} | {result.best_peer(wall)} | {_spread(ours)} | {verdict} "
            f"| {_spread(result.ratio(cpu))} | {peak} |"
        )
    return lines


def _table(result: Result) -> list[str]:
    lines = ["| program | wall s | CPU s | peak MiB |", "|---|---|---|---|"]
    for name, runs in sorted(result.runs.items(), key=lambda item: _median(item[1], wall)):
        peak = result.peaks.get(name, 0) / MIB
        name += " (1 run)" if name in result.case.once else ""
        lines.append(f"| {name} | {_figures(runs, wall)} | {_figures(runs, cpu)} | {peak:,.0f} |")
    for name, said in result.failures.items():
        # Paths and addresses of this run say nothing to a reader.
        words = re.sub(r"\S*/\S+", "…", said.splitlines()[0])
        lines += ["", f"{name} could not do it: {words[:200]}"]
    return lines


def _median(runs: list[Run], figure: Callable[[Run], float]) -> float:
    return median(map(figure, runs))


def _figures(runs: list[Run], figure: Callable[[Run], float]) -> str:
    values = [figure(one) for one in runs]
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def _spread(values: list[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}–{max(values):.2f})" if values else "–"


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    except OSError:
        pass  # not Linux
    return f"{os.cpu_count()} cores ({model}), Linux {platform.release()}, Python {platform.python_version()}"
