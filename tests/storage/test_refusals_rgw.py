"""What a real Ceph RGW refuses, and what is said of it."""

import asyncio
import datetime as dt
import importlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.auth
import pytest
from botocore.compat import HAS_CRT, get_current_datetime
from msgspec.structs import replace

from s3tui.errors import (
    AccessDenied,
    CredentialsExpired,
    CredentialsRefused,
    Full,
    NotFound,
    ServerFault,
    StorageError,
)
from s3tui.model.credentials import Connection, Credentials, Endpoint
from s3tui.model.credentials import Workspace as Home
from s3tui.model.failure import Failure
from s3tui.model.location import S3Location
from s3tui.model.work import Failed, PutFile
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.source_file import identify
from tests.servers.clients import boto_client
from tests.servers.rgw import RgwServer
from tests.servers.workspace import FOREIGN_PREFIX, Workspace
from tests.storage.connect import connected, credentials_of

SIGNERS = [botocore.auth, *([importlib.import_module("botocore.crt.auth")] if HAS_CRT else [])]
"""Modules that may sign: where awscrt is installed, botocore leaves most of it to that."""


def at_home(workspace: Workspace) -> Connection:
    """The connection a paste of this workspace describes."""
    return Connection(Endpoint(workspace.server.endpoint_url), Home(workspace.bucket, workspace.prefix))


async def refusal_of(workspace: Workspace, credentials: Credentials) -> StorageError:
    """What is said when a connection is tried with these."""
    url = workspace.server.endpoint_url
    async with connected(url, credentials) as connection:
        with pytest.raises(StorageError) as refused:
            await connection.store.check_access(at_home(workspace))
    said = refused.value.sentence + refused.value.next_step + refused.value.detail
    assert credentials.secret_access_key not in said
    assert not credentials.session_token or credentials.session_token not in said
    return refused.value


@pytest.fixture
def pasted(rgw_workspace: Workspace) -> Credentials:
    """Good credentials whose expiry nobody told."""
    return credentials_of(rgw_workspace.credentials, with_expiry=False)


async def test_a_wrong_secret(rgw_workspace: Workspace, pasted: Credentials) -> None:
    error = await refusal_of(rgw_workspace, replace(pasted, secret_access_key="x" * 39))
    assert isinstance(error, CredentialsRefused)
    assert "says that the secret does not fit the key id" in error.sentence
    assert "403 SignatureDoesNotMatch (request tx" in error.detail


@pytest.mark.parametrize("kept", [0.95, 0.5])
async def test_a_cut_token(rgw_workspace: Workspace, pasted: Credentials, kept: float) -> None:
    """Ceph cannot decode it, or finds nothing in it: the first is told as such, the second as a denial."""
    assert pasted.session_token is not None
    cut = pasted.session_token[: int(len(pasted.session_token) * kept)]
    error = await refusal_of(rgw_workspace, replace(pasted, session_token=cut))
    assert isinstance(error, CredentialsRefused | AccessDenied)
    if isinstance(error, CredentialsRefused):
        assert "the session token does not belong to this key, or was cut" in error.sentence


async def test_a_token_that_is_none_at_all(rgw_workspace: Workspace, pasted: Credentials) -> None:
    error = await refusal_of(rgw_workspace, replace(pasted, session_token="nonsense!"))
    assert isinstance(error, CredentialsRefused)
    assert "the session token does not belong to this key, or was cut" in error.sentence


async def test_a_key_of_another_server(rgw_workspace: Workspace) -> None:
    """With STS switched on Ceph says only AccessDenied of it."""
    stranger = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    error = await refusal_of(rgw_workspace, stranger)
    assert isinstance(error, CredentialsRefused | AccessDenied)
    assert "AKIAIOSFODNN7EXAMPLE" not in error.sentence + error.detail


async def test_a_neighbours_place_is_denied_and_ours_is_named(
    rgw_workspace: Workspace, pasted: Credentials
) -> None:
    url, home = rgw_workspace.server.endpoint_url, at_home(rgw_workspace)
    foreign = S3Location(rgw_workspace.bucket, FOREIGN_PREFIX)
    async with connected(url, pasted) as connection:
        await connection.store.check_access(home)
        with pytest.raises(AccessDenied) as listing:
            await anext(connection.store.list_pages(foreign))
        with pytest.raises(AccessDenied) as reading:
            await connection.store.head(foreign.child("secret.txt"))
    assert listing.value.sentence == f"Your credentials may not list {foreign}."
    assert listing.value.next_step == f"They are good for {rgw_workspace.url}."
    assert reading.value.sentence == f"Your credentials may not read {foreign}secret.txt."


