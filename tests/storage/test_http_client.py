"""The HTTP client against servers that behave well, badly, and not at all."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from s3tui.storage.http.client import HttpClient
from s3tui.storage.http.connecting import Origin
from s3tui.storage.http.errors import BrokenOff, ConnectTimeout, HungUp, NameUnknown, NotHttp
from s3tui.storage.http.exchange import Reply

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Bytes:
    """A body of zeros that notes what becomes of it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.sent = 0
        self.whole = False
        self._given = 0

    def begin(self) -> None:
        self.sent = self._given = 0

    def next(self) -> memoryview:
        piece = memoryview(bytes(min(100_000, self.size - self._given)))
        self._given += len(piece)
        return piece

    def taken(self, count: int) -> None:
        self.sent += count

    def finished(self) -> None:
        self.whole = True


class Talk:
    """A client and a server that speaks to it."""

    def __init__(self, client: HttpClient, origin: Origin) -> None:
        self.client = client
        self.origin = origin
        self.accepted = 0

    async def get(self) -> Reply:
        return await self.client.ask(self.origin, "GET", GET)

    async def put(self, body: Bytes) -> Reply:
        head = b"PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % body.size
        return await self.client.ask(self.origin, "PUT", head, body)


@asynccontextmanager
async def talking(
    serve: Serve, *, certified: ssl.SSLContext | None = None, ca_file: str | None = None
) -> AsyncIterator[Talk]:
    """A server that does `serve` with every connection, and a client."""
    client = HttpClient(ca_file=ca_file, connect=2.0, answer=2.0, idle=4)
    tasks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk.accepted += 1
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(one(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=certified)
    port = server.sockets[0].getsockname()[1]
    talk = Talk(client, Origin("127.0.0.1", port, certified is not None))
    try:
        yield talk
    finally:
        client.close()
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def saying(*words: bytes, stay: bool = True) -> Serve:
    """Answers each request with the next of these words, and waits for more after the last."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in words:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(each)
        await writer.drain()
        if stay:
            await reader.read()

    return serve


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (OK, b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", b"ok"),
        (b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
async def test_replies_that_end_leave_the_connection_for_the_next(words: bytes, body: bytes) -> None:
    async with talking(saying(words, words, words)) as talk:
        for _ in range(3):
            assert await (await talk.get()).read(100) == body
        assert talk.accepted == 1
        assert talk.client.open_connections == 1


@pytest.mark.parametrize(
    "words",
    [
        OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        OK.replace(b"1.1", b"1.0"),
        OK + b"x",
        OK + OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200",
    ],
    ids=["close", "old", "excess", "two replies", "excess after chunks"],
)
async def test_connections_that_are_not_used_again(words: bytes) -> None:
    async with talking(saying(words, words)) as talk:
        for number in (1, 2):
            assert await (await talk.get()).read(100) == b"ok"
            assert talk.accepted == number
        assert talk.client.open_connections == 0


async def test_what_arrives_later_and_unasked_is_no_answer() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.wait_for(told.wait(), 5)
        writer.write(OK.replace(b"ok", b"no"))
        await reader.read()

    told = asyncio.Event()
    async with talking(serve) as talk:
        assert await (await talk.get()).read(100) == b"ok"
        assert talk.client.open_connections == 1
        told.set()
        for _ in range(500):
            if not talk.client.open_connections:
                break
            await asyncio.sleep(0.01)
        assert not talk.client.open_connections


async def test_a_reply_until_close() -> None:
    async with talking(saying(b"HTTP/1.1 200 OK\r\n\r\nall of it", stay=False)) as talk:
        assert await (await talk.get()).read(100) == b"all of it"
        assert talk.client.open_connections == 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (b"", HungUp),
        (b"HTTP/1.1 200 O", HungUp),
        (b"SSH-2.0-OpenSSH_9.2\r\n", NotHttp),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", NotHttp),
        (b"HTTP/1.1 101 Switching\r\n\r\n", NotHttp),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, NotHttp),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000, NotHttp),
        (OK[:-1], BrokenOff),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok", BrokenOff),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n", NotHttp),
    ],
)
async def test_replies_that_are_none(words: bytes, error: type[Exception]) -> None:
    async with talking(saying(words, stay=False)) as talk:
        with pytest.raises(error):
            await (await talk.get()).read(1000)
        assert talk.client.open_connections == 0


async def test_silence_is_not_waited_for_without_end() -> None:
    async with talking(saying(b"HTTP/1.1 200")) as talk:
        talk.client._answer = 0.1
        with pytest.raises(TimeoutError):
            await talk.get()
        assert talk.client.open_connections == 0


async def test_a_large_body_goes_out_whole() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await reader.readexactly(3_000_000)
            writer.write(OK)
        await reader.read()

    async with talking(serve) as talk:
        for _ in range(2):
            body = Bytes(3_000_000)
            assert await (await talk.put(body)).read(100) == b"ok"
            assert (body.sent, body.whole) == (3_000_000, True)
        assert talk.accepted == 1


async def test_who_is_refused_stops_sending() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
        await asyncio.Event().wait()

    async with talking(serve) as talk:
        body = Bytes(50_000_000)
        reply = await talk.put(body)
        assert (reply.status, await reply.read(100)) == (403, b"no")
        assert not body.whole
        assert talk.client.open_connections == 0


@pytest.mark.parametrize("size", [1000, 50_000_000])
async def test_cancelling_lets_go_at_once(size: int) -> None:
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await asyncio.Event().wait()

    async with talking(serve) as talk:
        task = asyncio.create_task(talk.put(Bytes(size)))
        await asyncio.wait_for(asked.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert talk.client.open_connections == 0


async def test_no_server_and_no_name(free_port: int) -> None:
    client = HttpClient(ca_file=None, connect=2.0, answer=2.0, idle=4)
    with pytest.raises(ConnectionRefusedError):
        await client.ask(Origin("127.0.0.1", free_port, False), "GET", GET)
    with pytest.raises(NameUnknown) as unknown:
        await client.ask(Origin("s3.nowhere.invalid", 80, False), "GET", GET)
    assert unknown.value.host == "s3.nowhere.invalid"


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    """Gives an authority whose certificate lies in `ca.pem`."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    return made


def certificate(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def test_tls_both_ways(authority: trustme.CA, tmp_path: Path) -> None:
    size = 3_000_000

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(size)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"\1" * size)
        await reader.read()

    certified = certificate(authority, "127.0.0.1")
    async with talking(serve, certified=certified, ca_file=str(tmp_path / "ca.pem")) as talk:
        for _ in range(3):
            body = Bytes(size)
            assert await (await talk.put(body)).read(size) == b"\1" * size
            assert body.whole
        assert talk.accepted == 1


async def test_tls_with_the_wrong_name_or_nobody_to_vouch(authority: trustme.CA, tmp_path: Path) -> None:
    certified = certificate(authority, "other.example")
    for ca_file in (str(tmp_path / "ca.pem"), None):
        async with talking(saying(OK), certified=certified, ca_file=ca_file) as talk:
            with pytest.raises(ssl.SSLCertVerificationError):
                await talk.get()
            assert talk.client.open_connections == 0


async def test_a_handshake_that_never_ends() -> None:
    async with talking(saying(b"")) as talk:
        client = HttpClient(ca_file=None, connect=0.2, answer=2.0, idle=4)
        with contextlib.closing(client), pytest.raises(ConnectTimeout):
            await client.ask(Origin("127.0.0.1", talk.origin.port, True), "GET", GET)
