"""Plays scenarios one after another with one real engine, which lives through all of them.

Several lanes run side by side, each with an engine, a proxy and a bucket of its own.
"""

import asyncio
import time
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from s3tui.config import Settings
from s3tui.engine import spawn as engine_spawn
from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.engine.messages import ControlAction, CredentialState, Event, Notice
from s3tui.errors import S3tuiError
from s3tui.model.credentials import Connection, Endpoint
from s3tui.model.credentials import Workspace as Home
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import ClashPolicy, CopyItem, TransferRow, TransferStatus
from tests.engine.processes import children_of
from tests.faults.judge import LEFT_BEHIND, Complaint, Outcome, Verdict, at_destination, judge, leftovers
from tests.faults.scenario import PART, Case, Deed, Scenario, Way
from tests.faults.stage import clear_away, renew, set_up
from tests.servers.lateness import lateness
from tests.servers.proxy import RecordingProxy
from tests.servers.rgw import RgwServer
from tests.servers.sts import TemporaryCredentials
from tests.servers.tls import TlsFront
from tests.servers.workspace import new_workspace
from tests.storage.connect import credentials_of

HASTY_ENGINE = "tests.faults.hasty_engine"
SETTLING_SECONDS = 5.0
"""How long what is cleaned up in the background may take after an end was told."""
STREAMS = 4
WORKERS = 2
READY_SECONDS = 60.0
IDLE_SECONDS = 0.4
"""Without any CPU time a worker has done its imports."""


class Manner(Enum):
    """Where the engine moves bytes, and over what."""

    LOOP = "in its own loop"
    WORKERS = "in worker processes"
    SECURE = "in worker processes, over TLS"


