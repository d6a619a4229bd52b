"""New folders, new names and deletions in S3, asked for like a pane does."""

import pytest

from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.location import S3Location
from tests.servers.moto_server import MotoServer

BUCKET = "changing-things"


@pytest.fixture
async def connected(engine: EngineClient, moto: MotoServer) -> EngineClient:
    """Gives an engine connected to a bucket with a few objects."""
    client = moto.client()
    client.create_bucket(Bucket=BUCKET)
    for key in ("a/one.txt", "a/deep/two.txt", "a/empty/", "b/", "b/three.txt", "top.txt", "ab.txt"):
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode() if not key.endswith("/") else b"")
    credentials = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
    await engine.connect(credentials, Connection(Endpoint(moto.endpoint_url), Workspace(BUCKET)))
    return engine


def place(key: str) -> S3Location:
    """Returns a location in the bucket."""
    return S3Location(BUCKET, key)


def keys_of(moto: MotoServer) -> set[str]:
    """Returns all keys of the bucket."""
    return {item["Key"] for item in moto.client().list_objects_v2(Bucket=BUCKET)["Contents"]}


async def test_a_folder_is_made_once(connected: EngineClient, moto: MotoServer) -> None:
    await connected.make_folder(place("new/"))
    assert "new/" in keys_of(moto)
    for taken in ("new/", "a/", "b"):
        with pytest.raises(RequestRefused, match="already"):
            await connected.make_folder(place(taken))


async def test_an_object_gets_another_name(connected: EngineClient, moto: MotoServer) -> None:
    await connected.rename(place("top.txt"), "bottom.txt")
    assert {"bottom.txt"} == keys_of(moto) & {"top.txt", "bottom.txt"}
    with pytest.raises(RequestRefused, match="already"):
        await connected.rename(place("bottom.txt"), "ab.txt")
    body = moto.client().get_object(Bucket=BUCKET, Key="bottom.txt")["Body"].read()
    assert body == b"top.txt"


async def test_a_prefix_gets_another_name_with_all_it_holds(
    connected: EngineClient, moto: MotoServer
) -> None:
    await connected.rename(place("a/"), "z")
    found = keys_of(moto)
    assert {"z/one.txt", "z/deep/two.txt", "z/empty/"} <= found
    assert not any(key.startswith("a/") for key in found)
    assert "ab.txt" in found
    with pytest.raises(RequestRefused, match="already"):
        await connected.rename(place("z/"), "b")
    await connected.rename(place("b/"), "c")
    assert {"c/", "c/three.txt"} <= keys_of(moto)
    assert "b/" not in keys_of(moto)


@pytest.mark.parametrize("name", ["", "..", "x/y"])
async def test_what_is_no_name_is_refused(connected: EngineClient, moto: MotoServer, name: str) -> None:
    before = keys_of(moto)
    with pytest.raises(RequestRefused):
        await connected.rename(place("top.txt"), name)
    assert keys_of(moto) == before


async def test_objects_and_prefixes_are_deleted_with_all_they_hold(
    connected: EngineClient, moto: MotoServer
) -> None:
    assert await connected.delete((place("a/"), place("top.txt"), place("b/"))) == 4
    assert keys_of(moto) == {"ab.txt"}


async def test_a_bucket_is_not_deleted(connected: EngineClient, moto: MotoServer) -> None:
    with pytest.raises(RequestRefused, match="bucket"):
        await connected.delete((S3Location(BUCKET),))
    assert "ab.txt" in keys_of(moto)
