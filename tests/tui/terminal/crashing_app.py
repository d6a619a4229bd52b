"""An application that fails in the middle of a request, with secrets about: `crashing_app.py FOLDER`."""

import sys
from pathlib import Path

from textual.app import ComposeResult
from textual.widgets import Label

from s3tui.tui.terminal.driver import CellDriver
from s3tui.tui.terminal.guarded_app import GuardedApp

SECRET = "wJalr" + "XUtnFEMIsecretNEVERshown"


class Crashing(GuardedApp):
    """Fails when asked."""

    def compose(self) -> ComposeResult:
        """One line."""
        yield Label("ready to fail")

    def key_f(self) -> None:
        """Fail the way a request does."""
        secret_access_key = SECRET
        try:
            raise ConnectionError(f"signed with {secret_access_key}")
        except ConnectionError as error:
            raise RuntimeError({"Authorization": secret_access_key}) from error


if __name__ == "__main__":
    app = Crashing()
    app.driver_class = CellDriver
    app.crash_folder = Path(sys.argv[1])
    app.run()
    sys.exit(app.return_code)
