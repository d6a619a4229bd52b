"""What a byte worker imports: nothing of the S3 libraries, before and after it has moved bytes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui.demo.access import DemoOptions
from s3tui.demo.process import DemoServer

HEAVY = ("aiohttp", "botocore", "aiobotocore", "aioboto3", "boto3")

MOVE = """
import asyncio, os, sys
from s3tui.credentials.live import LiveCredentials, ServerClock
from s3tui.model.credentials import Credentials, Endpoint
from s3tui.model.work import FetchFile, PutFile
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.s3_client import S3Clients
from s3tui.storage.source_file import identify

async def main(url, region, bucket, prefix, key_id, secret, token, path):
    live = LiveCredentials(ServerClock())
    live.put(Credentials(key_id, secret, token or None))
    clients = S3Clients(Endpoint(url, region=region), live)
    await clients.open(early=False)
    work, raw = ByteWork(clients, reads_in_loop=True), os.fsencode(path)
    print(await work.run(PutFile(raw, identify(raw), bucket, prefix + "lean", {}), print))
    print(await work.run(FetchFile(bucket, prefix + "lean", raw + b".part", os.path.getsize(path)), print))
    print(await work.run(FetchFile(bucket, prefix + "none", raw + b".part", 1), print))
    await clients.close()

asyncio.run(main(*sys.argv[1:]))
print([name for name in %r if name in sys.modules])
""".replace("%r", repr(HEAVY))


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    """Gives a demo server without sample data."""
    with DemoServer.start(options=DemoOptions(scratch=False, sample=False)) as server:
        yield server


def test_nothing_of_the_libraries_is_imported(demo: DemoServer, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(b"x" * 5000)
    access = demo.credentials
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            MOVE,
            access.endpoint_url,
            access.region,
            access.bucket,
            access.prefix,
            access.access_key_id,
            access.secret_access_key,
            access.session_token or "",
            source,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert "Sent(" in told
    assert "Fetched(" in told
    assert "does not exist" in told
    assert told.splitlines()[-1] == "[]"
