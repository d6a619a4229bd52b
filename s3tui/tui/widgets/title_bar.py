"""The first line: where the credentials lead, whose they are, and how long they last."""

import time
from collections.abc import Callable
from typing import ClassVar

from textual.timer import Timer

from s3tui.engine.messages import CredentialState
from s3tui.tui.view.countdown import Countdown, Urgency, countdown
from s3tui.tui.view.line_parts import Part
from s3tui.tui.view.text_cells import cut_path, shown
from s3tui.tui.widgets.text_line import TextLine

_NARROW = 60
_BADGE = "[read-only] "


class TitleBar(TextLine):
    """Place on the left; key label and time left on the right, always in words."""

    PREFIX = "title-bar"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "title-bar--program",
        "title-bar--place",
        "title-bar--badge",
        "title-bar--host",
        "title-bar--key",
        "title-bar--none",
        "title-bar--calm",
        "title-bar--unknown",
        "title-bar--soon",
        "title-bar--last",
        "title-bar--expired",
    }

    DEFAULT_CSS = """
    TitleBar { background: $panel; color: $foreground; }
    TitleBar > .title-bar--program { background: $panel; color: $text-accent; text-style: bold; }
    TitleBar > .title-bar--place { background: $panel; color: $foreground; text-style: bold; }
    TitleBar > .title-bar--badge { background: $panel; color: $text-warning; text-style: bold; }
    TitleBar > .title-bar--host { background: $panel; color: $text-muted; }
    TitleBar > .title-bar--key { background: $panel; color: $text-muted; }
    TitleBar > .title-bar--none { background: $panel; color: $text-muted; }
    TitleBar > .title-bar--calm { background: $panel; color: $text-success; }
    TitleBar > .title-bar--unknown { background: $panel; color: $text-secondary; }
    TitleBar > .title-bar--soon { background: $panel; color: $text-warning; text-style: bold; }
    TitleBar > .title-bar--last { background: $error-muted; color: $text-error; text-style: bold; }
    TitleBar > .title-bar--expired { background: $error; color: $text; text-style: bold; }
    TitleBar:ansi > .title-bar--last, TitleBar:ansi > .title-bar--expired {
        background: transparent;
        color: ansi_red;
        text-style: bold reverse;
    }
    """

    def __init__(
        self,
        *,
        id: str | None = None,
        clock: Callable[[], float] = time.time,
        program: str = "s3tui",
        renew_key: str = "K",
    ) -> None:
        """Make a title bar.

        Args:
            id: widget id.
            clock: gives Unix seconds by our own clock.
            program: the name that stands first.
            renew_key: the key that opens the credentials screen, as people say it.
        """
        super().__init__(id=id)
        self._clock = clock
        self._program = program
        self._renew_key = renew_key
        self._place = ""
        self._host = ""
        self._read_only = False
        self._credentials = CredentialState()
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Draw it for the first time."""
        self.tick()

    def show_place(self, place: str, host: str = "", *, read_only: bool = False) -> None:
        """Name the workspace or bucket and prefix, and where there is room the server's host."""
        told = shown(place), shown(host), read_only
        if told == (self._place, self._host, self._read_only):
            return
        self._place, self._host, self._read_only = told
        self.tick()

    def show_credentials(self, state: CredentialState) -> None:
        """Count down for these credentials from now on."""
        self._credentials = state
        self.tick()

    @property
    def countdown(self) -> Countdown:
        """What is to be said now."""
        return countdown(self._credentials, self._clock())

    def tick(self) -> None:
        """Draw what is true now, and wake up when it will no longer be."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not self.is_mounted:
            return
        now = self.countdown
        label = self._credentials.label
        words = now.short if self.size.width < _NARROW else now.text
        if now.urgency is Urgency.EXPIRED and self.size.width >= _NARROW:
            words = f"{words}, press {self._renew_key}"
        right = [Part(f"{shown(label)}  " if label else "", "key", 1), Part(f" {words} ", now.urgency.value)]
        room = self.size.width - sum(len(part.text) for part in right) - len(self._program) - 4
        left = [Part(f" {self._program} ", "program", 2)]
        badge = _BADGE if self._read_only else ""
        if self._place:
            path = cut_path(self._place, max(12, room - len(badge)))
            left += [Part(f" {path} ", "place"), Part(badge, "badge")]
        if self._host:
            left.append(Part(f" {self._host} ", "host", 3))
        self.show(left, right)
        if now.next_change is not None:
            self._timer = self.set_timer(now.next_change, self.tick)

    def on_resize(self) -> None:
        """There may be more room, or less."""
        self.tick()
