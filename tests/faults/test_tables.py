"""The tables themselves: nothing is played twice under one name, and no class is left out."""

from pathlib import Path

from tests.faults.figures import BEGIN, END
from tests.faults.playing import all_scenarios
from tests.faults.scenario import Deed, End

CLASSES = {
    "200 with an error inside",
    "5xx, 429, RequestTimeout",
    "HTML with 200",
    "aborted uploads",
    "bursts",
    "cancels",
    "connection resets",
    "denials",
    "expiry",
    "flipped bits",
    "ignored ranges",
    "limited concurrency",
    "lost replies",
    "moves",
    "odd HTTP",
    "odd answers",
    "odd listings",
    "objects changed in mid-download",
    "redirects",
    "short replies",
    "stale replies",
    "stalls and drips",
    "storms",
    "truncations",
    "wrong or missing ETags and lengths",
}


def test_every_name_is_played_once() -> None:
    names = [scenario.name for scenario in all_scenarios()]
    assert len(names) == len(set(names))


def test_every_class_of_fault_is_there() -> None:
    assert {scenario.family for scenario in all_scenarios()} == CLASSES


def test_there_are_as_many_as_other_programs_were_measured_with() -> None:
    played = all_scenarios()
    assert sum(scenario.end is End.SURVIVED and scenario.deed is Deed.COPY for scenario in played) >= 47
    assert sum(scenario.end is End.FAILED for scenario in played) >= 21
    assert {scenario.family for scenario in played if scenario.quick} >= CLASSES - {"moves"}


def test_the_readme_shows_the_figures_of_the_last_soak() -> None:
    project = Path(__file__).parents[2]
    shown = (project / "README.md").read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()
    assert shown.startswith("| | played |")
    assert shown in (project / "tests" / "faults" / "FIGURES.md").read_text("utf-8")
