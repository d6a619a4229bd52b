"""From the command line to the screen and back: one call that returns the exit status."""

from s3tui.engine.client import EngineClient
from s3tui.tui.app import S3tuiApp
from s3tui.tui.options import LaunchOptions
from s3tui.tui.terminal.driver import CellDriver
from s3tui.tui.terminal.guarded_app import LEFT_BY_SIGNAL

__all__ = ["LaunchOptions", "launch"]


def launch(client: EngineClient, options: LaunchOptions) -> int:
    """Run the application over an engine that was spawned; returns the exit status."""
    CellDriver.plain = options.ascii
    app = S3tuiApp(client, options)
    app.driver_class = CellDriver
    app.crash_folder = options.settings.state_path
    try:
        app.run(mouse=options.settings.mouse)
    except OSError:
        # The terminal went away while the last frame was written; nobody is there to be told.
        return LEFT_BY_SIGNAL
    return app.return_code or 0
