"""Every wording through a real connection: a server that answers byte for byte, and all that comes of it."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from s3tui.errors import StorageError
from s3tui.model.credentials import Credentials, Workspace
from s3tui.model.failure import Failure
from s3tui.model.location import S3Location
from s3tui.model.work import Failed, FetchFile, PutFile
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.limits import Limits
from s3tui.storage.source_file import identify
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Answer, Reply, Request, Rule
from tests.storage.connect import Connected, connected
from tests.storage.wordings import HOST, SECRET, TOKEN, Wording, wordings

ALL = wordings()
ONCE = Limits(connect=2.0, answer=5.0, browse_answer=5.0, attempts=1)


@pytest.fixture
def canned() -> Iterator[RecordingProxy]:
    """A server of nothing but rules; what no rule answers fails."""
    server = RecordingProxy("http://127.0.0.1:9")
    yield server
    server.stop()


def credentials_for(wording: Wording) -> Credentials:
    """What a researcher pasted who gets this answer."""
    return Credentials(wording.key_id, SECRET, TOKEN if wording.token else None)


async def ask(connection: Connected, wording: Wording, folder: Path) -> tuple[Failure, ...]:
    """Do what the wording refuses, by every way the program has, and return what was said."""
    store, place = connection.store, wording.place
    said = list[Failure]()

    async def refused(request: Coroutine[Any, Any, object]) -> None:
        with pytest.raises(StorageError) as error:
            await request
        said.append(Failure.of(error.value))

    async def listing() -> None:
        async for _ in store.list_pages(place):
            pass

    if wording.operation == "list":
        await refused(listing())
    elif wording.operation == "read":
        await refused(store.head(place))
        if wording.status >= 300:
            unit = FetchFile(place.bucket, place.key, os.fsencode(folder / "part"), 5)
            said.append(await outcome(connection, unit))
    elif wording.operation == "write":
        source = folder / "source"
        source.write_bytes(b"12345")
        raw = os.fsencode(source)
        await refused(store.create_multipart_upload(place, {}, wait=False))
        said.append(await outcome(connection, PutFile(raw, identify(raw), place.bucket, place.key, {})))
    elif wording.operation == "delete":
        await refused(store.delete_objects(place.bucket, (place.key,)))
    else:
        await refused(store.complete_multipart_upload(place, "upload", ((1, "etag"),)))
    return tuple(said)


async def outcome(connection: Connected, unit: FetchFile | PutFile) -> Failure:
    """The failure of a unit of work; one that waits for credentials instead counts as expired."""
    running = asyncio.ensure_future(ByteWork(connection.clients).run(unit, lambda _: None))
    try:
        async with asyncio.timeout(10):
            while not running.done() and not connection.live.waiters:  # noqa: ASYNC110 - neither has an event
                await asyncio.sleep(0.005)
        if not running.done():
            return Failure("expired", "waits")
        result = await running
        assert isinstance(result, Failed)
        return result.failure
    finally:
        running.cancel()


@pytest.mark.parametrize("wording", ALL, ids=str)
async def test_every_wording_reaches_the_user_as_its_sentence(
    canned: RecordingProxy, wording: Wording, tmp_path: Path
) -> None:
    host = canned.endpoint_url.partition("://")[2]
    bare_host = host.partition(":")[0]
    headers = tuple((name, value.replace(HOST, bare_host)) for name, value in wording.headers.items())
    body = wording.body.replace(HOST.encode(), bare_host.encode())
    canned.add(Rule(lambda _: True, Reply(Answer(wording.status, body, headers))))
    async with connected(canned.endpoint_url, credentials_for(wording), limits=ONCE) as connection:
        said = await ask(connection, wording, tmp_path)
    assert said
    for failure in said:
        assert failure.code == wording.code
        if failure.sentence != "waits":
            assert failure.sentence.replace(host, bare_host) == wording.sentence.replace(HOST, bare_host)
        for text in (failure.sentence, failure.next_step, failure.detail):
            assert TOKEN[:24] not in text
            assert SECRET not in text
            assert "0123456789abcdef" not in text


class OnlyGetSays(Action):
    """Answers HEAD with a bare status, and GET with the reason, as every S3 server does."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording

    async def before_request(self, request: Request) -> Answer | None:
        told = self.wording
        if request.verb == "HEAD":
            return Answer(told.status, b"", (("x-amz-request-id", "HEAD1"),))
        return Answer(told.status, told.body, tuple(told.headers.items()))


@pytest.mark.parametrize(
    "name", ["aws-archived", "aws-sse-c", "aws-kms", "aws-told-bucket", "aws-refresh", "proxy-json-reason"]
)
async def test_a_head_is_asked_again_for_its_reason(canned: RecordingProxy, name: str) -> None:
    wording = next(found for found in ALL if found.id == name)
    canned.add(Rule(lambda _: True, OnlyGetSays(wording)))
    async with connected(canned.endpoint_url, credentials_for(wording), limits=ONCE) as connection:
        with pytest.raises(StorageError) as refused:
            await connection.store.head(wording.place)
    assert refused.value.sentence == wording.sentence
    again = canned.of("GetObject")
    assert [request.headers["range"] for request in again] == ["bytes=0-0"]


