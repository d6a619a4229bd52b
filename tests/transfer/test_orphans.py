"""Replies that never come: nothing is made twice, nothing is left behind, and nothing foreign is touched."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.model.credentials import Credentials
from s3tui.model.location import S3Location
from s3tui.transfer import aborts
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Answer, LoseReply, Request, Rule, asking
from tests.servers.workspace import Workspace
from tests.transfer.rig import Rig, local, rig


def owner_of(workspace: Workspace) -> Credentials:
    """Credentials that may list uploads, which platforms seldom grant."""
    return Credentials(workspace.server.access_key_id, workspace.server.secret_access_key)


@pytest.fixture
async def listing(rgw_workspace: Workspace, proxy: RecordingProxy, tmp_path: Path) -> AsyncIterator[Rig]:
    """A manager whose credentials may list uploads."""
    async with rig(proxy.endpoint_url, owner_of(rgw_workspace), tmp_path / "state") as built:
        yield built


class LoseReplyForGood(LoseReply):
    """Lets the first request be done and loses its reply; answers every later one with a server's fault."""

    def __init__(self) -> None:
        object.__setattr__(self, "reset", True)

    async def before_request(self, request: Request) -> Answer | None:
        return None if request.attempt == 1 else Answer(500)


@pytest.mark.parametrize("operation", ["CreateMultipartUpload", "CompleteMultipartUpload"])
async def test_a_lost_reply_leaves_one_object_and_no_upload(
    rgw_workspace: Workspace,
    listing: Rig,
    proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    operation: str,
) -> None:
    source = big_file(tmp_path, 11 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    foreign = rgw_workspace.owner.create_multipart_upload(Bucket=place.bucket, Key=place.key + "-other")
    proxy.add(Rule(asking(operation), LoseReply(), times=1))
    await listing.copy(local(source), place)
    assert (await listing.until_done()).succeeded == 1
    assert rgw_workspace.read("big.nc") == source.read_bytes()
    assert [upload_id for _, upload_id in rgw_workspace.open_uploads()] == [foreign["UploadId"]]
    assert set(proxy.parts_stored(place.key).values()) == {1}


async def test_a_lost_abort_is_made_again(
    rgw_workspace: Workspace, listing: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 11 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    proxy.add(Rule(asking("AbortMultipartUpload"), LoseReply(), times=1))
    proxy.add(Rule(asking("UploadPart"), _Denied()))
    await listing.copy(local(source), place)
    assert (await listing.until_done()).failed == 1
    listing.manager.control("clear")
    await proxy.until(lambda: len(proxy.of("AbortMultipartUpload")) == 2)
    assert rgw_workspace.open_uploads() == ()


async def test_an_upload_whose_id_never_came_is_found_and_aborted(
    rgw_workspace: Workspace,
    listing: Rig,
    proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aborts, "ON_ITS_WAY", 0.0)
    source = big_file(tmp_path, 11 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    proxy.add(Rule(asking("CreateMultipartUpload"), LoseReplyForGood()))
    await listing.copy(local(source), place)
    assert (await listing.until_done()).failed == 1
    assert len(proxy.of("CreateMultipartUpload")) == 5
    await proxy.until(lambda: bool(proxy.of("AbortMultipartUpload")))
    await proxy.until(lambda: any(ask.succeeded() for ask in proxy.of("AbortMultipartUpload")))
    assert rgw_workspace.open_uploads() == ()


async def test_an_upload_created_just_before_a_kill_is_aborted_at_the_next_start(
    rgw_workspace: Workspace,
    proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = big_file(tmp_path, 11 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    credentials = owner_of(rgw_workspace)
    lost = proxy.add(Rule(asking("CreateMultipartUpload"), _Mute()))
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        await built.copy(local(source), place)
        await proxy.until(lambda: bool(rgw_workspace.open_uploads()))
        # As after SIGKILL: what is in the journal by now is all that is known.
        monkeypatch.setattr(built.manager._runner._endings, "look_for", lambda _: None)
    lost.times = 0
    ((_, orphan),) = rgw_workspace.open_uploads()
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        assert built.unfinished is not None
        await proxy.until(lambda: any(ask.upload_id == orphan for ask in proxy.of("AbortMultipartUpload")))
        await built.manager.take_up(True)
        assert (await built.until_done()).succeeded == 1
    assert rgw_workspace.open_uploads() == ()
    assert rgw_workspace.read("big.nc") == source.read_bytes()


async def test_what_cannot_be_listed_is_said(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 11 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    proxy.add(Rule(asking("CreateMultipartUpload"), LoseReplyForGood()))
    await through.copy(local(source), place)
    await through.until_done()
    await proxy.until(lambda: any(ask.finished for ask in proxy.of("ListMultipartUploads")))
    await through.manager._aborts.settled()
    assert f"{place} may be left on the server" in through.notices[0]


async def test_a_lost_reply_that_is_made_good_is_said_once_where_nothing_can_be_listed(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    source = tmp_path / "source"
    source.mkdir()
    for name in ("one.nc", "two.nc"):
        big_file(source, 7 * MIB, name=name)
    proxy.add(
        Rule(lambda ask: ask.operation == "CreateMultipartUpload" and ask.attempt == 1, LoseReply(), times=2)
    )
    await through.copy(local(source), place)
    assert (await through.until_done()).succeeded == 2
    assert len(proxy.of("CreateMultipartUpload")) == 4
    await through.manager._aborts.settled()
    (notice,) = through.notices
    assert "may be left on the server: an answer was lost" in notice
    assert len(rgw_workspace.open_uploads()) == 2


class _Mute(LoseReply):
    """Lets the server do its work and says nothing for long."""

    async def before_reply(self, request: Request) -> None:
        await asyncio.sleep(60)


class _Denied(LoseReply):
    """Refuses for good."""

    async def before_request(self, request: Request) -> Answer | None:
        return Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
