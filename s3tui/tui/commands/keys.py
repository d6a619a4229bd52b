"""Keys as people write them."""

from collections.abc import Iterable

_NAMES = {
    "space": "Space",
    "slash": "/",
    "colon": ":",
    "asterisk": "*",
    "plus": "+",
    "full_stop": ".",
    "question_mark": "?",
    "exclamation_mark": "!",
}
_SIGNS = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Bksp",
    "insert": "Ins",
    "delete": "Del",
    "shift+tab": "Shift+Tab",
    "home": "Home",
    "end": "End",
    "tab": "Tab",
}


def is_printable(key: str) -> bool:
    """Whether a key puts a character into a text, and so may be part of a paste."""
    return len(key) == 1 or key in _NAMES


def key_text(key: str) -> str:
    """A key as people write it: "ctrl+r" → "Ctrl+R"."""
    if key in _NAMES:
        return _NAMES[key]
    if key in _SIGNS:
        return _SIGNS[key]
    if key.startswith("ctrl+"):
        return f"Ctrl+{key[5:].upper()}"
    return key if len(key) == 1 else key.upper()


def keys_text(keys: Iterable[str]) -> str:
    """Keys side by side; what only some terminals send instead of Enter is left out."""
    return " ".join(key_text(key) for key in keys if key not in ("ctrl+j", "ctrl+g"))
