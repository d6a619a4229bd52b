"""What stopped `s3tui cp` commands have left, for everybody who offers to go on with it or to forget it.

Each command writes beside its journal what it copies, without a secret, so that its work can be found again
by somebody who does not remember the command.
"""

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec

from s3tui.formatting import printable
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import CopyItem
from s3tui.private import private_folder

_FILE = "command.json"
_COMMANDS = "commands"
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
    for path in sorted((state / _COMMANDS).glob(f"*/{_FILE}")):
        try:
            command = msgspec.json.decode(path.read_bytes(), type=LeftCommand)
        except (OSError, msgspec.MsgspecError):
            continue
        yield msgspec.structs.replace(command, name=path.parent.name)


def folder_of(state: Path, command: LeftCommand) -> Path:
    """The folder of a command's journal."""
    return state / _COMMANDS / command.name


def lasting_folder(state: Path) -> Path:
    """Where an engine with this state folder keeps what outlives a command."""
    return state.parent.parent if state.parent.name == _COMMANDS else state


def _words(place: S3Location | LocalLocation | object) -> str:
    return str(place).encode("utf-8", "replace").decode()
