"""The engine as a process: its descriptor, its limits, its signals and its loop.

It ends when the front end hangs up, when a signal asks for it, or when told to; each time the manager
first makes sure that everything unfinished can be resumed.
"""

import asyncio
import logging
import resource
import signal
import socket
import sys

from s3tui.engine import messages as say
from s3tui.engine.host import Host
from s3tui.engine.wire import Channel

_NOISY_LOGGERS = ("aioboto3", "aiobotocore", "boto3", "botocore", "aiohttp", "asyncio", "urllib3")


def main(argv: list[str]) -> int:
    """Serve the front end behind the descriptor named in `argv`; returns the exit status."""
    if len(argv) != 2 or not argv[1].isdigit():
        print("The engine is started by s3tui itself: run s3tui instead.", file=sys.stderr)  # noqa: T201
        return 2
    harden()
    try:
        sock = socket.socket(fileno=int(argv[1]))
    except OSError:
        return 2
    sock.set_inheritable(False)
    asyncio.run(_serve(sock))
    return 0


def harden() -> None:
    """Keep secrets out of core files and out of what libraries log."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(name)s %(message)s")
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)


async def _serve(sock: socket.socket) -> None:
    channel: Channel[say.FrontEndMessage] = await Channel.over(sock, say.FrontEndMessage)
    host = Host(channel)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, host.stop)
    await host.run()
