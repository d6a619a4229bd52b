"""A signal at a random moment costs nothing but time: the same command, given again, ends right."""

from pathlib import Path

import pytest

from tests.faults.kills.moments import STREAMS, Killing
from tests.servers.proxy import RecordingProxy
from tests.servers.workspace import Workspace


@pytest.fixture
def killing(rgw_workspace: Workspace, recording_proxy: RecordingProxy, tmp_path: Path) -> Killing:
    """Files to copy up and down through a proxy."""
    return Killing(rgw_workspace, recording_proxy, tmp_path)


async def test_after_a_signal_at_any_moment_the_next_start_ends_right(killing: Killing) -> None:
    moments = [await killing.play(seed) for seed in range(3)]
    assert not [str(moment) for moment in moments if moment.wrong]
    assert {moment.victim for moment in moments} == {"front end", "engine", "worker"}


async def test_killed_before_it_could_say_that_all_is_there_it_moves_next_to_nothing_again(
    killing: Killing,
) -> None:
    moment = await killing.kill_after_the_last(100, down=False)
    assert not moment.wrong
    # What came in the last moment may not have been in the journal yet.
    assert moment.status == 0 or moment.after <= 2 * STREAMS
