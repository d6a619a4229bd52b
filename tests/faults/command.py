"""Plays scenarios with the installed command: a process per copy, judged by its exit status."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from s3tui.model.failure import Failure
from s3tui.model.transfer import TransferStatus
from tests.faults.judge import (
    FALSE_SUCCESS,
    HANG,
    LEFT_BEHIND,
    WRONG_FILE,
    Complaint,
    Outcome,
    Verdict,
    at_destination,
    judge,
    leftovers,
)
from tests.faults.scenario import PART, Case, Deed, End, Scenario, Way
from tests.faults.stage import clear_away, set_up
from tests.servers.proxy import RecordingProxy
from tests.servers.rgw import RgwServer
from tests.servers.rules import Delay, Request
from tests.servers.workspace import new_workspace

LIMIT = 420.0
"""Seconds: the five minutes to a verdict, and a bit."""
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class CommandLane:
    """`s3tui cp` behind a fault proxy, with the limits users have."""

    def __init__(self, server: RgwServer, folder: Path) -> None:
        """Prepare; `folder` is for state and files."""
        self._folder = folder
        self._workspace = new_workspace(server)
        # Only a list shows an upload whose id never came.
        self._issued = self._workspace.issue(3600, also=("s3:ListBucketMultipartUploads",))
        self._proxy = RecordingProxy(server.endpoint_url)

    async def stop(self) -> None:
        """Remove what is on the server."""
        await asyncio.to_thread(self._proxy.stop)
        await asyncio.to_thread(self._workspace.clean_up)

    async def play(self, scenario: Scenario, seed: int) -> Verdict:
        """Copy under a fault, and once more without it when something was kept to go on with."""
        case = await self._set_up(scenario, seed)
        case.storm_seconds = 4.0
        try:
            outcome = await self._copy(case)
            complaints = await asyncio.to_thread(judge, case, scenario, outcome)
            self._proxy.clear_rules()
            left = await asyncio.to_thread(leftovers, case)
            if left and outcome.succeeded:
                complaints.append(Complaint(LEFT_BEHIND, ", ".join(left)))
            elif left:
                await self._once_more(case, complaints)
        finally:
            await asyncio.to_thread(clear_away, case)
        ending = "hung" if outcome.hung else "succeeded" if outcome.succeeded else "failed"
        return Verdict(scenario, seed, outcome.seconds, tuple(complaints), ending, kept=bool(left))

    async def kill(self, scenario: Scenario, seed: int, number: signal.Signals) -> Verdict:
        """Send a signal at a random moment of a copy, then give the same command again."""
        case = await self._set_up(scenario, seed)
        try:
            process = await self._start(case, streams=1)
            await self._proxy.until(lambda: self._moving(case), 60)
            await asyncio.sleep(case.chance.random() * 1.5)
            process.send_signal(number)
            try:
                async with asyncio.timeout(20):
                    await process.communicate()
                hung = False
            except TimeoutError:
                process.kill()
                hung = True
            complaints = [Complaint(HANG, "20 s after the signal")] if hung else []
            there = await asyncio.to_thread(at_destination, case)
            if process.returncode == 0 and there != case.data:
                complaints.append(Complaint(FALSE_SUCCESS, "exit status 0"))
            if there not in (case.data, case.old or None):
                complaints.append(Complaint(WRONG_FILE, "neither the old nor the new contents"))
            self._proxy.clear_rules()
            began = time.monotonic()
            await self._once_more(case, complaints)
        finally:
            await asyncio.to_thread(clear_away, case)
        return Verdict(scenario, seed, time.monotonic() - began, tuple(complaints), "killed", kept=True)

    def _moving(self, case: Case) -> bool:
        return any(request.operation in ("UploadPart", "GetObject") for request in case.requests())

    async def _set_up(self, scenario: Scenario, seed: int) -> Case:
        key_id = self._issued.access_key_id
        return await asyncio.to_thread(
            set_up, scenario, seed, self._folder, self._workspace, self._proxy, key_id
        )

    async def _once_more(self, case: Case, complaints: list[Complaint]) -> None:
        outcome = await self._copy(case)
        left = await asyncio.to_thread(leftovers, case)
        there = await asyncio.to_thread(at_destination, case)
        if left or not outcome.succeeded or there not in (case.data, *case.others):
            said = "; ".join(outcome.said)
            complaints.append(Complaint(LEFT_BEHIND, f"after a second try: {', '.join(left)} {said}"))

    async def _copy(self, case: Case) -> Outcome:
        outcome, started = Outcome(), time.monotonic()
        process = await self._start(case)
        try:
            async with asyncio.timeout(LIMIT):
                _, errors = await process.communicate()
        except TimeoutError:
            process.kill()
            _, errors = await process.communicate()
            outcome.hung = True
        outcome.seconds = time.monotonic() - started
        outcome.said = errors.decode("utf-8", "replace").splitlines()
        succeeded = process.returncode == 0
        outcome.statuses = (TransferStatus.SUCCEEDED if succeeded else TransferStatus.FAILED,)
        if not succeeded:
            outcome.failures = tuple(Failure("", line) for line in outcome.said[-1:])
        return outcome

    async def _start(self, case: Case, streams: int = 4) -> asyncio.subprocess.Process:
        issued = self._issued
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3TUI_"))}
        variables = kept | {
            "AWS_ACCESS_KEY_ID": issued.access_key_id,
            "AWS_SECRET_ACCESS_KEY": issued.secret_access_key,
            "AWS_SESSION_TOKEN": issued.session_token,
            "AWS_ENDPOINT_URL": self._proxy.endpoint_url,
            "S3TUI_STATE_DIR": str(self._folder / "state"),
            "S3TUI_PART_SIZE": str(PART),
            "S3TUI_MULTIPART_THRESHOLD": str(PART),
            "S3TUI_PARTS_AT_ONCE": str(streams),
        }
        place = f"s3://{case.workspace.bucket}/{case.key}"
        words: tuple[str, ...] = (str(case.local), place)
        if case.way is Way.FOLDER:
            words = ("-r", place.removesuffix("data.bin"), f"{case.folder}/")
        elif case.way.down:
            words = (place, str(case.local))
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "s3tui",
            "cp",
            *words,
            env=variables,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )


def suits(scenario: Scenario) -> bool:
    """Whether a scenario can be played with one command."""
    return scenario.deed is Deed.COPY and not scenario.twice and not scenario.timed


def kills() -> tuple[tuple[Scenario, signal.Signals], ...]:
    """Four signals, both ways, with requests slow enough that there is something to stop."""

    def slow(case: Case) -> None:
        def body(request: Request) -> bool:
            return request.operation in ("UploadPart", "GetObject")

        case.on(body, Delay(0.6))

    return tuple(
        (Scenario(f"{number.name}, {way.value}", "kills", way, slow, End.EITHER), number)
        for way in (Way.UPLOAD, Way.DOWNLOAD)
        for number in SIGNALS
    )
