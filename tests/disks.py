"""Real file systems of the tests' own: small ones that fill up, and ones that turn read-only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CANNOT_MOUNT = "no file system can be mounted here: run this as root to test full and read-only disks"


@contextmanager
def small_disk(place: Path, kib: int) -> Iterator[Path]:
    """Mount a file system of so many KiB; skips the test where none can be mounted."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "s3tui-test", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        # Where everything is to be tested, what was not must not look as if it had passed.
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            pytest.fail(f"{CANNOT_MOUNT}: {mounted.stderr.decode(errors='replace').strip()}")
        pytest.skip(CANNOT_MOUNT)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free; returns the file that takes all room."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def remount(disk: Path, how: str) -> None:
    """Mount again as "ro" or "rw"."""
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)
