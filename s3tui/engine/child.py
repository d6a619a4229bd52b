"""The first and the last act of a child process of ours: take the inherited descriptor, end at once."""

import logging
import os
import socket


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
