"""The figures of a soak as Markdown: a table by class, and the few lines of it that the README shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.judge import KINDS, Verdict
from tests.faults.playing import Burden
from tests.faults.scenario import End

BEGIN, END = "<!-- faults: written by python -m tests.faults.soak --write -->", "<!-- /faults -->"
"""What stands around the lines in the README."""

MIB = 1024 * 1024


@dataclass(frozen=True)
class Run:
    """One way of playing the scenarios."""

    name: str
    """With what limits, and through which door."""
    verdicts: Sequence[Verdict]
    burdens: Sequence[Burden] = ()


@dataclass(frozen=True)
class Count:
    """How many scenarios were right with every seed, of how many."""

    right: int
    all: int

    def __str__(self) -> str:
        """As N/N; a dash for nothing."""
        return f"{self.right}/{self.all}" if self.all else "–"


def count(verdicts: Iterable[Verdict], *ends: End) -> Count:
    """Count scenarios with one of these ends."""
    right: dict[str, bool] = {}
    for verdict in verdicts:
        if verdict.scenario.end in ends:
            name = verdict.scenario.name
            right[name] = right.get(name, True) and verdict.right
    return Count(sum(right.values()), len(right))


def report(runs: Sequence[Run]) -> str:
    """The whole of FIGURES.md."""
    lines = [
        "# Faults: figures",
        "",
        "Written by `python -m tests.faults.soak --write`, not by hand. A scenario counts as right when it",
        "was right with every seed: bytes and modification time compared at the destination, no temporary",
        "file and no open upload left (or gone on with by a second try that left none), no claim that was",
        "not true, at most five requests for one thing, nothing signed sent to another host.",
        "",
        *summary(runs),
    ]
    for run in runs:
        lines += ["", f"## {run.name}", "", *_classes(run)]
        wrong = [verdict for verdict in run.verdicts if not verdict.right]
        lines += ["", "Wrong:" if wrong else "Nothing was wrong.", ""]
        lines += [
            f"- {verdict.scenario.name} (seed {verdict.seed}): {complaint.kind}"
            for verdict in wrong
            for complaint in verdict.complaints
        ]
    return "\n".join(lines).rstrip() + "\n"


def summary(runs: Sequence[Run]) -> list[str]:
    """A line per run: what was survived, and how often each thing went wrong."""
    lines = [
        "| | played | recoverable, survived | permanent, ended right | either end, told right"
        f" | {' | '.join(KINDS)} |",
        f"|---|---|---|---|---|{'---|' * len(KINDS)}",
    ]
    for run in runs:
        seen = run.verdicts
        wrong = [sum(one.kind == kind for verdict in seen for one in verdict.complaints) for kind in KINDS]
        lines.append(
            f"| {run.name} | {len(seen)} | {count(seen, End.SURVIVED)} | {count(seen, End.FAILED)}"
            f" | {count(seen, End.EITHER)} | {' | '.join(map(str, wrong))} |"
        )
    return lines


def put_into(readme: str, runs: Sequence[Run]) -> str:
    """The README with the summary in its place; ValueError when it has none."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("The README has no place for the figures.")
    return f"{before}{BEGIN}\n\n{chr(10).join(summary(runs))}\n\n{END}{after}"


def cancels(run: Run) -> str:
    """How long cancels took; empty when there were none."""
    stopped = [one.stopping_seconds for one in run.verdicts if one.stopping_seconds is not None]
    return f"{len(stopped)} cancels, the longest took {max(stopped):.2f} s." if stopped else ""


def _classes(run: Run) -> list[str]:
    lines = [
        "| class | recoverable | permanent | either | played | longest |",
        "|---|---|---|---|---|---|",
    ]
    for family in sorted({verdict.scenario.family for verdict in run.verdicts}):
        seen = [verdict for verdict in run.verdicts if verdict.scenario.family == family]
        longest = max(verdict.seconds for verdict in seen)
        lines.append(
            f"| {family} | {count(seen, End.SURVIVED)} | {count(seen, End.FAILED)}"
            f" | {count(seen, End.EITHER)} | {len(seen)} | {longest:.0f} s |"
        )
    if words := cancels(run):
        lines += ["", words]
    if run.burdens:
        memory = max(burden.peak_memory for burden in run.burdens) / MIB
        sockets = max(burden.sockets for burden in run.burdens)
        lines += ["", f"An engine held {memory:.0f} MiB at most, and {sockets} sockets in the end."]
    return lines
