"""The first and the last acts of a child process of ours: import, take the descriptor, end at once."""

import gc
import logging
import os
import socket

_ALLOCATIONS = 10_000
"""New objects between two looks of the collector at the young ones; we leave few cycles behind."""


def begin_imports() -> None:
    """Have nothing collected for now: what imports make stays, and looking through it takes its time."""
    gc.disable()


def end_imports() -> None:
    """Collect from now on, but never look at what there is already."""
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 20, 20)
    gc.enable()


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
