"""One run of one command: its seconds, the CPU seconds of it and its children and, if asked, peak memory."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT_SECONDS = 900.0
SAMPLE_SECONDS = 0.05


class RunFailed(RuntimeError):
    """A command ended with an error, or did not end; the message holds the end of what it said."""


@dataclass(frozen=True)
class Run:
    """What one run took."""

    wall: float
    """Seconds from start to end of the process."""
    cpu: float
    """Seconds of user and system time, with all descendants."""
    peak: int = 0
    """Proportional set size of all its processes together, in bytes; 0 when it was not sampled."""


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    output: Path | None = None,
    sample: bool = False,
) -> Run:
    """Run a command to its end; its output goes to `output`, or nowhere.

    Raises:
        RunFailed: it failed or took more than 15 minutes.
    """
    with (output or Path(os.devnull)).open("wb") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,
        )
        said: list[bytes] = []
        listening = threading.Thread(
            target=lambda: said.append(process.stderr.read() if process.stderr else b"")
        )
        listening.start()
        memory = _Memory(process.pid) if sample else None
        killer = threading.Timer(LIMIT_SECONDS, process.kill)
        killer.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        killer.cancel()
        peak = memory.stop() if memory else 0
        process.returncode = os.waitstatus_to_exitcode(status)
        listening.join()
        if process.stderr:
            process.stderr.close()
    if process.returncode:
        tail = said[0].decode(errors="replace")[-600:]
        raise RunFailed(f"{Path(command[0]).name} ended with {process.returncode}: {tail}")
    return Run(wall, used.ru_utime + used.ru_stime, peak)


class _Memory:
    """Samples the memory of a process and its descendants in a thread."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()

    def stop(self) -> int:
        """The most that was seen, in bytes."""
        self._ended.set()
        self._thread.join()
        return self._peak

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self._peak = max(self._peak, sum(map(memory_of, family(self._pid))))


def family(pid: int) -> list[int]:
    """A process and all its descendants, as the kernel has them now."""
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    except OSError:
        pass  # it has ended meanwhile
    return found


def memory_of(pid: int) -> int:
    """Proportional set size of a process in bytes; 0 once it has ended."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it has ended meanwhile
    return 0
