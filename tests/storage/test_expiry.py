"""Credentials that end while work goes on, on a server that says the same of expiry and denial."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from s3tui.demo.process import DemoServer
from s3tui.errors import AccessDenied, CredentialsExpired, CredentialsRefused, ServerFault
from s3tui.model.credentials import Connection, Endpoint
from s3tui.model.credentials import Workspace as Home
from s3tui.model.location import S3Location
from s3tui.model.work import Failed, FetchFile, PutFile, SendPart, Sent
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.source_file import identify
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Answer, Reply, Rule, asking
from tests.servers.sts import TemporaryCredentials
from tests.servers.workspace import FOREIGN_PREFIX, Workspace
from tests.storage.connect import Connected, connected, credentials_of


def nothing(_: int) -> None:
    """Progress that nobody looks at."""


def home_of(workspace: Workspace) -> Home:
    """The workspace as a connection knows it."""
    return Home(workspace.bucket, workspace.prefix)


async def until_refused(issued: TemporaryCredentials) -> None:
    """Return when the server itself no longer takes these credentials."""
    async with connected(issued.endpoint_url, credentials_of(issued, with_expiry=False)) as probe:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                await anext(probe.store.list_pages(S3Location(issued.bucket, issued.prefix)))
            except AccessDenied:
                return
            await asyncio.sleep(0.2)
    raise AssertionError("the server still takes the expired credentials")


async def until_waiting(connection: Connected, count: int) -> None:
    """Return when this many requests wait for new credentials."""
    async with asyncio.timeout(15):
        while connection.live.waiters < count:  # noqa: ASYNC110 - a count has no event
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("with_expiry", [True, False], ids=["expiry known", "expiry unknown"])
async def test_an_upload_is_held_at_expiry_and_goes_on_with_the_next_credentials(
    rgw_workspace: Workspace, big_file: MakeFile, tmp_path: Path, with_expiry: bool
) -> None:
    source = big_file(tmp_path, 10 * 1024**2 + 17)
    raw, place = os.fsencode(source), S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.bin")
    first = rgw_workspace.issue(8 if with_expiry else 3)
    url = rgw_workspace.server.endpoint_url
    async with connected(
        url, credentials_of(first, with_expiry=with_expiry), home=home_of(rgw_workspace)
    ) as connection:
        work = ByteWork(connection.clients, home_of(rgw_workspace))
        upload_id = await connection.store.create_multipart_upload(place, {})
        cuts = (0, 5 * 1024**2, 10 * 1024**2, 10 * 1024**2 + 17)
        parts = [
            SendPart(raw, identify(raw), place.bucket, place.key, upload_id, number, start, end - start)
            for number, (start, end) in enumerate(pairwise(cuts), 1)
        ]
        sent = [await work.run(parts[0], nothing)]
        await until_refused(first)
        held = [asyncio.ensure_future(work.run(part, nothing)) for part in parts[1:]]
        await until_waiting(connection, 2)
        assert connection.live.held
        with pytest.raises(CredentialsExpired):
            await connection.store.head(place)
        connection.live.put(credentials_of(rgw_workspace.issue(3600)))
        sent += await asyncio.gather(*held)
        etags = tuple(
            (number, outcome.etag) for number, outcome in enumerate(sent, 1) if isinstance(outcome, Sent)
        )
        assert len(etags) == 3
        await connection.store.complete_multipart_upload(place, upload_id, etags)
    assert rgw_workspace.read("big.bin") == source.read_bytes()


async def test_denied_is_not_mistaken_for_expired(rgw_workspace: Workspace, tmp_path: Path) -> None:
    """The very same answer: with the home prefix open it means that this key is somebody else's."""
    url = rgw_workspace.server.endpoint_url
    issued = credentials_of(rgw_workspace.credentials, with_expiry=False)
    async with connected(url, issued, home=home_of(rgw_workspace)) as connection:
        work = ByteWork(connection.clients, home_of(rgw_workspace))
        unit = FetchFile(rgw_workspace.bucket, FOREIGN_PREFIX + "secret.txt", os.fsencode(tmp_path / "p"), 13)
        outcomes = await asyncio.gather(*(work.run(unit, nothing) for _ in range(5)))
        for outcome in outcomes:
            assert isinstance(outcome, Failed)
            assert outcome.failure.code == "denied"
            assert "read" in outcome.failure.sentence
        with pytest.raises(AccessDenied):
            await connection.store.head(S3Location(rgw_workspace.bucket, FOREIGN_PREFIX + "secret.txt"))
        assert not connection.live.held


