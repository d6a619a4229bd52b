"""Large objects that other programs have made, in parts of a size that nobody guesses."""

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from s3tui.demo.process import DemoServer
from s3tui.model.location import S3Location
from s3tui.model.transfer import Assurance
from s3tui.transfer.parts import MIB
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.rig import local, rig

PART = 5 * MIB + 12_345
"""No candidate is like it."""


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    """A server that tells of parts, as Amazon does."""
    with DemoServer.start() as server:
        yield server


def put_in_parts(client: "boto3.client", bucket: str, key: str, sizes: tuple[int, ...]) -> bytes:
    """Make an object of parts of these sizes; returns its contents."""
    upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    bodies, parts = [os.urandom(size) for size in sizes], []
    for number, body in enumerate(bodies, 1):
        of = {"Bucket": bucket, "Key": key, "UploadId": upload, "PartNumber": number}
        parts.append({"PartNumber": number, "ETag": client.upload_part(**of, Body=body)["ETag"]})
    client.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
    )
    return b"".join(bodies)


@pytest.mark.parametrize(
    ("sizes", "notices"),
    [((PART, PART, 77), 0), ((PART, PART + 1, 77), 1)],
    ids=["all alike", "the first one unlike"],
)
async def test_the_server_tells_the_part_size_and_the_etag_has_the_last_word(
    demo: DemoServer, tmp_path: Path, sizes: tuple[int, ...], notices: int
) -> None:
    access = demo.credentials
    client = boto3.client(
        "s3",
        endpoint_url=access.endpoint_url,
        region_name=access.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        aws_session_token=access.session_token,
    )
    key = f"{access.prefix}foreign.bin"
    data = put_in_parts(client, access.bucket, key, sizes)
    client.close()
    async with rig(access.endpoint_url, credentials_of(access), tmp_path / "state") as built:
        await built.copy(S3Location(access.bucket, key), local(tmp_path / "back.bin"))
        summary = await built.until_done()
    assert (summary.succeeded, summary.failed) == (1, 0)
    assert (tmp_path / "back.bin").read_bytes() == data
    (row,) = built.rows()
    assert (row.assurance is Assurance.VERIFIED) is (notices == 0)
    assert len(built.notices) == notices, built.notices


async def test_a_server_that_answers_for_the_whole_object_is_not_believed(
    rgw_workspace: Workspace, tmp_path: Path
) -> None:
    key = rgw_workspace.prefix + "foreign.bin"
    data = put_in_parts(rgw_workspace.owner, rgw_workspace.bucket, key, (PART, PART, 77))
    url = rgw_workspace.server.endpoint_url
    async with rig(url, credentials_of(rgw_workspace.credentials), tmp_path / "state") as built:
        await built.copy(S3Location(rgw_workspace.bucket, key), local(tmp_path / "back.bin"))
        summary = await built.until_done()
    assert (summary.succeeded, summary.failed) == (1, 0)
    assert (tmp_path / "back.bin").read_bytes() == data
