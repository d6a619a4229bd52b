"""`python -m tests.faults.soak --seeds N`: every fault with many seeds, and the figures as Markdown."""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.judge import Verdict
from tests.faults.playing import all_scenarios, play
from tests.servers.rgw import start_rgw


def main(arguments: list[str]) -> int:
    """Run the soak; the exit status is 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--lanes", type=int, default=4, help="engines side by side")
    parser.add_argument("--only", default="", help="scenarios whose name holds this text")
    parser.add_argument("--quick", action="store_true", help="only what the tests play as well")
    parser.add_argument("--patient", action="store_true", help="with the limits users have, not short ones")
    options = parser.parse_args(arguments)
    chosen = [
        scenario
        for scenario in all_scenarios()
        if options.only in scenario.name and (scenario.quick or not options.quick)
    ]
    tasks = [(one, seed) for seed in range(options.first, options.first + options.seeds) for one in chosen]
    project = Path(__file__).parents[2]
    os.environ["PYTHONPATH"] = str(project)
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    verdicts: list[Verdict] = []

    def tell(verdict: Verdict) -> None:
        verdicts.append(verdict)
        mark = "ok " if verdict.right else "BAD"
        print(
            f"{len(verdicts):4}/{len(tasks)} {mark} {verdict.seconds:6.1f} s  {verdict.scenario.name}",
            flush=True,
        )
        for complaint in verdict.complaints:
            print(f"          seed {verdict.seed}  {complaint}", flush=True)

    server = start_rgw()
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="s3tui-faults-") as folder:
            burdens = asyncio.run(
                play(
                    server,
                    Path(folder),
                    tasks,
                    lanes=options.lanes,
                    hasty=not options.patient,
                    on_verdict=tell,
                )
            )
    finally:
        server.stop()
    for burden in burdens:
        print(
            f"an engine held {burden.peak_memory / 2**20:.0f} MiB at most,"
            f" and {burden.sockets} sockets in the end"
        )
    wrong = sum(not verdict.right for verdict in verdicts)
    print(f"{len(verdicts)} played in {time.monotonic() - began:.0f} s, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
