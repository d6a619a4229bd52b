"""A command as a value: what it is called, which keys it has, where it applies."""

from enum import StrEnum

from msgspec import Struct

from s3tui.tui.commands.keys import is_printable


class Scope(StrEnum):
    """Screens that have commands."""

    BROWSER = "browser"
    TRANSFERS = "transfers"
    CREDENTIALS = "credentials"
    HELP = "help"


class Group(StrEnum):
    """Headings of the help screen, in its order."""

    MOVE = "Move"
    MARK = "Mark"
    FILES = "Files and folders"
    VIEW = "View"
    TRANSFERS = "Transfers"
    CREDENTIALS = "Credentials"
    PROGRAM = "Program"


class Command(Struct, frozen=True):
    """Something the user can do."""

    id: str
    keys: str
    """Textual key names, comma separated; the first is the one that is shown."""
    label: str
    """One or two words: the key bar's and the palette's name of it."""
    action: str
    """Action of the screen."""
    tooltip: str
    """One sentence without a full stop: the help's and the palette's words."""
    group: Group
    scopes: tuple[Scope, ...]
    bar: int = 0
    """Place in the key bar, 1 first; 0 is not shown there."""
    rank: int = 0
    """What the key bar drops first where there is no room: the highest; 0 always stays."""

    @property
    def key_list(self) -> tuple[str, ...]:
        """The keys one by one."""
        return tuple(self.keys.split(","))

    def keys_in(self, scope: Scope) -> tuple[str, ...]:
        """The keys that work on a screen: where pastes arrive, no character is a command."""
        if scope is Scope.CREDENTIALS:
            return tuple(key for key in self.key_list if not is_printable(key))
        return self.key_list


class CommandsOf:
    """Makes commands of one group and set of screens."""

    def __init__(self, group: Group, *scopes: Scope) -> None:
        """Remember what they have in common."""
        self._group = group
        self._scopes = scopes

    def __call__(
        self, id: str, keys: str, label: str, action: str, tooltip: str, bar: int = 0, rank: int = 0
    ) -> Command:
        """A command of this group, as `Command` has it."""
        return Command(id, keys, label, action, tooltip, self._group, self._scopes, bar, rank)
