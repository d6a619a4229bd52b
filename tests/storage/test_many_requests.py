"""One connection serves as many requests as are asked of it: none makes the next one dearer."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui.model.credentials import Credentials
from s3tui.model.work import SendPart, Sent
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.source_file import identify
from tests.conftest import MakeFile
from tests.storage.connect import connected

SIZE = 10


@pytest.fixture
def shallow() -> Iterator[int]:
    """Gives the number of nested calls Python allows; few, so that what grows is seen soon."""
    before, limit = sys.getrecursionlimit(), 400
    sys.setrecursionlimit(limit)
    yield limit
    sys.setrecursionlimit(before)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Acknowledges one body after the other."""
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            await reader.readexactly(SIZE)
            writer.write(b'HTTP/1.1 200 OK\r\nETag: "e"\r\nx-amz-id-2: x\r\nContent-Length: 0\r\n\r\n')
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def test_hundreds_of_requests_go_over_one_connection(
    big_file: MakeFile, tmp_path: Path, shallow: int
) -> None:
    path = os.fsencode(big_file(tmp_path, SIZE))
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, connected(url, Credentials("AKIAEXAMPLE", "secret")) as connection:
        work = ByteWork(connection.clients)
        for number in range(1, shallow):
            unit = SendPart(path, identify(path), "bucket", "key", "upload", number, 0, SIZE)
            outcome = await work.run(unit, lambda _: None)
            assert isinstance(outcome, Sent), outcome
