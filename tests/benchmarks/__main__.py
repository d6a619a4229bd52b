"""The command: `python -m tests.benchmarks [--rounds N] [--only WORD] [--out FILE]`."""

import shutil
import tempfile
from pathlib import Path

import click

from tests.benchmarks import cases, report
from tests.benchmarks.peers import install
from tests.benchmarks.rounds import Result, measure
from tests.benchmarks.server import build

MEMORY = Path("/dev/shm")
"""A disk would be measured instead of the programs."""

README = Path(__file__).parents[2] / "README.md"


@click.command()
@click.option(
    "--rounds", default=5, show_default=True, help="How often each program does each piece of work."
)
@click.option("--only", default="", help="Only the pieces of work whose name holds this.")
@click.option("--program", "programs", multiple=True, help="Only these programs (s3tui, s5cmd, rclone, aws).")
@click.option("--large", default=4096, show_default=True, help="MiB of the large file.")
@click.option("--files", default=5000, show_default=True, help="How many small files.")
@click.option("--keys", default=1_000_000, show_default=True, help="How many keys are listed.")
@click.option(
    "--peers", type=click.Path(path_type=Path), help="A folder to keep the peers in from run to run."
)
@click.option("--readme", is_flag=True, help="Put the summary into the README as well.")
@click.option("--out", type=click.Path(path_type=Path), default=Path(__file__).with_name("RESULTS.md"))
def main(
    rounds: int,
    only: str,
    programs: tuple[str, ...],
    large: int,
    files: int,
    keys: int,
    peers: Path | None,
    readme: bool,
    out: Path,
) -> None:
    """Set up the peers, run everything interleaved, and write the table."""
    sizes = cases.Sizes(large << 20, files, keys, max(keys // 10, 1))
    folder = Path(tempfile.mkdtemp(prefix="s3tui-bench-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        found = install(peers or folder)
        server = build(folder)
        cases.prepare(folder, sizes)
        results: list[Result] = []
        for case in cases.CASES:
            if only in case.name:
                results.append(measure(case, found, server, folder, sizes, rounds, set(programs)))
                click.echo("\n".join(report.summary(results[-1:])[2:]))
                report.write(out, results, found.versions(), sizes, rounds)
        if readme:
            text = README.read_text(encoding="utf-8")
            README.write_text(report.put_into(text, results, sizes, rounds), encoding="utf-8")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
