"""The engine as a process: its descriptor, its limits, its signals and its loop.

It ends when the front end hangs up, when a signal asks for it, or when told to; each time the manager
first makes sure that everything unfinished can be resumed.
"""

import asyncio
import signal
import socket
import sys

from s3tui.engine import messages as say
from s3tui.engine.child import end_at_once, take_socket
from s3tui.engine.host import Host
from s3tui.engine.wire import Channel
from s3tui.hardening import harden


def main(argv: list[str]) -> int:
    """Serve the front end behind the descriptor named in `argv`; returns the exit status."""
    harden()
    sock = take_socket(argv)
    if sock is None:
        sys.stderr.write("The engine is started by s3tui itself: run s3tui instead.\n")
        return 2
    asyncio.run(_serve(sock))
    end_at_once()
    return 0


async def _serve(sock: socket.socket) -> None:
    channel: Channel[say.FrontEndMessage] = await Channel.over(sock, say.FrontEndMessage)
    host = Host(channel)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        loop.add_signal_handler(number, host.stop)
    await host.run()
