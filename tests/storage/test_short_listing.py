"""Listings go the short way, tell what botocore's way tells, and go that way where the server wants it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from s3tui.errors import AccessDenied
from s3tui.model.entry import EntryPage
from s3tui.model.location import S3Location
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Answer, Reply, Rule, asking
from tests.servers.workspace import FOREIGN_PREFIX, Workspace
from tests.storage.connect import Connected, connected, credentials_of

LONG = "amz-sdk-request"
"""A header that only botocore sends."""

NAMES = ("a b+c%41.txt", "quote'\"&<>.txt", "日本/🌊?x=1&y#z", "tab\there", "folder/below/it")


@pytest.fixture
def wire(rgw_workspace: Workspace) -> Iterator[RecordingProxy]:
    """Gives a proxy that keeps the headers of every request."""
    proxy = RecordingProxy(rgw_workspace.server.endpoint_url)
    yield proxy
    proxy.stop()


@pytest.fixture
async def connection(rgw_workspace: Workspace, wire: RecordingProxy) -> AsyncIterator[Connected]:
    """A researcher's connection through the proxy."""
    async with connected(wire.endpoint_url, credentials_of(rgw_workspace.credentials)) as opened:
        yield opened


async def _listed(connection: Connected, place: S3Location, recursive: bool) -> list[EntryPage]:
    return [page async for page in connection.store.list_pages(place, recursive=recursive)]


async def _the_long_way(workspace: Workspace, url: str, recursive: bool) -> list[EntryPage]:
    async with connected(url, credentials_of(workspace.credentials), addressing="virtual") as opened:
        return await _listed(opened, S3Location(workspace.bucket, workspace.prefix), recursive)


@pytest.mark.parametrize("recursive", [False, True])
async def test_both_ways_tell_the_same(
    connection: Connected, rgw_workspace: Workspace, wire: RecordingProxy, recursive: bool
) -> None:
    for name in NAMES:
        rgw_workspace.put(name, b"12345")
    pages = await _listed(connection, S3Location(rgw_workspace.bucket, rgw_workspace.prefix), recursive)
    assert not [request for request in wire.requests if LONG in request.headers]
    (short,) = wire.of("ListObjectsV2")
    assert pages == await _the_long_way(rgw_workspace, wire.endpoint_url, recursive)
    long = wire.of("ListObjectsV2")[-1]
    assert LONG in long.headers
    assert short.query == long.query


async def test_a_refusal_is_told_as_such(connection: Connected, rgw_workspace: Workspace) -> None:
    with pytest.raises(AccessDenied):
        await _listed(connection, S3Location(rgw_workspace.bucket, FOREIGN_PREFIX), False)


async def test_who_is_sent_elsewhere_goes_by_the_long_way(
    connection: Connected, rgw_workspace: Workspace, wire: RecordingProxy
) -> None:
    rgw_workspace.put("one", b"1")
    body = b"<Error><Code>TemporaryRedirect</Code><Message>Please re-send this.</Message></Error>"
    wire.add(Rule(asking("ListObjectsV2"), Reply(Answer(307, body)), times=1))
    pages = await _listed(connection, S3Location(rgw_workspace.bucket, rgw_workspace.prefix), False)
    assert [name for page in pages for name in page.names] == ["one"]
    assert LONG in wire.of("ListObjectsV2")[-1].headers
