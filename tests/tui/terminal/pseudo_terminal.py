"""A program in a pseudo terminal whose screen can be read: pyte behind a pty."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyte

_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[>=<?][0-9;]*[up]|\x1b\[\?[0-9;]*\$p|\x1b\[<u")


class PseudoTerminal:
    """Runs a command on a pty of its own and keeps the screen it draws."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], width: int = 80, height: int = 24
    ) -> None:
        """Start the command; `environ` is its whole environment."""
        self.screen: Any = pyte.Screen(width, height)
        self._stream: Any = pyte.ByteStream(self.screen)
        self.master, slave = pty.openpty()
        self.raw = bytearray()
        """Everything the program has sent."""
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.modes_before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            list(command), stdin=slave, stdout=slave, stderr=slave, env=dict(environ), start_new_session=True
        )
        self._slave = slave

    def read(self, seconds: float) -> bool:
        """Take what the program sends within `seconds`; False when nothing came."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))
        return bool(data)

    def until(self, holds: Callable[[], bool], what: str, limit: float = 30.0) -> None:
        """Read until something holds of the screen.

        Raises:
            AssertionError: it did not within `limit` seconds; the screen is in the message.
        """
        end = time.monotonic() + limit
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"{what} did not come:\n" + self.text)
            self.read(0.05)

    def until_text(self, text: str, limit: float = 30.0) -> None:
        """Read until a text is on the screen."""
        self.until(lambda: text in self.text, repr(text), limit)

    def settle(self, quiet: float = 0.25) -> None:
        """Read until nothing has come for `quiet` seconds."""
        while self.read(quiet):
            pass

    @property
    def text(self) -> str:
        """The screen as lines."""
        return "\n".join(self.screen.display)

    def press(self, keys: str | bytes) -> None:
        """Type."""
        os.write(self.master, keys if isinstance(keys, bytes) else keys.encode())

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        self.screen.resize(height, width)
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        os.kill(self.process.pid, signal.SIGWINCH)

    def cells(self) -> list[list[tuple[Any, ...]]]:
        """Every cell's character and looks."""
        return [
            [tuple(self.screen.buffer[y][x]) for x in range(self.screen.columns)]
            for y in range(self.screen.lines)
        ]

    @property
    def modes(self) -> list[Any]:
        """The terminal's line modes now."""
        return termios.tcgetattr(self._slave)

    def wait_for_end(self, limit: float = 15.0) -> int:
        """Read until the program has ended; returns its exit status."""
        end = time.monotonic() + limit
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError("the program did not end:\n" + self.text)
            self.read(0.05)
        self.settle(0.1)
        return self.process.returncode

    def close(self) -> None:
        """End the program and give the terminal back."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self._slave)
