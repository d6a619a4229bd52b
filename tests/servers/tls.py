"""TLS in front of any test server: a certificate made for the occasion, and bytes relayed as they come.

The Host header passes untouched, so a request signed for https://localhost:PORT stays valid behind it.
"""

import asyncio
import contextlib
import ssl
import urllib.parse
from pathlib import Path

import trustme

from tests.servers.loop_thread import LoopThread

_BLOCK_BYTES = 256 * 1024


class TlsFront:
    """A TLS-terminating relay to one http server, its certificate in `folder`; `stop` it when done."""

    endpoint_url: str
    """As https://localhost:PORT; S3 clients must address buckets by path."""
    ca_file: Path
    """The authority that signed the certificate, in PEM; no system store knows it."""

    def __init__(self, upstream_url: str, folder: Path) -> None:
        upstream = urllib.parse.urlsplit(upstream_url)
        self._upstream = (upstream.hostname or "127.0.0.1", upstream.port or 80)
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        self._thread = LoopThread("tls-front")
        port = self._thread.listen(self._serve, ssl=context, ssl_shutdown_timeout=1)
        self.endpoint_url = f"https://localhost:{port}"

    def stop(self) -> None:
        """Closes the port and every connection; safe to call again."""
        self._thread.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._upstream)
        except OSError:
            writer.transport.abort()
            return
        sinks = (writer, upstream_writer)
        ways = (
            asyncio.create_task(_relay(reader, upstream_writer)),
            asyncio.create_task(_relay(upstream_reader, writer)),
        )
        try:
            # TLS cannot be half closed, so the end of one direction ends both.
            ended, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if all(way.exception() is None for way in ended):
                for sink in sinks:
                    sink.close()
                for sink in sinks:
                    with contextlib.suppress(OSError):
                        await sink.wait_closed()
        finally:
            for way in ways:
                way.cancel()
            for sink in sinks:
                sink.transport.abort()
            await asyncio.gather(*ways, return_exceptions=True)


async def _relay(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(_BLOCK_BYTES):
        sink.write(data)
        await sink.drain()
