"""The pieces of work that are timed, and the command of each program for it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.peers import Place, Programs, aws, rclone, s3tui, s5cmd

PEERS = ("s5cmd", "rclone", "aws")
SMALL = 16 * 1024
"""Bytes of a small file."""

Commands = dict[str, list[str]]


@dataclass(frozen=True)
class Sizes:
    """How much work there is."""

    large: int
    """Bytes of the large file."""
    files: int
    """How many small files."""
    keys: int
    """How many keys are listed."""
    grouped: int
    """How many keys are listed with a delimiter."""


@dataclass(frozen=True)
class Case:
    """One piece of work."""

    name: str
    """A few words for the table."""
    commands: Callable[[Programs, Place, Path, Sizes], Commands]
    """The command of each program."""
    direction: str
    """up, down or list: what is checked afterwards."""
    amount: Callable[[Sizes], int]
    """Bytes that are moved, or keys that are listed."""
    secure: bool = False
    latency_ms: int = 0
    bar: float = 1.0
    """What s3tui's time over that of the best peer should not pass."""
    once: tuple[str, ...] = ()
    """Programs that take so long that one run has to do; a peer among them was never the best."""


def prepare(folder: Path, sizes: Sizes) -> None:
    """Make the files that are uploaded, once."""
    large = folder / "large"
    if not large.exists() or large.stat().st_size != sizes.large:
        with large.open("wb") as file:
            for _ in range(0, sizes.large, 1 << 20):
                file.write(os.urandom(min(1 << 20, sizes.large - file.tell())))
    small = folder / "small"
    small.mkdir(exist_ok=True)
    for number in range(sizes.files):
        path = small / f"f{number:06}"
        if not path.exists():
            path.write_bytes(os.urandom(SMALL))


def _upload_large(programs: Programs, place: Place, folder: Path, _: Sizes) -> Commands:
    source = str(folder / "large")
    return {
        "s3tui": s3tui(programs, place, "cp", source, "s3://into/s3tui"),
        "s5cmd": s5cmd(programs, place, "cp", source, "s3://into/s5cmd"),
        "rclone": rclone(programs, place, "copyto", source, "null:into/rclone"),
        "aws": aws(programs, place, "s3", "cp", "--only-show-errors", source, "s3://into/aws"),
    }


def _download_large(programs: Programs, place: Place, folder: Path, sizes: Sizes) -> Commands:
    key, target = f"sized/object-{sizes.large}", str(folder / "arrived" / "large")
    return {
        "s3tui": s3tui(programs, place, "cp", f"s3://{key}", target),
        "s5cmd": s5cmd(programs, place, "cp", f"s3://{key}", target),
        "rclone": rclone(programs, place, "copyto", f"null:{key}", target),
        "aws": aws(programs, place, "s3", "cp", "--only-show-errors", f"s3://{key}", target),
    }


def _upload_small(programs: Programs, place: Place, folder: Path, _: Sizes) -> Commands:
    source = str(folder / "small") + "/"
    return {
        "s3tui": s3tui(programs, place, "cp", "-r", source, "s3://into/s3tui/"),
        "s5cmd": s5cmd(programs, place, "cp", source, "s3://into/s5cmd/"),
        "rclone": rclone(programs, place, "copy", source, "null:into/rclone"),
        "aws": aws(
            programs, place, "s3", "cp", "--recursive", "--only-show-errors", source, "s3://into/aws/"
        ),
    }


def _download_small(programs: Programs, place: Place, folder: Path, sizes: Sizes) -> Commands:
    bucket, target = f"flat-{sizes.files}", str(folder / "arrived") + "/"
    return {
        "s3tui": s3tui(programs, place, "cp", "-r", f"s3://{bucket}/", target),
        "s5cmd": s5cmd(programs, place, "cp", f"s3://{bucket}/*", target),
        "rclone": rclone(programs, place, "copy", f"null:{bucket}", target),
        "aws": aws(
            programs, place, "s3", "cp", "--recursive", "--only-show-errors", f"s3://{bucket}/", target
        ),
    }


def _list_flat(programs: Programs, place: Place, _: Path, sizes: Sizes) -> Commands:
    bucket = f"flat-{sizes.keys}"
    return {
        "s3tui": s3tui(programs, place, "ls", "-r", f"s3://{bucket}/"),
        "s5cmd": s5cmd(programs, place, "ls", f"s3://{bucket}/*"),
        "rclone": rclone(programs, place, "lsl", "--use-server-modtime", "--fast-list", f"null:{bucket}"),
        "aws": aws(programs, place, "s3", "ls", "--recursive", f"s3://{bucket}/"),
    }


def _list_grouped(programs: Programs, place: Place, _: Path, sizes: Sizes) -> Commands:
    bucket = f"flat-{sizes.grouped}"
    return {
        "s3tui": s3tui(programs, place, "ls", f"s3://{bucket}/"),
        "s5cmd": s5cmd(programs, place, "ls", f"s3://{bucket}/"),
        "rclone": rclone(programs, place, "lsl", "--use-server-modtime", "--max-depth=1", f"null:{bucket}"),
        "aws": aws(programs, place, "s3", "ls", f"s3://{bucket}/"),
    }


def _large(sizes: Sizes) -> int:
    return sizes.large


def _small(sizes: Sizes) -> int:
    return sizes.files * SMALL


_SLOW = ("aws",)

CASES = (
    Case("upload one large file, http", _upload_large, "up", _large, bar=0.7),
    Case("upload one large file, https", _upload_large, "up", _large, secure=True),
    Case("download one large file, http", _download_large, "down", _large, bar=1.05),
    Case("download one large file, https", _download_large, "down", _large, secure=True, bar=1.25),
    Case("upload small files, http", _upload_small, "up", _small, once=_SLOW),
    Case("upload small files, https", _upload_small, "up", _small, secure=True, once=_SLOW),
    Case("download small files, http", _download_small, "down", _small, once=_SLOW),
    Case("download small files, https", _download_small, "down", _small, secure=True, once=_SLOW),
    Case("upload small files, 20 ms away", _upload_small, "up", _small, latency_ms=20, bar=0.9, once=_SLOW),
    Case(
        "download small files, 20 ms away",
        _download_small,
        "down",
        _small,
        latency_ms=20,
        bar=0.9,
        once=_SLOW,
    ),
    Case("list keys, printed", _list_flat, "list", lambda sizes: sizes.keys, bar=0.5, once=_SLOW),
    Case(
        "list keys with a delimiter, printed", _list_grouped, "list", lambda s: s.grouped, bar=0.8, once=_SLOW
    ),
)
