"""The installed command, run as a child process against a real server."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers.moto_server import MotoServer

BUCKET = "command-line"
LIMIT_SECONDS = 90


@dataclass(frozen=True)
class Command:
    """`s3tui` with an environment of its own."""

    environment: Mapping[str, str]
    folder: Path
    more: tuple[str, ...] = field(default=())

    def argv(self, *arguments: str) -> list[str]:
        """Returns what to execute."""
        return [sys.executable, "-m", "s3tui", *arguments, *self.more]

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        """Runs to the end with the standard streams kept."""
        return subprocess.run(
            self.argv(*arguments),
            env=dict(self.environment),
            cwd=self.folder,
            capture_output=True,
            timeout=LIMIT_SECONDS,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Starts it and returns at once."""
        return subprocess.Popen(
            self.argv(*arguments),
            env=dict(self.environment),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


@pytest.fixture(autouse=True, scope="session")
def interrupts() -> None:
    """Has children hear Ctrl+C even where the tests themselves run in the background of a script.

    A shell without job control starts what it puts there with SIGINT ignored, and a program that finds it so
    leaves it so.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def environment_for(access_key_id: str, secret: str, token: str | None, endpoint_url: str) -> dict[str, str]:
    """Returns the environment of a shell in which credentials were pasted as exports."""
    found = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_ENDPOINT_URL": endpoint_url,
    }
    return found | ({"AWS_SESSION_TOKEN": token} if token else {})


@pytest.fixture
def s3tui(moto: MotoServer, tmp_path: Path) -> Command:
    """Gives the command with credentials for an empty bucket of moto, in a new folder."""
    moto.client().create_bucket(Bucket=BUCKET)
    folder = tmp_path / "work"
    folder.mkdir()
    variables = environment_for(
        moto.access_key_id, moto.secret_access_key, moto.session_token, moto.endpoint_url
    )
    return Command(variables, folder)
