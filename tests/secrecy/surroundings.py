"""A user's machine for the test: folders of its own, hostile variables, terminals that are recorded."""

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.secrecy.mishaps import VARIABLE
from tests.secrecy.watch import ProcessWatch
from tests.tui.terminal.pseudo_terminal import PseudoTerminal

PROGRAM = Path(sys.executable).with_name("s3tui")
ROOT = Path(__file__).parents[2]

_IN_FOLDER = 'cd "$0" && exec "$@"'
_TMUX = '#!/bin/sh\numask 077\nenv > "$TMPDIR/environment-of-tmux"\necho 1\n'


class RecordedTerminal(PseudoTerminal):
    """Also keeps every screen that could be read on it."""

    seen: set[str]

    def read(self, seconds: float) -> bool:
        """Take what the program sends, and keep the picture."""
        came = super().read(seconds)
        if came:
            self.__dict__.setdefault("seen", set()).add(self.text)
        return came


class Surroundings:
    """Folders below `base`; everything but `given` is searched afterwards."""

    def __init__(self, base: Path, watch: ProcessWatch) -> None:
        """Make the folders, the program `tmux`, and what arms the mishaps."""
        self.base = base
        self.watch = watch
        self.given = base / "given"
        """What the test itself writes, secrets included."""
        self.work, self.state, self.temporary = base / "work", base / "state", base / "tmp"
        for name in ("given/bin", "home", "state", "config", "cache", "data", "runtime", "tmp", "work"):
            (base / name).mkdir(parents=True, mode=0o700)
        (self.given / "sitecustomize.py").write_text("from tests.secrecy.mishaps import arm\n\narm()\n")
        tmux = self.given / "bin/tmux"
        tmux.write_text(_TMUX)
        tmux.chmod(0o700)

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a user whom somebody wants to listen to."""
        return {
            "PATH": f"{self.given / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": f"{self.given}{os.pathsep}{ROOT}",
            VARIABLE: str(self.given / "secrets"),
            "HOME": str(self.base / "home"),
            "TMPDIR": str(self.temporary),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_HOME": str(self.base / "config"),
            "XDG_CACHE_HOME": str(self.base / "cache"),
            "XDG_DATA_HOME": str(self.base / "data"),
            "XDG_RUNTIME_DIR": str(self.base / "runtime"),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "S3TUI_WORKERS": "1",
            "S3TUI_PARTS_AT_ONCE": "1",
            "S3TUI_PART_SIZE": str(5 * 1024 * 1024),
            "S3TUI_MULTIPART_THRESHOLD": str(5 * 1024 * 1024),
            "PYTHONFAULTHANDLER": "1",
            "PYTHONASYNCIODEBUG": "1",
            "PYTHONDEVMODE": "1",
            "TEXTUAL": "debug,devtools",
            "TEXTUAL_DEBUG": "1",
            "TEXTUAL_LOG": str(self.temporary / "textual.log"),
            "TEXTUAL_SCREENSHOT": "3",
            "TEXTUAL_SCREENSHOT_LOCATION": str(self.temporary),
            **more,
        }

    def terminal(self, environ: Mapping[str, str], *arguments: str) -> RecordedTerminal:
        """Run the program on a terminal."""
        terminal = RecordedTerminal(
            ["sh", "-c", _IN_FOLDER, str(self.work), str(PROGRAM), *arguments], environ, 100, 30
        )
        self.watch.follow(terminal.process.pid, environ)
        return terminal

    def command(
        self, environ: Mapping[str, str], *arguments: str, stdin: bytes = b""
    ) -> "subprocess.Popen[bytes]":
        """Run the program without a terminal, with `stdin` to read."""
        process = subprocess.Popen(
            [str(PROGRAM), *arguments],
            env=dict(environ),
            cwd=self.work,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.watch.follow(process.pid, environ)
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.flush()
        return process

    def private_file(self, name: str, text: str, mode: int = 0o600) -> str:
        """Write a file where nothing is searched; returns its path."""
        path = self.given / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def left_behind(self) -> dict[str, bytes]:
        """What is in the files that the program can have written, and their names."""
        return {
            str(path.relative_to(self.base)): bytes(path) + path.read_bytes()
            for path in self.base.rglob("*")
            if path.is_file() and self.given not in path.parents
        }

    def readable_by_others(self) -> list[str]:
        """Name what the program made that others can look into; copies of data are the user's own."""
        mine = [path for path in self.base.rglob("*") if not {self.given, self.work} & {path, *path.parents}]
        return [
            f"{path.relative_to(self.base)} {stat.filemode(path.lstat().st_mode)}"
            for path in mine
            if path.lstat().st_mode & 0o077
        ]
