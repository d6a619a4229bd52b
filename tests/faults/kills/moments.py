"""A copy of a folder that meets a signal at a random moment, and the same command given once more."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.engine.processes import children_of
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Delay, Request, Rule
from tests.servers.workspace import Workspace

PART = 5 * 1024 * 1024
PARTS = 4
SMALL = 31
"""Small files beside the one in parts: as many as have the engine start its workers."""
STREAMS = 2
TRIAL = 100
"""Bytes that only a real part has."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
VICTIMS = ("front end", "engine", "worker")
LIMIT = 60.0
"""Seconds for a command to end."""


@dataclass
class Moment:
    """What happened at one moment."""

    seed: int
    victim: str = ""
    number: signal.Signals = signal.SIGKILL
    down: bool = False
    after: int = 0
    """Requests that were begun before the signal."""
    status: int | None = None
    """Exit status of the command that met the signal."""
    sent_twice: int = 0
    """Parts or ranges of which all bytes went twice."""
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """One line."""
        way = "download" if self.down else "upload"
        said = "; ".join(self.wrong) or "survived"
        return (
            f"seed {self.seed}: {self.number.name} to the {self.victim}, {way}, {self.after} requests, "
            f"exit {self.status}, {self.sent_twice} parts twice: {said}"
        )


