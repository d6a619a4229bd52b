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


def key_hints(scope: Scope, offered: Callable[[Command], bool] = everything) -> tuple[KeyHint, ...]:
    """What the key bar shows, for a screen; only what is `offered` there now."""
    hints = []
    for command in filter(offered, bar_commands(scope)):
        keys = command.keys_in(scope)
        twin = next((key for key in keys[1:] if key[:1] == "f" and key[1:].isdigit()), "")
        hints.append(KeyHint(key_text(keys[0]), command.label, key_text(twin) if twin else "", command.rank))
    return tuple(hints)
