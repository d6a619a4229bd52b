"""Crash reports without secrets: a plain traceback in a private file, one line on the screen.

Textual's own report prints the local variables of every frame; inside a request those hold the secret and the
session token.
"""

import os
import time
from pathlib import Path

from s3tui.hardening import places_text
from s3tui.private import private_folder


def write_report(error: BaseException, folder: Path) -> Path | None:
    """Write the traceback of an error, without locals and without the texts of foreign exceptions.

    Args:
        error: what went wrong.
        folder: where to put the file; made 0700 when missing.

    Returns:
        The file (mode 0600), or None when it could not be written.
    """
    try:
        private_folder(folder)
        path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(places_text(error))
    except OSError:
        return None
    return path
