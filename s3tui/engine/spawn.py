"""Starting a child of ours at the other end of a private socket pair.

The child gets one inherited descriptor, whose number is its only argument: no secret, address or path is in
its command line, and nobody else can connect to it.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

from s3tui.private import private_folder

ENGINE_MODULE = "s3tui.engine"
"""What an engine runs."""

LOG_LIMIT = 1024 * 1024
"""Bytes of an old log that are kept; a longer one starts anew."""

EXIT_SECONDS = 3.0
"""How long a child may take to end after end of file before it is killed."""


class Child:
    """A running child and our end of its channel."""

    def __init__(self, process: "subprocess.Popen[bytes]", sock: socket.socket) -> None:
        """Hold a process that was just started."""
        self.process = process
        self.socket = sock

    def hang_up(self) -> None:
        """Let it read end of file, from any state; it ends by itself."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has hung up already

    def reap(self, limit: float = EXIT_SECONDS) -> int:
        """Wait at most `limit` seconds for the end, then kill; returns the exit status (negative: signal)."""
        try:
            return self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def spawn_child(module: str, output: int, niceness: int = 0) -> Child:
    """Start `python -m module FD` in a session of its own; what it prints goes to descriptor `output`.

    With a `niceness` above 0 it and its own children give way to everything else that wants the processor.

    Raises:
        OSError: no process or socket pair could be made.
    """
    ours, theirs = socket.socketpair()
    try:
        process = subprocess.Popen(
            # -P: a folder named like one of our modules in the working directory must not be imported.
            [sys.executable, "-P", "-m", module, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=child_environment(),
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    if niceness > 0:
        _give_way(process.pid, niceness)
    return Child(process, ours)


def own_niceness() -> int:
    """How far this process gives way; what its children should be started with."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def _give_way(pid: int, niceness: int) -> None:
    """Let a process just started be interrupted by others as soon as they wake up."""
    try:
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
        if hasattr(os, "SCHED_BATCH"):
            os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))
            # Where Linux shares the processor between sessions first, the session's own niceness counts.
            Path(f"/proc/{pid}/autogroup").write_text(str(niceness), encoding="ascii")
    except OSError:
        pass  # it is a courtesy, and it may have ended already


def spawn_engine(log: Path | None, niceness: int = 0) -> Child:
    """Start an engine whose output goes to `log`, or nowhere.

    Raises:
        OSError: it could not be started.
    """
    output = open_log(log)
    try:
        return spawn_child(ENGINE_MODULE, output, niceness)
    finally:
        os.close(output)


def child_environment() -> dict[str, str]:
    """Our environment without anything that names credentials: those cross in messages only."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("AWS_")}


def open_log(path: Path | None) -> int:
    """Return a descriptor that appends to a private log file, or one that goes nowhere."""
    if path is not None:
        try:
            private_folder(path.parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            if os.fstat(descriptor).st_size > LOG_LIMIT:
                os.truncate(descriptor, 0)
            return descriptor
        except OSError:
            pass  # a log is a convenience: a read-only home must not keep anybody from working
    return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
