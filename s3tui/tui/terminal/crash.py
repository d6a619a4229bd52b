"""Crash reports without secrets: a plain traceback in a private file, one line on the screen.

Textual's own report prints the local variables of every frame; inside a request those hold the secret and the
session token.
"""

import os
import time
import traceback
from pathlib import Path


def write_report(error: BaseException, folder: Path) -> Path | None:
    """Write the traceback of an error, without locals and without the texts of foreign exceptions.

    Args:
        error: what went wrong.
        folder: where to put the file; made 0700 when missing.

    Returns:
        The file (mode 0600), or None when it could not be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(report_text(error))
    except OSError:
        return None
    return path


def report_text(error: BaseException) -> str:
    """Frames and exception types, oldest cause first; messages are left out, they may quote a paste."""
    lines: list[str] = []
    seen: set[int] = set()
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        chain.append(current)
        current = current.__cause__ or current.__context__
    for link in reversed(chain):
        lines.append("Traceback (most recent call last):")
        for frame in traceback.extract_tb(link.__traceback__):
            lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}")
        lines.append("")
    return "\n".join(lines)
