"""Local test data: files of any size with bytes that look random and are the same for the same seed."""

import random
from pathlib import Path

_BLOCK_BYTES = 1024**2
_STEP_BYTES = 4099  # odd, so that every block of the first TiB is another rotation of the same random bytes


def write_big_file(folder: Path, size: int, seed: int = 0, name: str | None = None) -> Path:
    """Writes `size` bytes to a new file in `folder`, no block equal to another, and returns its path."""
    path = folder / (name or f"big-{size}-{seed}.bin")
    twice = memoryview(random.Random(seed).randbytes(_BLOCK_BYTES) * 2)
    with path.open("xb") as sink:
        for number, start in enumerate(range(0, size, _BLOCK_BYTES)):
            shift = number * _STEP_BYTES % _BLOCK_BYTES
            sink.write(twice[shift : shift + min(_BLOCK_BYTES, size - start)])
    return path
