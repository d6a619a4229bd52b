"""What the command line decides for the application."""

from pathlib import Path

from msgspec import Struct

from s3tui.config import Settings
from s3tui.model.credentials import Connection, Credentials
from s3tui.model.source import Source


class LaunchOptions(Struct, frozen=True, kw_only=True):
    """How the application is to start."""

    settings: Settings = Settings()
    demo: bool = False
    """Start the demo server and connect to it."""
    credentials: Credentials | None = None
    """Given by file, standard input or profile; None opens the credentials screen."""
    source: Source | None = None
    """Who is to be asked for credentials instead: a profile, or this machine's role."""
    connection: Connection = Connection()
    """The place that came with them, or the one asked for on the command line."""
    local_folder: Path | None = None
    """What the local pane shows first; None is the working directory (the scratch folder with `demo`)."""
    ascii: bool = False
    """Draw with ASCII characters only."""
    few_colours: bool = False
    """Use the terminal's own sixteen colours instead of a theme of ours."""
