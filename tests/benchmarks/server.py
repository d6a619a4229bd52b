"""The server that keeps no bytes: compiled from `null_server.c`, on free ports, with and without TLS."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

SOURCE = Path(__file__).with_name("null_server.c")
START_SECONDS = 10.0


class CannotBuild(RuntimeError):
    """There is no C compiler, or OpenSSL's headers are missing."""


@dataclass(frozen=True)
class NullServer:
    """A running server."""

    http: str
    """Its endpoint without TLS."""
    https: str
    """Its endpoint with TLS."""
    ca_file: Path
    """PEM file of the authority that signed its certificate."""

    def stats(self) -> dict[str, int]:
        """Requests, bytes received and bytes sent since the last call."""
        with urllib.request.urlopen(f"{self.http}/_stats", timeout=10) as reply:
            counted: dict[str, int] = json.loads(reply.read())
        return counted


def build(folder: Path) -> Path:
    """Compile the server into `folder`; returns the program.

    Raises:
        CannotBuild: the sentence says what to install.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise CannotBuild("The server is written in C: install gcc and libssl-dev.")
    program = folder / "null_server"
    command = [compiler, "-O2", "-o", str(program), str(SOURCE), "-lssl", "-lcrypto", "-lpthread"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotBuild(f"The server could not be compiled (is libssl-dev there?): {done.stderr[:400]}")
    return program


@contextmanager
def running(program: Path, folder: Path, *, latency_ms: int = 0) -> Iterator[NullServer]:
    """Serve until the block ends; every answer waits `latency_ms` milliseconds."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    ca_file, chain, key = (folder / name for name in ("ca.pem", "chain.pem", "key.pem"))
    authority.cert_pem.write_to_path(str(ca_file))
    certificate.cert_chain_pems[0].write_to_path(str(chain))
    certificate.private_key_pem.write_to_path(str(key))
    plain, secure = _free_port(), _free_port()
    process = subprocess.Popen([program, str(plain), str(secure), chain, key, str(latency_ms)])
    try:
        _wait_for(plain, process)
        yield NullServer(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}", ca_file)
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("The server did not start.")