async def test_expired_credentials_are_told_apart_from_denied_ones(rgw_workspace: Workspace) -> None:
    issued = rgw_workspace.issue(2)
    url = rgw_workspace.server.endpoint_url
    async with connected(url, credentials_of(issued, with_expiry=False)) as connection:
        await connection.store.check_access(at_home(rgw_workspace))
        told: StorageError = StorageError("never said")
        async with asyncio.timeout(15):
            while not connection.live.refused:
                await asyncio.sleep(0.3)
                try:
                    await connection.store.head(S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "x"))
                except NotFound:
                    pass
                except CredentialsExpired as error:
                    told = error
        assert told.sentence == "Your credentials have expired."
        assert "HTTP 403" in told.detail


@pytest.mark.parametrize(("minutes", "words"), [(-21, "21 min slow"), (130, "2 h 10 min fast")])
async def test_a_clock_that_is_wrong(
    rgw_workspace: Workspace,
    pasted: Credentials,
    monkeypatch: pytest.MonkeyPatch,
    minutes: int,
    words: str,
) -> None:
    """What we sign goes by the server's clock; what botocore signs is refused with the reason."""
    now, utc_now = time.time, get_current_datetime

    def skewed(*arguments: Any, **more: Any) -> dt.datetime:
        moment: dt.datetime = utc_now(*arguments, **more)
        return moment + dt.timedelta(minutes=minutes)

    url, large = rgw_workspace.server.endpoint_url, rgw_workspace.prefix + "large.bin"
    # The fixture's own client must not be skewed when it cleans up.
    with monkeypatch.context() as patched:
        for signer in SIGNERS:
            patched.setattr(signer, "get_current_datetime", skewed)
        async with connected(url, pasted) as connection:
            connection.live.clock._now = lambda: now() + minutes * 60
            await connection.store.check_access(at_home(rgw_workspace))
            with pytest.raises(ServerFault) as refused:
                await connection.store.create_multipart_upload(S3Location(rgw_workspace.bucket, large), {})
            assert not connection.live.refused
    assert f"This computer's clock is {words}, so" in refused.value.sentence
    assert "new credentials will not help" in refused.value.next_step
    assert "RequestTimeTooSkewed" in refused.value.detail


@pytest.fixture
def account(rgw: RgwServer) -> Iterator[tuple[str, Credentials, str]]:
    """An account of its own: its id, its lasting key, and a bucket of it."""
    uid, key, secret = f"user{secrets.token_hex(4)}", secrets.token_hex(10).upper(), secrets.token_hex(20)
    rgw.admin("user", "create", "--uid", uid, "--display-name", uid, "--access-key", key, "--secret", secret)
    client, bucket = boto_client("s3", rgw.endpoint_url, key, secret), f"own-{secrets.token_hex(5)}"
    try:
        client.create_bucket(Bucket=bucket)
        yield uid, Credentials(key, secret), bucket
    finally:
        client.close()
        rgw.admin("user", "rm", "--uid", uid, "--purge-data")


async def test_a_suspended_account(rgw: RgwServer, account: tuple[str, Credentials, str]) -> None:
    uid, credentials, bucket = account
    rgw.admin("user", "suspend", "--uid", uid)
    async with connected(rgw.endpoint_url, credentials) as connection:
        with pytest.raises(StorageError) as refused:
            await anext(connection.store.list_pages(S3Location(bucket)))
    assert isinstance(refused.value, CredentialsRefused)
    assert "has suspended this account or key" in refused.value.sentence
    assert "UserSuspended" in refused.value.detail


@pytest.fixture
def small_file(tmp_path: Path) -> bytes:
    """The path of a file of some bytes."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 9000)
    return os.fsencode(path)


async def test_a_quota_that_is_used_up(
    rgw: RgwServer, account: tuple[str, Credentials, str], small_file: bytes
) -> None:
    uid, credentials, bucket = account
    rgw.admin("quota", "set", "--quota-scope=user", "--uid", uid, "--max-size=4096")
    rgw.admin("quota", "enable", "--quota-scope=user", "--uid", uid)
    async with connected(rgw.endpoint_url, credentials) as connection:
        unit = PutFile(small_file, identify(small_file), bucket, "a.nc", {})
        outcome = await ByteWork(connection.clients).run(unit, lambda _: None)
    assert isinstance(outcome, Failed)
    assert outcome.failure == Failure(
        Full.code,
        f"The quota for {bucket} is used up.",
        "Delete something, or ask for more.",
        outcome.failure.detail,
    )
    assert "QuotaExceeded" in outcome.failure.detail


async def test_a_bucket_that_is_gone(rgw: RgwServer, account: tuple[str, Credentials, str]) -> None:
    _, credentials, _ = account
    async with connected(rgw.endpoint_url, credentials) as connection:
        with pytest.raises(NotFound, match="has no bucket named gone-by-now"):
            await anext(connection.store.list_pages(S3Location("gone-by-now")))
