"""A throw-away Ceph node: a monitor, one OSD storing in memory, and radosgw with S3 and STS.

Run as `python -m tests.servers.ceph_node`. It prints one JSON line when the gateway answers (endpoint_url,
access_key_id, secret_access_key, user_id, folder) and serves until its standard input ends, as it does when
its parent dies; then it kills the daemons and removes its folder. A failed start leaves nothing running and
prints the daemons' last words on stderr.
"""

import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from tests.servers.children import free_tcp_port, kill_child, start_child

USER_ID = "owner"
START_SECONDS = 90.0
"""How long one part of the start may take before it counts as failed."""
MEMORY_BYTES = 12 * 1024**3
"""What the OSD says it can hold; memory is only used for what is stored."""

_CONFIG = """
[global]
fsid = {fsid}
mon initial members = a
mon host = v1:127.0.0.1:{mon_port}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
keyring = /dev/null
run dir = {folder}
crash dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
mon cluster log file = {folder}/cluster.log
mon data = {folder}/mon
mon data avail crit = 1
mon allow pool size one = true
mon warn on pool no redundancy = false
osd data = {folder}/osd
osd objectstore = memstore
osd crush update on start = false
osd class update on start = false
memstore device bytes = {memory}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[client.rgw]
rgw data = {folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw s3 auth use sts = true
rgw sts key = {sts_key}
rgw sts min session duration = 1
rgw enable usage log = false
rgw gc obj min wait = 5
rgw gc processor period = 20
"""


class StartFailed(RuntimeError):
    """The node did not come up; the message holds the reason and the daemons' last words."""


class CephNode:
    """One node and its processes; `start` it once, `stop` it as often as you like."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_tcp_port()
        self.access_key_id = f"OWNER{secrets.token_hex(6).upper()}"
        self.secret_access_key = secrets.token_hex(20)
        # Not the developer's environment: CEPH_ARGS there could name another cluster.
        self._env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "CEPH_CONF": str(folder / "ceph.conf"),
            "LC_ALL": "C",
        }
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def endpoint_url(self) -> str:
        """The gateway's address, for S3, STS and IAM alike."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts the three daemons and makes the owner's account.

        Raises StartFailed with the reason when a program is missing, ends early or does not answer in time.
        """
        fsid, osd_id, mon_port = str(uuid.uuid4()), str(uuid.uuid4()), free_tcp_port()
        for name in ("mon", "osd", "rgw"):
            (self.folder / name).mkdir()
        (self.folder / "ceph.conf").write_text(
            _CONFIG.format(
                fsid=fsid,
                mon_port=mon_port,
                folder=self.folder,
                memory=MEMORY_BYTES,
                port=self.port,
                sts_key=secrets.token_hex(8),
            )
        )
        monmap = str(self.folder / "monmap")
        self._run(
            "monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v1:127.0.0.1:{mon_port}]", monmap
        )
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._daemon("ceph-mon", "-f", "-i", "a", "--public-addr", f"v1:127.0.0.1:{mon_port}")
        self._run("ceph", "osd", "new", osd_id)
        # Said here because the OSD itself may ask before it knows the cluster's id, and then gives up.
        self._run("ceph", "osd", "crush", "add", "0", "1.0", "root=default", "host=node")
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd_id)
        self._daemon("ceph-osd", "-f", "-i", "0")
        self._daemon("radosgw", "-f", "-n", "client.rgw")
        self._wait_until(self._answers, "radosgw did not answer")
        self._run(
            *(
                "radosgw-admin",
                "-n",
                "client.rgw",
                "user",
                "create",
                "--uid",
                USER_ID,
                "--display-name",
                USER_ID,
            ),
            *("--access-key", self.access_key_id, "--secret-key", self.secret_access_key),
            *("--max-buckets", "100000", "--caps", "roles=*;user-policy=*"),
        )

    def stop(self) -> None:
        """Kills every daemon at once: what they hold is thrown away anyway."""
        for child in reversed(self._daemons.values()):
            kill_child(child)

    def dead_daemon(self) -> str | None:
        """Returns a sentence about a daemon that has ended by itself, or None while all of them run."""
        for name, child in self._daemons.items():
            if child.poll() is not None:
                return f"{name} ended with status {child.returncode}"
        return None

    def _run(self, *argv: str) -> None:
        try:
            done = subprocess.run(
                argv,
                env=self._env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=START_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._failure(f"{argv[0]} could not be run: {error}") from error
        if done.returncode != 0:
            raise self._failure(
                f"{argv[0]} ended with status {done.returncode}: {done.stdout.decode(errors='replace')}"
            )

    def _daemon(self, *argv: str) -> None:
        try:
            with (self.folder / f"{argv[0]}.out").open("ab") as log:
                self._daemons[argv[0]] = start_child(argv, log, self._env)
        except OSError as error:
            raise self._failure(f"{argv[0]} could not be started: {error}") from error

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.endpoint_url, timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def _wait_until(self, ready: Callable[[], bool], complaint: str) -> None:
        end = time.monotonic() + START_SECONDS
        while not ready():
            if (dead := self.dead_daemon()) is not None:
                raise self._failure(dead)
            if time.monotonic() > end:
                raise self._failure(f"{complaint} within {START_SECONDS:.0f} s")
            time.sleep(0.1)

    def _failure(self, reason: str) -> StartFailed:
        logs = sorted([*self.folder.glob("*.out"), *self.folder.glob("*.log")])
        words = "\n".join(f"--- {log.name}\n{_last_lines(log)}" for log in logs)
        return StartFailed(f"{reason}\n{words}")


def _last_lines(log: Path, count: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def _raise_exit(_signum: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _serve(node: CephNode) -> int:
    """Waits for the end of standard input, or for a daemon's death; returns the exit status."""
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 1.0)
        if readable and not os.read(sys.stdin.fileno(), 4096):
            return 0
        if (dead := node.dead_daemon()) is not None:
            print(dead, file=sys.stderr, flush=True)
            return 1


def main() -> int:
    """Runs one node until the parent lets go of it; returns the exit status."""
    signal.signal(signal.SIGTERM, _raise_exit)
    signal.signal(signal.SIGINT, _raise_exit)
    folder = Path(tempfile.mkdtemp(prefix="s3tui-rgw-"))
    node = CephNode(folder)
    try:
        node.start()
        print(
            json.dumps(
                {
                    "endpoint_url": node.endpoint_url,
                    "access_key_id": node.access_key_id,
                    "secret_access_key": node.secret_access_key,
                    "user_id": USER_ID,
                    "folder": str(folder),
                }
            ),
            flush=True,
        )
        return _serve(node)
    except StartFailed as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    finally:
        # Nothing may interrupt the clean-up any more.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        node.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
