"""The child process: quick to start, quiet about secrets, and gone without a trace however things end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s3tui.credentials.paste import parse_paste
from s3tui.demo.access import DemoAccess
from s3tui.demo.process import DemoError, DemoServer
from tests.demo.wire import ask, target


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives an empty directory that children take for the system's temporary one."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def _alive(pid: int) -> bool:
    """Whether a process runs; one that is only waiting to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not status.parent.parent.joinpath("self").exists()


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _works(access: DemoAccess) -> bool:
    return ask(access, "GET", target(access, f"{access.prefix}README.txt")).status == 200


def test_it_starts_serves_and_leaves_nothing(temporary: Path) -> None:
    with DemoServer.start() as server:
        access = server.credentials
        assert _works(access)
        assert access.scratch_dir is not None
        scratch = Path(access.scratch_dir)
        assert scratch.parent == temporary
        assert scratch.stat().st_mode & 0o777 == 0o700
        assert len(list((scratch / "local").rglob("*.png"))) == 12
        pid = server.process.pid
        assert ask(access, "PUT", target(access, f"{access.prefix}new"), body=b"x" * 10**6).status == 200

    assert not _alive(pid)
    assert list(temporary.iterdir()) == []
    server.stop()
    with pytest.raises(DemoError):
        server.renew()


def test_no_secret_is_in_arguments_environment_or_repr(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    with DemoServer.start(scratch=False) as server:
        access, process = server.credentials, Path(f"/proc/{server.process.pid}")
        seen = repr(access) + repr(server)
        if process.exists():
            seen += (process / "cmdline").read_text() + (process / "environ").read_text()

    assert access.scratch_dir is None
    assert access.session_token is not None
    assert access.secret_access_key not in seen
    assert access.session_token not in seen
    assert "the user's own" not in seen


def test_the_front_end_loads_neither_an_http_server_nor_boto_nor_a_screen() -> None:
    code = "import sys, s3tui.demo.process\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert not {"aiohttp", "boto3", "botocore", "aioboto3", "textual", "rich"} & set(loaded.split())


def test_the_server_loads_neither_boto_nor_a_screen() -> None:
    code = "import sys, s3tui.demo.child\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert not {"boto3", "botocore", "aioboto3", "textual", "rich"} & set(loaded.split())


def test_a_paste_of_the_page_holds_all_that_is_needed(demo: DemoServer) -> None:
    access, text = demo.credentials, demo.paste_text()

    assert f'export AWS_ACCESS_KEY_ID="{access.access_key_id}"\n' in text
    assert f'export AWS_SECRET_ACCESS_KEY="{access.secret_access_key}"\n' in text
    assert f'export AWS_SESSION_TOKEN="{access.session_token}"\n' in text
    assert access.endpoint_url in text
    assert access.expiration is not None
    assert f"Expires on {access.expiration:%Y-%m-%dT%H:%M:%SZ}\n" in text
    assert text.endswith("aws s3 ls s3://reef-demo/datasets/10378-1-42/\n")


def test_our_own_reader_of_pastes_understands_the_page(demo: DemoServer) -> None:
    access, read = demo.credentials, parse_paste(demo.paste_text())

    assert (read.access_key_id, read.secret_access_key) == (access.access_key_id, access.secret_access_key)
    assert (read.session_token, read.expiration) == (access.session_token, access.expiration)
    assert (read.region, read.endpoint_url) == (access.region, access.endpoint_url)
    assert (read.bucket, read.prefix) == (access.bucket, access.prefix)


FRONT_END = """
import os, sys, time
from s3tui.demo.process import DemoServer
server = DemoServer.start()
print(server.process.pid, server.credentials.scratch_dir, flush=True)
if "fork" in sys.argv and os.fork() == 0:
    os.close(1)
    time.sleep(30)
    os._exit(0)
time.sleep(30)
"""


@pytest.fixture
def front_end(temporary: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Gives a function that starts a front end in a process group of its own, with a demo server."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", FRONT_END, *arguments]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.parametrize("arguments", [(), ("fork",)], ids=["alone", "socket-held-by-a-fork"])
def test_a_killed_front_end_takes_the_server_and_its_files_with_it(
    front_end: Callable[..., "subprocess.Popen[str]"], temporary: Path, arguments: tuple[str, ...]
) -> None:
    parent = front_end(*arguments)
    assert parent.stdout is not None
    pid, scratch = parent.stdout.readline().split()
    assert Path(scratch).is_dir()
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    assert _within(2.0, lambda: not _alive(int(pid)))
    assert list(temporary.iterdir()) == []


def test_a_killed_server_is_noticed_and_cleaned_up_by_its_front_end(temporary: Path) -> None:
    server = DemoServer.start()
    os.kill(server.process.pid, signal.SIGKILL)
    with pytest.raises(DemoError) as caught:
        server.renew()
    assert caught.value.sentence == "The demo server has ended."
    assert not server.running
    server.stop()

    assert list(temporary.iterdir()) == []


def test_what_two_killed_processes_leave_is_swept_at_the_next_start(
    front_end: Callable[..., "subprocess.Popen[str]"], temporary: Path
) -> None:
    parent = front_end()
    assert parent.stdout is not None
    pid, scratch = parent.stdout.readline().split()
    os.kill(parent.pid, signal.SIGSTOP)
    os.kill(int(pid), signal.SIGKILL)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert _within(2.0, lambda: not _alive(int(pid)))
    assert [path.name for path in temporary.iterdir()] == [Path(scratch).name]

    with DemoServer.start(), DemoServer.start() as second:
        assert not Path(scratch).exists()
        assert len(list(temporary.iterdir())) == 2
        assert second.running
    assert list(temporary.iterdir()) == []


def test_foreign_directories_are_not_swept(temporary: Path) -> None:
    kept = temporary / "s3tui-demo-just-made"
    kept.mkdir()
    linked = temporary / "s3tui-demo-link"
    linked.symlink_to(kept, target_is_directory=True)
    with DemoServer.start():
        pass

    assert kept.is_dir()
    assert linked.is_symlink()


def test_the_end_of_the_thread_that_started_it_is_not_the_end_of_the_server(temporary: Path) -> None:
    servers: list[DemoServer] = []
    starter = threading.Thread(target=lambda: servers.append(DemoServer.start(scratch=False)))
    starter.start()
    starter.join()
    with servers[0] as server:
        assert _works(server.credentials)
        # Longer than the server takes between two looks at its parent.
        assert not _within(1.5, lambda: not server.running)
        assert _works(server.renew(30))


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(temporary: Path) -> None:
    with DemoServer.start(scratch=False) as server:
        os.kill(server.process.pid, signal.SIGINT)
        os.kill(server.process.pid, signal.SIGHUP)
        assert _works(server.renew(30))


def test_started_by_hand_it_says_how_to_start_it() -> None:
    ended = subprocess.run([sys.executable, "-m", "s3tui.demo"], capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert "s3tui --demo" in ended.stderr
    assert ended.stdout == ""
