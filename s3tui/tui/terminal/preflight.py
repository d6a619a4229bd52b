"""What must hold before Textual starts, checked without importing it."""

import os
import subprocess
from collections.abc import MutableMapping

from s3tui.engine.spawn import child_environment
from s3tui.errors import UsageError

_LEAKY = (
    "TEXTUAL",
    "TEXTUAL_DEBUG",
    "TEXTUAL_DEVTOOLS_HOST",
    "TEXTUAL_DEVTOOLS_PORT",
    "TEXTUAL_DRIVER",
    "TEXTUAL_LOG",
    "TEXTUAL_PRESS",
    "TEXTUAL_SCREENSHOT",
    "TEXTUAL_SCREENSHOT_FILENAME",
    "TEXTUAL_SCREENSHOT_LOCATION",
    "TEXTUAL_SHOW_RETURN",
)
"""Variables that make Textual write keys, pastes and pictures to files or sockets, or press keys itself."""


def check_terminal(environ: MutableMapping[str, str]) -> None:
    """Refuse to start where the screen cannot work.

    Raises:
        UsageError: there is no terminal, or it cannot address its screen.
    """
    if not (os.isatty(0) and os.isatty(2)):
        raise UsageError(
            "The browser needs a terminal on standard input and standard error.",
            next_step="In scripts and batch jobs use `s3tui cp` and `s3tui ls`.",
        )
    if environ.get("TERM", "") in ("", "dumb", "unknown"):
        raise UsageError(
            f"The terminal type TERM={environ.get('TERM', '')!r} cannot draw a screen.",
            next_step="Set TERM (for example TERM=xterm-256color), or use `s3tui cp` and `s3tui ls`.",
        )


def calm(environ: MutableMapping[str, str]) -> None:
    """Set Textual's own switches for slow links, and drop those that would log secrets."""
    for name in _LEAKY:
        environ.pop(name, None)
    environ["TEXTUAL_ANIMATIONS"] = "none"
    environ["TEXTUAL_SMOOTH_SCROLL"] = "0"


def speaks_utf8(environ: MutableMapping[str, str]) -> bool:
    """Whether the terminal can be trusted with more than ASCII.

    The locale says so (LC_ALL, else LC_CTYPE, else LANG); inside tmux the client is asked as well, because a
    client without UTF-8 shows "_" for every such character.
    """
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if "utf-8" in locale.lower() or "utf8" in locale.lower():
        return True
    if environ.get("TMUX"):
        try:
            answer = subprocess.run(
                ["tmux", "display", "-p", "#{client_utf8}"],
                capture_output=True,
                timeout=1,
                check=False,
                text=True,
                env=child_environment(),
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return answer.stdout.strip() == "1"
    return False


def few_colours(environ: MutableMapping[str, str]) -> bool:
    """Whether to use the terminal's own sixteen colours (or none) instead of a theme."""
    if environ.get("NO_COLOR"):
        return True
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return False
    return "256" not in environ.get("TERM", "") and "direct" not in environ.get("TERM", "")


def wants_mouse(environ: MutableMapping[str, str]) -> bool:
    """Mouse reports are off under GNU screen, where they make a lone Esc wait for the next key."""
    return not environ.get("STY")
