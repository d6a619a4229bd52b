"""From a platform's answer to moved bytes: the engine connects, renews, asks, and says who we are."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui.demo.access import DemoAccess
from s3tui.demo.process import DemoServer
from s3tui.engine.client import RequestRefused
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.location import S3Location
from s3tui.model.source import EarthdataSource, HttpSource, ProfileSource, SynapseSource
from s3tui.storage.s3_identity import ask_sts
from tests.conftest import MakeFile
from tests.platforms.front import PART, Front
from tests.platforms.issuers import assumed_role, synapse_answer
from tests.platforms.standin import Answered, Asked, StandIn
from tests.servers.moto_server import MotoServer
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Hold, Rule


class Synapse(StandIn):
    """The platform: hands out the demo server's credentials, each time fresh ones."""

    def __init__(self, demo: DemoServer) -> None:
        self.demo = demo
        self.life = 900.0
        self.issued: list[DemoAccess] = []
        super().__init__(self._issue)

    def __enter__(self) -> "Synapse":
        """The server itself."""
        return self

    def _issue(self, asked: Asked) -> Answered:
        if asked.headers.get("authorization") != "Bearer personal-access-token":
            return Answered(401, {"reason": "Invalid access token"})
        access = self.demo.renew(self.life)
        self.issued.append(access)
        return Answered(200, synapse_answer(access))

    def source(self, *, write: bool = True) -> SynapseSource:
        """A folder on it."""
        return SynapseSource("syn12345678", "personal-access-token", write, self.url)


@pytest.fixture
def synapse(demo: DemoServer) -> Iterator[Synapse]:
    """Gives the platform."""
    with Synapse(demo) as server:
        yield server


@pytest.fixture
def wire(demo: DemoServer) -> Iterator[RecordingProxy]:
    """Gives a proxy in front of the storage."""
    proxy = RecordingProxy(demo.credentials.endpoint_url)
    yield proxy
    proxy.stop()


def at(url: str) -> Connection:
    """A connection whose place the source will name."""
    return Connection(Endpoint(url))


async def test_an_upload_outlives_its_credentials_because_they_renew_by_themselves(
    front: Front, synapse: Synapse, wire: RecordingProxy, tmp_path: Path, big_file: MakeFile
) -> None:
    synapse.life = 14.0
    path = big_file(tmp_path, PART * 6)
    hold = Hold()
    wire.add(Rule(lambda r: r.operation == "UploadPart" and (r.part_number or 0) > 3, hold))
    found = await front.client.connect_from(synapse.source(), at(wire.endpoint_url))
    assert found.workspace.prefix == synapse.issued[0].prefix
    await front.until(lambda: front.state.renews and front.state.expires_at)
    first = synapse.issued[0]
    home = S3Location(found.workspace.bucket or "", found.workspace.prefix)
    await front.copy(path, home.child("renewed.bin"))
    await wire.until(
        lambda: sum(wire.parts_stored(home.child("renewed.bin").key).values()) >= 2 and bool(hold.held)
    )
    ends = first.expiration.timestamp() if first.expiration else 0.0
    # What is held was signed with the first set: let that end.
    await front.until(lambda: len(synapse.issued) >= 2 and front.state.expires_at != ends)
    assert time.time() < ends, "renewed before the end"
    with pytest.raises(TimeoutError):
        await wire.until(lambda: time.time() > ends + 60, max(0.1, ends - time.time() + 1.0))
    hold.release()
    await front.until(lambda: front.done)
    assert front.snapshot is not None
    assert [row.failure for row in front.snapshot.rows if row.failure] == []
    assert (front.snapshot.summary.succeeded, front.snapshot.summary.failed) == (1, 0)
    assert len(wire.of("CreateMultipartUpload")) == 1
    assert (await front.client.inspect(home.child("renewed.bin"))).size == PART * 6
    renews = [state.renews for state in front.states]
    assert renews == sorted(renews), "said once, and never taken back"
    acls = {request.headers.get("x-amz-acl") for request in wire.of("CreateMultipartUpload")}
    assert acls == {"bucket-owner-full-control"}
    assert not front.notices


async def test_what_is_for_reading_only_is_not_changed(
    front: Front, synapse: Synapse, demo: DemoServer, tmp_path: Path
) -> None:
    found = await front.client.connect_from(synapse.source(write=False), at(demo.credentials.endpoint_url))
    assert found.workspace.read_only
    home = S3Location(found.workspace.bucket or "", found.workspace.prefix)
    assert [page async for page in front.client.list_folder(home)]
    (tmp_path / "one.txt").write_text("1")
    for work in (
        front.copy(tmp_path / "one.txt", home.child("one.txt")),
        front.client.delete((home.child("x"),)),
        front.client.make_folder(home.child("new", folder=True)),
        front.client.rename(home.child("x"), "y"),
    ):
        with pytest.raises(RequestRefused, match="for reading only"):
            await work


async def test_a_platform_that_stops_giving_is_told_and_the_old_set_is_used_on(
    front: Front, synapse: Synapse, demo: DemoServer
) -> None:
    synapse.life = 12.0
    found = await front.client.connect_from(synapse.source(), at(demo.credentials.endpoint_url))
    synapse.answer = lambda _: Answered(401, {"reason": "Token was revoked"})
    await front.until(lambda: front.notices and not front.state.renews)
    assert front.notices[0].serious
    assert "Synapse syn12345678 do not renew by themselves any more" in front.notices[0].text
    assert "Token was revoked" in front.notices[0].text
    home = S3Location(found.workspace.bucket or "", found.workspace.prefix)
    assert [page async for page in front.client.list_folder(home)]


