"""The front end's handle on the demo server: starts the child, asks it for credentials, ends it.

Imports neither aiohttp nor boto. Everything here blocks, for about half a second at the start and for
milliseconds afterwards. If this process is killed, the child notices the closed socket and removes all it
made.
"""

import datetime as dt
import os
import site
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

import s3tui
from s3tui.demo.access import DemoAccess, DemoOptions, Granted, IssueRequest, Refusal, Rights
from s3tui.demo.scratch import remove_tree
from s3tui.errors import S3tuiError

_START_SECONDS = 20.0
_ANSWER_SECONDS = 5.0
_END_SECONDS = 3.0
_MAX_ANSWER_BYTES = 64 * 1024


class DemoError(S3tuiError):
    """The demo server could not be started or does not answer."""

    code = "demo"


class DemoServer:
    """A running demo server; a context manager that stops it."""

    def __init__(self, child: subprocess.Popen[bytes], channel: socket.socket, complaints: IO[bytes]) -> None:
        """Take over a child that was just started; use `start`."""
        self.process = child
        self._channel = channel
        self._complaints = complaints
        self._lock = threading.Lock()
        self._scratch: list[Path] = []
        self._stop = weakref.finalize(self, _end, os.getpid(), child, channel, complaints, self._scratch)
        self._credentials: DemoAccess | None = None

    @classmethod
    def start(
        cls, lifetime_seconds: float = 900, scratch: bool = True, *, options: DemoOptions | None = None
    ) -> Self:
        """Start the server and wait until it listens.

        Args:
            lifetime_seconds: life of the first credentials.
            scratch: whether to make the private directory.
            options: everything else; its own lifetime and scratch then count, not the two above.

        Raises DemoError when there is no server after all.
        """
        options = options or DemoOptions(lifetime_seconds=lifetime_seconds, scratch=scratch)
        ours, theirs = socket.socketpair()
        complaints = tempfile.TemporaryFile()  # noqa: SIM115
        with theirs:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "s3tui.demo", "--channel-fd", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                pass_fds=(theirs.fileno(),),
                env=_child_environment(),
                start_new_session=True,
            )
        server = cls(child, ours, complaints)
        try:
            server._say(options)
            server._remember(server._hear(_START_SECONDS))
        except DemoError:
            server.stop()
            raise
        return server

    @property
    def credentials(self) -> DemoAccess:
        """The credentials issued last."""
        assert self._credentials is not None
        return self._credentials

    @property
    def running(self) -> bool:
        """Whether the server's process lives."""
        return self.process.poll() is None

    def renew(self, lifetime_seconds: float = 900) -> DemoAccess:
        """Fresh credentials of the same identity, as the platform's page would show; raises DemoError.

        The earlier ones stay good until their own end.
        """
        with self._lock:
            self._say(IssueRequest(lifetime_seconds))
            return self._remember(self._hear(_ANSWER_SECONDS))

    def issue(self, rights: Rights, lifetime_seconds: float = 900) -> DemoAccess:
        """Credentials with other rights, for tests; `credentials` stays what it was. Raises DemoError."""
        with self._lock:
            self._say(IssueRequest(lifetime_seconds, rights))
            return self._hear(_ANSWER_SECONDS)

    def paste_text(self) -> str:
        """What a data platform's page would show for the credentials issued last. Holds secrets."""
        return paste_text(self.credentials)

    def stop(self) -> None:
        """End the server and remove what it made; does nothing the second time."""
        self._stop()

    def __enter__(self) -> Self:
        """The server itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def _remember(self, access: DemoAccess) -> DemoAccess:
        self._credentials = access
        if access.scratch_dir is not None and not self._scratch:
            self._scratch.append(Path(access.scratch_dir))
        return access

    def _say(self, message: DemoOptions | IssueRequest) -> None:
        try:
            self._channel.sendall(msgspec.json.encode(message) + b"\n")
        except OSError:
            raise self._gone() from None

    def _hear(self, seconds: float) -> DemoAccess:
        self._channel.settimeout(seconds)
        line = b""
        try:
            while not line.endswith(b"\n") and len(line) < _MAX_ANSWER_BYTES:
                data = self._channel.recv(_MAX_ANSWER_BYTES)
                if not data:
                    raise self._gone()
                line += data
        except TimeoutError:
            raise DemoError(f"The demo server did not answer within {seconds:.0f} seconds.") from None
        except OSError:
            raise self._gone() from None
        answer = msgspec.json.decode(line, type=Granted | Refusal)
        if isinstance(answer, Refusal):
            raise DemoError(answer.sentence)
        return answer.access

    def _gone(self) -> DemoError:
        try:
            status: int | None = self.process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            status = None
        said = ""
        if not self._complaints.closed:
            self._complaints.seek(0)
            lines = self._complaints.read(_MAX_ANSWER_BYTES).decode("utf-8", "replace").split("\n")
            said = next((line for line in reversed(lines) if line.strip()), "")
        return DemoError(
            "The demo server has ended.",
            next_step="Start it again with s3tui --demo.",
            detail=f"exit status {status}: {said}",
        )


def paste_text(access: DemoAccess) -> str:
    """The page of a data platform as text: shell exports, the expiry, and the command to look around."""
    lines = [
        f'export AWS_ACCESS_KEY_ID="{access.access_key_id}"',
        f'export AWS_SECRET_ACCESS_KEY="{access.secret_access_key}"',
    ]
    if access.session_token is not None:
        lines.append(f'export AWS_SESSION_TOKEN="{access.session_token}"')
    lines += [
        f'export AWS_DEFAULT_REGION="{access.region}"',
        f'export AWS_ENDPOINT_URL="{access.endpoint_url}"',
    ]
    if access.expiration is not None:
        moment = access.expiration.astimezone(dt.UTC)
        lines.append(f"Expires on {moment:%Y-%m-%dT%H:%M:%SZ}")
    lines.append(f"aws s3 ls s3://{access.bucket}/{access.prefix}")
    return "\n".join(lines) + "\n"


def _child_environment() -> dict[str, str]:
    """The environment without anybody's credentials, and with this package on its path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    root = str(Path(s3tui.__file__).parent.parent)
    if root not in (*site.getsitepackages(), site.getusersitepackages()):
        known = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{known}{os.pathsep}{root}" if known else root
    return environment


def _end(
    owner: int,
    child: subprocess.Popen[bytes],
    channel: socket.socket,
    complaints: IO[bytes],
    scratch: list[Path],
) -> None:
    """Close the channel, wait for the child, and do its cleaning if it was killed."""
    if os.getpid() != owner:
        # A fork of the front end that ends must not take the server with it.
        return
    channel.close()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    complaints.close()
    for path in scratch:
        remove_tree(path)
