"""Servers that answer, hang up or vanish before they have read a body: the part is sent again, no more."""

import asyncio
import hashlib
import os
import random
import socket
import struct
from pathlib import Path

import pytest

from s3tui.model.credentials import Credentials
from s3tui.model.work import SendPart, Sent
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.source_file import SourceRange, identify
from s3tui.storage.upload_body import Upload
from tests.conftest import MakeFile
from tests.storage.connect import connected
from tests.storage.test_byte_work import Moved

SIZE = 5 * 1024 * 1024
REFUSAL = b"<Error><Code>RequestTimeout</Code><Message>too slow</Message></Error>"


class HastyServer:
    """Answers every second request of a part with a refusal in the middle of its body, in a seeded way."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._requests = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readuntil(b"\r\n\r\n")
        self._requests += 1
        if self._requests % 2 == 0:
            await reader.readexactly(SIZE)
            writer.write(b'HTTP/1.1 200 OK\r\nETag: "e"\r\nx-amz-id-2: x\r\nContent-Length: 0\r\n\r\n')
            return True
        await reader.readexactly(self._random.choice((0, 1000, 300_000, SIZE // 2)))
        closes = self._random.choice((b"Connection: close\r\n", b""))
        writer.write(b"HTTP/1.1 400 Bad\r\n%bContent-Length: %d\r\n\r\n" % (closes, len(REFUSAL)) + REFUSAL)
        await writer.drain()
        if self._random.random() < 0.5:
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        return False


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_part_refused_in_the_middle_of_its_body_is_sent_again(
    big_file: MakeFile, tmp_path: Path, seed: int
) -> None:
    path = os.fsencode(big_file(tmp_path, SIZE))
    server = await asyncio.start_server(HastyServer(seed).serve, "127.0.0.1", 0, limit=2 * SIZE)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, connected(url, Credentials("AKIAEXAMPLE", "secret")) as connection:
        work = ByteWork(connection.clients)
        for number in range(1, 13):
            moved = Moved()
            unit = SendPart(path, identify(path), "bucket", "key", "upload", number, 0, SIZE)
            assert isinstance(outcome := await work.run(unit, moved), Sent), outcome
            assert moved.total == SIZE


async def test_a_connection_that_is_gone_already_can_go_wrong_once_more(
    big_file: MakeFile, tmp_path: Path
) -> None:
    path = os.fsencode(big_file(tmp_path, 1000))
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    lost = asyncio.get_running_loop().create_future()

    class Client(asyncio.Protocol):
        def connection_lost(self, error: Exception | None) -> None:
            lost.set_result(None)

    async with server:
        where = server.sockets[0].getsockname()[1]
        transport, _ = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", where)
        with SourceRange(path, identify(path), 0, 1000) as source:
            moved = Moved()
            upload = Upload(source, hashlib.sha256().hexdigest(), moved, lambda: None)
            upload.begin(transport)
            upload.taken(700)
            await asyncio.wait_for(lost, 5)
            upload.gone_wrong()
            assert moved.total == 0
