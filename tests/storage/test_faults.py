"""Units of byte work through a proxy that breaks, delays and falsifies: what can be survived is survived."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.demo.process import DemoServer
from s3tui.model.entry import ObjectInfo
from s3tui.model.location import S3Location
from s3tui.model.transfer import Assurance
from s3tui.model.work import Failed, Fetched, FetchFile, FetchRange, PutFile, SendPart, Sent
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.source_file import identify
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import (
    Action,
    Answer,
    CutReply,
    CutRequest,
    LoseReply,
    Reply,
    Rule,
    asking,
)
from tests.servers.tls import TlsFront
from tests.servers.workspace import Workspace
from tests.storage.connect import Connected, connected, credentials_of
from tests.storage.faulty import DripReply, FlipReply, FlipRequest, HoldBody, Silence, StopReading
from tests.storage.test_byte_work import Moved, put_unit

MIB = 1024**2
SIZE = 3 * MIB + 11

SLOW_DOWN = Reply(Answer(503, b"<Error><Code>SlowDown</Code></Error>", (("Retry-After", "1"),)))
HTML = Reply(Answer(200, b"<html>Welcome to the hotel</html>", (("Content-Type", "text/html"),)))


@pytest.fixture
async def connection(rgw_workspace: Workspace, recording_proxy: RecordingProxy) -> AsyncIterator[Connected]:
    """A researcher's connection that goes through the proxy."""
    credentials = credentials_of(rgw_workspace.credentials)
    async with connected(recording_proxy.endpoint_url, credentials, connections=4) as opened:
        yield opened


@pytest.mark.parametrize(
    "fault",
    [
        CutRequest(MIB),
        CutRequest(0, reset=False),
        FlipRequest(2 * MIB),
        StopReading(),
        Silence(),
        LoseReply(),
        SLOW_DOWN,
        HTML,
        Reply(Answer(500, b"")),
        Reply(Answer(502, b"<html>Bad gateway</html>")),
        Reply(Answer(400, b"<Error><Code>RequestTimeout</Code></Error>")),
        Reply(Answer(429, b"")),
    ],
    ids=lambda fault: type(fault).__name__ + str(getattr(getattr(fault, "answer", None), "status", "")),
)
async def test_an_upload_survives_a_fault_of_its_first_attempts(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    fault: Action,
) -> None:
    recording_proxy.add(Rule(asking("PutObject"), fault, times=1))
    source, moved = big_file(tmp_path, SIZE), Moved()
    outcome = await ByteWork(connection.clients).run(put_unit(rgw_workspace, source, "up.bin"), moved)
    assert isinstance(outcome, Sent), outcome
    assert moved.total == SIZE
    assert rgw_workspace.read("up.bin") == source.read_bytes()
    assert len(recording_proxy.of("PutObject")) == 2


@pytest.mark.parametrize(
    "fault",
    [
        CutReply(0),
        CutReply(MIB + 5),
        CutReply(MIB + 5, reset=False),
        DripReply(MIB),
        Silence(),
        LoseReply(),
        SLOW_DOWN,
        HTML,
        Reply(Answer(500, b"")),
    ],
    ids=lambda fault: type(fault).__name__ + str(getattr(getattr(fault, "answer", None), "status", "")),
)
@pytest.mark.parametrize("ranged", [True, False], ids=["range", "whole"])
async def test_a_download_survives_a_fault_of_its_first_attempts(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    fault: Action,
    ranged: bool,
) -> None:
    data = big_file(tmp_path, SIZE).read_bytes()
    key = rgw_workspace.put("down.bin", data)
    part, moved = tmp_path / ".part", Moved()
    unit = await fetch_unit(connection, rgw_workspace, key, part, ranged)
    recording_proxy.add(Rule(asking("GetObject"), fault, times=1))
    outcome = await ByteWork(connection.clients).run(unit, moved)
    assert isinstance(outcome, Fetched), outcome
    assert moved.total == SIZE
    assert part.read_bytes() == data
    assert len(recording_proxy.of("GetObject")) == 2


