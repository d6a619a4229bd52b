"""EODH: what its window shows and copies, and a workspace where uploads can neither be aborted nor listed."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui.model.credentials import Connection, Endpoint
from s3tui.model.location import S3Location
from s3tui.model.source import EodhSource
from tests.conftest import MakeFile
from tests.platforms.front import PART, Front, open_front, root_of
from tests.platforms.issuers import allow, bucket_with, camel, eodh_env, eodh_popup, policy_of
from tests.platforms.standin import Answered, StandIn
from tests.servers.proxy import RecordingProxy
from tests.servers.rgw import RgwServer
from tests.servers.rules import Hold, Rule
from tests.servers.sts import TemporaryCredentials, issue_under

WORKSPACE = "alice-space/"


@pytest.fixture(scope="module")
def space(rgw: RgwServer) -> TemporaryCredentials:
    """A workspace as EODH's policy grants it: no abort, no list of parts, and no slash in its condition."""
    bucket = f"workspaces-eodhp-{secrets.token_hex(4)}"
    objects = {f"{WORKSPACE}scene.tif": b"II*" * 500, "bob-space/private.tif": b"no"}
    bucket_with(rgw, bucket, objects)
    policy = policy_of(
        allow(("ListBucket",), bucket, StringLike={"s3:prefix": [f"{WORKSPACE.rstrip('/')}*"]}),
        allow(("GetObject", "PutObject", "DeleteObject"), f"{bucket}/{WORKSPACE}*"),
    )
    return issue_under(rgw, policy, bucket, WORKSPACE)


@pytest.fixture
def wire(space: TemporaryCredentials) -> Iterator[RecordingProxy]:
    """Gives a proxy in front of the storage."""
    proxy = RecordingProxy(space.endpoint_url)
    yield proxy
    proxy.stop()


async def test_window_copy_and_interface_lead_to_the_workspace(
    front: Front, space: TemporaryCredentials, service: StandIn, tmp_path: Path
) -> None:
    place = f"\naws s3 ls {space.url}\n"
    for text in (eodh_popup(space), eodh_env(space)):
        home = await front.paste(text + place, space.endpoint_url)
        assert str(home) == space.url
        assert await front.names(home) == ["scene.tif"]
    await front.client.delete((await front.round_trip(home, tmp_path),))
    assert await front.names(home) == ["scene.tif"]
    neighbour = await front.refused(front.names(S3Location(space.bucket, "bob-space/")))
    assert neighbour.sentence == f"Your credentials may not list s3://{space.bucket}/bob-space/."
    assert neighbour.next_step == f"They are good for {space.url}."
    above = await front.refused(front.names(S3Location(space.bucket, "")))
    assert above.code == "denied"
    assert not front.state.refused

    await front.client.disconnect()
    service.answer = lambda _: Answered(200, camel(space))
    source = EodhSource("alice-space", "api-token", service.url, bucket=space.bucket)
    found = await front.client.connect_from(source, Connection(Endpoint(space.endpoint_url)))
    assert str(root_of(found)) == space.url
    assert service.asked[0].path == "/api/workspaces/alice-space/me/s3-tokens"
    await front.until(lambda: front.state.renews)


async def test_an_upload_a_cancel_and_a_resume_are_normal_there(
    space: TemporaryCredentials, wire: RecordingProxy, tmp_path: Path, big_file: MakeFile, rgw: RgwServer
) -> None:
    path = big_file(tmp_path, PART * 3 + 1017)
    text = eodh_env(space) + f"\n{space.url}\n"
    async with open_front(tmp_path) as front:
        home = await front.paste(text, wire.endpoint_url)
        whole, dropped, resumed = (home.child(name) for name in ("whole.bin", "dropped.bin", "resumed.bin"))
        sent = await front.uploaded(path, whole)
        assert (sent.status, sent.failure) == ("succeeded", None)

        # Cancelled on the way: the leftover is named, in one sentence that is no alarm.
        hold = Hold()
        wire.add(Rule(lambda r: r.operation == "UploadPart" and (r.part_number or 0) > 1, hold))
        await front.copy(path, dropped)
        await wire.until(lambda: bool(wire.parts_stored(dropped.key)) and bool(hold.held))
        await front.client.control("cancel")
        await front.until(lambda: front.notices)
        assert [notice.serious for notice in front.notices] == [False]
        assert f"The unfinished upload of {dropped} stays on the server" in front.notices[0].text
        rows = (await front.client.transfers()).rows
        assert [(row.status, row.failure) for row in rows if row.destination == dropped] == [
            ("cancelled", None)
        ]
        hold.release()

        # Left in the middle: the next start goes on, although nobody may list the parts.
        wire.clear_rules()
        hold = Hold()
        wire.add(Rule(lambda r: r.operation == "UploadPart" and (r.part_number or 0) > 2, hold))
        await front.copy(path, resumed)
        await wire.until(lambda: sum(wire.parts_stored(resumed.key).values()) >= 2 and bool(hold.held))
    hold.release()
    wire.clear_rules()
    async with open_front(tmp_path) as front:
        assert front.ready is not None
        assert front.ready.unfinished is not None
        await front.paste(text, wire.endpoint_url)
        assert await front.client.take_up(True) == 1
        await front.until(lambda: front.done)
        assert front.snapshot is not None
        assert front.snapshot.summary.failed == 0
        got = await front.downloaded(resumed, tmp_path / "back.bin")
        assert (got.status, got.assurance) == ("succeeded", "verified")
        assert (tmp_path / "back.bin").read_bytes() == path.read_bytes()
        assert not [notice for notice in front.notices if notice.serious]
    assert len([r for r in wire.of("CreateMultipartUpload") if r.key == resumed.key]) == 1
    stored = wire.parts_stored(resumed.key)
    assert len(stored) == 4
    assert sum(stored.values()) <= 5, "at most the one that was on its way is sent again"
    owner = rgw.owner_client()
    left = [found["Key"] for found in owner.list_multipart_uploads(Bucket=space.bucket)["Uploads"]]
    owner.close()
    assert left == [dropped.key]
