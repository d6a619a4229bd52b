"""A copy whose credentials expire on the way: it waits for the file or profile to hold new ones."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import LIMIT_SECONDS, Command
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Hold, Rule
from tests.servers.sts import TemporaryCredentials
from tests.servers.workspace import Workspace

PART = 5 * 1024 * 1024
LIFETIME = 20
"""Seconds of the first credentials; the copy is kept from finishing before they end."""


def keep(path: Path, issued: TemporaryCredentials) -> None:
    """Writes credentials to a private file, as a platform's page gives them."""
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(issued.as_json())
    fresh.replace(path)


@pytest.fixture
def s3tui(recording_proxy: RecordingProxy, tmp_path: Path) -> Command:
    """Gives the command with small parts and no credentials in its environment."""
    sizes = {"S3TUI_PART_SIZE": str(PART), "S3TUI_MULTIPART_THRESHOLD": str(PART), "S3TUI_PARTS_AT_ONCE": "2"}
    folder = tmp_path / "work"
    folder.mkdir()
    return Command(dict(os.environ) | sizes, folder, ("--endpoint-url", recording_proxy.endpoint_url))


def start_and_let_expire(
    s3tui: Command, workspace: Workspace, proxy: RecordingProxy, path: Path, *more: str
) -> "subprocess.Popen[bytes]":
    """Starts an upload with short-lived credentials and keeps its last parts back until they have ended."""
    key = workspace.prefix + path.name
    first = workspace.issue(LIFETIME)
    keep(s3tui.folder / "credentials", first)
    hold = Hold()
    proxy.add(Rule(lambda r: r.operation == "UploadPart" and (r.part_number or 0) > 3, hold))
    child = s3tui.start("cp", path.name, workspace.url, "--credentials-file", "credentials", *more)
    proxy.wait_until(lambda: sum(proxy.parts_stored(key).values()) >= 2 and bool(hold.held))
    ended = LIFETIME + 2.0
    with pytest.raises(TimeoutError):
        # Nothing can be seen of time passing, so this is the one wait that must be sat out.
        proxy.wait_until(lambda: first.seconds_left() < -ended, max(0.1, first.seconds_left() + 1.0))
    hold.release()
    return child


def test_new_credentials_in_the_file_let_the_same_upload_go_on(
    s3tui: Command, rgw_workspace: Workspace, recording_proxy: RecordingProxy, big_file: MakeFile
) -> None:
    path = big_file(s3tui.folder, PART * 6)
    child = start_and_let_expire(s3tui, rgw_workspace, recording_proxy, path)
    assert child.stderr is not None
    said = child.stderr.readline()
    assert b"expired" in said
    assert b"credentials" in said
    keep(s3tui.folder / "credentials", rgw_workspace.issue(600))
    _, rest = child.communicate(timeout=LIMIT_SECONDS)
    assert child.returncode == 0, (said + rest).decode()
    assert rgw_workspace.read(path.name) == path.read_bytes()
    assert len(recording_proxy.of("CreateMultipartUpload")) == 1
    stored = recording_proxy.parts_stored(rgw_workspace.prefix + path.name)
    assert set(stored.values()) == {1}
    assert (said + rest).count(b"have expired") == 1


def test_without_waiting_it_ends_with_status_1_and_can_go_on_later(
    s3tui: Command, rgw_workspace: Workspace, recording_proxy: RecordingProxy, big_file: MakeFile
) -> None:
    path = big_file(s3tui.folder, PART * 6)
    child = start_and_let_expire(s3tui, rgw_workspace, recording_proxy, path, "--hold", "0")
    _, said = child.communicate(timeout=LIMIT_SECONDS)
    assert child.returncode == 1
    assert b"expired" in said
    assert b"same command" in said
    recording_proxy.clear_rules()
    keep(s3tui.folder / "credentials", rgw_workspace.issue(600))
    again = s3tui("cp", path.name, rgw_workspace.url, "--credentials-file", "credentials")
    assert again.returncode == 0, again.stderr.decode()
    assert rgw_workspace.read(path.name) == path.read_bytes()
    assert len(recording_proxy.of("CreateMultipartUpload")) == 1


def test_a_credentials_file_that_others_can_read_is_refused(s3tui: Command, rgw_workspace: Workspace) -> None:
    path = s3tui.folder / "credentials"
    keep(path, rgw_workspace.credentials)
    path.chmod(0o644)
    done = s3tui("ls", rgw_workspace.url, "--credentials-file", "credentials")
    assert done.returncode == 2
    assert b"chmod 600" in done.stderr


def test_credentials_can_come_through_a_pipe(s3tui: Command, rgw_workspace: Workspace) -> None:
    rgw_workspace.put("here.txt", b"1")
    done = subprocess.run(
        s3tui.argv("ls", rgw_workspace.url, "--credentials-file", "-"),
        env=dict(s3tui.environment),
        input=rgw_workspace.credentials.as_shell_exports().encode(),
        capture_output=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.split()[-1] == b"here.txt"
