"""The command line's arguments go to the front end they ask for; nothing else happens here."""

import gc
import os
import sys
from typing import TYPE_CHECKING

from s3tui.hardening import harden

if TYPE_CHECKING:
    from s3tui.cli.start import AppStart

ENGINE_NICENESS = 5
"""How far transfers give way to the screen, so that keys are answered at once while all cores are busy."""


def main() -> None:
    """Run s3tui and end with its exit status."""
    harden()
    # What imports make stays: looking through it for garbage takes a tenth of the time they need.
    gc.disable()
    from s3tui.cli.early import spawn_early

    words = sys.argv[1:]
    engine = spawn_early(words, ENGINE_NICENESS)
    from s3tui.cli.commands import run

    gc.freeze()
    gc.enable()

    sys.exit(run(words, _open_app, engine))


def _open_app(start: "AppStart") -> int:
    """Open the screen: checks first, then the engine, and Textual last because it takes longest."""
    from msgspec.structs import replace

    from s3tui.cli.start import spawned
    from s3tui.tui.collection import hold_off
    from s3tui.tui.terminal.preflight import calm, check_terminal, few_colours, speaks_utf8, wants_mouse

    check_terminal(os.environ)
    calm(os.environ)
    settings = start.settings
    client = spawned(settings, start.engine, ENGINE_NICENESS)
    try:
        hold_off()
        from s3tui.tui.launch import LaunchOptions, launch

        options = LaunchOptions(
            settings=replace(settings, mouse=settings.mouse and wants_mouse(os.environ)),
            demo=start.demo,
            credentials=start.credentials,
            source=start.source,
            connection=start.connection,
            ascii=not speaks_utf8(os.environ) if settings.ascii is None else settings.ascii,
            few_colours=few_colours(os.environ),
        )
        return launch(client, options)
    finally:
        client.abandon()


if __name__ == "__main__":
    main()
