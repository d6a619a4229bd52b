"""What a platform's prefix-scoped credentials open on a real Ceph RGW, and how they end."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import aioboto3
import pytest
from botocore.exceptions import ClientError

from tests.servers.clients import REGION, client_config
from tests.servers.rgw import RgwServer
from tests.servers.sts import TemporaryCredentials
from tests.servers.workspace import FOREIGN_PREFIX, PREFIX, Workspace


def status_of(call: Callable[[], Any]) -> int:
    """Returns the HTTP status a call ends with, refused or not."""
    try:
        return int(call()["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def wait_for_expiry(credentials: TemporaryCredentials, bucket: str) -> None:
    """Returns once the server itself refuses the credentials; fails after 10 s."""
    client = credentials.client()
    end = time.monotonic() + max(credentials.seconds_left(), 0) + 10
    while status_of(lambda: client.list_objects_v2(Bucket=bucket, Prefix=credentials.prefix)) == 200:
        assert time.monotonic() < end, "the server still takes the expired credentials"
        time.sleep(0.1)
    client.close()


def test_bucket_level_calls_are_denied_as_on_platforms(rgw_workspace: Workspace) -> None:
    bucket, s3 = rgw_workspace.bucket, rgw_workspace.credentials.client()
    key = rgw_workspace.put("hello.txt", b"hello")
    calls: dict[str, Callable[[], Any]] = {
        "ListBuckets": lambda: s3.list_buckets(),
        "HeadBucket": lambda: s3.head_bucket(Bucket=bucket),
        "GetBucketLocation": lambda: s3.get_bucket_location(Bucket=bucket),
        "ListObjectVersions": lambda: s3.list_object_versions(Bucket=bucket, Prefix=PREFIX),
        "ListMultipartUploads": lambda: s3.list_multipart_uploads(Bucket=bucket),
        "GetObjectTagging": lambda: s3.get_object_tagging(Bucket=bucket, Key=key),
        "ListObjectsV2 of all": lambda: s3.list_objects_v2(Bucket=bucket, Prefix="", Delimiter="/"),
        "ListObjectsV2 above": lambda: s3.list_objects_v2(Bucket=bucket, Prefix="workspaces/", Delimiter="/"),
        "ListObjectsV2 of another": lambda: s3.list_objects_v2(Bucket=bucket, Prefix=FOREIGN_PREFIX),
    }
    assert {name: status_of(call) for name, call in calls.items()} == dict.fromkeys(calls, 403)


def test_the_own_prefix_is_open_for_everything_a_researcher_does(rgw_workspace: Workspace) -> None:
    bucket, s3 = rgw_workspace.bucket, rgw_workspace.credentials.client()
    key, copy = PREFIX + "a/b ü.txt", PREFIX + "copy.txt"
    s3.put_object(Bucket=bucket, Key=key, Body=b"bytes")
    s3.copy_object(Bucket=bucket, Key=copy, CopySource={"Bucket": bucket, "Key": key})
    page = s3.list_objects_v2(Bucket=bucket, Prefix=PREFIX, Delimiter="/")
    assert [entry["Key"] for entry in page["Contents"]] == [copy]
    assert [entry["Prefix"] for entry in page["CommonPrefixes"]] == [PREFIX + "a/"]
    assert s3.get_object(Bucket=bucket, Key=copy)["Body"].read() == b"bytes"
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == 5
    s3.delete_object(Bucket=bucket, Key=key)
    assert rgw_workspace.names() == ("copy.txt",)


def test_another_prefix_is_closed_for_objects_too(rgw_workspace: Workspace) -> None:
    bucket, s3 = rgw_workspace.bucket, rgw_workspace.credentials.client()
    foreign, own = FOREIGN_PREFIX + "secret.txt", rgw_workspace.put("own.txt", b"own")
    calls: dict[str, Callable[[], Any]] = {
        "get": lambda: s3.get_object(Bucket=bucket, Key=foreign),
        "put": lambda: s3.put_object(Bucket=bucket, Key=FOREIGN_PREFIX + "new", Body=b"x"),
        "delete": lambda: s3.delete_object(Bucket=bucket, Key=foreign),
        "copy in": lambda: s3.copy_object(Bucket=bucket, Key=PREFIX + "x", CopySource=f"{bucket}/{foreign}"),
        "copy out": lambda: s3.copy_object(
            Bucket=bucket, Key=FOREIGN_PREFIX + "x", CopySource=f"{bucket}/{own}"
        ),
        "multipart": lambda: s3.create_multipart_upload(Bucket=bucket, Key=FOREIGN_PREFIX + "big"),
    }
    assert {name: status_of(call) for name, call in calls.items()} == dict.fromkeys(calls, 403)
    assert set(rgw_workspace.sizes()) == {foreign, own}


def test_deleting_in_batches_is_denied_even_for_own_keys(rgw_workspace: Workspace) -> None:
    # Ceph asks whether the whole bucket may be deleted from; a client must then delete one by one.
    s3, own = rgw_workspace.credentials.client(), rgw_workspace.put("own.txt", b"own")
    batch = {"Objects": [{"Key": own}]}
    assert status_of(lambda: s3.delete_objects(Bucket=rgw_workspace.bucket, Delete=batch)) == 403
    assert rgw_workspace.names() == ("own.txt",)


def test_read_only_credentials_read_and_never_write(rgw_workspace: Workspace) -> None:
    bucket, key = rgw_workspace.bucket, rgw_workspace.put("data.txt", b"data")
    s3 = rgw_workspace.issue(60, "ro").client()
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"data"
    assert status_of(lambda: s3.put_object(Bucket=bucket, Key=PREFIX + "new", Body=b"")) == 403
    assert status_of(lambda: s3.delete_object(Bucket=bucket, Key=key)) == 403


def test_a_platform_may_withhold_abort_and_the_list_of_parts(rgw_workspace: Workspace) -> None:
    bucket = rgw_workspace.bucket
    s3 = rgw_workspace.issue(60, without=("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")).client()
    upload = {"Bucket": bucket, "Key": PREFIX + "big"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    assert status_of(lambda: s3.upload_part(**upload, PartNumber=1, Body=b"part")) == 200
    assert status_of(lambda: s3.list_parts(**upload)) == 403
    assert status_of(lambda: s3.abort_multipart_upload(**upload)) == 403


def test_a_second_issue_is_the_same_person_with_other_secrets(rgw_workspace: Workspace) -> None:
    first, second = rgw_workspace.credentials, rgw_workspace.issue(3600)
    assert (first.bucket, first.prefix, first.endpoint_url) == (
        second.bucket,
        second.prefix,
        second.endpoint_url,
    )
    assert first.access_key_id != second.access_key_id
    assert first.session_token != second.session_token


@pytest.mark.parametrize("seconds", [1, 3])
def test_credentials_of_seconds_end_with_a_bare_access_denied(rgw_workspace: Workspace, seconds: int) -> None:
    credentials = rgw_workspace.issue(seconds)
    assert credentials.seconds_left() <= seconds + 1
    wait_for_expiry(credentials, rgw_workspace.bucket)
    with pytest.raises(ClientError) as refused:
        credentials.client().list_objects_v2(Bucket=rgw_workspace.bucket, Prefix=PREFIX)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def aio_client(credentials: TemporaryCredentials) -> Any:
    """Returns an aioboto3 S3 client, to be entered with `async with`."""
    return aioboto3.Session().client(
        "s3",
        endpoint_url=credentials.endpoint_url,
        region_name=REGION,
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
        config=client_config(),
    )


async def test_an_upload_outlives_its_token_and_is_completed_with_the_next(rgw_workspace: Workspace) -> None:
    first = rgw_workspace.issue(3)
    upload = {"Bucket": rgw_workspace.bucket, "Key": PREFIX + "big.bin"}
    bodies = (b"a" * 5 * 1024**2, b"b" * 1000)
    async with aio_client(first) as s3:
        upload["UploadId"] = (await s3.create_multipart_upload(**upload))["UploadId"]
        etags = [(await s3.upload_part(**upload, PartNumber=1, Body=bodies[0]))["ETag"]]
        await asyncio.to_thread(wait_for_expiry, first, rgw_workspace.bucket)
        with pytest.raises(ClientError, match="AccessDenied"):
            await s3.upload_part(**upload, PartNumber=2, Body=bodies[1])

    async with aio_client(rgw_workspace.issue(60)) as s3:
        known = (await s3.list_parts(**upload))["Parts"]
        assert [part["PartNumber"] for part in known] == [1]
        etags.append((await s3.upload_part(**upload, PartNumber=2, Body=bodies[1]))["ETag"])
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        await s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert rgw_workspace.read("big.bin") == b"".join(bodies)
    assert rgw_workspace.open_uploads() == ()


def test_the_paste_forms_hold_every_value_and_reprs_hold_no_secret(rgw_workspace: Workspace) -> None:
    issued = rgw_workspace.credentials
    for text in (issued.as_shell_exports(), issued.as_ini(), issued.as_json()):
        for value in (issued.access_key_id, issued.secret_access_key, issued.session_token):
            assert value in text
    assert json.loads(issued.as_json())["baseKey"] == PREFIX.rstrip("/")
    assert issued.url in issued.as_shell_exports()
    assert issued.secret_access_key not in repr(issued)
    assert issued.session_token not in repr(issued)


def test_the_owner_is_not_in_the_servers_repr(rgw: RgwServer) -> None:
    assert rgw.running()
    assert rgw.secret_access_key not in repr(rgw)
