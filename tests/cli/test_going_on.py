"""A copy that is stopped in the middle, in whatever way, goes on when the same command is given again."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import LIMIT_SECONDS, Command, environment_for
from tests.conftest import MakeFile
from tests.engine.processes import children_of, is_alive, wait_until
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Hold, Rule
from tests.servers.workspace import Workspace

PART = 5 * 1024 * 1024
PARTS = 8
KEPT = 4
"""Parts that the server lets through before the copy is stopped."""
STREAMS = 2
"""Parts under way at once: when all are held back, everything before them is in the journal."""


def kill(child: "subprocess.Popen[bytes]", engine: int) -> int:
    """Kills the front end without warning."""
    os.kill(child.pid, signal.SIGKILL)
    return -signal.SIGKILL


def kill_engine(child: "subprocess.Popen[bytes]", engine: int) -> int:
    """Kills the engine under the front end."""
    os.kill(engine, signal.SIGKILL)
    return 1


def interrupt(child: "subprocess.Popen[bytes]", engine: int) -> int:
    """Presses Ctrl+C."""
    os.kill(child.pid, signal.SIGINT)
    return 130


def terminate(child: "subprocess.Popen[bytes]", engine: int) -> int:
    """Asks it to end, as batch systems do."""
    os.kill(child.pid, signal.SIGTERM)
    return 143


def hang_up(child: "subprocess.Popen[bytes]", engine: int) -> int:
    """Closes its terminal."""
    os.kill(child.pid, signal.SIGHUP)
    return 129


@pytest.fixture
def s3tui(rgw_workspace: Workspace, recording_proxy: RecordingProxy, tmp_path: Path) -> Command:
    """Gives the command with small parts, temporary credentials and every request on record."""
    issued = rgw_workspace.credentials
    variables = environment_for(
        issued.access_key_id, issued.secret_access_key, issued.session_token, recording_proxy.endpoint_url
    )
    sizes = {
        "S3TUI_PART_SIZE": str(PART),
        "S3TUI_MULTIPART_THRESHOLD": str(PART),
        "S3TUI_PARTS_AT_ONCE": str(STREAMS),
    }
    folder = tmp_path / "work"
    folder.mkdir()
    return Command(variables | sizes, folder)


@pytest.mark.parametrize("stop", [kill, kill_engine, interrupt, terminate, hang_up])
def test_an_upload_goes_on_and_sends_at_most_one_part_per_stream_again(
    s3tui: Command,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    stop: Callable[["subprocess.Popen[bytes]", int], int],
) -> None:
    path = big_file(s3tui.folder, PART * PARTS - 1000, name="large.nc")
    key = rgw_workspace.prefix + path.name
    hold = Hold()
    recording_proxy.add(
        Rule(
            lambda r: r.operation == "UploadPart" and sum(recording_proxy.parts_stored(key).values()) >= KEPT,
            hold,
        )
    )
    child = s3tui.start("cp", path.name, rgw_workspace.url)
    recording_proxy.wait_until(
        lambda: sum(recording_proxy.parts_stored(key).values()) >= KEPT and len(hold.held) == STREAMS
    )
    (engine,) = children_of(child.pid)
    family = [engine, *children_of(engine)]
    status = stop(child, engine)
    _, said = child.communicate(timeout=LIMIT_SECONDS)
    assert child.returncode == status
    assert b"Traceback" not in said
    if status > 0:
        assert b"same command" in said
    wait_until(lambda: not any(map(is_alive, family)), 20, "nothing is left running")
    assert not rgw_workspace.names()
    stored = recording_proxy.parts_stored(key)
    hold.release()
    recording_proxy.clear_rules()

    again = s3tui("cp", path.name, rgw_workspace.url)
    assert again.returncode == 0, again.stderr.decode()
    assert b"Going on" in again.stderr
    assert rgw_workspace.read(path.name) == path.read_bytes()
    assert len(recording_proxy.of("CreateMultipartUpload")) == 1
    twice = {part for part, times in recording_proxy.parts_stored(key).items() if times > 1}
    # A part whose answer was on its way at that moment may go again: one for each stream, never more.
    assert len(twice & set(stored)) <= STREAMS


def test_a_download_goes_on_and_fetches_no_range_twice(
    s3tui: Command,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
) -> None:
    original = big_file(tmp_path, PART * PARTS - 1000, name="large.nc")
    key = rgw_workspace.put("large.nc", original.read_bytes())
    ranges: Callable[[], list[str]] = lambda: [  # noqa: E731
        request.headers["range"]
        for request in recording_proxy.of("GetObject")
        if request.key == key and request.succeeded()
    ]
    hold = Hold()
    recording_proxy.add(Rule(lambda r: r.operation == "GetObject" and len(ranges()) >= KEPT, hold))
    child = s3tui.start("cp", f"{rgw_workspace.url}large.nc", ".")
    recording_proxy.wait_until(lambda: len(ranges()) >= KEPT and len(hold.held) == STREAMS)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate(timeout=LIMIT_SECONDS)
    assert not (s3tui.folder / "large.nc").exists()
    fetched = ranges()
    hold.release()
    recording_proxy.clear_rules()

    again = s3tui("cp", f"{rgw_workspace.url}large.nc", ".")
    assert again.returncode == 0, again.stderr.decode()
    assert (s3tui.folder / "large.nc").read_bytes() == original.read_bytes()
    assert [path.name for path in s3tui.folder.iterdir()] == ["large.nc"]
    # Of the ranges under way at the kill, at most one per stream may be fetched again.
    assert sum(one in fetched for one in ranges()[len(fetched) :]) <= 2
