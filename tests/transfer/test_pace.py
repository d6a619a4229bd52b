"""Servers that are overloaded, broken or out of reach: no storm, no false failure, and a verdict in time."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace

from s3tui.model.location import S3Location
from s3tui.storage.limits import Limits
from s3tui.transfer.driving import TransferSettings
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Answer, Reply, Request, Rule, asking
from tests.servers.workspace import Workspace
from tests.storage.connect import SHORT, credentials_of
from tests.transfer.rig import local, rig

SLOW_DOWN = Answer(503, b"<Error><Code>SlowDown</Code></Error>")
MANY = TransferSettings(parts_at_once=32, multipart_threshold=6 * MIB, part_size=5 * MIB)


def small_files(folder: Path, count: int) -> Path:
    """A folder of so many small files."""
    source = folder / "small"
    source.mkdir()
    for number in range(count):
        (source / f"{number:03}").write_bytes(b"%d" % number * 50)
    return source


class Sometimes(Action):
    """Refuses a share of all requests, in a seeded way."""

    def __init__(self, share: float, seed: int = 1) -> None:
        self._share = share
        self._random = random.Random(seed)

    async def before_request(self, request: Request) -> Answer | None:
        return SLOW_DOWN if self._random.random() < self._share else None


class Crowd(Action):
    """Notes how many requests are under way at once, and complains while there are too many."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.now = 0
        self.complaints = 0

    async def before_request(self, request: Request) -> Answer | None:
        self.now += 1
        try:
            crowd = self.now
            await asyncio.sleep(0.03)
        finally:
            self.now -= 1
        if crowd > self.room:
            self.complaints += 1
            return SLOW_DOWN
        return None


async def test_a_storm_of_complaints_gets_few_requests(
    rgw_workspace: Workspace, proxy: RecordingProxy, tmp_path: Path
) -> None:
    proxy.add(Rule(asking("PutObject"), Reply(SLOW_DOWN)))
    credentials = credentials_of(rgw_workspace.credentials)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    async with rig(
        proxy.endpoint_url, credentials, tmp_path / "state", settings=MANY, limits=Limits()
    ) as built:
        await built.copy(local(small_files(tmp_path, 200)), place)
        await proxy.until(lambda: bool(proxy.of("PutObject")))
        await asyncio.sleep(5)  # the time that a client has to find out
        before = len(proxy.of("PutObject"))
        await asyncio.sleep(4)
        assert len(proxy.of("PutObject")) - before <= 12
        assert built.manager.snapshot()[0].failed <= 20


async def test_a_server_that_fails_now_and_then_is_asked_little_more_often_than_needed(
    rgw_workspace: Workspace, proxy: RecordingProxy, tmp_path: Path
) -> None:
    proxy.add(Rule(asking("PutObject"), Sometimes(0.3)))
    credentials = credentials_of(rgw_workspace.credentials)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state", settings=MANY) as built:
        await built.copy(local(small_files(tmp_path, 150)), place)
        done = await built.until_done()
    # 0.3 ** 5 of them, less than one, may fail five times.
    assert done.succeeded >= 148
    assert len(proxy.of("PutObject")) <= 1.5 * 150


async def test_fewer_requests_go_at_once_when_a_server_complains(
    rgw_workspace: Workspace, proxy: RecordingProxy, tmp_path: Path
) -> None:
    crowd = Crowd(room=8)
    proxy.add(Rule(asking("PutObject"), crowd))
    credentials = credentials_of(rgw_workspace.credentials)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    limits = replace(SHORT, backoff=0.3, backoff_cap=3.0)
    async with rig(
        proxy.endpoint_url, credentials, tmp_path / "state", settings=MANY, limits=limits
    ) as built:
        await built.copy(local(small_files(tmp_path, 200)), place)
        done = await built.until_done()
    assert done.succeeded == 200
    assert crowd.complaints <= 75


async def test_parts_are_asked_for_five_times_at_most_whatever_goes_wrong(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    proxy.add(Rule(asking("UploadPart"), Reply(Answer(500))))
    proxy.add(Rule(asking("GetObject"), Reply(Answer(500))))
    credentials = credentials_of(rgw_workspace.credentials)
    key = rgw_workspace.put("down.nc", b"x" * 11 * MIB)
    source = big_file(tmp_path, 11 * MIB, name="up.nc")
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        await built.copy(local(source), S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "up.nc"))
        await built.copy(S3Location(rgw_workspace.bucket, key), local(tmp_path / "down.nc"))
        assert (await built.until_done()).failed == 2
        await built.manager._endings.finish(5)
    assert max(request.attempt for request in proxy.requests) == 5


@asynccontextmanager
async def way_to(proxy: RecordingProxy, port: int) -> AsyncIterator[None]:
    """Forward a port to the proxy; before and after nothing listens there."""
    there = int(proxy.endpoint_url.rpartition(":")[2])

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", there)
        await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def test_everything_waits_for_the_network_and_goes_on_when_it_is_back(
    rgw_workspace: Workspace, proxy: RecordingProxy, free_port: int, big_file: MakeFile, tmp_path: Path
) -> None:
    source = small_files(tmp_path, 20)
    large = big_file(source, 11 * MIB, name="large")
    credentials = credentials_of(rgw_workspace.credentials)
    url = f"http://127.0.0.1:{free_port}"
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    async with rig(url, credentials, tmp_path / "state") as built:
        async with way_to(proxy, free_port):
            plan = await built.plan(local(source), place)
        await built.manager.submit(plan.plan_id)
        waiting = await built.until(lambda summary: bool(summary.outage))
        assert waiting.failed == 0
        await asyncio.sleep(1)
        async with way_to(proxy, free_port):
            done = await built.until_done()
            assert (done.succeeded, done.outage) == (21, "")
        assert built.notices == [f"Waiting for the network: {waiting.outage}", "The network is back."]
    assert rgw_workspace.read("large") == large.read_bytes()
    assert {request.attempt for request in proxy.of("PutObject")} == {1}


async def test_a_network_that_does_not_come_back_is_a_verdict_for_all_in_time(
    rgw_workspace: Workspace, proxy: RecordingProxy, free_port: int, tmp_path: Path
) -> None:
    credentials = credentials_of(rgw_workspace.credentials)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    limits = Limits(connect=0.5, backoff=0.05, verdict=1.0)
    url = f"http://127.0.0.1:{free_port}"
    async with rig(url, credentials, tmp_path / "state", limits=limits) as built:
        async with way_to(proxy, free_port):
            plan = await built.plan(local(small_files(tmp_path, 60)), place)
        await built.manager.submit(plan.plan_id)
        done = await built.until_done(20)
        assert done.failed == 60
        assert {row.failure.code for row in built.rows() if row.failure} == {"unreachable"}


def test_the_limits_of_the_tests_differ_from_those_of_users_in_length_only() -> None:
    assert SHORT.attempts == Limits().attempts == 5
    assert 5 * Limits().answer + Limits().backoff * 15 < Limits().verdict == 300
