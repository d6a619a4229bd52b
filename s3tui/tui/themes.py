"""The colours: one theme of our own, and the choice for poor terminals.

"deep" is a calm night sea. Its colours sit on the 256-colour cube or fall to it without surprises (the dark
ones become black and teal), so that it looks the same through an old tmux as in a modern terminal.
"""

from textual.theme import Theme

DEFAULT_THEME = "deep"
FEW_COLOURS_THEME = "ansi-dark"
"""Uses the terminal's own sixteen colours, or none with NO_COLOR; the cursor is drawn in reverse video."""

DEEP = Theme(
    name=DEFAULT_THEME,
    dark=True,
    primary="#5fd7d7",
    secondary="#87afd7",
    accent="#ffd787",
    success="#87d787",
    warning="#ffaf5f",
    error="#ff8787",
    foreground="#d5e0e4",
    background="#08161e",
    surface="#0d1f29",
    panel="#143a48",
    luminosity_spread=0.12,
    text_alpha=0.96,
    variables={
        "block-cursor-background": "#5fd7d7",
        "block-cursor-foreground": "#06222b",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#143a48",
        "border": "#5fafaf",
        "border-blurred": "#2c5666",
        "primary-muted": "#1c5f6b",
        "footer-background": "#143a48",
        "footer-key-foreground": "#ffd787",
        "input-cursor-background": "#ffd787",
        "input-cursor-foreground": "#08161e",
        "input-selection-background": "#3d7fae",
        "scrollbar": "#2c5666",
        "scrollbar-background": "#08161e",
        "text-muted": "#8fa9b4",
        "text-primary": "#7fe3e3",
        "text-secondary": "#a5c6e8",
        "text-accent": "#ffe0a3",
        "text-success": "#a5e3a5",
        "text-warning": "#ffc78f",
        "text-error": "#ffa8a8",
    },
)

THEMES = (DEEP,)
"""Themes to register beside Textual's."""


def theme_name(wanted: str, *, known: frozenset[str] | set[str], few_colours: bool) -> str:
    """The theme to start with: the one that was set if it exists, else what suits the terminal."""
    if wanted in known:
        return wanted
    return FEW_COLOURS_THEME if few_colours else DEFAULT_THEME