async def test_a_server_that_refuses_head_alone_is_read_all_the_same(canned: RecordingProxy) -> None:
    class GetsOnly(Action):
        async def before_request(self, request: Request) -> Answer | None:
            if request.verb == "HEAD":
                return Answer(403)
            return Answer(206, b"x", (("ETag", '"e"'), ("Content-Range", "bytes 0-0/12345")))

    canned.add(Rule(lambda _: True, GetsOnly()))
    credentials = credentials_for(ALL[0])
    async with connected(canned.endpoint_url, credentials, limits=ONCE) as connection:
        info = await connection.store.head(S3Location("reef", "a.nc"))
    assert (info.size, info.etag) == (12345, "e")


async def test_a_missing_object_costs_one_question(canned: RecordingProxy) -> None:
    canned.add(Rule(lambda _: True, Reply(Answer(404, b"", (("x-amz-request-id", "R"),)))))
    async with connected(canned.endpoint_url, credentials_for(ALL[0]), limits=ONCE) as connection:
        with pytest.raises(StorageError, match=r"There is no s3://reef/a\.nc\."):
            await connection.store.head(S3Location("reef", "a.nc"))
    assert canned.operations() == {"HeadObject": 1}


async def test_a_missing_object_at_something_that_is_no_s3_server_is_asked_again(
    canned: RecordingProxy,
) -> None:
    page = Answer(404, b"<html><title>Not Found</title></html>", (("Content-Type", "text/html"),))
    canned.add(Rule(lambda _: True, Reply(page)))
    async with connected(canned.endpoint_url, credentials_for(ALL[0]), limits=ONCE) as connection:
        with pytest.raises(StorageError, match="is no S3 server"):
            await connection.store.head(S3Location("reef", "a.nc"))


class OneRegion(Action):
    """A server that works in one region, in the words of those that name it and those that do not."""

    def __init__(self, region: str, body: bytes) -> None:
        self.region = region
        self.body = body
        self.refused = 0

    async def before_request(self, request: Request) -> Answer | None:
        if f"/{self.region}/s3/" in request.headers["authorization"]:
            return Answer(200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        self.refused += 1
        return Answer(400, self.body, (("Content-Type", "application/xml"),))


@pytest.mark.parametrize("name", ["garage-region", "minio-region", "aws-region-malformed", "region-in-words"])
async def test_the_region_a_server_names_is_followed_and_remembered(
    canned: RecordingProxy, name: str
) -> None:
    region = {"garage-region": "garage", "aws-region-malformed": "eu-central-1"}.get(name, "eu-west-1")
    body = next(
        (found.body for found in ALL if found.id == name),
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; "
        b"the region 'us-east-1' is wrong; expecting 'eu-west-1'</Message></Error>",
    )
    server = OneRegion(region, body)
    canned.add(Rule(lambda _: True, server))
    async with connected(canned.endpoint_url, credentials_for(ALL[0]), limits=ONCE) as connection:
        for _ in range(3):
            assert [page async for page in connection.store.list_pages(S3Location("reef", "data/"))]
    assert server.refused == 1


def one_by_one(action: Callable[[Request], Answer | None]) -> Action:
    """An action out of a function."""

    class Asked(Action):
        async def before_request(self, request: Request) -> Answer | None:
            return action(request)

    return Asked()


async def test_a_denial_is_told_apart_from_expiry_by_the_place_that_was_open(
    canned: RecordingProxy,
) -> None:
    """Ceph's words for both are the same; the workspace decides."""
    open_now = True
    denied = Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
    empty = Answer(200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")

    def decide(request: Request) -> Answer:
        at_home = request.query.get("prefix", "").startswith("mine/")
        return empty if at_home and open_now else denied

    canned.add(Rule(lambda _: True, one_by_one(decide)))
    home = Workspace("reef", "mine/")
    async with connected(canned.endpoint_url, credentials_for(ALL[0]), limits=ONCE, home=home) as connection:
        with pytest.raises(StorageError) as elsewhere:
            await anext(connection.store.list_pages(S3Location("reef", "theirs/")))
        assert elsewhere.value.code == "denied"
        assert elsewhere.value.next_step == "They are good for s3://reef/mine/."
        with pytest.raises(StorageError) as unread:
            await connection.store.head(S3Location("reef", "mine/seen.nc"))
        assert unread.value.next_step.startswith("Its name can be seen")
        assert not connection.live.refused
    async with connected(canned.endpoint_url, credentials_for(ALL[0]), limits=ONCE, home=home) as connection:
        open_now = False
        with pytest.raises(StorageError) as ended:
            await anext(connection.store.list_pages(S3Location("reef", "theirs/")))
        assert (ended.value.code, ended.value.sentence) == ("expired", "Your credentials have expired.")
        assert connection.live.refused
