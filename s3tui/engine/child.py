"""The first acts of a child process of ours: take the inherited descriptor, keep secrets from leaking."""

import logging
import os
import resource
import socket

_NOISY_LOGGERS = ("aioboto3", "aiobotocore", "boto3", "botocore", "aiohttp", "asyncio", "urllib3")


def take_socket(argv: list[str]) -> socket.socket | None:
    """Return the socket whose descriptor is the only argument, or None when nobody of ours started this."""
    if len(argv) != 2 or not argv[1].isdigit():
        return None
    try:
        sock = socket.socket(fileno=int(argv[1]))
    except OSError:
        return None
    sock.set_inheritable(False)
    return sock


def end_at_once() -> None:
    """End with status 0 and without tearing down the interpreter, which takes longer than all goodbyes."""
    logging.shutdown()
    os._exit(0)


def harden() -> None:
    """Keep secrets out of core files, and out of what libraries log."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(process)d %(name)s %(message)s")
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
