"""The programs that profiles name (`credential_process`): started without a terminal, ended in any case."""

import asyncio
import os
import re
import signal
from collections.abc import Mapping
from typing import Any

from s3tui.errors import UsageError
from s3tui.formatting import printable

_NOT_FOR_PROGRAMS = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
_LIKE_A_SECRET = re.compile(r"[A-Za-z0-9+/=_\-]{16,}")
_WORDS_LENGTH = 160
_END_SECONDS = 1.0


class Programs:
    """Starts programs for one question, and ends those that are still running."""

    def __init__(self, profile: str, surroundings: Mapping[str, str]) -> None:
        """Run them for a profile, with the user's `AWS_*` variables but for keys."""
        self._profile = profile
        self._environment = {
            **os.environ,
            **{name: value for name, value in surroundings.items() if name not in _NOT_FOR_PROGRAMS},
        }
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self, *argv: str, **pipes: Any) -> asyncio.subprocess.Process:
        """Start a program in a session of its own: it cannot ask on anybody's terminal.

        Raises:
            UsageError: there is no such program.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                env=self._environment,
                start_new_session=True,
                **pipes,
            )
        except OSError as error:
            raise UsageError(
                f"The program {printable(argv[0])} of profile {self._profile} cannot be started:"
                f" {error.strerror}.",
                next_step="Check credential_process in ~/.aws/config.",
            ) from None
        self._running.append(process)
        return process

    async def end(self) -> None:
        """Kill what has not ended, with all it started."""
        for process in self._running:
            if process.returncode is None:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                await asyncio.wait((asyncio.ensure_future(process.wait()),), timeout=_END_SECONDS)


def short_words(output: str) -> str:
    """The last line that a program printed as an error, without anything that may be a secret."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return _LIKE_A_SECRET.sub("…", printable(lines[-1]))[:_WORDS_LENGTH] if lines else ""
