"""The demo server under the client library of s3tui, many requests at a time, and in a test's own loop."""

import asyncio
import io
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import aioboto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from s3tui.demo.access import DemoAccess, DemoOptions
from s3tui.demo.server import DemoService
from tests.demo.wire import refusal


@pytest.fixture
async def service() -> AsyncIterator[DemoService]:
    """Gives a demo server in this process, with an answer time of 20 ms and no sample data."""
    service = DemoService(DemoOptions(sample=False, latency_seconds=0.02))
    await service.start()
    yield service
    await service.stop()


def _client(access: DemoAccess) -> Any:
    return aioboto3.Session().client(
        "s3",
        endpoint_url=access.endpoint_url,
        region_name=access.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        aws_session_token=access.session_token,
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=32),
    )


async def test_a_server_in_the_same_loop_waits_as_told(service: DemoService) -> None:
    access = service.issue(60)
    async with _client(access) as client:
        await client.put_object(Bucket=access.bucket, Key=f"{access.prefix}x", Body=b"x")
        started = time.monotonic()
        listed = await client.list_objects_v2(Bucket=access.bucket, Prefix=access.prefix)
        waited = time.monotonic() - started

    assert [item["Key"] for item in listed["Contents"]] == [f"{access.prefix}x"]
    assert waited >= 0.02


async def test_two_hundred_small_objects_at_once(access: DemoAccess, place: str) -> None:
    bodies = {f"{place}file {number:03}": os.urandom(number * 37) for number in range(200)}
    async with _client(access) as client:
        where = {"Bucket": access.bucket}
        await asyncio.gather(*(client.put_object(**where, Key=k, Body=b) for k, b in bodies.items()))

        async def read(key: str) -> bytes:
            answer = await client.get_object(**where, Key=key)
            async with answer["Body"] as body:
                return bytes(await body.read())

        assert await asyncio.gather(*(read(key) for key in bodies)) == list(bodies.values())
        keys = [{"Key": key} for key in bodies]
        answer = await client.delete_objects(**where, Delete={"Objects": keys, "Quiet": True})

    assert "Deleted" not in answer
    assert "Errors" not in answer


# aioboto3 itself hands large bodies to aiohttp as bytes.
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_the_library_s_own_transfers_go_multipart_and_back(access: DemoAccess, place: str) -> None:
    body = os.urandom(30 * 1024**2 + 11)
    async with _client(access) as client:
        await client.upload_fileobj(io.BytesIO(body), access.bucket, f"{place}big")
        head = await client.head_object(Bucket=access.bucket, Key=f"{place}big")
        back = io.BytesIO()
        await client.download_fileobj(access.bucket, f"{place}big", back)

    assert "-" in head["ETag"]
    assert back.getvalue() == body


async def test_a_large_body_that_is_not_allowed_is_refused_before_it_is_sent(access: DemoAccess) -> None:
    started = time.monotonic()
    async with _client(access) as client:
        with pytest.raises(ClientError) as caught:
            await client.put_object(
                Bucket=access.bucket, Key="datasets/10378-1-43/big", Body=bytes(64 * 1024**2)
            )
        await client.head_object(Bucket=access.bucket, Key=f"{access.prefix}README.txt")

    assert refusal(caught.value) == (403, "AccessDenied")
    assert time.monotonic() - started < 5
