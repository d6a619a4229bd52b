"""A process that copies one thing with a manager of its own, to be killed; its job comes on stdin."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec

from s3tui.model.credentials import Credentials
from s3tui.model.location import Location
from s3tui.storage.limits import Limits
from tests.storage.connect import SHORT
from tests.transfer.rig import rig


class Job(msgspec.Struct):
    """What to copy, and with what."""

    url: str
    credentials: Credentials
    state: str
    source: Location
    destination: Location
    limits: Limits = SHORT


async def main() -> None:
    """Copy, and say when it is done."""
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    async with rig(job.url, job.credentials, Path(job.state), limits=job.limits) as built:
        ids = await built.copy(job.source, job.destination)
        print("queued", len(ids), os.getpid(), flush=True)
        summary = await built.until_done(120)
        for row in built.rows():
            if row.failure is not None:
                print(row.failure.text, row.failure.detail, flush=True)
        print("done", summary.succeeded, summary.failed, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
