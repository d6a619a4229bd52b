"""Sixteen large files at once, up and down: memory and descriptors are bounded, whatever their size."""

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from s3tui.model.location import Location, S3Location
from s3tui.transfer.parts import MIB
from tests.cli.conftest import environment_for
from tests.conftest import MakeFile
from tests.engine.processes import children_of
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.many_child import ManyJob
from tests.transfer.rig import local

FILES = 16
MOST = 256
"""MiB that the promise allows, parts in flight not counted; these are."""
DESCRIPTORS = 200
GROWTH = 32
"""MiB by which four times the size may differ: what the interpreter keeps varies by that."""


def pss_mib(pid: int) -> float:
    """Memory of a process in MiB, its share of what it shares counted once."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError("no Pss")


def tree_of(pid: int) -> list[int]:
    """A process and all below it."""
    return [pid, *(each for child in children_of(pid) for each in tree_of(child))]


def peak_of(job: ManyJob) -> tuple[float, int, int]:
    """Copy in another process: its most MiB, most open descriptors, and most files at the same time."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.transfer.many_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(msgspec.json.encode(job) + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n"
        memory, descriptors = 0.0, 0
        done = Path(job.state) / "done"
        with done.open("wb") as sink:
            copier = subprocess.Popen(["head", "-n1"], stdin=process.stdout, stdout=sink)
        while copier.poll() is None:
            memory = max(memory, pss_mib(process.pid))
            descriptors = max(descriptors, len(list(Path(f"/proc/{process.pid}/fd").iterdir())))
            time.sleep(0.05)
        told = done.read_text().split()
        assert told[:3] == ["done", str(len(job.copies)), "0"], told
        return memory, descriptors, int(told[3])
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_sixteen_large_transfers_take_no_more_memory_than_is_promised(
    rgw_workspace: Workspace, big_file: MakeFile, tmp_path: Path
) -> None:
    credentials = credentials_of(rgw_workspace.credentials)
    figures: list[str] = []

    def measured(name: str, copies: list[tuple[Location, Location]], at_once: int) -> float:
        state = tmp_path / name
        state.mkdir()
        url = rgw_workspace.server.endpoint_url
        memory, descriptors, most = peak_of(ManyJob(url, credentials, str(state), tuple(copies), at_once))
        figures.append(f"{name}: {memory:.0f} MiB, {descriptors} descriptors, {most} at once")
        assert memory < MOST, figures
        assert descriptors < DESCRIPTORS, figures
        assert most == at_once, figures
        return memory

    def place(name: str) -> S3Location:
        return S3Location(rgw_workspace.bucket, rgw_workspace.prefix + name)

    def down(size: int, name: str) -> list[tuple[Location, Location]]:
        source = big_file(tmp_path, size, name=f"{name} source")
        rgw_workspace.put(name, source.read_bytes())
        return [(place(name), local(tmp_path / f"{name}-{number}")) for number in range(FILES)]

    def up(size: int, name: str) -> list[tuple[Location, Location]]:
        source = big_file(tmp_path, size, name=f"{name} source")
        return [(local(source), place(f"{name}-{number}")) for number in range(FILES)]

    small = measured("down", down(10 * MIB, "down"), FILES)
    assert measured("down, 4 at once", down(10 * MIB, "four"), 4) < small + GROWTH, figures
    assert measured("down, 4 times the size", down(32 * MIB, "large"), FILES) < small + GROWTH, figures
    small = measured("up", up(6 * MIB, "up"), FILES)
    assert measured("up, 4 times the size", up(24 * MIB, "large up"), FILES) < small + GROWTH, figures
    print(*figures, sep="\n")


def test_all_processes_of_a_command_together_stay_within_the_promise(
    rgw_workspace: Workspace, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 20 * MIB, name="source")
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"file-{number}").hardlink_to(source)
    issued = rgw_workspace.credentials
    variables = environment_for(
        issued.access_key_id,
        issued.secret_access_key,
        issued.session_token,
        rgw_workspace.server.endpoint_url,
    ) | {"S3TUI_STATE_DIR": str(tmp_path / "state"), "S3TUI_WORKERS": "2"}
    place = f"s3://{rgw_workspace.bucket}/{rgw_workspace.prefix}many/"
    for words in ((f"{folder}/", place), (place, f"{tmp_path / 'back'}/")):
        command = [sys.executable, "-m", "s3tui", "cp", "-r", *words]
        said = tmp_path / "said"
        with said.open("wb") as sink:
            copy = subprocess.Popen(command, env=variables, stderr=sink)
        memory, processes = 0.0, 0
        try:
            while copy.poll() is None:
                with contextlib.suppress(OSError, ValueError):
                    tree = tree_of(copy.pid)
                    memory = max(memory, sum(map(pss_mib, tree)))
                    processes = max(processes, len(tree))
                time.sleep(0.05)
        finally:
            copy.kill()
            copy.wait()
        print(f"{words[0]}: {memory:.0f} MiB in {processes} processes")
        assert copy.returncode == 0, said.read_text()
        assert processes >= 3
        assert memory < MOST
    assert {path.stat().st_size for path in (tmp_path / "back").iterdir()} == {20 * MIB}
