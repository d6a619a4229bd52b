"""`python -m tests.faults.soak --seeds N`: every fault with many seeds, and the figures as Markdown.

Four ways of playing, each with a number of seeds of its own: an engine with short limits, an engine with the
limits users have, the installed command, and the command killed in its middle.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.cancels import stops
from tests.faults.command import kills, suits
from tests.faults.figures import Run, cancels, put_into, report, summary
from tests.faults.judge import Verdict
from tests.faults.lane import Manner
from tests.faults.playing import Task, all_scenarios, play, play_commands, sample
from tests.faults.scenario import Scenario
from tests.servers.rgw import RgwServer, start_rgw

PROJECT = Path(__file__).parents[2]


class Soak:
    """One soak: what is chosen, and what has come of it so far."""

    def __init__(self, options: argparse.Namespace, server: RgwServer, folder: Path) -> None:
        """Take the command's options; `folder` is for files."""
        self.runs: list[Run] = []
        self._options = options
        self._server = server
        self._folder = folder
        self._chosen = [
            scenario
            for scenario in all_scenarios()
            if (options.only in scenario.name or options.only == scenario.family)
            and (scenario.quick or not options.quick)
        ]

    async def play(self) -> None:
        """Play everything that was asked for."""
        options = self._options
        await self._engines("short limits", options.seeds, hasty=True)
        for manner, seeds in ((Manner.WORKERS, options.workers), (Manner.SECURE, options.secure)):
            await self._engines(f"short limits, {manner.value}", seeds, hasty=True, manner=manner)
        deadly = [scenario for scenario, _ in kills() if options.only in scenario.name]
        await self._commands("`s3tui cp`, killed", deadly, options.kills)
        chosen = [scenario for scenario in self._chosen if scenario.quick and suits(scenario)]
        await self._commands("`s3tui cp`, faults of the tests", chosen, options.commands)
        if options.cancels:
            await self._engines("cancelled at any moment", options.cancels, hasty=True, chosen=stops())
        await self._engines("the limits users have", options.patient, hasty=False)

    async def _engines(
        self,
        name: str,
        seeds: int,
        *,
        hasty: bool,
        manner: Manner = Manner.LOOP,
        chosen: Sequence[Scenario] = (),
    ) -> None:
        chosen = chosen or self._chosen
        if self._options.sample and (manner is not Manner.LOOP or not hasty):
            chosen = list(sample(chosen, self._options.sample, self._options.first))
        tasks, verdicts = self._tasks(chosen, seeds), list[Verdict]()
        if tasks:
            burdens = await play(
                self._server,
                self._folder / name.replace(" ", "-").replace(",", ""),
                tasks,
                # With long limits most of the time is waiting.
                lanes=self._options.lanes * (1 if hasty else 3),
                hasty=hasty,
                manner=manner,
                on_verdict=lambda verdict: _tell(verdict, verdicts, len(tasks)),
            )
            self._add(Run(f"engine, {name}, {_seeds(seeds)}", verdicts, burdens))

    async def _commands(self, name: str, chosen: Sequence[Scenario], seeds: int) -> None:
        tasks, verdicts = self._tasks(chosen, seeds), list[Verdict]()
        if tasks:
            place = self._folder / f"commands-{len(self.runs)}"
            place.mkdir()
            await play_commands(
                self._server,
                place,
                tasks,
                lanes=self._options.lanes,
                on_verdict=lambda verdict: _tell(verdict, verdicts, len(tasks)),
            )
            self._add(Run(f"{name}, {_seeds(seeds)}", verdicts))

    def _add(self, run: Run) -> None:
        """Keep a run, and write what there is so far: a soak may be stopped after hours."""
        self.runs.append(run)
        if self._options.write:
            (PROJECT / "tests" / "faults" / "FIGURES.md").write_text(report(self.runs), "utf-8")
            readme = PROJECT / "README.md"
            readme.write_text(put_into(readme.read_text("utf-8"), self.runs), "utf-8")

    def _tasks(self, chosen: Sequence[Scenario], seeds: int) -> list[Task]:
        first = self._options.first
        return [(one, seed) for seed in range(first, first + seeds) for one in chosen]


def main(arguments: list[str]) -> int:
    """Run the soak; the exit status is 0 when nothing was wrong."""
    options = _parser().parse_args(arguments)
    os.environ["PYTHONPATH"] = str(PROJECT)
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    began = time.monotonic()
    server = start_rgw()
    try:
        with tempfile.TemporaryDirectory(prefix="s3tui-faults-") as folder:
            soak = Soak(options, server, Path(folder))
            asyncio.run(soak.play())
    finally:
        server.stop()
    print("\n".join(summary(soak.runs)))
    for run in soak.runs:
        if words := cancels(run):
            print(f"{run.name}: {words}")
        for burden in run.burdens:
            memory = burden.peak_memory / 2**20
            print(f"an engine: {memory:.0f} MiB at most, {burden.sockets} sockets in the end")
    wrong = sum(not verdict.right for run in soak.runs for verdict in run.verdicts)
    print(f"{wrong} wrong, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="seeds for the engine with short limits")
    parser.add_argument("--workers", type=int, default=0, help="seeds for engines with worker processes")
    parser.add_argument("--secure", type=int, default=0, help="seeds for the same behind TLS")
    parser.add_argument(
        "--sample",
        type=int,
        default=4,
        help="scenarios of each class for those and --patient; 0: all",
    )
    parser.add_argument("--patient", type=int, default=0, help="seeds for the limits users have")
    parser.add_argument(
        "--commands", type=int, default=0, help="seeds for the installed command, with those the tests play"
    )
    parser.add_argument("--kills", type=int, default=0, help="seeds for commands that are killed")
    parser.add_argument("--cancels", type=int, default=0, help="seeds for cancels at any moment, five each")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--lanes", type=int, default=4, help="engines or commands side by side")
    parser.add_argument("--only", default="", help="scenarios whose name holds this text, or of this class")
    parser.add_argument("--quick", action="store_true", help="only what the tests play as well")
    parser.add_argument("--write", action="store_true", help="write FIGURES.md and its lines in the README")
    return parser


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"


def _tell(verdict: Verdict, verdicts: list[Verdict], count: int) -> None:
    verdicts.append(verdict)
    mark = "ok " if verdict.right else "BAD"
    print(f"{len(verdicts):4}/{count} {mark} {verdict.seconds:6.1f} s  {verdict.scenario.name}", flush=True)
    for complaint in verdict.complaints:
        print(f"          seed {verdict.seed}  {complaint}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
