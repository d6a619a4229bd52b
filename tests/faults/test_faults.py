"""Every class of fault, met by a real engine in front of a real Ceph: each test is a scenario of the tables.

The scenarios are played side by side in the background; each test waits for the verdict on its own.
"""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.faults.judge import Verdict
from tests.faults.lane import STREAMS, Manner
from tests.faults.playing import Burden, all_scenarios, play, sample
from tests.faults.scenario import PART, Scenario
from tests.servers.rgw import RgwServer

QUICK = tuple(scenario for scenario in all_scenarios() if scenario.quick)
SEED = 1
LANES = 4
LIMIT_SECONDS = 240
"""For all of them together, on a machine that does other things as well."""
MIB = 1024 * 1024


class Stage:
    """The scenarios under way in a thread of their own."""

    def __init__(self, server: RgwServer, folder: Path, chosen: tuple[Scenario, ...]) -> None:
        """Begin at once."""
        self.verdicts: dict[str, Future[Verdict]] = {scenario.name: Future() for scenario in chosen}
        self.burdens: Future[list[Burden]] = Future()
        self._thread = threading.Thread(target=self._play, args=(server, folder, chosen), name="faults")
        self._thread.start()

    def end(self) -> None:
        """Wait for the thread."""
        self._thread.join()

    def _play(self, server: RgwServer, folder: Path, chosen: tuple[Scenario, ...]) -> None:
        tasks = [(scenario, SEED) for scenario in chosen]
        try:
            playing = play(server, folder, tasks, lanes=LANES, hasty=True, on_verdict=self._tell)
            self.burdens.set_result(asyncio.run(playing))
        except BaseException as error:
            for future in self.verdicts.values():
                if not future.done():
                    future.set_exception(error)
            self.burdens.set_exception(error)

    def _tell(self, verdict: Verdict) -> None:
        self.verdicts[verdict.scenario.name].set_result(verdict)


@pytest.fixture(scope="module")
def stage(
    rgw: RgwServer, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Stage]:
    """Gives the scenarios of the selected tests, being played."""
    wanted = {
        item.callspec.id
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec") and item.path == request.path
    }
    with pytest.MonkeyPatch.context() as patch:
        # The engine with short limits is a module of the tests.
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
        chosen = tuple(scenario for scenario in QUICK if scenario.name in wanted)
        playing = Stage(rgw, tmp_path_factory.mktemp("faults"), chosen)
        yield playing
        playing.end()


@pytest.mark.parametrize("scenario", QUICK, ids=lambda scenario: scenario.name)
def test_it_ends_as_promised(stage: Stage, scenario: Scenario) -> None:
    verdict = stage.verdicts[scenario.name].result(LIMIT_SECONDS)
    assert verdict.right, "; ".join(map(str, verdict.complaints))


def test_engines_that_have_lived_through_all_of_it_hold_little(stage: Stage) -> None:
    for burden in stage.burdens.result(LIMIT_SECONDS):
        assert burden.peak_memory < 256 * MIB + STREAMS * PART
        assert burden.sockets < 2 * STREAMS + 12


async def test_some_end_as_promised_with_workers_and_behind_tls(
    rgw: RgwServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    verdicts: list[Verdict] = []
    chosen = [scenario for scenario in sample(QUICK, 1, SEED) if not scenario.timed][::2]
    async with asyncio.timeout(LIMIT_SECONDS):
        await play(
            rgw,
            tmp_path,
            [(scenario, SEED) for scenario in chosen],
            lanes=1,
            hasty=True,
            manner=Manner.SECURE,
            on_verdict=verdicts.append,
        )
    assert len(verdicts) == len(chosen)
    assert not [(one.scenario.name, *map(str, one.complaints)) for one in verdicts if not one.right]
