"""Listing what is really there, however it is named, and nothing that is not."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.errors import AccessDenied, NotFound, ServerFault, Unreachable
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.location import S3Location
from tests.servers.moto_server import MotoServer
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Answer, Delay, Reply, Rule, asking
from tests.servers.workspace import Workspace as ServerWorkspace
from tests.storage.connect import Connected, connected, credentials_of, place

ODD_NAMES = (
    "a b.txt",
    "a+b.txt",
    "100%.txt",
    "%41.txt",
    "ü ñ 中.txt",
    "quote'\"&<>.txt",
    "back\\slash",
    "#hash?query=1",
    ".hidden",
    "trailing ",
    "tab\there",
)


async def entries(
    connection: Connected, location: S3Location, *, recursive: bool = False
) -> dict[str, Entry]:
    """Everything a listing shows, by name; fails when a name comes twice with one kind."""
    found: dict[str, Entry] = {}
    async for page in connection.store.list_pages(location, recursive=recursive):
        for row in page.rows():
            shown = row.name + "/" if row.kind is EntryKind.FOLDER else row.name
            assert shown not in found
            found[shown] = row
    return found


@pytest.fixture
async def moto_store(moto: MotoServer) -> AsyncIterator[Connected]:
    """A connection to moto, whose bucket "data" is empty."""
    client = moto.client()
    client.create_bucket(Bucket="data")
    client.close()
    secret = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
    async with connected(moto.endpoint_url, secret) as connection:
        yield connection


async def test_pages_of_thousands_arrive_whole_and_in_order(rgw_workspace: ServerWorkspace) -> None:
    folder = rgw_workspace.prefix + "many/"
    names = [f"{number:05} {odd}" for number, odd in zip(range(1100), ODD_NAMES * 100, strict=False)]

    def fill(part: list[str]) -> None:
        client = rgw_workspace.server.owner_client()
        for name in part:
            client.put_object(Bucket=rgw_workspace.bucket, Key=folder + name, Body=b"")
        client.close()

    await asyncio.gather(*(asyncio.to_thread(fill, names[start::6]) for start in range(6)))
    async with connected(
        rgw_workspace.server.endpoint_url, credentials_of(rgw_workspace.credentials)
    ) as connection:
        pages = [page async for page in connection.store.list_pages(S3Location(rgw_workspace.bucket, folder))]
    assert [len(page) for page in pages] == [1000, 100]
    assert [name for page in pages for name in page.names] == sorted(names, key=str.encode)


@pytest.mark.parametrize("recursive", [False, True])
async def test_every_odd_name_survives(moto_store: Connected, moto: MotoServer, recursive: bool) -> None:
    client = moto.client()
    for name in ODD_NAMES:
        client.put_object(Bucket="data", Key=f"odd/{name}", Body=name.encode())
    client.close()
    found = await entries(moto_store, S3Location("data", "odd/"), recursive=recursive)
    assert {name: entry.size for name, entry in found.items()} == {
        name: len(name.encode()) for name in ODD_NAMES
    }


async def test_an_object_and_a_folder_of_one_name_are_both_shown(
    moto_store: Connected, moto: MotoServer
) -> None:
    client = moto.client()
    for key in ("top/a", "top/a/inner", "top/", "top/empty/", "top/b/"):
        client.put_object(Bucket="data", Key=key, Body=b"x" if key == "top/a" else b"")
    client.close()
    shallow = await entries(moto_store, S3Location("data", "top/"))
    assert {name: entry.kind for name, entry in shallow.items()} == {
        "a": EntryKind.FILE,
        "a/": EntryKind.FOLDER,
        "b/": EntryKind.FOLDER,
        "empty/": EntryKind.FOLDER,
    }
    deep = await entries(moto_store, S3Location("data", "top/"), recursive=True)
    assert sorted(deep) == ["a", "a/inner", "b/", "empty/"]


async def test_times_and_sizes_are_the_servers(moto_store: Connected, moto: MotoServer) -> None:
    client = moto.client()
    client.put_object(Bucket="data", Key="one", Body=b"12345")
    stamp = client.head_object(Bucket="data", Key="one")["LastModified"].timestamp()
    client.close()
    found = await entries(moto_store, S3Location("data"))
    assert found["one"].size == 5
    assert found["one"].modified == pytest.approx(stamp, abs=1)


async def test_the_list_of_buckets_is_the_root(moto_store: Connected) -> None:
    found = await entries(moto_store, S3Location(""))
    assert {name: entry.kind for name, entry in found.items()} == {"data": EntryKind.BUCKET}


async def test_an_archived_object_is_marked(moto_store: Connected, moto: MotoServer) -> None:
    client = moto.client()
    client.put_object(Bucket="data", Key="cold", Body=b"x", StorageClass="GLACIER")
    client.close()
    assert (await entries(moto_store, S3Location("data")))["cold"].kind is EntryKind.ARCHIVED
    assert (await moto_store.store.head(S3Location("data", "cold"))).archived


async def test_a_missing_bucket_is_named(moto_store: Connected) -> None:
    with pytest.raises(NotFound, match="no bucket named nowhere"):
        await entries(moto_store, S3Location("nowhere", "x/"))


async def test_connecting_starts_at_the_prefix_and_asks_nothing_of_the_bucket(
    rgw_workspace: ServerWorkspace, recording_proxy: RecordingProxy
) -> None:
    rgw_workspace.put("hello.txt", b"hello")
    url = recording_proxy.endpoint_url
    async with connected(url, credentials_of(rgw_workspace.credentials)) as connection:
        learnt = await connection.store.check_access(place(rgw_workspace, url))
        shown = await entries(connection, S3Location(rgw_workspace.bucket, rgw_workspace.prefix))
    assert learnt.workspace == Workspace(rgw_workspace.bucket, rgw_workspace.prefix)
    assert list(shown) == ["hello.txt"]
    assert set(recording_proxy.operations()) == {"ListObjectsV2"}
    for request in recording_proxy.requests:
        assert request.query["prefix"] == rgw_workspace.prefix
        assert request.query["delimiter"] == "/"


async def test_a_neighbours_folder_is_denied_in_a_sentence(rgw_workspace: ServerWorkspace) -> None:
    async with connected(
        rgw_workspace.server.endpoint_url, credentials_of(rgw_workspace.credentials)
    ) as connection:
        with pytest.raises(AccessDenied) as denied:
            await entries(connection, S3Location(rgw_workspace.bucket, "workspaces/bob/"))
    assert denied.value.sentence == (
        f"Your credentials may not list s3://{rgw_workspace.bucket}/workspaces/bob/."
    )
    assert "403 AccessDenied" in denied.value.detail


async def test_without_a_bucket_the_only_one_is_found_or_the_place_is_asked_for(
    moto: MotoServer, rgw_workspace: ServerWorkspace
) -> None:
    client = moto.client()
    client.create_bucket(Bucket="only")
    client.close()
    secret = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
    nowhere = Connection(Endpoint(moto.endpoint_url))
    async with connected(moto.endpoint_url, secret) as connection:
        learnt = await connection.store.check_access(nowhere)
        assert learnt.workspace.bucket == "only"
    async with connected(
        rgw_workspace.server.endpoint_url, credentials_of(rgw_workspace.credentials)
    ) as connection:
        with pytest.raises(AccessDenied) as denied:
            await connection.store.check_access(nowhere)
    assert denied.value.next_step == "Add the place, as s3://bucket/prefix."


async def test_a_policy_for_the_bare_prefix_is_met_without_the_slash(
    rgw_workspace: ServerWorkspace, recording_proxy: RecordingProxy
) -> None:
    for name in ("a.txt", "sub/b.txt", "sub/c.txt", "sub/deep/d.txt"):
        rgw_workspace.put("proj/" + name, b"x")
    rgw_workspace.put("project2/e.txt", b"x")
    location = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "proj/")
    refusal = Answer(403, b"<Error><Code>AccessDenied</Code></Error>")
    recording_proxy.add(Rule(lambda request: request.query["prefix"].endswith("proj/"), Reply(refusal)))
    async with connected(
        recording_proxy.endpoint_url, credentials_of(rgw_workspace.credentials)
    ) as connection:
        assert sorted(await entries(connection, location)) == ["a.txt", "sub/"]
        deep = await entries(connection, location, recursive=True)
        assert sorted(deep) == ["a.txt", "sub/b.txt", "sub/c.txt", "sub/deep/d.txt"]


async def test_a_page_of_html_is_never_an_empty_folder(
    rgw_workspace: ServerWorkspace, recording_proxy: RecordingProxy
) -> None:
    location = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    rgw_workspace.put("there.txt", b"x")
    login = Reply(Answer(200, b"<html><body>Please log in</body></html>", (("Content-Type", "text/html"),)))
    async with connected(
        recording_proxy.endpoint_url, credentials_of(rgw_workspace.credentials)
    ) as connection:
        recording_proxy.add(Rule(asking("ListObjectsV2"), login, times=2))
        assert list(await entries(connection, location)) == ["there.txt"]
        recording_proxy.clear_rules()
        recording_proxy.add(Rule(asking("ListObjectsV2"), login))
        with pytest.raises(Unreachable, match="answered with a web page, not as an S3 server: Please log in"):
            await entries(connection, location)


async def test_a_listing_that_repeats_its_token_ends(
    rgw_workspace: ServerWorkspace, recording_proxy: RecordingProxy
) -> None:
    page = (
        b"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>again"
        b"</NextContinuationToken><Contents><Key>k</Key><LastModified>2026-01-01T00:00:00Z</LastModified>"
        b"<Size>1</Size></Contents></ListBucketResult>"
    )
    recording_proxy.add(Rule(asking("ListObjectsV2"), Reply(Answer(200, page))))
    async with connected(
        recording_proxy.endpoint_url, credentials_of(rgw_workspace.credentials)
    ) as connection:
        pages = connection.store.list_pages(S3Location(rgw_workspace.bucket))
        assert [(await anext(pages)).names, (await anext(pages)).names] == [["k"], ["k"]]
        with pytest.raises(ServerFault, match="repeats"):
            await anext(pages)


async def test_the_next_page_is_asked_for_while_the_first_is_shown_and_dropped_when_nobody_looks(
    moto: MotoServer,
) -> None:
    client = moto.client()
    client.create_bucket(Bucket="data")
    for number in range(1001):
        client.put_object(Bucket="data", Key=f"{number:04}", Body=b"")
    client.close()
    proxy = RecordingProxy(moto.endpoint_url)
    try:
        proxy.add(Rule(lambda request: "continuation-token" in request.query, Delay(30)))
        secret = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
        async with connected(proxy.endpoint_url, secret) as connection:
            pages = connection.store.list_pages(S3Location("data"))
            first = await anext(pages)
            assert len(first) == 1000
            await proxy.until(lambda: len(proxy.requests) == 2)
            await asyncio.wait_for(pages.aclose(), 1)
            assert len(asyncio.all_tasks()) == 1
    finally:
        proxy.stop()


async def test_nothing_of_the_environment_is_taken(
    moto: MotoServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_PROFILE": "no-such-profile",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "AKIASTRANGER",
        "AWS_SECRET_ACCESS_KEY": "stranger",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_supported",
        "AWS_MAX_ATTEMPTS": "nonsense",
    }.items():
        monkeypatch.setenv(name, value)
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[this is [not an INI file\n")
    secret = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
    async with connected(moto.endpoint_url, secret) as connection:
        assert await entries(connection, S3Location("")) == {}
        method = connection.clients.client("browse")
        assert method.meta.endpoint_url == moto.endpoint_url
