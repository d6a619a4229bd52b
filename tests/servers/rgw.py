"""A real Ceph RGW for the tests: `start_rgw()` gives a handle once it answers, `stop()` leaves nothing.

The daemons live under a supervising child (`ceph_node`), which ends them when this process ends in any way.
"""

import atexit
import json
import os
import select
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.ceph_node import START_SECONDS
from tests.servers.clients import boto_client

PROGRAMS = ("radosgw", "ceph-mon", "ceph-osd", "monmaptool", "ceph", "radosgw-admin")
"""What must be on PATH; Debian's packages radosgw, ceph-mon, ceph-osd and ceph-base bring them."""
NOT_INSTALLED = "Ceph RGW (radosgw, ceph-mon, ceph-osd) is not installed"
_PROJECT = Path(__file__).resolve().parents[2]


def missing_programs() -> tuple[str, ...]:
    """Returns the names of Ceph's programs that are not on PATH; empty when RGW can be started."""
    return tuple(name for name in PROGRAMS if shutil.which(name) is None)


@dataclass(frozen=True)
class RgwServer:
    """A running gateway and its owner's lasting account, which may do everything."""

    endpoint_url: str
    """For S3, STS and IAM alike, as http://127.0.0.1:PORT."""
    access_key_id: str
    secret_access_key: str = field(repr=False)
    user_id: str
    folder: Path
    """Where the daemons keep their logs; gone after `stop`."""
    _supervisor: subprocess.Popen[str] = field(repr=False)

    def owner_client(self, service: str = "s3", *, parameter_validation: bool = True) -> Any:
        """Returns a blocking boto client of the owner for `s3`, `sts` or `iam`."""
        return boto_client(
            service,
            self.endpoint_url,
            self.access_key_id,
            self.secret_access_key,
            parameter_validation=parameter_validation,
        )

    def admin(self, *arguments: str) -> str:
        """Run radosgw-admin on this node and return what it prints; CalledProcessError when it fails."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "CEPH_CONF": str(self.folder / "ceph.conf"),
            "LC_ALL": "C",
        }
        return subprocess.run(
            ["radosgw-admin", "-n", "client.rgw", *arguments],
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
            text=True,
            check=True,
        ).stdout

    def running(self) -> bool:
        """Whether the supervisor still serves."""
        return self._supervisor.poll() is None

    def stop(self) -> None:
        """Ends every daemon, removes the folder and returns when that is done; safe to call again."""
        _let_go(self._supervisor)


def start_rgw() -> RgwServer:
    """Starts a node on free loopback ports and returns when it answers, in about 12 s.

    A second try with other ports is made before RuntimeError is raised with the daemons' last words.
    """
    words = ""
    for _ in range(2):
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.ceph_node"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=_PROJECT,
            # A Ctrl-C at the terminal is for pytest, which then stops the node in order.
            start_new_session=True,
        )
        assert supervisor.stdout is not None
        readable, _, _ = select.select([supervisor.stdout], [], [], 3 * START_SECONDS)
        line = supervisor.stdout.readline() if readable else ""
        if line:
            atexit.register(_let_go, supervisor)
            facts = json.loads(line)
            return RgwServer(
                endpoint_url=facts["endpoint_url"],
                access_key_id=facts["access_key_id"],
                secret_access_key=facts["secret_access_key"],
                user_id=facts["user_id"],
                folder=Path(facts["folder"]),
                _supervisor=supervisor,
            )
        words = _let_go(supervisor) or words
    raise RuntimeError(f"Ceph RGW did not start.\n{words}")


def _let_go(supervisor: subprocess.Popen[str]) -> str:
    """Closes the supervisor's input, waits for its end (20 s, then kills it) and returns its complaints."""
    if supervisor.stdin is None or supervisor.stdin.closed:
        supervisor.wait()
        return ""
    try:
        _, words = supervisor.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        # The daemons ask the kernel to be killed with their supervisor.
        supervisor.kill()
        _, words = supervisor.communicate()
    return words
