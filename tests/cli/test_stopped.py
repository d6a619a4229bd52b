"""Processes of a copy that are stopped for longer than anybody waits: it goes on as if nothing had been."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.conftest import environment_for
from tests.conftest import MakeFile
from tests.engine.processes import children_of, wait_until
from tests.faults.hasty import Hasty
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Answer, ConnectionCut, Request, Rule
from tests.servers.workspace import Workspace

PART = 5 * 1024 * 1024
PARTS = 12
STREAMS = 2
SECONDS = Hasty().answer + Hasty().nap / 2
"""Longer than an answer is waited for."""
CUTTING = 0.6
"""Seconds in which what was under way is cut off; who is not stopped tries again in the meantime."""
VICTIMS = ("all", "front end", "engine", "worker")


class Slowly(Action):
    """Answers after a moment; what is under way while somebody is stopped is cut off."""

    def __init__(self) -> None:
        self.cuts = False

    async def before_request(self, request: Request) -> Answer | None:
        await asyncio.sleep(0.5)
        return None

    async def before_reply(self, request: Request) -> None:
        if self.cuts:
            raise ConnectionCut


def is_of(victim: str, child: int) -> list[int]:
    """The processes of a copy that are meant."""
    (engine,) = children_of(child)
    workers = children_of(engine)
    of = {"front end": [child], "engine": [engine], "worker": workers[:1]}
    return of.get(victim) or [child, engine, *workers]


def test_whoever_is_stopped_the_copy_goes_on(
    rgw_workspace: Workspace, recording_proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, PARTS * PART, name="source.nc")
    place = f"s3://{rgw_workspace.bucket}/{rgw_workspace.prefix}"
    rgw_workspace.put("there.nc", source.read_bytes())
    slowly = Slowly()
    recording_proxy.add(Rule(lambda request: request.operation in ("UploadPart", "GetObject"), slowly))
    issued = rgw_workspace.credentials
    variables = environment_for(
        issued.access_key_id, issued.secret_access_key, issued.session_token, recording_proxy.endpoint_url
    ) | {
        "S3TUI_PART_SIZE": str(PART),
        "S3TUI_MULTIPART_THRESHOLD": str(PART),
        "S3TUI_PARTS_AT_ONCE": str(STREAMS),
        "S3TUI_WORKERS": "1",
        "S3TUI_STATE_DIR": str(tmp_path / "state"),
    }
    copies: list[subprocess.Popen[bytes]] = []
    stopped: list[int] = []
    try:
        for number, victim in enumerate(VICTIMS):
            words = (str(source), f"{place}up-{number}.nc")
            if victim in ("front end", "worker"):
                words = (f"{place}there.nc", str(tmp_path / f"down-{number}.nc"))
            command = [sys.executable, "-m", "tests.faults.hasty_command", "cp", *words]
            copies.append(subprocess.Popen(command, env=variables, stderr=subprocess.PIPE))
        moving = ("UploadPart", "GetObject")
        wait_until(
            lambda: sum(ask.operation in moving for ask in recording_proxy.requests) > 8, 60, "all move"
        )
        for copy, victim in zip(copies, VICTIMS, strict=True):
            stopped += is_of(victim, copy.pid)
        slowly.cuts = True
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(CUTTING)
        slowly.cuts = False
        time.sleep(SECONDS - CUTTING)
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        for copy, victim in zip(copies, VICTIMS, strict=True):
            _, said = copy.communicate(timeout=90)
            assert copy.returncode == 0, (victim, said.decode())
    finally:
        for copy in copies:
            copy.kill()
    data = source.read_bytes()
    for number, victim in enumerate(VICTIMS):
        if victim in ("front end", "worker"):
            assert (tmp_path / f"down-{number}.nc").read_bytes() == data, victim
        else:
            assert rgw_workspace.read(f"up-{number}.nc") == data, victim
            twice = recording_proxy.parts_stored(f"{rgw_workspace.prefix}up-{number}.nc")
            assert sum(count - 1 for count in twice.values()) <= STREAMS
    assert rgw_workspace.open_uploads() == ()
