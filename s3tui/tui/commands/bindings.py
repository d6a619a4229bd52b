"""Key bindings and key bar of a screen, made from the catalogue."""

from collections.abc import Callable

from textual.binding import Binding

from s3tui.tui.commands.catalogue import COMMANDS
from s3tui.tui.commands.keys import key_text
from s3tui.tui.commands.model import Command, Scope
from s3tui.tui.view.key_hints import KeyHint


def commands_for(scope: Scope) -> tuple[Command, ...]:
    """The commands of a screen that have a key there."""
    return tuple(command for command in COMMANDS if scope in command.scopes and command.keys_in(scope))


def bindings_for(scope: Scope) -> list[Binding]:
    """A screen's key bindings."""
    return [
        Binding(
            ",".join(command.keys_in(scope)),
            command.action,
            command.label,
            id=f"{scope}.{command.id}",
            tooltip=command.tooltip,
            show=False,
        )
        for command in commands_for(scope)
    ]


def bar_commands(scope: Scope) -> tuple[Command, ...]:
    """The commands of a screen's key bar, the most wanted first."""
    wanted = [command for command in commands_for(scope) if command.bar]
    return tuple(sorted(wanted, key=lambda command: command.bar))


def everything(command: Command) -> bool:
    """Offer every command."""
    return True


def nothing_against(command: Command) -> str:
    """Find no reason against any command."""
    return ""


def key_hints(
    scope: Scope,
    offered: Callable[[Command], bool] = everything,
    reason_against: Callable[[Command], str] = nothing_against,
) -> tuple[KeyHint, ...]:
    """What the key bar shows, for a screen.

    Args:
        scope: the screen.
        offered: leaves out what can do nothing now.
        reason_against: says why a command would be refused now; such ones are greyed out.
    """
    hints = []
    for command in filter(offered, bar_commands(scope)):
        keys = command.keys_in(scope)
        twin = next((key for key in keys[1:] if key[:1] == "f" and key[1:].isdigit()), "")
        twin_text = key_text(twin) if twin else ""
        off = bool(reason_against(command))
        hints.append(KeyHint(key_text(keys[0]), command.label, twin_text, command.rank, off))
    return tuple(hints)
