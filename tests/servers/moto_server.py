"""moto as a second, independent S3 server: installed by pip, fast to start, without expiry or policies."""

import http.client
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from tests.servers.children import free_tcp_port, kill_child, start_child
from tests.servers.clients import boto_client

START_SECONDS = 60.0


@dataclass(frozen=True)
class MotoServer:
    """A running moto server; it accepts any credentials, these among them."""

    endpoint_url: str
    _child: subprocess.Popen[bytes] = field(repr=False)
    access_key_id: str = "ASIAMOTOMOTOMOTOMOTO"
    secret_access_key: str = field(default="moto/secret/moto/secret/moto/secret/moto", repr=False)
    session_token: str = field(default="bW90byBzZXNzaW9uIHRva2Vu", repr=False)

    def client(self, service: str = "s3") -> Any:
        """Returns a blocking boto client of this server."""
        return boto_client(
            service, self.endpoint_url, self.access_key_id, self.secret_access_key, self.session_token
        )

    def running(self) -> bool:
        """Whether the server's process lives."""
        return self._child.poll() is None

    def reset(self) -> None:
        """Forgets every bucket and object; raises OSError when the server is gone."""
        status = _ask(self.endpoint_url, "POST", "/moto-api/reset")
        if status != 200:
            raise OSError(f"moto answered {status} to a reset")

    def stop(self) -> None:
        """Kills the server; safe to call again."""
        kill_child(self._child)


def start_moto() -> MotoServer:
    """Starts moto on a free loopback port and returns when it answers, in about 3 s.

    Raises RuntimeError with its last words when it does not.
    """
    port = free_tcp_port()
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    argv = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    # A file without a name, so that nothing stays behind however the run ends.
    with tempfile.TemporaryFile() as log:
        server = MotoServer(f"http://127.0.0.1:{port}", start_child(argv, log, environment))
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and server.running():
            try:
                server.reset()
            except OSError:
                time.sleep(0.05)
            else:
                return server
        server.stop()
        log.seek(0)
        words = log.read().decode(errors="replace")[-2000:]
    raise RuntimeError(f"moto did not start.\n{words}")


def _ask(endpoint_url: str, verb: str, path: str) -> int:
    where = urllib.parse.urlsplit(endpoint_url)
    connection = http.client.HTTPConnection(where.hostname or "127.0.0.1", where.port, timeout=10)
    try:
        connection.request(verb, path)
        return connection.getresponse().status
    finally:
        connection.close()
