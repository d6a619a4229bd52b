"""From the command line to the screen and back: one call that returns the exit status."""

from s3tui.engine.client import EngineClient
from s3tui.tui.app import S3tuiApp
from s3tui.tui.options import LaunchOptions
from s3tui.tui.terminal.driver import CellDriver

__all__ = ["LaunchOptions", "launch"]

HANGUP = 129
"""Exit status after a hang-up, as shells give it."""


def launch(client: EngineClient, options: LaunchOptions) -> int:
    """Run the application over an engine that was spawned; returns the exit status."""
    CellDriver.plain = options.ascii
    app = S3tuiApp(client, options)
    app.driver_class = CellDriver
    try:
        app.run(mouse=options.settings.mouse)
    except OSError:
        # The terminal went away while the last frame was written; nobody is there to be told.
        return HANGUP
    return app.return_code or 0
