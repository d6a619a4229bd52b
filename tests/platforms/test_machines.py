"""R on an instance: keys set in R, the role of machine or container, who we are, and the list of buckets."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from s3tui.credentials.sources import surroundings
from s3tui.demo.process import DemoServer
from s3tui.errors import NotFound
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.location import S3Location
from s3tui.model.source import InstanceSource, ProfileSource
from s3tui.storage.profiles import INSTANCE_SECONDS, from_instance
from tests.platforms.front import Front, root_of
from tests.platforms.standin import Answered, Asked, StandIn
from tests.servers.clients import boto_client
from tests.servers.moto_server import MotoServer
from tests.servers.rgw import RgwServer


def role_of(server: DemoServer) -> dict[str, str]:
    """A set for a role, as machines and containers hand them out."""
    access = server.renew(900)
    assert access.session_token is not None
    assert access.expiration is not None
    return {
        "Code": "Success",
        "AccessKeyId": access.access_key_id,
        "SecretAccessKey": access.secret_access_key,
        "Token": access.session_token,
        "Expiration": f"{access.expiration:%Y-%m-%dT%H:%M:%SZ}",
    }


@pytest.fixture
def node(demo: DemoServer) -> Iterator[StandIn]:
    """Gives a machine's metadata service, version 2 only, and a container's service beside it."""

    def answer(asked: Asked) -> Answered:
        if asked.path == "/v2/credentials/task":
            allowed = asked.headers.get("authorization") == "task-token"
            return Answered(200, role_of(demo)) if allowed else Answered(401)
        if (asked.method, asked.path) == ("PUT", "/latest/api/token"):
            return Answered(200, "session")
        if asked.headers.get("x-aws-ec2-metadata-token") != "session":
            return Answered(401)
        if asked.path == "/latest/meta-data/iam/security-credentials/":
            return Answered(200, "rstudio-role")
        return Answered(200, role_of(demo))

    with StandIn(answer) as server:
        yield server


def demo_credentials(server: DemoServer) -> Credentials:
    """What somebody pasted before."""
    access = server.renew(900)
    return Credentials(
        access.access_key_id, access.secret_access_key, access.session_token, access.expiration
    )


def place(server: DemoServer) -> Connection:
    """The place of the demo server's credentials."""
    access = server.credentials
    return Connection(Endpoint(access.endpoint_url), Workspace(access.bucket, access.prefix))


@pytest.mark.parametrize("form", ["Sys.setenv", ".Renviron"])
async def test_keys_as_r_takes_them_lead_to_the_buckets(
    front: Front, moto: MotoServer, tmp_path: Path, form: str
) -> None:
    client = boto_client(
        "s3", moto.endpoint_url, moto.access_key_id, moto.secret_access_key, moto.session_token
    )
    for bucket in ("reef-one", "reef-two"):
        client.create_bucket(Bucket=bucket)
    client.close()
    values = {
        "AWS_ACCESS_KEY_ID": moto.access_key_id,
        "AWS_SECRET_ACCESS_KEY": moto.secret_access_key,
        "AWS_SESSION_TOKEN": moto.session_token,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    if form == "Sys.setenv":
        text = "library(aws.s3)\nSys.setenv(" + ",\n           ".join(
            f'"{name}" = "{value}"' for name, value in values.items()
        )
        text += ")\n"
    else:
        text = "".join(f"{name}='{value}'\n" for name, value in values.items())
    home = await front.paste(text, moto.endpoint_url)
    assert str(home) == "s3://", "the list of the buckets"
    assert await front.names(home) == ["reef-one", "reef-two"]
    await front.round_trip(S3Location("reef-two", ""), tmp_path)
    known = await front.client.who_am_i()
    assert known.label


async def test_the_machines_role_is_looked_for_only_when_somebody_asks(
    front: Front, node: StandIn, demo: DemoServer, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", node.url)
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    around = surroundings({"AWS_EC2_METADATA_SERVICE_ENDPOINT": node.url})
    # Neither a paste nor a profile without keys makes anybody ask the machine.
    await front.client.connect(demo_credentials(demo), place(demo))
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile empty]\nregion = eu-west-1\n")
    refused = await front.refused(front.client.connect_from(ProfileSource("empty", around), place(demo)))
    assert "no keys" in refused.sentence
    assert not node.asked

    found = await front.client.connect_from(InstanceSource(around), place(demo))
    assert [asked.method for asked in node.asked] == ["PUT", "GET", "GET"]
    await front.until(lambda: front.state.renews)
    await front.round_trip(root_of(found), tmp_path)
    who = await front.client.who_am_i()
    assert (who.label, who.account) == ("reef-data-access as reef-researcher", "111122223333")
    # A role that may not list the buckets is told so, and where it may go.
    nowhere = await front.refused(front.names(S3Location("", "")))
    assert nowhere.code == "denied"
    assert nowhere.sentence.startswith("Your credentials may not list the buckets of 127.0.0.1:")
    assert nowhere.next_step == f"They are good for {root_of(found)}. Ask for some with a wider scope."


async def test_a_containers_role_is_asked_with_its_token(
    front: Front, node: StandIn, demo: DemoServer, tmp_path: Path
) -> None:
    around = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{node.url}/v2/credentials/task",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "task-token",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": node.url,
    }
    found = await front.client.connect_from(InstanceSource(around), place(demo))
    assert [asked.path for asked in node.asked] == ["/v2/credentials/task"]
    await front.round_trip(root_of(found), tmp_path)


@pytest.fixture
async def swallowing() -> AsyncIterator[str]:
    """Gives an address where every question disappears, as in clusters that swallow the metadata address."""

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(keep_silent, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_a_network_that_swallows_the_question_costs_seconds(swallowing: str) -> None:
    started = time.monotonic()
    with pytest.raises(NotFound, match="This machine has no role"):
        await from_instance(InstanceSource({"AWS_EC2_METADATA_SERVICE_ENDPOINT": swallowing}))
    assert time.monotonic() - started < INSTANCE_SECONDS + 1


async def test_a_lasting_key_that_owns_one_bucket_begins_in_it(front: Front, rgw: RgwServer) -> None:
    """Who may list the buckets sees them; where there is only one, browsing begins there."""
    uid, key, secret = "r-user", "RSTUDIOKEY1234567890", "rstudio/secret+of+forty+characters=12345"
    rgw.admin("user", "create", "--uid", uid, "--display-name", uid, "--access-key", key, "--secret", secret)
    client = boto_client("s3", rgw.endpoint_url, key, secret)
    client.create_bucket(Bucket="only-one-of-r")
    client.close()
    text = f'Sys.setenv("AWS_ACCESS_KEY_ID" = "{key}", "AWS_SECRET_ACCESS_KEY" = "{secret}")'
    assert str(await front.paste(text, rgw.endpoint_url)) == "s3://only-one-of-r/"
    assert (await front.client.who_am_i()).label == uid
    rgw.admin("user", "rm", "--uid", uid, "--purge-data")
