"""Talking to `keeping_child` from a test."""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from s3tui.credentials.keeping.saved import Secret
from s3tui.model.credentials import Connection, Credentials

_PROJECT = Path(__file__).resolve().parents[2]
_ANSWER_SECONDS = 30.0


class KeeperProgram:
    """A running child; a context manager that kills it if it has not ended."""

    def __init__(self, state: Path, env: Mapping[str, str]) -> None:
        """Starts the child with exactly this environment."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.credentials.keeping_child", str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(_PROJECT), "LC_ALL": "C.UTF-8", **env},
            cwd=_PROJECT,
        )
        self.heard = ""
        """Every answer so far, to look for secrets in."""

    def __enter__(self) -> "KeeperProgram":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def ask(self, do: str, **arguments: Any) -> Any:
        """Returns the value of one command; raises AssertionError with the sentence of its error."""
        answer = self._exchange(do, arguments)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def refused(self, do: str, **arguments: Any) -> str:
        """Returns the sentence, next step and detail with which a command failed."""
        answer = self._exchange(do, arguments)
        assert "error" in answer, f"{do} went well: {answer}"
        return str(answer["error"])

    def save(self, connection: Connection, secret: Secret, vault: str) -> Any:
        """Returns the id under which the child saved."""
        return self.ask("save", **_told(connection, secret), vault=vault)

    def save_refused(self, connection: Connection, secret: Secret, vault: str) -> str:
        """Returns why the child could not save."""
        return self.refused("save", **_told(connection, secret), vault=vault)

    def why_not(self, kind: str) -> str:
        """Returns why a vault cannot be used; empty when it can."""
        for name, available, sentence in self.ask("choices"):
            if name == kind:
                return "" if available else str(sentence)
        raise AssertionError(f"{kind} is not among the choices")

    def end(self, limit: float) -> float:
        """Closes its input and returns the seconds until it ended by itself; fails after `limit`."""
        assert self._process.stdin is not None
        started = time.monotonic()
        self._process.stdin.close()
        assert self._process.wait(limit) == 0
        return time.monotonic() - started

    def _exchange(self, do: str, arguments: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        process.stdin.flush()
        assert select.select([process.stdout], [], [], _ANSWER_SECONDS)[0], f"no answer to {do}"
        line = process.stdout.readline().decode()
        self.heard += line
        answer: dict[str, Any] = json.loads(line)
        return answer


def _told(connection: Connection, secret: Secret) -> dict[str, Any]:
    return {
        "connection": msgspec.to_builtins(connection),
        "secret": msgspec.to_builtins(secret),
        "asks": not isinstance(secret, Credentials),
    }


def own_environment(home: Path) -> dict[str, str]:
    """Returns what a child needs to run with a home of the test's and without any desktop."""
    return {"PATH": os.environ["PATH"], "HOME": str(home)}
