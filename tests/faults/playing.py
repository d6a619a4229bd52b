"""Many scenarios on several lanes at the same time, and how much their engines hold in the end."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults import odd, permanent, recoverable, special
from tests.faults.command import CommandLane, kills
from tests.faults.judge import HANG, Complaint, Verdict
from tests.faults.lane import Lane, Manner
from tests.faults.scenario import Scenario
from tests.servers.rgw import RgwServer

Task = tuple[Scenario, int]
"""A scenario and its seed."""


def all_scenarios() -> tuple[Scenario, ...]:
    """Every scenario there is; names are unique."""
    return (*recoverable.scenarios(), *permanent.scenarios(), *special.scenarios(), *odd.scenarios())


@dataclass(frozen=True)
class Burden:
    """What an engine held after all its scenarios."""

    peak_memory: int
    """Bytes, the most it ever had."""
    sockets: int
    """Open sockets, the channel to the front end among them."""


async def play(
    server: RgwServer,
    folder: Path,
    tasks: Iterable[Task],
    *,
    lanes: int,
    hasty: bool,
    manner: Manner = Manner.LOOP,
    on_verdict: Callable[[Verdict], None],
) -> list[Burden]:
    """Play all tasks; `on_verdict` gets each verdict as it comes. Returns one burden per engine."""
    waiting = list(tasks)
    # What waits for limits of time comes first, beside what does not.
    waiting.sort(key=lambda task: not task[0].timed)
    waiting.reverse()

    async def run(number: int) -> list[Burden]:
        lane = await _open(server, folder / f"lane-{number}", hasty, manner)
        burdens: list[Burden] = []
        rounds = 0
        try:
            while waiting:
                scenario, seed = waiting.pop()
                began = time.monotonic()
                try:
                    verdict = await lane.play(scenario, seed)
                except Exception as error:
                    words = f"{type(error).__name__}: {error}"
                    broken = (Complaint(HANG, words),)
                    verdict = Verdict(scenario, seed, time.monotonic() - began, broken, words)
                on_verdict(verdict)
                if any(complaint.kind == HANG for complaint in verdict.complaints):
                    # What hangs may have taken its engine with it: the next scenario gets a new one.
                    await lane.stop()
                    rounds += 1
                    lane = await _open(server, folder / f"lane-{number}-{rounds}", hasty, manner)
            burdens.append(burden_of(lane.pid))
        finally:
            await lane.stop()
        return burdens

    return [burden for burdens in await asyncio.gather(*map(run, range(lanes))) for burden in burdens]


async def play_commands(
    server: RgwServer,
    folder: Path,
    tasks: Iterable[Task],
    *,
    lanes: int,
    on_verdict: Callable[[Verdict], None],
) -> None:
    """Play what one command can do, and kill commands, with the limits users have."""
    deadly = {scenario.name: number for scenario, number in kills()}
    waiting = list(reversed(list(tasks)))

    async def run(number: int) -> None:
        place = folder / f"commands-{number}"
        place.mkdir()
        lane = await asyncio.to_thread(CommandLane, server, place)
        try:
            while waiting:
                scenario, seed = waiting.pop()
                if scenario.name in deadly:
                    on_verdict(await lane.kill(scenario, seed, deadly[scenario.name]))
                else:
                    on_verdict(await lane.play(scenario, seed))
        finally:
            await lane.stop()

    await asyncio.gather(*map(run, range(lanes)))


async def _open(server: RgwServer, folder: Path, hasty: bool, manner: Manner) -> Lane:
    lane = await asyncio.to_thread(Lane, server, folder, hasty=hasty, manner=manner)
    await lane.start()
    return lane


def sample(scenarios: Sequence[Scenario], each: int, seed: int) -> tuple[Scenario, ...]:
    """Some scenarios of every class: `each` of each, or all where there are fewer."""
    chance = Random(seed)
    families: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        families.setdefault(scenario.family, []).append(scenario)
    return tuple(one for family in families.values() for one in chance.sample(family, min(each, len(family))))


def burden_of(pid: int) -> Burden:
    """Look at what a process holds."""
    process = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines() if ":" in line)
    sockets = 0
    for descriptor in (process / "fd").iterdir():
        try:
            sockets += str(descriptor.readlink()).startswith("socket:")
        except OSError:
            pass  # closed meanwhile
    return Burden(int(status["VmHWM"].split()[0]) * 1024, sockets)
