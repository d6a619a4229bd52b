"""The engine of a command, started before anything else is imported.

The engine takes longer to get ready than all that a front end does before its first question, so its start
comes first: what the user typed is only glanced at here, and understood while the engine imports.
"""

import sys

from s3tui.config import load_settings
from s3tui.engine.spawn import Child, spawn_engine
from s3tui.errors import S3tuiError

_COMMANDS = frozenset({"cp", "ls", "verify", "uploads"})
"""Those that always want an engine."""

_HELP = frozenset({"-h", "--help"})


def spawn_early(words: list[str], screen_niceness: int) -> Child | None:
    """Start the engine that these words of the command line will want; None when that is not sure yet.

    For the screen it is started with `screen_niceness`. What keeps it from starting is told by whoever wants
    it later.
    """
    wanted = _wanted(words)
    if wanted is None:
        return None
    try:
        log = load_settings().state_path / "engine.log"
        return spawn_engine(log, screen_niceness if wanted == "screen" else 0)
    except (S3tuiError, OSError):
        return None


def _wanted(words: list[str]) -> str | None:
    if _HELP.intersection(words):
        return None
    if words and words[0] in _COMMANDS:
        return "command"
    opens_screen = not words or words[0].startswith("s3://")
    return "screen" if opens_screen and sys.stdin.isatty() and sys.stderr.isatty() else None
