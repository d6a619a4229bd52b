"""Child processes of the tests: started quietly, and killed by the kernel when their starter dies.

The contract: a server started here never outlives the test run, however that ends.
"""

import ctypes
import os
import random
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
# Below the kernel's range for outgoing connections (32768 and up), so that no client takes a port we chose.
_FIRST_PORT, _LAST_PORT = 20_000, 32_000


def free_tcp_port() -> int:
    """Returns a loopback TCP port nobody listens on.

    Raises RuntimeError when none is found in 200 tries.
    """
    for _ in range(200):
        port = random.SystemRandom().randint(_FIRST_PORT, _LAST_PORT)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("No free loopback port was found: close other servers and try again.")


def _killed_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def start_child(argv: Sequence[str], log: IO[bytes], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own, its output added to `log`; the kernel kills it when we die.

    Raises OSError when the program cannot be started.
    """
    return subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(env),
        cwd="/",
        start_new_session=True,
        preexec_fn=_killed_with_parent,
    )


def kill_child(child: subprocess.Popen[bytes]) -> None:
    """Kills a child with its whole process group and reaps it; safe to call again."""
    if child.poll() is None:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    child.wait()
