"""What is said where no S3 server answers: wrong address, wrong port, wrong protocol, no trust."""

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import trustme

from s3tui.errors import StorageError
from s3tui.model.credentials import Credentials, Endpoint
from s3tui.model.location import S3Location
from s3tui.storage.limits import Limits
from tests.servers.tls import TlsFront
from tests.storage.connect import connected

ONCE = Limits(connect=2.0, answer=3.0, browse_answer=3.0, attempts=1)
PASTED = Credentials("ASIAIOSFODNN7EXAMPLE", "s" * 40, "t" * 100)

Speaker = Callable[[bytes], int]
Certified = Callable[[str, dt.timedelta, dt.timedelta], Awaitable[str]]


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    """Gives a function that opens a port on which something says these bytes to everybody, and hangs up."""
    listeners: list[socket.socket] = []

    def speak(words: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = listener.accept()
                    with caller, contextlib.suppress(OSError):
                        caller.sendall(words)
                        caller.shutdown(socket.SHUT_WR)
                        while caller.recv(4096):
                            pass

        threading.Thread(target=serve, daemon=True).start()
        return int(listener.getsockname()[1])

    yield speak
    for listener in listeners:
        # Closing alone would leave the thread in its accept.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def tls(tmp_path: Path, free_port: int) -> Iterator[TlsFront]:
    """TLS in front of nothing, with a certificate of an authority of its own."""
    front = TlsFront(f"http://127.0.0.1:{free_port}", tmp_path)
    yield front
    front.stop()


async def said(url: str | None, *, ca_file: str | None = None, bucket: str = "reef") -> StorageError:
    """What comes of a listing there."""
    with pytest.raises(StorageError) as refused:
        async with connected(url or "", PASTED, limits=ONCE, ca_file=ca_file) as connection:
            await anext(connection.store.list_pages(S3Location(bucket, "a/")))
    assert PASTED.secret_access_key not in refused.value.detail
    return refused.value


async def test_an_authority_of_its_own(tls: TlsFront) -> None:
    error = await said(tls.endpoint_url)
    host = tls.endpoint_url.removeprefix("https://")
    assert error.sentence == (
        f"The certificate of {host} cannot be trusted: unable to get local issuer certificate."
    )
    assert "name that CA file" in error.next_step


@pytest.fixture
async def certified(tmp_path: Path) -> AsyncIterator[Certified]:
    """Gives a function that opens a TLS server with a certificate as described; its authority is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "trusted.pem")
    servers: list[asyncio.Server] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(1)
            writer.close()

    async def serve(name: str, starts: dt.timedelta, ends: dt.timedelta) -> str:
        now = dt.datetime.now(dt.UTC)
        certificate = authority.issue_cert(name, not_before=now + starts, not_after=now + ends)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        servers.append(await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context))
        return f"https://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}"

    yield serve
    for server in servers:
        server.close()


DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "starts", "ends", "sentence"),
    [
        ("other.example", -DAY, DAY, "The certificate of {} is not made out for this name."),
        ("127.0.0.1", -2 * DAY, -DAY, "The certificate of {} has expired."),
        ("127.0.0.1", DAY, 2 * DAY, "The certificate of {} is not valid yet."),
    ],
)
async def test_a_certificate_that_is_not_good_here(
    certified: Certified, tmp_path: Path, name: str, starts: dt.timedelta, ends: dt.timedelta, sentence: str
) -> None:
    url = await certified(name, starts, ends)
    error = await said(url, ca_file=str(tmp_path / "trusted.pem"))
    assert error.sentence == sentence.format(url.removeprefix("https://"))
    assert error.next_step


PROXY = "The proxy of this network "


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("", "The proxy in front of s3.example.org does not answer."),
        ("407 Proxy Authentication Required", "The proxy in front of s3.example.org wants a login."),
        ("403 Forbidden", f"{PROXY}does not let anything through to s3.example.org."),
        ("503 Service Unavailable", f"{PROXY}cannot reach s3.example.org."),
    ],
)
async def test_a_proxy_that_does_not_let_through(
    speaker: Speaker, free_port: int, monkeypatch: pytest.MonkeyPatch, status: str, sentence: str
) -> None:
    words = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    port = speaker(words) if status else free_port
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    error = await said("https://s3.example.org")
    assert error.sentence == sentence
    assert error.next_step


async def test_behind_a_proxy_certificates_are_checked_just_the_same(
    certified: Certified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy leads wherever it likes; only the certificate tells that it is the wrong place."""
    port = int((await certified("other.example", -DAY, DAY)).rpartition(":")[2])

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        there, onward = await asyncio.open_connection("127.0.0.1", port)

        async def relay(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                while data := await source.read(65536):
                    sink.write(data)
                sink.close()

        await asyncio.gather(relay(reader, onward), relay(there, writer))

    proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
    distrusted = await said("https://other.example")
    assert distrusted.sentence.startswith("The certificate of other.example cannot be trusted")
    misled = await said("https://s3.example.org", ca_file=str(tmp_path / "trusted.pem"))
    assert misled.sentence == "The certificate of s3.example.org is not made out for this name."
    reached = await said("https://other.example", ca_file=str(tmp_path / "trusted.pem"))
    assert "certificate" not in reached.sentence, "the right one is taken"
    proxy.close()


async def test_http_spoken_to_https(tls: TlsFront) -> None:
    url = tls.endpoint_url.replace("https://", "http://")
    error = await said(url)
    assert error.sentence == f"{url.removeprefix('http://')} hangs up without an answer."
    assert "https://" in error.next_step


@pytest.mark.parametrize(
    ("words", "scheme", "sentence"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "http", "answered with something that is not HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "https", "does not speak TLS"),
        (b"HTTP/1.0 200 OK\r\n\r\n", "https", "does not speak TLS"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "http", "answered with something that is not HTTP"),
        (b"", "http", "hangs up without an answer"),
        (b"", "https", "broke off"),
    ],
)
async def test_another_kind_of_server(speaker: Speaker, words: bytes, scheme: str, sentence: str) -> None:
    host = f"127.0.0.1:{speaker(words)}"
    error = await said(f"{scheme}://{host}")
    assert host in error.sentence
    assert sentence in error.sentence
    assert error.next_step


async def test_nobody_there(free_port: int) -> None:
    error = await said(f"http://127.0.0.1:{free_port}")
    assert error.sentence == f"Nothing answers at 127.0.0.1:{free_port}."


async def test_a_name_that_does_not_exist() -> None:
    error = await said("https://s3.nowhere.invalid")
    assert error.sentence == "The name s3.nowhere.invalid cannot be found."


@pytest.mark.parametrize("url", ["http://bad host/", "http://host:99999", "nonsense", "https://"])
async def test_what_is_no_address(url: str) -> None:
    error = await said(url)
    assert error.sentence.endswith("is no address of a server.")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "The CA file of this connection cannot be read."),
        ("no certificate", "The CA file of this connection holds no certificate."),
    ],
)
async def test_a_ca_file_that_is_none(
    tmp_path: Path, free_port: int, content: str | None, sentence: str
) -> None:
    path = tmp_path / "authority.pem"
    if content is not None:
        path.write_text(content)
    error = await said(f"https://127.0.0.1:{free_port}", ca_file=str(path))
    assert error.sentence == sentence


@pytest.mark.parametrize("bucket", ["a b", "arn:aws:s3:eu-west-1:1:accesspoint/x", "ü"])
async def test_a_bucket_with_an_impossible_name(free_port: int, bucket: str) -> None:
    error = await said(f"http://127.0.0.1:{free_port}", bucket=bucket)
    assert error.sentence == f"{bucket} cannot be the name of a bucket."


def test_a_password_in_an_address_is_not_shown() -> None:
    assert Endpoint("https://alice:hunter2@s3.example.org").host == "s3.example.org"
