"""Transfers for tests of the parts of the queue."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from s3tui.model.transfer import Direction
from s3tui.transfer.journal import Journal
from s3tui.transfer.record import Transfer


def a_transfer(number: int = 1, **more: Any) -> Transfer:
    """An upload of 100 bytes; `more` overrides any field."""
    values: dict[str, Any] = {
        "id": number,
        "direction": Direction.UPLOAD,
        "local": b"/data/folder/file-%d" % number,
        "root": len(b"/data/folder"),
        "bucket": "bucket",
        "key": f"folder/file-{number}",
        "key_root": len("folder/"),
        "endpoint": "http://one",
        "size": 100,
        "modified": 1.5,
    }
    return Transfer(**(values | more))


@contextlib.asynccontextmanager
async def journal_in(folder: Path) -> AsyncIterator[Journal]:
    """An open journal."""
    journal = Journal()
    await journal.open(folder)
    try:
        yield journal
    finally:
        await journal.close()
