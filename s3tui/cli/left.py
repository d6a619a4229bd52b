"""What stopped `s3tui cp` commands have left: which there are, and how to forget one of them.

Each command writes beside its journal what it copies, without a secret, so that its work can be found again
by somebody who does not remember the command.
"""

import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from s3tui.cli.access import Access
from s3tui.cli.console import Console
from s3tui.cli.session import FAILED, OK, Session, command_settings, run_session
from s3tui.config import Settings
from s3tui.engine.client import EngineClient
from s3tui.errors import UsageError
from s3tui.formatting import count_text, printable, size_text
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import CopyItem
from s3tui.private import private_folder

_FILE = "command.json"
_SHOWN = 8
"""Characters of a command's name that are enough to tell it from others."""


class LeftCommand(msgspec.Struct, frozen=True):
    """A copy that was begun."""

    source: str
    destination: str
    bucket: str
    key: str
    """Its side in S3."""
    folder: bool
    endpoint_url: str | None
    name: str = ""
    """The name of its folder; not written down."""

    @property
    def short_name(self) -> str:
        """What people type to name it."""
        return self.name[:_SHOWN]

    @property
    def text(self) -> str:
        """The command as it would be typed to go on."""
        words = ["s3tui", "cp", *(["-r"] if self.folder else []), self.source, self.destination]
        if self.endpoint_url:
            words += ["--endpoint-url", self.endpoint_url]
        return printable(shlex.join(words))


def remember(folder: Path, item: CopyItem, endpoint_url: str | None) -> None:
    """Write down in a command's state folder what it copies."""
    remote = item.source if isinstance(item.source, S3Location) else item.destination
    assert isinstance(remote, S3Location)
    command = LeftCommand(
        _words(item.source), _words(item.destination), remote.bucket, remote.key, item.folder, endpoint_url
    )
    private_folder(folder)
    descriptor = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(command))


def left_commands(state: Path) -> Iterator[LeftCommand]:
    """Commands that have not come to a good end, those that still run among them."""
    for path in sorted((state / "commands").glob(f"*/{_FILE}")):
        try:
            command = msgspec.json.decode(path.read_bytes(), type=LeftCommand)
        except (OSError, msgspec.MsgspecError):
            continue
        yield msgspec.structs.replace(command, name=path.parent.name)


def run_left(settings: Settings, console: Console) -> int:
    """List what is left, one command a line on standard output."""
    status = OK
    for command in left_commands(settings.state_path):
        status = max(status, _tell(settings, command, console))
    return status


def _tell(settings: Settings, command: LeftCommand, console: Console) -> int:
    folder = _folder(settings, command)

    async def body(session: Session) -> int:
        work = (await session.start(command_settings(settings, folder))).unfinished
        left = (
            f"{count_text(work.files, 'file')} left, {size_text(work.bytes_safe)} safe"
            if work is not None
            else "nothing under way"
        )
        print(f"{command.short_name}  {left}\n          {command.text}", flush=True)
        return OK

    return run_session(body, EngineClient(folder / "engine.log"), console)


def run_abort(client: EngineClient, settings: Settings, access: Access, name: str, console: Console) -> int:
    """Give up what a command has left: its uploads are aborted on the server, then it is forgotten.

    Raises:
        UsageError: there is no such command, or more than one.
    """
    command = find_left(settings, name)
    folder = _folder(settings, command)

    async def body(session: Session) -> int:
        ready = await session.start(command_settings(settings, folder))
        await session.connect(access, S3Location(command.bucket, command.key), prove=False)
        if ready.unfinished is not None:
            count = await session.client.take_up(False)
            console.say(f"{count_text(count, 'file')} forgotten; what was sent of them is aborted.")
        return OK

    status = run_session(body, client, console)
    if status == OK:
        shutil.rmtree(folder, ignore_errors=True)
    return status if status == OK else FAILED


def find_left(settings: Settings, name: str) -> LeftCommand:
    """The command whose name begins so.

    Raises:
        UsageError: there is none, or more than one.
    """
    found = [command for command in left_commands(settings.state_path) if command.name.startswith(name)]
    if len(found) != 1:
        problem = (
            "There is no unfinished command" if not found else "There is more than one unfinished command"
        )
        raise UsageError(f"{problem} {name}.", next_step="`s3tui unfinished` lists them.")
    return found[0]


def _folder(settings: Settings, command: LeftCommand) -> Path:
    return settings.state_path / "commands" / command.name


def _words(place: S3Location | LocalLocation | object) -> str:
    return str(place).encode("utf-8", "replace").decode()
