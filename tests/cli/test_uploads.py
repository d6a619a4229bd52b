"""`s3tui uploads` against real servers: unfinished uploads are seen, chosen and aborted."""

import json

import pytest

from tests.cli.conftest import BUCKET, Command, environment_for
from tests.servers.moto_server import MotoServer
from tests.servers.workspace import Workspace


def begin(moto: MotoServer, *keys: str) -> list[str]:
    """Begins uploads and never finishes them."""
    client = moto.client()
    return [client.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"] for key in keys]


def left(moto: MotoServer) -> set[str]:
    """The keys of the uploads that are open."""
    found = moto.client().list_multipart_uploads(Bucket=BUCKET)
    return {upload["Key"] for upload in found.get("Uploads", ())}


def _address(line: str) -> str:
    return line.partition("s3://")[2]


def test_unfinished_uploads_are_listed_and_aborted_when_asked(s3tui: Command, moto: MotoServer) -> None:
    ids = begin(moto, "mine/a b+ü.nc", "mine/c.nc", "theirs/d.nc")
    listed = s3tui("uploads", f"s3://{BUCKET}/mine/")
    assert listed.returncode == 0, listed.stderr.decode()
    assert [line.split(" ", 3)[2:] for line in sorted(listed.stdout.decode().splitlines(), key=_address)] == [
        [ids[0], f"s3://{BUCKET}/mine/a b+ü.nc"],
        [ids[1], f"s3://{BUCKET}/mine/c.nc"],
    ]
    fields = [json.loads(line) for line in s3tui("uploads", "--json", f"s3://{BUCKET}").stdout.splitlines()]
    assert {field["upload_id"]: field["key"] for field in fields} == dict(
        zip(ids, ("mine/a b+ü.nc", "mine/c.nc", "theirs/d.nc"), strict=True)
    )

    one = s3tui("uploads", f"s3://{BUCKET}/", "--abort", "--id", ids[1])
    assert b"1 unfinished upload aborted" in one.stderr
    assert left(moto) == {"mine/a b+ü.nc", "theirs/d.nc"}
    both = s3tui("uploads", f"s3://{BUCKET}/", "--abort", "--older-than", "0")
    assert both.returncode == 0
    assert left(moto) == set()


@pytest.mark.parametrize("owner", [True, False], ids=["may list", "may not"])
def test_ceph_shows_them_to_those_who_may_and_young_ones_are_spared(
    rgw_workspace: Workspace, s3tui: Command, owner: bool
) -> None:
    key = rgw_workspace.prefix + "big.nc"
    upload_id = rgw_workspace.owner.create_multipart_upload(Bucket=rgw_workspace.bucket, Key=key)["UploadId"]
    server, issued = rgw_workspace.server, rgw_workspace.credentials
    variables = (
        environment_for(server.access_key_id, server.secret_access_key, None, server.endpoint_url)
        if owner
        else environment_for(
            issued.access_key_id, issued.secret_access_key, issued.session_token, server.endpoint_url
        )
    )
    command = Command(variables, s3tui.folder)
    listed = command("uploads", rgw_workspace.url, "--abort")
    assert rgw_workspace.open_uploads() == ((key, upload_id),)
    if owner:
        assert (listed.returncode, listed.stdout) == (0, b"")
        assert command("uploads", rgw_workspace.url).stdout.split()[2].decode() == upload_id
    else:
        assert listed.returncode == 1
        assert b"may not list the unfinished uploads" in listed.stderr