async def fetch_unit(
    connection: Connected, workspace: Workspace, key: str, part: Path, ranged: bool
) -> FetchFile | FetchRange:
    """The unit that brings the whole object, as a file or as one range."""
    info: ObjectInfo = await connection.store.head(S3Location(workspace.bucket, key))
    if not ranged:
        return FetchFile(workspace.bucket, key, os.fsencode(part), info.size)
    part.touch()
    return FetchRange(workspace.bucket, key, info.etag, 0, info.size, info.size, os.fsencode(part))


async def test_a_range_that_breaks_off_goes_on_from_the_last_good_byte(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
) -> None:
    data = big_file(tmp_path, SIZE).read_bytes()
    key = rgw_workspace.put("down.bin", data)
    part = tmp_path / ".part"
    unit = await fetch_unit(connection, rgw_workspace, key, part, ranged=True)
    recording_proxy.add(Rule(asking("GetObject"), CutReply(2 * MIB, reset=False), times=1))
    assert isinstance(await ByteWork(connection.clients).run(unit, Moved()), Fetched)
    assert part.read_bytes() == data
    second = recording_proxy.of("GetObject")[1]
    first_byte = int(second.headers["range"].removeprefix("bytes=").partition("-")[0])
    assert MIB < first_byte <= 2 * MIB
    assert second.headers["if-match"] == recording_proxy.of("GetObject")[0].headers["if-match"]


async def test_a_flipped_bit_in_a_small_object_is_noticed_and_the_object_fetched_again(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    tmp_path: Path,
) -> None:
    key = rgw_workspace.put("down.bin", b"x" * 5000)
    part = tmp_path / ".part"
    unit = FetchFile(rgw_workspace.bucket, key, os.fsencode(part), 5000)
    work, moved = ByteWork(connection.clients), Moved()
    recording_proxy.add(Rule(asking("GetObject"), FlipReply(4000), times=1))
    fetched = await work.run(unit, moved)
    assert isinstance(fetched, Fetched)
    assert fetched.assurance is Assurance.VERIFIED
    assert (part.read_bytes(), moved.total) == (b"x" * 5000, 5000)
    recording_proxy.add(Rule(asking("GetObject"), FlipReply(4000)))
    outcome = await work.run(unit, moved)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == "damaged"
    assert moved.total == 5000


@pytest.mark.parametrize(
    ("operation", "fault", "code"),
    [
        ("PutObject", Reply(Answer(503, b"<Error><Code>SlowDown</Code></Error>")), "busy"),
        ("PutObject", FlipRequest(10), "damaged"),
        ("PutObject", CutRequest(0), "unreachable"),
        ("PutObject", HTML, "unreachable"),
        ("GetObject", CutReply(10), "unreachable"),
        ("GetObject", HTML, "unreachable"),
        ("GetObject", Reply(Answer(404, b"<Error><Code>NoSuchKey</Code></Error>")), "not-found"),
        ("GetObject", Reply(Answer(403, b"<Error><Code>InvalidObjectState</Code></Error>")), "withheld"),
    ],
)
async def test_what_does_not_end_fails_with_one_sentence_after_five_attempts_at_most(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    operation: str,
    fault: Action,
    code: str,
) -> None:
    key = rgw_workspace.put("down.bin", b"x" * 5000)
    recording_proxy.add(Rule(asking(operation), fault))
    moved = Moved()
    unit = (
        put_unit(rgw_workspace, big_file(tmp_path, 5000), "up.bin")
        if operation == "PutObject"
        else await fetch_unit(connection, rgw_workspace, key, tmp_path / ".part", ranged=True)
    )
    outcome = await ByteWork(connection.clients).run(unit, moved)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == code
    assert outcome.failure.sentence.endswith(".")
    assert moved.total == 0
    assert len(recording_proxy.of(operation)) == (1 if code in ("not-found", "withheld") else 5)


