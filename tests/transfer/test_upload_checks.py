"""What guards uploads: found out with the upload itself, remembered, given up where a server refuses it."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from s3tui.demo.access import DemoAccess, DemoOptions
from s3tui.demo.process import DemoServer
from s3tui.errors import NotFound
from s3tui.model.location import S3Location
from s3tui.model.transfer import Assurance
from s3tui.model.upload_check import MD5_ETAGS, SHA256, UNSIGNED, Standing
from s3tui.storage.upload_checks import FILE, UploadChecks
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.demo.wire import boto
from tests.faults.actions import Hangup, Reheaded
from tests.servers.moto_server import MotoServer
from tests.servers.proxy import TRIAL_BYTES, RecordingProxy
from tests.servers.rules import Action, Answer, Hold, Reply, Request, Rule, asking
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.holding import holding
from tests.transfer.rig import Rig, local, rig

SUM = "x-amz-checksum-crc64nvme"
HASH = "x-amz-content-sha256"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
SIZE = 13 * MIB + 77
CHECKED, IGNORED, REFUSED = Standing.CHECKED, Standing.IGNORED, Standing.REFUSED


@dataclass
class Place:
    """A server behind a recording proxy, and a key on it."""

    proxy: RecordingProxy
    access: Any
    bucket: str
    prefix: str
    client: Any
    checks: UploadChecks = field(default_factory=UploadChecks)

    def opened(self, state: Path) -> AbstractAsyncContextManager[Rig]:
        """A manager with what is known so far."""
        return rig(self.proxy.endpoint_url, credentials_of(self.access), state, checks=self.checks)

    def standing(self, name: str) -> Standing | None:
        """What is known."""
        return self.checks.of(self.proxy.endpoint_url).standing(name)

    def object(self, name: str) -> S3Location:
        """Where a file goes."""
        return S3Location(self.bucket, self.prefix + name)

    def read(self, name: str) -> bytes:
        """What arrived."""
        answer: bytes = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"].read()
        return answer

    def parts(self) -> list[Request]:
        """The parts that were sent, trials apart."""
        return [one for one in self.proxy.of("UploadPart") if _length(one) > TRIAL_BYTES]

    def trials(self) -> list[Request]:
        """The tiny parts that found something out."""
        return [one for one in self.proxy.of("UploadPart") if _length(one) <= TRIAL_BYTES]


def _length(request: Request) -> int:
    return int(request.headers.get("content-length", "0"))


def _real_part(request: Request) -> bool:
    return request.operation == "UploadPart" and _length(request) > TRIAL_BYTES


def _with_sum(request: Request) -> bool:
    return SUM in request.headers


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    """A demo server, which checks what Amazon checks."""
    with DemoServer.start(options=DemoOptions(rights="full", sample=False, scratch=False)) as server:
        yield server


@pytest.fixture
def amazon(demo: DemoServer, request: pytest.FixtureRequest) -> Iterator[Place]:
    """A server that verifies CRC64NVME."""
    access: DemoAccess = demo.credentials
    proxy = RecordingProxy(access.endpoint_url)
    own = f"{access.prefix}{abs(hash(request.node.name))}/"
    yield Place(proxy, access, access.bucket, own, boto(access))
    proxy.stop()


@pytest.fixture
def ceph(rgw_workspace: Workspace) -> Iterator[Place]:
    """A server that verifies the signed hash only."""
    proxy = RecordingProxy(rgw_workspace.server.endpoint_url)
    credentials = rgw_workspace.credentials
    yield Place(proxy, credentials, rgw_workspace.bucket, rgw_workspace.prefix, rgw_workspace.owner)
    proxy.stop()


async def _copy(place: Place, built: Rig, source: Path) -> Assurance | None:
    await built.copy(local(source), place.object(source.name))
    summary = await built.until_done()
    assert not summary.failed, [row.failure for row in built.rows()]
    assert place.read(source.name) == source.read_bytes()
    found = next(row for row in built.rows() if row.source == local(source))
    return found.assurance


async def test_amazon_is_seen_to_check_and_gets_sums_in_place_of_signed_hashes(
    amazon: Place, big_file: MakeFile, tmp_path: Path
) -> None:
    async with amazon.opened(tmp_path / "state") as built:
        assert await _copy(amazon, built, big_file(tmp_path, SIZE, name="one.nc")) is Assurance.VERIFIED
        assert (amazon.standing("crc64nvme"), amazon.standing(UNSIGNED)) == (CHECKED, IGNORED)
        trials = len(amazon.trials())
        assert [trial.status for trial in amazon.trials()][-2:] == [400, 200]
        assert {(part.headers[HASH], SUM in part.headers) for part in amazon.parts()} == {
            (UNSIGNED_PAYLOAD, True)
        }
        (completed,) = amazon.proxy.of("CompleteMultipartUpload")
        head = amazon.client.head_object(
            Bucket=amazon.bucket, Key=amazon.prefix + "one.nc", ChecksumMode="ENABLED"
        )
        assert completed.headers[SUM] == head["ChecksumCRC64NVME"]

        assert await _copy(amazon, built, big_file(tmp_path, SIZE, name="two.nc")) is Assurance.VERIFIED
        assert len(amazon.trials()) == trials
        assert await _copy(amazon, built, big_file(tmp_path, 70_000, name="small")) is Assurance.VERIFIED
        (put,) = amazon.proxy.of("PutObject")
        assert (put.headers[HASH], SUM in put.headers) == (UNSIGNED_PAYLOAD, True)


async def test_ceph_is_seen_to_check_signed_hashes_only(
    ceph: Place, big_file: MakeFile, tmp_path: Path
) -> None:
    async with ceph.opened(tmp_path / "state") as built:
        for name in ("one", "two", "three"):
            assert await _copy(ceph, built, big_file(tmp_path, SIZE, name=name)) is Assurance.VERIFIED
        assert (ceph.standing("crc64nvme"), ceph.standing(SHA256)) == (IGNORED, CHECKED)
        assert ceph.standing("crc32c") is IGNORED
        assert UNSIGNED_PAYLOAD not in {part.headers[HASH] for part in ceph.parts()}
        last = [part for part in ceph.parts() if part.key.endswith("three")]
        assert not any(_with_sum(part) for part in last)
        assert not [part for part in ceph.trials() if part.key.endswith("three")]


async def test_nothing_is_claimed_of_a_server_that_checks_nothing_but_what_was_compared(
    moto: MotoServer, big_file: MakeFile, tmp_path: Path
) -> None:
    client = moto.client()
    client.create_bucket(Bucket="plain")
    proxy = RecordingProxy(moto.endpoint_url)
    place = Place(proxy, _Anybody(), "plain", "", client)
    try:
        async with place.opened(tmp_path / "state") as built:
            assert await _copy(place, built, big_file(tmp_path, SIZE, name="one")) is Assurance.VERIFIED
            assert (place.standing(SHA256), place.standing(MD5_ETAGS)) == (IGNORED, CHECKED)
            assert UNSIGNED_PAYLOAD in {part.headers[HASH] for part in place.parts()}
            # Bytes that change on the way are seen by nobody but us.
            proxy.add(Rule(_real_part, Flip(), times=1))
            assert await _copy(place, built, big_file(tmp_path, SIZE, name="two")) is Assurance.VERIFIED
    finally:
        proxy.stop()


async def test_opaque_etags_of_a_server_that_checks_nothing_mean_size_only(
    moto: MotoServer, big_file: MakeFile, tmp_path: Path
) -> None:
    client = moto.client()
    client.create_bucket(Bucket="opaque")
    proxy = RecordingProxy(moto.endpoint_url)
    place = Place(proxy, _Anybody(), "opaque", "", client)
    secret = {"x-amz-server-side-encryption": "aws:kms"}
    proxy.add(Rule(lambda request: request.verb in ("PUT", "HEAD"), Reheaded(secret)))
    try:
        async with place.opened(tmp_path / "state") as built:
            assert await _copy(place, built, big_file(tmp_path, SIZE, name="one")) is Assurance.SIZE_ONLY
            assert await _copy(place, built, big_file(tmp_path, 9000, name="two")) is Assurance.SIZE_ONLY
    finally:
        proxy.stop()


class _Anybody:
    access_key_id = "AKIAANYBODY"
    secret_access_key = "anything"
    session_token = None
    expiration = None


class Flip(Action):
    """Changes one bit of a body on its way up."""

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        return bytes([block[0] ^ 1]) + block[1:] if offset == 0 else block


@pytest.mark.parametrize("where", ["amazon", "ceph"])
@pytest.mark.parametrize("size", [SIZE, 300_000])
async def test_bytes_that_are_damaged_on_their_way_are_sent_again(
    where: str, size: int, request: pytest.FixtureRequest, big_file: MakeFile, tmp_path: Path
) -> None:
    place: Place = request.getfixturevalue(where)
    async with place.opened(tmp_path / "state") as built:
        await _copy(place, built, big_file(tmp_path, SIZE, name="first"))
        place.proxy.add(Rule(lambda one: _real_part(one) or one.operation == "PutObject", Flip(), times=2))
        assert await _copy(place, built, big_file(tmp_path, size, name="second")) is Assurance.VERIFIED
    refused = [one for one in (*place.parts(), *place.proxy.of("PutObject")) if one.status == 400]
    assert len(refused) == 2


async def test_no_verdict_comes_of_trouble_and_everything_is_guarded_meanwhile(
    ceph: Place, big_file: MakeFile, tmp_path: Path
) -> None:
    ceph.proxy.add(Rule(asking("UploadPart"), Hangup(), times=1))
    async with ceph.opened(tmp_path / "state") as built:
        assert await _copy(ceph, built, big_file(tmp_path, SIZE, name="one")) is Assurance.VERIFIED
    assert (ceph.standing("crc64nvme"), ceph.standing(SHA256)) == (None, None)
    assert UNSIGNED_PAYLOAD not in {part.headers[HASH] for part in ceph.parts()}


@pytest.mark.parametrize("where", ["amazon", "ceph"])
@pytest.mark.parametrize(("faulty", "size"), [("parts", 6 * MIB), ("everything", SIZE)])
async def test_a_part_is_not_asked_for_more_than_five_times_trials_included(
    where: str, size: int, faulty: str, request: pytest.FixtureRequest, big_file: MakeFile, tmp_path: Path
) -> None:
    place: Place = request.getfixturevalue(where)
    place.proxy.add(Rule(_real_part if faulty == "parts" else asking("UploadPart"), Hangup()))
    async with place.opened(tmp_path / "state") as built:
        with contextlib.suppress(NotFound):
            # Where the bucket lies is known from the connecting, as a rule.
            await built.store.head(place.object("nothing"), wait=True)
        await built.copy(local(big_file(tmp_path, size, name="one")), place.object("one"))
        assert (await built.until_done()).failed == 1
    asked = Counter(one.part_number for one in place.proxy.of("UploadPart"))
    assert max(asked.values()) == 5
    tried = Counter(one.part_number for one in place.trials())
    assert len(place.trials()) == 1 if faulty == "everything" else max(tried.values()) <= 2


def _refusal(code: str, status: int = 400) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return Answer(status, body, (("Content-Type", "application/xml"),))


async def test_a_server_that_knows_no_checksums_gets_uploads_without(
    ceph: Place, big_file: MakeFile, tmp_path: Path
) -> None:
    announced = "x-amz-checksum-algorithm"
    knows_not = Rule(lambda request: announced in request.headers, Reply(_refusal("NotImplemented", 501)))
    ceph.proxy.add(knows_not)
    async with ceph.opened(tmp_path / "state") as built:
        assert await _copy(ceph, built, big_file(tmp_path, SIZE, name="one")) is Assurance.VERIFIED
    assert (ceph.standing("crc64nvme"), ceph.standing(SHA256)) == (REFUSED, CHECKED)


async def test_a_cheap_way_that_ends_in_mid_transfer_is_left_and_remembered(
    amazon: Place, big_file: MakeFile, tmp_path: Path
) -> None:
    async with amazon.opened(tmp_path / "state") as built:
        await _copy(amazon, built, big_file(tmp_path, SIZE, name="before"))
        rule = Rule(
            lambda request: request.headers.get(HASH) == UNSIGNED_PAYLOAD, Reply(_refusal("InvalidRequest"))
        )
        amazon.proxy.add(rule)
        assert await _copy(amazon, built, big_file(tmp_path, SIZE, name="one")) is Assurance.VERIFIED
        assert (amazon.standing(UNSIGNED), amazon.standing("crc64nvme")) == (REFUSED, CHECKED)
        amazon.proxy.add(Rule(_with_sum, Reply(_refusal("NotImplemented", 501))))
        assert await _copy(amazon, built, big_file(tmp_path, SIZE, name="two")) is Assurance.VERIFIED
        assert await _copy(amazon, built, big_file(tmp_path, 40_000, name="small")) is Assurance.VERIFIED
        assert amazon.standing("crc64nvme") is REFUSED


async def test_an_upload_with_sums_is_gone_on_with_by_an_engine_that_knows_nothing(
    amazon: Place, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, SIZE, name="long.nc")
    third = Rule(lambda request: _real_part(request) and request.part_number == 3, Hold())
    async with amazon.opened(tmp_path / "state") as built:
        with holding(amazon.proxy, third):
            await built.copy(local(source), amazon.object(source.name))
            await built.until(lambda summary: summary.bytes_safe == 10 * MIB)
            await built.manager.stop()
    amazon.checks = UploadChecks()
    async with amazon.opened(tmp_path / "state") as built:
        assert built.unfinished is not None
        with contextlib.suppress(NotFound):
            # Where the bucket lies is known from the connecting, as a rule.
            await built.store.head(amazon.object("nothing"), wait=True)
        await built.manager.take_up(True)
        assert (await built.until_done()).succeeded == 1
        assert built.rows()[0].assurance is Assurance.VERIFIED
    assert set(amazon.proxy.parts_stored(amazon.prefix + source.name).values()) == {1}
    assert all(_with_sum(part) for part in amazon.parts())
    assert amazon.read(source.name) == source.read_bytes()


async def test_what_is_known_outlives_an_engine_and_any_damage_of_its_file(tmp_path: Path) -> None:
    day, now = 24 * 3600.0, 1e9
    first = UploadChecks(tmp_path, lambda: now)
    await first.load()
    first.of("http://Host:1").note({"crc64nvme": CHECKED})
    await first.close()
    other = UploadChecks(tmp_path, lambda: now + 1)
    other.of("https://host:1").note({SHA256: CHECKED})
    await other.close()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600

    for later, standing in ((29 * day, CHECKED), (31 * day, None)):
        again = UploadChecks(tmp_path, lambda later=later: now + later)  # type: ignore[misc]
        await again.load()
        assert again.of("http://host:1/").standing("crc64nvme") is standing
        assert again.of("https://host:1").standing("crc64nvme") is None
        assert again.of("https://host:1").standing(SHA256) is standing

    for contents in (b"{", b'{"format":2,"endpoints":{}}', b"\xff" * 100, b"[]"):
        (tmp_path / FILE).write_bytes(contents)
        damaged = UploadChecks(tmp_path)
        await damaged.load()
        assert damaged.of("http://host:1").standing("crc64nvme") is None
    nowhere = UploadChecks(tmp_path / FILE / "below")
    await nowhere.load()
    nowhere.of("http://host:1").note({SHA256: CHECKED})
    await nowhere.close()
    assert nowhere.of("http://host:1").standing(SHA256) is CHECKED