async def test_a_refusal_at_the_beginning_changes_nothing(
    front: Front, synapse: Synapse, demo: DemoServer
) -> None:
    access = demo.renew(900)
    credentials = Credentials(
        access.access_key_id, access.secret_access_key, access.session_token, access.expiration
    )
    place = Connection(Endpoint(access.endpoint_url), Workspace(access.bucket, access.prefix))
    await front.client.connect(credentials, place)
    wrong = SynapseSource("syn1", "another-token", base_url=synapse.url)
    with pytest.raises(RequestRefused, match="Invalid access token"):
        await front.client.connect_from(wrong, at(access.endpoint_url))
    await front.until(lambda: front.state.label == credentials.label)
    assert not front.state.renews


async def test_a_paste_takes_the_place_of_a_source(front: Front, synapse: Synapse, demo: DemoServer) -> None:
    await front.client.connect_from(synapse.source(), at(demo.credentials.endpoint_url))
    await front.until(lambda: front.state.renews)
    access = demo.renew(900)
    await front.client.renew(
        Credentials(access.access_key_id, access.secret_access_key, access.session_token, access.expiration)
    )
    await front.until(lambda: not front.state.renews)


async def test_refused_keys_of_earthdata_are_explained_by_the_region(front: Front, demo: DemoServer) -> None:
    """The storage refuses as AWS does outside the region; the platform's answer was good."""
    access = demo.renew(900)
    answer = {
        "accessKeyId": access.access_key_id,
        "secretAccessKey": access.secret_access_key,
        "sessionToken": access.session_token,
        "expiration": str(access.expiration),
    }
    place = Connection(Endpoint(access.endpoint_url), Workspace(access.bucket, "not-yours/"))
    with StandIn(lambda _: Answered(200, answer)) as centre, pytest.raises(RequestRefused) as refused:
        await front.client.connect_from(EarthdataSource("token", centre.url), place)
    assert "only on machines inside AWS's region us-west-2" in refused.value.next_step


async def test_an_mfa_code_is_asked_of_the_user_and_leads_to_the_files(
    front: Front, demo: DemoServer, home: Path
) -> None:
    access = demo.renew(900)
    assert access.expiration is not None

    def sts(asked: Asked) -> Answered:
        if b"TokenCode=424242" not in asked.body:
            words = "MultiFactorAuthentication failed with invalid MFA one time pass code."
            return Answered(
                403,
                f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{words}</Message></Error></ErrorResponse>",
                {"Content-Type": "text/xml"},
            )
        return assumed_role(access)

    with StandIn(sts) as service:
        (home / ".aws").mkdir()
        config = home / ".aws" / "config"
        config.write_text(
            "[profile reef]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = base\n"
            "mfa_serial = arn:aws:iam::111122223333:mfa/alice\n"
            "[profile base]\naws_access_key_id = AKIABASE1234567890AB\naws_secret_access_key = base/secret\n"
        )
        source = ProfileSource("reef", {"AWS_ENDPOINT_URL_STS": service.url, "AWS_CONFIG_FILE": str(config)})
        place = Connection(Endpoint(access.endpoint_url), Workspace(access.bucket, access.prefix))
        with pytest.raises(RequestRefused, match="There was no answer"):
            await front.client.connect_from(source, place)
        front.reply = "000000"
        with pytest.raises(RequestRefused, match="MFA code for profile reef was not accepted"):
            await front.client.connect_from(source, place)
        front.reply = "424242"
        await front.client.connect_from(source, place)
    assert [question.text for question in front.questions] == [
        "MFA code of arn:aws:iam::111122223333:mfa/alice for profile reef"
    ] * 3
    await front.until(lambda: front.state.label)
    assert not front.state.renews, "nobody may be asked in the middle of the night"


async def test_who_we_are_is_read_from_a_refusal(front: Front, demo: DemoServer, synapse: Synapse) -> None:
    with pytest.raises(RequestRefused, match="not connected"):
        await front.client.who_am_i()
    await front.client.connect_from(synapse.source(), at(demo.credentials.endpoint_url))
    found = await front.client.who_am_i()
    assert (found.label, found.account, found.told_by) == (
        "reef-data-access as reef-researcher",
        "111122223333",
        "server",
    )


async def test_who_we_are_is_what_sts_says(moto: MotoServer) -> None:
    credentials = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
    found = await ask_sts(credentials, "us-east-1", url=moto.endpoint_url)
    assert found is not None
    assert found.told_by == "sts"
    assert found.account == "123456789012"
    assert found.label


async def test_a_silent_sts_does_not_keep_anybody_waiting(free_port: int) -> None:
    started = time.monotonic()
    found = await ask_sts(Credentials("A", "b"), "us-east-1", url=f"http://127.0.0.1:{free_port}", limit=1.0)
    assert found is None
    assert time.monotonic() - started < 3.0


def test_no_message_shows_a_secret() -> None:
    from s3tui.engine.messages import Answer, ConnectFrom

    sources = (
        SynapseSource("syn1", "hush-hush"),
        HttpSource("https://x/", "hush-hush"),
        ProfileSource("p", {"AWS_SECRET_ACCESS_KEY": "hush-hush"}),
    )
    for source in sources:
        assert "hush-hush" not in repr(ConnectFrom(1, source, Connection()))
    assert "424242" not in repr(Answer(1, 2, "424242"))
