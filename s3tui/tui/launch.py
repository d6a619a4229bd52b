"""From the command line to the screen and back: one call that returns the exit status."""

from s3tui.engine.client import EngineClient
from s3tui.tui.app import S3tuiApp
from s3tui.tui.options import LaunchOptions

__all__ = ["LaunchOptions", "launch"]


def launch(client: EngineClient, options: LaunchOptions) -> int:
    """Run the application over an engine that was spawned; returns the exit status."""
    app = S3tuiApp(client, options)
    app.run(mouse=options.settings.mouse)
    return app.return_code or 0