class Lane:
    """One engine behind one fault proxy."""

    def __init__(self, server: RgwServer, folder: Path, *, hasty: bool, manner: Manner = Manner.LOOP) -> None:
        """Prepare; `folder` is for the engine's state and the cases' files."""
        self.hasty = hasty
        self.manner = manner
        self.limit = 75.0 if hasty else 420.0
        """Seconds until a scenario counts as hanging; with the limits users have, the verdict and a bit."""
        self._folder = folder
        self._workspace = new_workspace(server)
        self._proxy = RecordingProxy(server.endpoint_url)
        folder.mkdir(parents=True, exist_ok=True)
        self._front = TlsFront(self._proxy.endpoint_url, folder) if manner is Manner.SECURE else None
        self._credentials = credentials_of(self._issue(), with_expiry=False)
        self._client = EngineClient(folder / "engine.log")
        self._told = asyncio.Event()
        self._state = CredentialState()
        self._notices: list[str] = []
        self._host = ""

    def _issue(self) -> TemporaryCredentials:
        return self._workspace.issue(3600, also=("s3:ListBucketMultipartUploads",))

    async def start(self) -> None:
        """Start the engine and connect it through the proxy."""
        usual = engine_spawn.ENGINE_MODULE
        engine_spawn.ENGINE_MODULE = HASTY_ENGINE if self.hasty else usual
        try:
            self._client.spawn()
        finally:
            engine_spawn.ENGINE_MODULE = usual
        self._client.on_event = self._heard
        settings = Settings(
            state_dir=str(self._folder / "state"),
            workers=0 if self.manner is Manner.LOOP else WORKERS,
            parts_at_once=STREAMS,
            multipart_threshold=PART,
            part_size=PART,
        )
        await self._client.start(settings)
        home = Home(self._workspace.bucket, self._workspace.prefix)
        endpoint = Endpoint(self._proxy.endpoint_url)
        if self._front is not None:
            endpoint = Endpoint(self._front.endpoint_url, ca_file=str(self._front.ca_file))
        self._host = str(endpoint.url).partition("://")[2]
        await self._client.connect(self._credentials, Connection(endpoint, home))
        if self.manner is not Manner.LOOP:
            await self._have_workers()

    async def _have_workers(self) -> None:
        """Have the worker processes started, and wait until they are idle: then they take what there is."""
        await self._client.take_up(True)
        spent, since, end = -1, 0.0, time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            pids = children_of(self.pid)
            now = sum(map(_ticks, pids))
            if len(pids) < WORKERS or now != spent:
                spent, since = now, time.monotonic()
            elif time.monotonic() - since > IDLE_SECONDS:
                return
            await asyncio.sleep(0.05)
        raise TimeoutError(f"no {WORKERS} workers in {READY_SECONDS:.0f} s")

    async def stop(self) -> None:
        """End the engine and remove what is on the server."""
        await self._client.shutdown()
        if self._front is not None:
            await asyncio.to_thread(self._front.stop)
        await asyncio.to_thread(self._proxy.stop)
        await asyncio.to_thread(self._workspace.clean_up)

    @property
    def pid(self) -> int:
        """The engine's process id."""
        assert self._client.pid is not None
        return self._client.pid

    async def play(self, scenario: Scenario, seed: int) -> Verdict:
        """Play one scenario to its end and judge it."""
        case = await asyncio.to_thread(
            set_up,
            scenario,
            seed,
            self._folder,
            self._workspace,
            self._proxy,
            self._credentials.access_key_id,
        )
        case.host = self._host
        if not self.hasty:
            case.storm_seconds = 4.0
        self._notices.clear()
        try:
            outcome = await self._perform(case, scenario)
            complaints = await asyncio.to_thread(judge, case, scenario, outcome)
            self._proxy.clear_rules()
            kept = await self._clean(case, outcome, complaints)
            await self._client.control(ControlAction.CLEAR)
        finally:
            await asyncio.to_thread(clear_away, case)
        words = outcome.failures[0].text if outcome.failures else ""
        ending = "hung" if outcome.hung else "succeeded" if outcome.succeeded else f"failed: {words}"
        return Verdict(
            scenario, seed, outcome.seconds, tuple(complaints), ending, outcome.stopping_seconds, kept
        )

    async def _perform(self, case: Case, scenario: Scenario) -> Outcome:
        outcome, started = Outcome(), time.monotonic()
        try:
            async with asyncio.timeout(self.limit):
                if scenario.twice:
                    await self._copy(case)
                    await self._until_finished()
                    await self._client.control(ControlAction.CLEAR)
                    await asyncio.sleep(0.2)
                    await asyncio.to_thread(renew, case)
                await self._copy(case, move=scenario.deed is Deed.MOVE)
                await self._act(case, scenario, outcome)
        except TimeoutError:
            outcome.hung = True
        except RequestRefused as refusal:
            outcome.failures = (refusal.failure,)
        except S3tuiError as error:
            outcome.failures = (Failure.of(error),)
        outcome.seconds = time.monotonic() - started
        rows = await self._rows()
        outcome.statuses = tuple(row.status for row in rows)
        outcome.failures += tuple(row.failure for row in rows if row.failure is not None)
        outcome.said = list(self._notices)
        if outcome.hung:
            await self._client.control(ControlAction.CANCEL)
        return outcome

    async def _copy(self, case: Case, *, move: bool = False) -> None:
        plan = await self._client.plan((_item(case),), move=move)
        await self._client.submit(plan.plan_id, ClashPolicy.OVERWRITE)

    async def _act(self, case: Case, scenario: Scenario, outcome: Outcome) -> None:
        if scenario.deed in (Deed.CANCEL, Deed.STOP):
            if scenario.deed is Deed.CANCEL:
                await self._proxy.until(case.met, self.limit)
            await asyncio.sleep(case.chance.random() ** 2 * 0.5)
            asked = time.monotonic()
            async with lateness() as late:
                await self._client.control(ControlAction.CANCEL)
                await self._until_finished()
                outcome.stopping_seconds = time.monotonic() - asked
            outcome.late_by = late.seconds
        elif scenario.deed is Deed.RENEW:
            await self._until(lambda rows: _held(rows) or all(row.status.finished for row in rows))
            issued = await asyncio.to_thread(self._issue)
            self._credentials = credentials_of(issued, with_expiry=False)
            await self._client.renew(self._credentials)
            await self._until_finished()
        else:
            await self._until_finished()

    async def _clean(self, case: Case, outcome: Outcome, complaints: list[Complaint]) -> bool:
        """Have what is left gone on with, as the user may; returns whether that was so."""
        left = await self._settled(case)
        if not left:
            return False
        failed = TransferStatus.FAILED in outcome.statuses
        if not failed:
            complaints.append(Complaint(LEFT_BEHIND, ", ".join(left)))
            return False
        await self._client.control(ControlAction.RETRY)
        try:
            async with asyncio.timeout(self.limit):
                await self._until_finished()
        except TimeoutError:
            complaints.append(Complaint(LEFT_BEHIND, f"{', '.join(left)}: a second try does not end"))
            return False
        left = await self._settled(case)
        rows = await self._rows()
        there = await asyncio.to_thread(at_destination, case)
        if left or there not in (case.data, *case.others):
            words = "; ".join(row.failure.text for row in rows if row.failure)
            complaints.append(Complaint(LEFT_BEHIND, f"after a second try: {', '.join(left)} {words}"))
        return True

    async def _settled(self, case: Case) -> tuple[str, ...]:
        end = time.monotonic() + SETTLING_SECONDS
        while (left := await asyncio.to_thread(leftovers, case)) and time.monotonic() < end:
            if TransferStatus.FAILED in {row.status for row in await self._rows()}:
                await asyncio.sleep(0.5)
                return await asyncio.to_thread(leftovers, case)
            await asyncio.sleep(0.2)
        return left

    async def _rows(self) -> tuple[TransferRow, ...]:
        return (await self._client.transfers(0, 100)).rows

    async def _until_finished(self) -> None:
        await self._until(lambda rows: all(row.status.finished for row in rows))

    async def _until(self, holds: Callable[[tuple[TransferRow, ...]], bool]) -> None:
        while not holds(await self._rows()):
            self._told.clear()
            try:
                async with asyncio.timeout(0.25):
                    await self._told.wait()
            except TimeoutError:
                pass

    def _heard(self, event: Event) -> None:
        if isinstance(event, CredentialState):
            self._state = event
        elif isinstance(event, Notice):
            self._notices.append(event.text)
        self._told.set()


def _ticks(pid: int) -> int:
    """CPU time of a process, in the kernel's ticks."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _held(rows: tuple[TransferRow, ...]) -> bool:
    return any(row.status is TransferStatus.HELD for row in rows)


def _item(case: Case) -> CopyItem:
    place, file = S3Location(case.workspace.bucket, case.key), LocalLocation.of(case.local)
    if case.way is Way.FOLDER:
        return CopyItem(place.parent, file.parent, folder=True)
    return CopyItem(place, file) if case.way.down else CopyItem(file, place)
