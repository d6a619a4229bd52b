"""The demo server's process: starts the server, answers its parent, and ends with it.

The parent holds the other end of a socket. When that closes, for whatever reason, this process removes
what it made and ends. Two belts: the kernel's parent-death signal on Linux, and a look at the parent's id
every second.
"""

import asyncio
import ctypes
import os
import signal
import socket
import sys

import msgspec

from s3tui.demo.access import DemoOptions, Granted, IssueRequest, Refusal
from s3tui.demo.sample import write_local_files
from s3tui.demo.scratch import ScratchDirectory, sweep
from s3tui.demo.server import DemoService
from s3tui.hardening import harden

_PR_SET_PDEATHSIG = 1
_PARENT_CHECK_SECONDS = 1.0


def run_child(descriptor: int) -> int:
    """Serve over the inherited socket until the parent is gone; returns the exit status."""
    harden()
    # The terminal's Ctrl+C and hang-up are the parent's business.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)
    parent = os.getppid()
    with socket.socket(fileno=descriptor) as channel:
        channel.setblocking(False)
        return asyncio.run(_serve(channel, parent))


async def _serve(channel: socket.socket, parent: int) -> int:
    reader, writer = await asyncio.open_unix_connection(sock=channel)
    scratch: ScratchDirectory | None = None
    service: DemoService | None = None
    try:
        watcher = _watch_parent(parent, reader)
        line = await reader.readline()
        if not line:
            return 0
        options = msgspec.json.decode(line, type=DemoOptions)
        sweep()
        if options.scratch:
            scratch = ScratchDirectory()
            write_local_files(scratch.path / "local")
        service = DemoService(options, str(scratch.path) if scratch else None)
        await service.start()
        await _send(writer, Granted(service.issue(options.lifetime_seconds)))
        await _answer_parent(reader, writer, service)
        watcher.cancel()
    except OSError as problem:
        await _send(writer, Refusal(f"The demo server could not start: {problem.strerror or problem}"))
        return 1
    finally:
        writer.close()
        if service is not None:
            await service.stop()
        if scratch is not None:
            scratch.remove()
    return 0


async def _answer_parent(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, service: DemoService
) -> None:
    """Issue credentials as often as asked, until the parent closes its end."""
    while line := await _next_line(reader):
        request = msgspec.json.decode(line, type=IssueRequest)
        await _send(writer, Granted(service.issue(request.lifetime_seconds, request.rights)))


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ConnectionError:
        return b""


async def _send(writer: asyncio.StreamWriter, message: Granted | Refusal) -> None:
    try:
        writer.write(msgspec.json.encode(message) + b"\n")
        await writer.drain()
    except ConnectionError:
        # The parent has gone; the reader learns it too and ends the process.
        return


def _watch_parent(parent: int, reader: asyncio.StreamReader) -> asyncio.Task[None]:
    """End the reader when the parent's process is no more, even if somebody else holds its socket."""

    def look() -> None:
        # The parent-death signal also comes when only the *thread* that started us ends.
        if os.getppid() != parent:
            reader.feed_eof()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, look)
    loop.add_signal_handler(signal.SIGTERM, reader.feed_eof)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGUSR1)

    async def keep_looking() -> None:
        while True:
            look()
            await asyncio.sleep(_PARENT_CHECK_SECONDS)

    return asyncio.create_task(keep_looking())
