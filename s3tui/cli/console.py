"""What the command line says on standard error: sentences, one a line, and a progress line on a terminal."""

import asyncio
import contextlib
import getpass
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

from s3tui.errors import S3tuiError
from s3tui.formatting import count_text, eta_text, printable, rate_text, shortened, size_text
from s3tui.model.failure import Failure
from s3tui.model.transfer import QueueSummary

REPAINT_SECONDS = 0.25


class Console:
    """Standard error with at most one line that is rewritten in place."""

    def __init__(self, stream: TextIO | None = None, progress: bool | None = None) -> None:
        """Write to `stream`; `progress` None shows the line on a terminal only."""
        self._stream = stream or sys.stderr
        self._shows_progress = self._stream.isatty() if progress is None else progress
        self._line = ""
        self._painted = 0.0

    def say(self, sentence: str) -> None:
        """Write a sentence on a line of its own."""
        self._clear()
        self._write(f"s3tui: {printable(sentence)}\n")

    def error(self, error: S3tuiError) -> None:
        """Write an error: sentence and next step."""
        self.say(Failure.of(error).text)

    async def ask(self, text: str, hidden: bool) -> str | None:
        """Ask for a line on the terminal; None where there is none, or no line."""
        self._clear()
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[str | None] = loop.create_future()

        def settle(line: str | None) -> None:
            if not answered.done():
                answered.set_result(line)

        def wait_for_line() -> None:
            line = _typed(f"s3tui: {printable(text)}: ", hidden)
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, line)

        # A daemon thread: somebody who does not answer must be able to interrupt.
        threading.Thread(target=wait_for_line, name="s3tui question", daemon=True).start()
        return await answered

    def progress(self, summary: QueueSummary) -> None:
        """Rewrite the progress line, at most four times a second."""
        now = time.monotonic()
        if self._shows_progress and now - self._painted >= REPAINT_SECONDS:
            self._painted = now
            self._paint(progress_text(summary))

    def status(self, text: str) -> None:
        """Show something short in the progress line's place."""
        if self._shows_progress:
            self._paint(text)

    def done(self) -> None:
        """Take the progress line away."""
        self._clear()

    def _paint(self, text: str) -> None:
        text = shortened(text, max(10, shutil.get_terminal_size().columns - 1))
        blanks = " " * (len(self._line) - len(text))
        self._line = text
        self._write(f"\r{text}{blanks}\r")

    def _clear(self) -> None:
        if self._line:
            self._write(f"\r{' ' * len(self._line)}\r")
            self._line = ""

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._shows_progress = False  # nobody reads any more: the work goes on all the same


def _typed(prompt: str, hidden: bool) -> str | None:
    try:
        with Path("/dev/tty").open("r+b", buffering=0) as terminal:
            if hidden:
                return getpass.getpass(prompt, stream=None) or None
            terminal.write(prompt.encode())
            return terminal.readline().decode("utf-8", "replace").strip() or None
    except (OSError, EOFError):
        return None


def progress_text(summary: QueueSummary) -> str:
    """ "61 %  1.2 GB of 2.0 GB  212.0 MB/s  00:03 left  3 running, 14 queued"."""
    share = summary.bytes_done * 100 // summary.bytes_total if summary.bytes_total else 0
    pieces = [
        f"{min(share, 100)} %",
        f"{size_text(summary.bytes_done)} of {size_text(summary.bytes_total)}",
        rate_text(summary.rate),
        f"{eta_text(summary.eta)} left" if summary.eta is not None else "",
        f"{count_text(summary.active, 'file')} to go" if summary.active else "",
        f"{summary.held} held" if summary.held else "",
        f"{summary.failed} failed" if summary.failed else "",
    ]
    return "  ".join(piece for piece in pieces if piece)
