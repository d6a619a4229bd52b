"""A manifest: one JSON object a line for each file that was verified.

Each line has `key` (bucket and key as an s3:// address), `path` here, `bytes`, `digest` (name and value;
empty where only sizes could be compared), and `when` it was checked, in UTC. The file gets its name when it
is complete; until then a manifest that was there stays.
"""

import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from s3tui.errors import LocalFault


class ManifestLine(msgspec.Struct, frozen=True):
    """One verified file."""

    key: str
    path: str
    bytes: int
    digest: str
    when: str


def line_of(key: str, path: str, size: int, digest: str, when: float) -> ManifestLine:
    """Return the line for a file; `size` in bytes, `when` in Unix seconds."""
    return ManifestLine(key, path, size, digest, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when)))


def write_manifest(path: Path, lines: Iterable[ManifestLine]) -> int:
    """Write a manifest with the permissions that the umask leaves; returns how many lines it has.

    Raises:
        LocalFault: it could not be written; what was there before is still there.
    """
    temporary = path.with_name(f".s3tui-{secrets.token_hex(4)}.manifest")
    encoder, count = msgspec.json.Encoder(), 0
    try:
        try:
            with temporary.open("xb") as sink:
                for line in sorted(lines, key=lambda line: (line.key, line.path)):
                    sink.write(encoder.encode(line) + b"\n")
                    count += 1
                sink.flush()
                os.fsync(sink.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise LocalFault(
            f"The manifest {path} cannot be written: {error.strerror}.", next_step="Name another file."
        ) from None
    return count
