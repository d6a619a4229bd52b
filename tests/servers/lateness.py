"""How late a busy machine is: what is to be allowed for where seconds are promised."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

_BEAT = 0.02
"""Seconds between two looks at the clock."""


@dataclass
class Lateness:
    """What was seen so far."""

    seconds: float = 0.0
    """The sum of all delays of this process beyond the time it had asked for."""


@asynccontextmanager
async def lateness() -> AsyncIterator[Lateness]:
    """Measures while the block runs how long this process waits for its turn."""
    found = Lateness()

    async def measure() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(_BEAT)
            late = time.monotonic() - began - _BEAT
            # Timers are never quite exact.
            found.seconds += late if late > _BEAT / 2 else 0.0

    task = asyncio.create_task(measure())
    try:
        yield found
    finally:
        task.cancel()
