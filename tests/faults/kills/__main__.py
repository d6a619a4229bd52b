"""`python -m tests.faults.kills MOMENTS [FIRST]`: signals at that many random moments, one line for each."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.faults.kills.moments import Killing
from tests.servers.proxy import RecordingProxy
from tests.servers.rgw import start_rgw
from tests.servers.workspace import new_workspace


async def main(count: int, first: int) -> int:
    """Play them; returns the exit status, which is 0 when all were survived."""
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[3])
    server = start_rgw()
    workspace = new_workspace(server)
    proxy = RecordingProxy(server.endpoint_url)
    wrong = 0
    try:
        with tempfile.TemporaryDirectory(prefix="s3tui-kills-") as folder:
            killing = Killing(workspace, proxy, Path(folder))
            for seed in range(first, first + count):
                moment = await killing.play(seed)
                wrong += bool(moment.wrong)
                print(moment, flush=True)
    finally:
        proxy.stop()
        workspace.clean_up()
        server.stop()
    print(f"{count - wrong} of {count} moments survived")
    return 1 if wrong else 0


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(asyncio.run(main(*(numbers + [20, 0][len(numbers) :]))))