async def test_denials_at_the_same_time_cost_one_probe(
    rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    issued = credentials_of(rgw_workspace.credentials, with_expiry=False)
    foreign = S3Location(rgw_workspace.bucket, FOREIGN_PREFIX)
    async with connected(recording_proxy.endpoint_url, issued, home=home_of(rgw_workspace)) as connection:
        heads = (connection.store.head(foreign.child("secret.txt")) for _ in range(3))
        denied = await asyncio.gather(*heads, return_exceptions=True)
        assert all(isinstance(error, AccessDenied) for error in denied)
    assert recording_proxy.operations() == {"HeadObject": 3, "GetObject": 3, "ListObjectsV2": 1}


async def test_a_denial_a_moment_ago_does_not_speak_for_credentials_that_end_now(
    rgw_workspace: Workspace, tmp_path: Path
) -> None:
    issued = rgw_workspace.issue(4)
    source = tmp_path / "late.bin"
    source.write_bytes(b"late")
    raw, home = os.fsencode(source), home_of(rgw_workspace)
    unit = PutFile(raw, identify(raw), rgw_workspace.bucket, rgw_workspace.prefix + "late.bin", {})
    async with connected(issued.endpoint_url, credentials_of(issued, with_expiry=False), home=home) as found:
        with pytest.raises(AccessDenied):
            await found.store.head(S3Location(rgw_workspace.bucket, FOREIGN_PREFIX + "secret.txt"))
        await until_refused(issued)
        putting = asyncio.create_task(ByteWork(found.clients, home).run(unit, nothing))
        await until_waiting(found, 1)
        found.live.put(credentials_of(rgw_workspace.issue(900)))
        assert isinstance(await putting, Sent)


async def test_a_refused_first_connection_is_no_expiry(rgw_workspace: Workspace) -> None:
    """Nothing has worked yet, so nothing can have ended."""
    url = rgw_workspace.server.endpoint_url
    issued = credentials_of(rgw_workspace.credentials, with_expiry=False)
    foreign = Connection(Endpoint(url), Home(rgw_workspace.bucket, FOREIGN_PREFIX))
    async with connected(url, issued) as connection:
        with pytest.raises(AccessDenied, match="may not list"):
            await connection.store.check_access(foreign)
        assert not connection.live.held


async def test_a_wrong_secret_and_an_unknown_key_are_told_apart(rgw_workspace: Workspace) -> None:
    url = rgw_workspace.server.endpoint_url
    place = Connection(Endpoint(url), home_of(rgw_workspace))
    good = credentials_of(rgw_workspace.credentials)
    async with connected(url, replace(good, secret_access_key="x" * 39)) as connection:
        with pytest.raises(CredentialsRefused, match="secret does not fit"):
            await connection.store.check_access(place)
    async with connected(url, replace(good, session_token="bm90IGEgdG9rZW4=")) as connection:
        with pytest.raises((CredentialsRefused, AccessDenied)) as refused:
            await connection.store.check_access(place)
        assert "bm90IGEgdG9rZW4=" not in refused.value.sentence + refused.value.detail


async def test_the_amazon_wording_holds_too_and_the_demo_goes_on_after_a_new_paste(tmp_path: Path) -> None:
    source = tmp_path / "file"
    source.write_bytes(b"payload")
    with DemoServer.start(lifetime_seconds=600, scratch=False) as demo:
        access = demo.credentials
        home = Home(access.bucket, access.prefix)
        issued = credentials_of(access, with_expiry=False)
        async with connected(access.endpoint_url, issued, home=home) as connection:
            await connection.store.check_access(Connection(Endpoint(access.endpoint_url), home))
            short = demo.renew(0.2)
            connection.live.put(credentials_of(short, with_expiry=False))
            await asyncio.to_thread(_wait_until, short.expiration)
            with pytest.raises(CredentialsExpired) as expired:
                await anext(connection.store.list_pages(S3Location(access.bucket, access.prefix)))
            assert "400 ExpiredToken" in expired.value.detail
            assert short.session_token is not None
            assert short.session_token not in expired.value.detail
            work, raw = ByteWork(connection.clients, home), os.fsencode(source)
            unit = PutFile(raw, identify(raw), access.bucket, access.prefix + "up.bin", {})
            held = asyncio.ensure_future(work.run(unit, nothing))
            await until_waiting(connection, 1)
            connection.live.put(credentials_of(demo.renew(60)))
            assert isinstance(await held, Sent)


def _wait_until(moment: datetime | None) -> None:
    assert moment is not None
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()) + 0.3)


async def test_the_answer_to_an_expired_head_has_no_code_and_is_understood(
    rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    """Amazon answers HEAD with a bare 400; the probe in words that say why."""
    recording_proxy.add(Rule(asking("HeadObject"), Reply(Answer(400))))
    recording_proxy.add(Rule(asking("GetObject"), Reply(Answer(400))))
    token = b"<Error><Code>ExpiredToken</Code><Token-0>SECRET</Token-0></Error>"
    recording_proxy.add(Rule(asking("ListObjectsV2"), Reply(Answer(400, token))))
    recording_proxy.add(Rule(asking("HeadBucket"), Reply(Answer(400))))
    issued = credentials_of(rgw_workspace.credentials, with_expiry=False)
    async with connected(recording_proxy.endpoint_url, issued, home=home_of(rgw_workspace)) as connection:
        with pytest.raises(CredentialsExpired) as expired:
            await connection.store.head(S3Location(rgw_workspace.bucket, "k"))
        assert "SECRET" not in repr(expired.value) + expired.value.detail
        assert connection.live.refused


async def test_a_clock_that_is_wrong_is_told_in_minutes(
    rgw_workspace: Workspace, recording_proxy: RecordingProxy
) -> None:
    server = datetime.now(UTC) - timedelta(minutes=21)
    date = server.strftime("%a, %d %b %Y %H:%M:%S GMT")
    skewed = Answer(403, b"<Error><Code>RequestTimeTooSkewed</Code></Error>", (("Date", date),))
    recording_proxy.add(Rule(asking("ListObjectsV2"), Reply(skewed)))
    async with connected(
        recording_proxy.endpoint_url, credentials_of(rgw_workspace.credentials)
    ) as connection:
        with pytest.raises(ServerFault, match="clock is 21 min fast"):
            await anext(connection.store.list_pages(S3Location(rgw_workspace.bucket)))
        assert not connection.live.refused
