"""`s3tui unfinished`: which stopped `s3tui cp` commands have left work, and how to forget one of them."""

import shutil

from s3tui.cli.access import Access
from s3tui.cli.console import Console
from s3tui.cli.session import FAILED, OK, Session, command_settings, run_session
from s3tui.config import Settings
from s3tui.engine.client import EngineClient
from s3tui.errors import UsageError
from s3tui.formatting import count_text, size_text
from s3tui.model.location import S3Location
from s3tui.transfer.left_commands import LeftCommand, folder_of, left_commands, remember

__all__ = ["find_left", "remember", "run_abort", "run_left"]


def run_left(settings: Settings, console: Console) -> int:
    """List what is left, one command a line on standard output."""
    status = OK
    for command in left_commands(settings.state_path):
        status = max(status, _tell(settings, command, console))
    return status


def _tell(settings: Settings, command: LeftCommand, console: Console) -> int:
    folder = folder_of(settings.state_path, command)

    async def body(session: Session) -> int:
        work = (await session.start(command_settings(settings, folder))).unfinished
        left = (
            f"{count_text(work.files, 'file')} left, "
            f"{size_text(work.bytes_safe)} of {size_text(work.bytes_total)} safe"
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
    folder = folder_of(settings.state_path, command)

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
