"""One list of commands: what it promises can be pressed, read in the help, found in the palette."""

from pathlib import Path

import pytest
from textual.binding import Binding

from s3tui.tui.commands.bindings import bindings_for, commands_for, key_hints
from s3tui.tui.commands.catalogue import COMMANDS
from s3tui.tui.commands.keys import is_printable, key_text, keys_text
from s3tui.tui.commands.model import Command, Scope
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.browser import BrowserScreen
from s3tui.tui.screens.command_screen import CommandScreen
from s3tui.tui.screens.credentials import CredentialsScreen
from s3tui.tui.screens.help import HelpScreen, help_text
from s3tui.tui.screens.transfers import TransfersScreen
from tests.tui.driving import driven, settings_in
from tests.tui.standin import StandInEngine

SCREENS: dict[Scope, type[CommandScreen]] = {
    Scope.BROWSER: BrowserScreen,
    Scope.TRANSFERS: TransfersScreen,
    Scope.CREDENTIALS: CredentialsScreen,
    Scope.HELP: HelpScreen,
}


@pytest.mark.parametrize("scope", list(Scope))
def test_every_command_of_a_screen_is_bound_explained_and_unique(scope: Scope) -> None:
    bindings = bindings_for(scope)
    assert {binding.id for binding in bindings} == {f"{scope}.{c.id}" for c in COMMANDS if scope in c.scopes}
    pressed = [key for binding in bindings for key in binding.key.split(",")]
    assert len(pressed) == len(set(pressed)), "two commands on one key"
    explained = help_text(scope).plain
    for command in commands_for(scope):
        assert command.tooltip in explained
        assert keys_text(command.keys_in(scope)) in explained


@pytest.mark.parametrize("scope", list(Scope))
def test_every_binding_leads_to_an_action_that_exists(scope: Scope) -> None:
    screen = SCREENS[scope]
    for command in commands_for(scope):
        name = command.action.partition("(")[0]
        owner: type = screen
        if name.startswith("app."):
            from s3tui.tui.app import S3tuiApp

            owner, name = S3tuiApp, name.removeprefix("app.")
        assert hasattr(owner, f"action_{name}"), command.action


def test_screens_bind_nothing_that_the_catalogue_does_not_know() -> None:
    for scope, screen in SCREENS.items():
        own = [binding.id for binding in screen.BINDINGS if isinstance(binding, Binding)]
        promised = {binding.id for binding in bindings_for(scope)}
        extra = {name for name in own if name not in promised}
        assert all(name and name.startswith(("help.", "form.")) for name in extra), extra


def test_no_key_is_needed_that_terminals_swallow() -> None:
    swallowed = {"ctrl+a", "ctrl+b", "ctrl+h", "ctrl+enter", "shift+enter", "ctrl+space", "ctrl+i", "ctrl+m"}
    for command in COMMANDS:
        assert not swallowed & set(command.key_list), command.id
        assert not any(key.startswith("alt+") for key in command.key_list), command.id
        if "enter" in command.key_list:
            assert "ctrl+j" in command.key_list, "keypad Enter arrives as Ctrl+J through tmux"


def test_no_character_is_a_command_where_pastes_arrive() -> None:
    for binding in bindings_for(Scope.CREDENTIALS):
        assert not any(is_printable(key) for key in binding.key.split(",")), binding


@pytest.mark.parametrize("scope", list(Scope))
def test_the_key_bar_names_keys_that_work(scope: Scope) -> None:
    by_key = {key_text(c.keys_in(scope)[0]): c for c in commands_for(scope)}
    for hint in key_hints(scope):
        assert by_key[hint.key].label == hint.label


async def test_the_palette_offers_every_command_of_the_screen(tmp_path: Path) -> None:
    async with driven(StandInEngine(), LaunchOptions(settings=settings_in(tmp_path))) as user:
        await user.until_shown("Credentials")
        offered = [c.title for c in user.app.get_system_commands(user.app.screen)]
        assert offered == [
            c.tooltip for c in commands_for(Scope.CREDENTIALS) if c.id not in ("keep", "explain")
        ], "there is nothing to keep before a paste, and no refusal to explain"
        await user.press("escape")
        # The stand-in has no such folder, so that there is a refusal to explain.
        await user.until(lambda: user.app.browser.local.failure is not None, "the refusal")
        offered = [c.title for c in user.app.get_system_commands(user.app.screen)]
        assert offered == [c.tooltip for c in commands_for(Scope.BROWSER)]


async def test_a_command_found_in_the_palette_runs(tmp_path: Path) -> None:
    async with driven(StandInEngine(), LaunchOptions(settings=settings_in(tmp_path))) as user:
        await user.until_shown("Credentials")
        await user.press("escape", "f9")
        await user.type("Show all keys")
        await user.until_shown("? F1")
        await user.press("down", "enter")
        await user.until(lambda: isinstance(user.app.screen, HelpScreen), "the help screen")
        await user.until_shown("Keys · browser")


def test_keys_are_written_as_people_say_them() -> None:
    assert keys_text(("enter", "l", "right", "ctrl+j")) == "Enter l →"
    assert key_text("ctrl+r") == "Ctrl+R"
    assert key_text("f10") == "F10"


def find(command_id: str) -> Command:
    return next(command for command in COMMANDS if command.id == command_id)


@pytest.mark.parametrize(
    ("command_id", "keys"),
    [
        ("copy", ("c", "f5")),
        ("move", ("m", "f6")),
        ("new-folder", ("n", "f7")),
        ("delete", ("D", "f8", "delete")),
        ("credentials", ("K", "f2")),
        ("palette", ("ctrl+p", "f9")),
        ("help", ("question_mark", "f1")),
        ("quit", ("q", "f10", "ctrl+q")),
    ],
)
def test_letters_have_their_file_manager_twins(command_id: str, keys: tuple[str, ...]) -> None:
    assert find(command_id).key_list == keys
