"""The harness: servers end with the run, tests see no foreign setting, and a missing Ceph is said."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

import pytest

from tests.conftest import MakeFile
from tests.servers.rgw import NOT_INSTALLED, RgwServer

PROJECT = Path(__file__).resolve().parents[2]
OWNER = """
import json, time
from tests.servers.rgw import start_rgw
server = start_rgw()
print(json.dumps([str(server.folder), server.endpoint_url]), flush=True)
time.sleep(600)
"""


def run_without_ceph(**environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a few tests in a pytest of their own that finds no program at all."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/servers/test_tls.py"],
        cwd=PROJECT,
        env={"PATH": "/nonexistent", "HOME": os.environ["HOME"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def answers(port: int | None) -> bool:
    """Whether anything listens on a loopback port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port or 0)) == 0


def test_without_ceph_tests_are_skipped_and_counted() -> None:
    run = run_without_ceph()
    assert run.returncode == 0, run.stdout
    assert f"3 tests not run: {NOT_INSTALLED}" in run.stdout.splitlines()


def test_without_ceph_ci_fails_and_names_the_packages() -> None:
    run = run_without_ceph(CI="true")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "install radosgw, ceph-mon, ceph-osd and ceph-base" in run.stderr


def test_a_killed_run_leaves_no_server_and_no_folder(rgw: RgwServer) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout is not None
        folder, endpoint_url = json.loads(owner.stdout.readline())
        where = urllib.parse.urlsplit(endpoint_url)
        assert answers(where.port)
        owner.kill()
    end = time.monotonic() + 15
    while Path(folder).exists() or answers(where.port):
        assert time.monotonic() < end, "the node outlived its owner"
        time.sleep(0.1)
    assert rgw.running()


def test_no_test_sees_the_developers_settings(home: Path) -> None:
    assert Path.home() == home
    assert list((home / ".config").iterdir()) == []
    assert [name for name in os.environ if name.startswith("AWS_")] == ["AWS_EC2_METADATA_DISABLED"]


def test_a_big_file_is_the_same_for_the_same_seed(big_file: MakeFile, tmp_path: Path) -> None:
    size = 5 * 1024**2 + 3
    first, again, other = (
        big_file(tmp_path, size, seed, name).read_bytes() for seed, name in ((1, "a"), (1, "b"), (2, "c"))
    )
    assert len(first) == size
    assert first == again != other
    blocks = {first[start : start + 1024**2] for start in range(0, size, 1024**2)}
    assert len(blocks) == 6