async def test_a_put_whose_reply_was_lost_is_not_taken_for_somebody_elses(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
) -> None:
    recording_proxy.add(Rule(asking("PutObject"), LoseReply(), times=1))
    unit = put_unit(rgw_workspace, big_file(tmp_path, 5000), "up.bin", only_if_absent=True)
    moved = Moved()
    assert isinstance(await ByteWork(connection.clients).run(unit, moved), Sent)
    assert rgw_workspace.names() == ("up.bin",)


async def test_a_lost_reply_of_complete_is_decided_by_a_look_at_the_object(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
) -> None:
    source = big_file(tmp_path, 5 * MIB + 1)
    raw, place = os.fsencode(source), S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big")
    upload_id = await connection.store.create_multipart_upload(place, {})
    etags = []
    for number, (start, length) in enumerate(((0, 5 * MIB), (5 * MIB, 1)), 1):
        unit = SendPart(raw, identify(raw), place.bucket, place.key, upload_id, number, start, length)
        sent = await ByteWork(connection.clients).run(unit, Moved())
        assert isinstance(sent, Sent)
        etags.append((number, sent.etag))
    recording_proxy.add(Rule(asking("CompleteMultipartUpload"), LoseReply(), times=1))
    gone = Answer(404, b"<Error><Code>NoSuchUpload</Code></Error>")
    recording_proxy.add(Rule(asking("CompleteMultipartUpload"), Reply(gone)))
    etag = await connection.store.complete_multipart_upload(place, upload_id, tuple(etags))
    assert etag.endswith("-2")
    assert rgw_workspace.read("big") == source.read_bytes()


async def test_a_busy_server_is_given_the_time_it_asks_for(
    connection: Connected, rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    recording_proxy.add(Rule(asking("HeadObject"), SLOW_DOWN, times=1))
    key = rgw_workspace.put("there", b"x")
    started = time.monotonic()
    await connection.store.head(S3Location(rgw_workspace.bucket, key))
    assert time.monotonic() - started >= connection.clients.limits.backoff_cap


async def until_seen(proxy: RecordingProxy, operation: str, count: int) -> None:
    """Return when the proxy has got this many requests of one kind."""
    await proxy.until(lambda: len(proxy.of(operation)) >= count)


async def test_cancelled_units_end_at_once_and_leak_no_connection(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
) -> None:
    """Eight times as many as there are connections; then all connections still serve."""
    data = big_file(tmp_path, SIZE).read_bytes()
    key = rgw_workspace.put("down.bin", data)
    down = await fetch_unit(connection, rgw_workspace, key, tmp_path / ".part", ranged=True)
    up = put_unit(rgw_workspace, tmp_path / f"big-{SIZE}-0.bin", "up.bin")
    work = ByteWork(connection.clients)
    for operation, fault in (("GetObject", DripReply(MIB)), ("PutObject", StopReading())):
        for _ in range(4):
            recording_proxy.add(Rule(asking(operation), fault, times=4))
            seen, moved = len(recording_proxy.of(operation)), Moved()
            unit: FetchFile | FetchRange | PutFile = down if operation == "GetObject" else up
            tasks = [asyncio.ensure_future(work.run(unit, moved)) for _ in range(4)]
            await until_seen(recording_proxy, operation, seen + 4)
            for task in tasks:
                task.cancel()
            started = time.monotonic()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert time.monotonic() - started < 1
            assert moved.total == 0
            recording_proxy.clear_rules()
    outcomes = await asyncio.gather(*(work.run(down, Moved()) for _ in range(8)))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)