class Killing:
    """Plays moments one after the other against one workspace, through one proxy."""

    def __init__(self, workspace: Workspace, proxy: RecordingProxy, folder: Path) -> None:
        """Make the files that are copied; `folder` must be empty."""
        self._workspace = workspace
        self._proxy = proxy
        self._folder = folder
        # An upload whose id died with the process that got it can only be found in a list.
        self._issued = workspace.issue(3600, also=("s3:ListBucketMultipartUploads",))
        chance = Random(0)
        self._files = {f"small-{number}": chance.randbytes(100 + number) for number in range(SMALL)}
        self._files["large"] = chance.randbytes(PARTS * PART - 1000)
        source = folder / "source"
        source.mkdir()
        for name, data in self._files.items():
            (source / name).write_bytes(data)
            workspace.put(f"source/{name}", data)

    async def play(self, seed: int) -> Moment:
        """One signal at the moment that this seed draws, then the same command again."""
        chance = Random(seed)
        moment = Moment(seed, VICTIMS[seed % 3], SIGNALS[seed % 4], down=chance.random() < 0.5)
        moment.after = chance.randrange(1, PARTS + SMALL)
        place = self._folder / f"moment-{seed}"
        place.mkdir()
        first = len(self._proxy.requests)
        self._proxy.add(Rule(lambda _: True, Delay(0.05)))
        process = await self._start(moment, place)
        ending = asyncio.create_task(process.communicate())
        await self._reach(moment, first, ending)
        await asyncio.sleep(chance.random() * 0.05)
        for pid in _victims(process.pid, moment.victim):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, moment.number)
        await self._end(process, ending, moment)
        self._proxy.clear_rules()
        self._judge_names(moment, place)
        if moment.status == 0:
            # It went on as if nothing had been; another start would be another copy.
            await asyncio.to_thread(self._judge, moment, place, first)
            return moment
        again = await self._start(moment, place)
        await self._end(again, asyncio.create_task(again.communicate()), moment)
        if again.returncode != 0:
            moment.wrong.append(f"the next start ends with {again.returncode}")
        await asyncio.to_thread(self._judge, moment, place, first)
        return moment

    async def kill_after_the_last(self, seed: int, *, down: bool) -> Moment:
        """Kill the front end when the last byte has come but before it says so; then the same command again.

        `after` of the moment counts what the second command moves.
        """
        moment = Moment(seed, VICTIMS[0], signal.SIGKILL, down)
        place = self._folder / f"last-{seed}"
        place.mkdir()
        first = len(self._proxy.requests)
        process = await self._start(moment, place)
        ending = asyncio.create_task(process.communicate())
        await self._proxy.until(lambda: ending.done() or self._all_moved(first, down=down), LIMIT)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await self._end(process, ending, moment)
        first = len(self._proxy.requests)
        again = await self._start(moment, place)
        await self._end(again, asyncio.create_task(again.communicate()), moment)
        if again.returncode != 0:
            moment.wrong.append(f"the next start ends with {again.returncode}")
        moment.after = sum(map(_moves, self._proxy.requests[first:]))
        await asyncio.to_thread(self._judge, moment, place, first)
        return moment

    def _all_moved(self, first: int, *, down: bool) -> bool:
        seen = [request for request in self._proxy.requests[first:] if request.finished and _moves(request)]
        last = "GetObject" if down else "CompleteMultipartUpload"
        return len(seen) >= SMALL + PARTS and any(request.operation == last for request in seen)

    async def _start(self, moment: Moment, place: Path) -> asyncio.subprocess.Process:
        there = f"{self._workspace.url}{'source' if moment.down else place.name}/"
        here = str(place / "target") if moment.down else str(self._folder / "source") + "/"
        issued = self._issued
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3TUI_"))}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "s3tui", "cp", "-r", *((there, here) if moment.down else (here, there))),
            env=kept
            | {
                "AWS_ACCESS_KEY_ID": issued.access_key_id,
                "AWS_SECRET_ACCESS_KEY": issued.secret_access_key,
                "AWS_SESSION_TOKEN": issued.session_token,
                "AWS_ENDPOINT_URL": self._proxy.endpoint_url,
                "S3TUI_STATE_DIR": str(place / "state"),
                "S3TUI_PART_SIZE": str(PART),
                "S3TUI_MULTIPART_THRESHOLD": str(PART),
                "S3TUI_PARTS_AT_ONCE": str(STREAMS),
                "S3TUI_WORKERS": "1",
            },
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )

    async def _reach(self, moment: Moment, first: int, ending: "asyncio.Task[tuple[bytes, bytes]]") -> None:
        def reached() -> bool:
            seen = self._proxy.requests[first:]
            return ending.done() or sum(map(_moves, seen)) >= moment.after

        await self._proxy.until(reached, LIMIT)

    async def _end(
        self,
        process: asyncio.subprocess.Process,
        ending: "asyncio.Task[tuple[bytes, bytes]]",
        moment: Moment,
    ) -> None:
        try:
            _, said = await asyncio.wait_for(ending, LIMIT)
        except TimeoutError:
            process.kill()
            moment.wrong.append(f"the command did not end in {LIMIT:.0f} s")
            return
        if b"Traceback" in said:
            moment.wrong.append(said.decode("utf-8", "replace"))
        if moment.status is None:
            moment.status = process.returncode

    def _judge_names(self, moment: Moment, place: Path) -> None:
        """Look at what bears a final name just after the signal."""
        if moment.down:
            target = place / "target"
            for path in target.iterdir() if target.exists() else ():
                if not path.name.startswith(".s3tui-") and path.read_bytes() != self._files[path.name]:
                    moment.wrong.append(f"{path.name} has its name and other bytes")
        if moment.status == 0 and set(self._arrived(moment, place)) != set(self._files):
            moment.wrong.append("exit status 0 and files are missing")

    def _arrived(self, moment: Moment, place: Path) -> dict[str, bytes]:
        if moment.down:
            return {path.name: path.read_bytes() for path in (place / "target").iterdir()}
        stem = f"{place.name}/"
        names = [name for name in self._workspace.names() if name.startswith(stem)]
        return {name.removeprefix(stem): self._workspace.read(name) for name in names}

    def _judge(self, moment: Moment, place: Path, first: int) -> None:
        if self._arrived(moment, place) != self._files:
            moment.wrong.append("what arrived in the end differs")
        if self._workspace.open_uploads():
            moment.wrong.append("an upload is left open")
        moment.sent_twice = _sent_twice(self._proxy.requests[first:])
        if moment.sent_twice > STREAMS:
            moment.wrong.append("more than one part of a stream went twice")
        shutil.rmtree(place)


def _moves(request: Request) -> bool:
    return request.operation in ("PutObject", "UploadPart", "GetObject", "CompleteMultipartUpload")


def _sent_twice(requests: tuple[Request, ...]) -> int:
    """How many parts and ranges of the large file came through whole more often than once.

    The few bytes that find out what a server checks are no part of it.
    """
    seen: set[tuple[object, ...]] = set()
    twice = 0
    for request in requests:
        part = request.operation == "UploadPart" and int(request.headers.get("content-length", 0)) > TRIAL
        large = part or request.key.endswith("/large")
        if large and (part or request.operation == "GetObject") and request.succeeded():
            what = (request.operation, request.key, request.part_number, request.headers.get("range"))
            twice += what in seen
            seen.add(what)
    return twice


def _victims(front_end: int, victim: str) -> list[int]:
    """The processes to signal; the engine where there are no workers yet."""
    engines = children_of(front_end)
    if victim == "front end" or not engines:
        return [front_end]
    workers = [worker for engine in engines for worker in children_of(engine)]
    return workers if victim == "worker" and workers else engines
