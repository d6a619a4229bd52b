"""An application that leaves its terminal in order and its crash reports without secrets.

Overrides a private door of Textual 8.2, `_handle_exception`, because its own report prints local variables;
`tests/tui/terminal` holds it to that.
"""

from pathlib import Path

from rich.text import Text
from textual.app import App

from s3tui.tui.collection import settle
from s3tui.tui.terminal.crash import write_report
from s3tui.tui.terminal.driver import CellDriver
from s3tui.tui.terminal.signals import SignalWatch

LEFT_BY_SIGNAL = 143
"""Exit status after SIGTERM, SIGHUP and the like."""


class GuardedApp(App[None], inherit_bindings=False):
    """What every application of ours does around its screens."""

    crash_folder: Path | None = None
    """Where crash reports go; None writes none."""

    _signal_watch: SignalWatch | None = None

    def on_mount(self) -> None:
        """On a real terminal, watch for signals, and collect no garbage before it shows something."""
        if not self.is_headless:
            self._signal_watch = SignalWatch(self.told_to_end)
            self._signal_watch.start()
            self.call_after_refresh(settle)
            # After `fg` the terminal holds what the shell left there.
            self.app_resume_signal.subscribe(self, lambda _: self.action_redraw())

    def on_unmount(self) -> None:
        """End the watch."""
        if self._signal_watch is not None:
            self._signal_watch.stop()

    def action_redraw(self) -> None:
        """Draw everything again: something else may have written on the terminal."""
        driver = self._driver
        if isinstance(driver, CellDriver):
            driver.redraw()
        self.refresh(layout=True)

    def told_to_end(self) -> None:
        """End without a question, after a signal or a hang-up."""
        self.exit(return_code=LEFT_BY_SIGNAL)

    def _handle_exception(self, error: Exception) -> None:
        # The three assignments are what Textual's own does, or its tests would lose the error.
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        path = write_report(error, self.crash_folder) if self.crash_folder is not None else None
        where = f" Details without secrets: {path}." if path is not None else ""
        self.panic(
            Text(f"s3tui met an error it did not expect ({type(error).__name__}) and had to end.{where}")
        )