async def test_everything_works_over_tls_with_an_authority_of_its_own(
    rgw_workspace: Workspace, tls_proxy: TlsFront, big_file: MakeFile, tmp_path: Path
) -> None:
    source, part = big_file(tmp_path, SIZE), tmp_path / ".part"
    credentials = credentials_of(rgw_workspace.credentials)
    async with connected(tls_proxy.endpoint_url, credentials, ca_file=str(tls_proxy.ca_file)) as connection:
        work, moved = ByteWork(connection.clients), Moved()
        assert isinstance(await work.run(put_unit(rgw_workspace, source, "up.bin"), moved), Sent)
        place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "up.bin")
        upload_id = await connection.store.create_multipart_upload(place, {})
        await connection.store.abort_multipart_upload(place, upload_id)
        unit = await fetch_unit(connection, rgw_workspace, place.key, part, ranged=True)
        assert isinstance(await work.run(unit, moved), Fetched)
        assert moved.total == 2 * SIZE
    assert part.read_bytes() == source.read_bytes()


async def test_a_flipped_bit_of_an_upload_over_tls_is_refused_too(
    rgw_workspace: Workspace, recording_proxy: RecordingProxy, tmp_path: Path
) -> None:
    """The signature covers the contents: encryption on the way is no reason to leave that out."""
    front = TlsFront(recording_proxy.endpoint_url, tmp_path)
    try:
        recording_proxy.add(Rule(asking("PutObject"), FlipRequest(10), times=1))
        source = tmp_path / "file"
        source.write_bytes(b"y" * 5000)
        credentials = credentials_of(rgw_workspace.credentials)
        async with connected(front.endpoint_url, credentials, ca_file=str(front.ca_file)) as connection:
            outcome = await ByteWork(connection.clients).run(
                put_unit(rgw_workspace, source, "up.bin"), Moved()
            )
        assert isinstance(outcome, Sent)
        assert [request.status for request in recording_proxy.of("PutObject")] == [400, 200]
        assert rgw_workspace.read("up.bin") == b"y" * 5000
    finally:
        front.stop()


@pytest.mark.parametrize("how", ["shrunk", "grown", "rewritten", "replaced"])
async def test_a_source_that_changes_while_it_is_sent_makes_no_mixture(
    connection: Connected,
    rgw_workspace: Workspace,
    recording_proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    how: str,
) -> None:
    source, hold = big_file(tmp_path, 8 * MIB), HoldBody(MIB)
    planned = source.read_bytes()
    recording_proxy.add(Rule(asking("PutObject"), hold))
    moved = Moved()
    sending = asyncio.ensure_future(
        ByteWork(connection.clients).run(put_unit(rgw_workspace, source, "up.bin"), moved)
    )
    await asyncio.to_thread(hold.reached.wait, 10)
    match how:
        case "shrunk":
            os.truncate(source, 100)
        case "grown":
            os.truncate(source, 9 * MIB)
        case "replaced":
            os.replace(big_file(tmp_path, 8 * MIB, 1, name="other"), source)
        case _:
            with source.open("r+b") as file:
                file.write(bytes(8 * MIB))
    hold.release.set()
    outcome = await sending
    if how in ("grown", "replaced"):
        # What was planned can still be read: the object is that or nothing, whatever is said.
        assert {rgw_workspace.read(name) for name in rgw_workspace.names()} <= {planned}
        assert isinstance(outcome, Sent) or (
            isinstance(outcome, Failed) and outcome.failure.code == "changed"
        )
        return
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == "changed"
    assert moved.total == 0
    assert rgw_workspace.names() == ()


async def test_the_demo_server_refuses_a_flipped_bit_as_well(tmp_path: Path) -> None:
    with DemoServer.start(scratch=False) as demo:
        proxy = RecordingProxy(demo.credentials.endpoint_url)
        try:
            proxy.add(Rule(asking("PutObject"), FlipRequest(10), times=1))
            source = os.fsencode(tmp_path / "file")
            (tmp_path / "file").write_bytes(b"y" * 5000)
            access = demo.credentials
            secret = credentials_of(access)
            async with connected(proxy.endpoint_url, secret, region=access.region) as connection:
                unit = PutFile(source, identify(source), access.bucket, access.prefix + "up.bin", {})
                assert isinstance(await ByteWork(connection.clients).run(unit, Moved()), Sent)
            assert [request.status for request in proxy.of("PutObject")] == [400, 200]
        finally:
            proxy.stop()
