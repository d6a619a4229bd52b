"""Settings from a TOML file and the environment, and where state lives.

`S3TUI_*` variables win over `config.toml`, which wins over the defaults below. Unknown names are errors: a
misspelt setting must not be passed over in silence.
"""

import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from s3tui.errors import UsageError

MEBIBYTE = 1024 * 1024


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a user can set; each name is a line of `config.toml` and, in capitals, `S3TUI_<NAME>`."""

    state_dir: str = ""
    """Folder of the journal and the log; empty takes `$XDG_STATE_HOME/s3tui`."""
    workers: int = 2
    """Byte worker processes; 0 moves bytes in the engine's own loop."""
    parts_at_once: int = 0
    """Requests that move bytes at the same time, all transfers together; 0 finds their number by itself."""
    multipart_threshold: int = 16 * MEBIBYTE
    """Files of at least this many bytes go in parts."""
    part_size: int = 16 * MEBIBYTE
    """Bytes per part, grown when 10,000 parts would not do."""
    theme: str = ""
    """Name of the colour theme; empty picks one by what the terminal can show."""
    mouse: bool = False
    """Whether the app takes the mouse; off keeps the terminal's own selecting and pasting."""
    ascii: bool | None = None
    """Draw with ASCII only; None asks the locale."""

    @property
    def state_path(self) -> Path:
        """The state folder as an absolute path."""
        return Path(self.state_dir).expanduser().absolute() if self.state_dir else default_state_path()


_LIMITS = {
    "workers": (0, 64),
    "parts_at_once": (0, 1024),
    "multipart_threshold": (5 * MEBIBYTE, 5 * 1024 * MEBIBYTE),
    "part_size": (5 * MEBIBYTE, 5 * 1024 * MEBIBYTE),
}
"""Smallest and largest value of each number; S3 knows no part under 5 MiB and none over 5 GiB."""
_SWITCHES = ("mouse", "ascii")
_WORDS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def default_state_path() -> Path:
    """`$XDG_STATE_HOME/s3tui`, by default `~/.local/state/s3tui`."""
    return _own_folder("XDG_STATE_HOME", ".local/state") or _platform_folder("user_state_dir")


def config_path() -> Path:
    """`$XDG_CONFIG_HOME/s3tui/config.toml`, by default `~/.config/s3tui/config.toml`."""
    return (_own_folder("XDG_CONFIG_HOME", ".config") or _platform_folder("user_config_dir")) / "config.toml"


def _own_folder(variable: str, usual: str) -> Path | None:
    """Our folder on Linux, where its place is one variable: what knows all systems takes long to import."""
    if sys.platform != "linux":
        return None
    above = os.environ.get(variable, "").strip()
    return (Path(above) if above else Path(f"~/{usual}").expanduser()) / "s3tui"


def _platform_folder(kind: str) -> Path:
    import platformdirs

    folder: str = getattr(platformdirs, kind)("s3tui", appauthor=False)
    return Path(folder)


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings file, if there is one, and the environment.

    Raises:
        UsageError: a setting is unknown, of the wrong kind or out of its limits; the sentence names it.
    """
    source = path or config_path()
    values = _from_file(source)
    names = {field.name for field in msgspec.structs.fields(Settings)}
    unknown = sorted(values.keys() - names)
    if unknown:
        raise UsageError(f"{source} has a setting that does not exist: {unknown[0]}.")
    for name in names:
        variable = f"S3TUI_{name.upper()}"
        if variable in os.environ:
            values[name] = _checked(name, _from_text(name, os.environ[variable]), variable)
        elif name in values:
            values[name] = _checked(name, values[name], f"{name} in {source}")
    return msgspec.convert(values, Settings)


def _from_file(source: Path) -> dict[str, Any]:
    try:
        text = source.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{source} cannot be read: {error}.") from None
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{source} is not valid TOML: {error}.") from None


def _from_text(name: str, text: str) -> Any:
    """Return a variable's text as the kind its setting has; what does not fit stays text, refused later."""
    word = text.strip().lower()
    if name in _SWITCHES:
        return _WORDS.get(word, text)
    return int(word) if name in _LIMITS and word.isdecimal() else text


def _checked(name: str, value: Any, where: str) -> Any:
    if name in _SWITCHES:
        if not isinstance(value, bool):
            raise UsageError(f"{where} must be true or false.")
    elif name in _LIMITS:
        low, high = _LIMITS[name]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise UsageError(f"{where} must be a whole number from {low} to {high}.")
    elif not isinstance(value, str):
        raise UsageError(f"{where} must be text in quotes.")
    return value
