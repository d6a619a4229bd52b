"""Looks at every process of the program while it lives: command line, environment, limit of core files."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOOK_SECONDS = 0.02


@dataclass
class Sighting:
    """What one process showed."""

    pid: int
    root: bool
    """Whether the test started it."""
    commands: set[bytes] = field(default_factory=set)
    environment: dict[str, str] = field(default_factory=dict)
    core_limit: str = ""
    """Soft and hard limit as they were seen last."""
    first: float = 0.0
    last: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it was seen."""
        return self.last - self.first

    @property
    def command(self) -> str:
        """Its command lines, for messages."""
        return b" | ".join(sorted(self.commands)).replace(b"\0", b" ").decode("utf-8", "replace")


class ProcessWatch(threading.Thread):
    """Follows processes and all they start, until `stop`."""

    def __init__(self) -> None:
        """Follow nothing yet."""
        super().__init__(daemon=True, name="process-watch")
        self.sightings: dict[int, Sighting] = {}
        self._given: dict[int, Mapping[str, str]] = {}
        self._stopping = threading.Event()

    def follow(self, pid: int, given: Mapping[str, str]) -> None:
        """Look at a process that was started with the environment `given`."""
        self._given[pid] = dict(given)

    def stop(self) -> None:
        """Look for the last time."""
        self._stopping.set()
        self.join()

    def pids(self, *command: str) -> list[int]:
        """Return the living processes with these words in a row in their command line, oldest first."""
        words = b"\0" + "\0".join(command).encode() + b"\0"
        return [
            pid
            for pid, sighting in sorted(list(self.sightings.items()), key=lambda item: item[1].first)
            if any(words in known for known in sighting.commands) and _state(pid) not in ("", "Z")
        ]

    def added_to(self, sighting: Sighting) -> dict[str, str]:
        """Return the variables of a process that the test did not give it itself."""
        given = self._given.get(sighting.pid, {})
        return {name: value for name, value in sighting.environment.items() if given.get(name) != value}

    def run(self) -> None:
        """Look again and again."""
        while not self._stopping.wait(LOOK_SECONDS):
            for pid in {*self._given, *self.sightings}:
                self._look(pid, b"")

    def _look(self, pid: int, parents: bytes) -> None:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            # Until it executes something else a new process shows its parent's memory.
            if command and command != parents:
                self._record(pid, command)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                for child in children.read_text().split():
                    if int(child) not in self.sightings:
                        self._look(int(child), command)
        except (OSError, ValueError):
            return  # it has ended

    def _record(self, pid: int, command: bytes) -> None:
        now = time.monotonic()
        known = self.sightings.get(pid) or Sighting(pid, pid in self._given, first=now)
        # Read after the command line: whose is known then.
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        limits = Path(f"/proc/{pid}/limits").read_text()
        known.commands.add(command)
        for entry in environment.split(b"\0"):
            name, _, value = entry.decode("utf-8", "surrogateescape").partition("=")
            if name:
                known.environment[name] = value
        line = next((line for line in limits.splitlines() if line.startswith("Max core file size")), "")
        known.core_limit, known.last = " ".join(line.split()[4:6]), now
        self.sightings[pid] = known


def _state(pid: int) -> str:
    """Return the state letter of a process, empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
