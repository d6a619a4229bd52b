"""A process that copies many large files truly at once and stays for its memory to be looked at."""

import asyncio
import sys
from pathlib import Path

import msgspec

from s3tui.model.credentials import Credentials
from s3tui.model.location import Location
from s3tui.model.transfer import CopyItem
from s3tui.storage.limits import Limits
from s3tui.transfer.driving import TransferSettings
from s3tui.transfer.parts import MIB
from tests.transfer.rig import rig


class ManyJob(msgspec.Struct):
    """What to copy, how many at a time, and with what."""

    url: str
    credentials: Credentials
    state: str
    copies: tuple[tuple[Location, Location], ...]
    at_once: int


async def main() -> None:
    """Copy all; the most files that were under way at the same moment are told with the end."""
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=ManyJob)
    settings = TransferSettings(
        parts_at_once=32, multipart_threshold=5 * MIB, part_size=5 * MIB, large_at_once=job.at_once
    )
    state = Path(job.state)
    # The limits that users have: short ones would fail where the machine is busy with sixteen.
    async with rig(job.url, job.credentials, state, settings=settings, limits=Limits()) as built:
        items = tuple(CopyItem(source, destination) for source, destination in job.copies)
        print("ready", flush=True)
        plan = await built.manager.plan(items, False)
        await built.manager.submit(plan.plan_id)
        most = 0

        def over(running: int, active: bool) -> bool:
            nonlocal most
            most = max(most, running)
            return not active

        summary = await built.until(lambda seen: over(seen.running, seen.active > 0), 240)
        for row in built.rows():
            if row.failure is not None:
                print(row.failure.text, row.failure.detail, file=sys.stderr, flush=True)
        print("done", summary.succeeded, summary.failed, most, flush=True)
        sys.stdin.buffer.readline()


if __name__ == "__main__":
    asyncio.run(main())
