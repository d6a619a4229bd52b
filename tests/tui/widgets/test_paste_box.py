"""A paste goes in whole, is never shown, and never runs as commands."""

from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from s3tui.tui.widgets.paste_box import PasteBox
from tests.tui.widgets.reading import text_of, until

PASTE = 'export AWS_ACCESS_KEY_ID="ASIAEXAMPLEKEYQX7M"\r\rexport AWS_SECRET_ACCESS_KEY=wJalr+K7\rset x\r'


class BoxApp(App[None]):
    """A box, a field, and commands on letters that must not run."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e,x,p,o,r,t,D,K,slash", "ran"),
        Binding("enter", "connect"),
        Binding("f2,escape", "left"),
    ]

    def __init__(self) -> None:
        """Remember what happens."""
        super().__init__()
        self.pasted: list[str] = []
        self.happened: list[str] = []

    def compose(self) -> ComposeResult:
        """Box and field."""
        yield PasteBox("Paste here.")
        yield Input()

    @property
    def box(self) -> PasteBox:
        """The box."""
        return self.query_one(PasteBox)

    def on_paste_box_pasted(self, event: PasteBox.Pasted) -> None:
        """Remember the text."""
        self.pasted.append(event.text)

    def action_ran(self) -> None:
        """A command ran."""
        self.happened.append("command")

    def action_connect(self) -> None:
        """Enter was meant for the screen."""
        self.happened.append("connect")

    def action_left(self) -> None:
        """A key that leads out."""
        self.happened.append("left")


async def test_a_bracketed_paste_arrives_whole_and_is_not_shown() -> None:
    """Only its size is."""
    app = BoxApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.box.post_message(events.Paste(PASTE))
        await until(pilot, lambda: bool(app.pasted))
        await pilot.pause()
        assert app.pasted == [PASTE]
        assert f"Received {len(PASTE)} characters, 4 lines" in text_of(app.box)
        assert "wJalr" not in str(app.screen._compositor.render_strips())


async def test_a_paste_typed_by_the_terminal_fires_no_command() -> None:
    """Key by key with its Enters, it becomes one text."""
    app = BoxApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.box.focus()
        await pilot.pause()
        for character in PASTE:
            key = "enter" if character == "\r" else character
            app.box.post_message(events.Key(key, character))
        await until(pilot, lambda: bool(app.pasted))
        assert app.pasted == [PASTE.replace("\r", "\n")]
        assert app.happened == []


async def test_a_paste_with_a_pause_in_it_is_still_one_paste() -> None:
    """Slow links stop in the middle: the last message holds it all."""
    app = BoxApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.box.focus()
        await pilot.pause()
        for half in (PASTE[:40], PASTE[40:]):
            app.pasted.clear()
            for character in half:
                app.box.post_message(events.Key("enter" if character == "\r" else character, character))
            await until(pilot, lambda: bool(app.pasted))
        assert app.pasted[-1] == PASTE.replace("\r", "\n")


async def test_keys_that_lead_out_do() -> None:
    """Tab goes on, Esc and F-keys are the screen's, and Enter is too while nothing comes in."""
    app = BoxApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.box.focus()
        await pilot.press("enter", "f2", "escape", "tab")
        assert app.happened == ["connect", "left", "left"]
        assert app.query_one(Input).has_focus


async def test_a_few_typed_letters_are_not_taken_for_a_paste() -> None:
    """The box says where typing belongs."""
    app = BoxApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.box.focus()
        await pilot.press("D")
        await until(pilot, lambda: "Tab goes to the fields" in app.box.message)
        assert app.pasted == []
        assert app.happened == []
        app.box.clear()
        assert app.box.message == "Paste here."


def test_no_repr_shows_the_text() -> None:
    """Messages are logged by debuggers; this one says how long it is."""
    message = PasteBox.Pasted("wJalrXUtnFEMI")
    assert "wJalr" not in repr(message) + str(list(message.__rich_repr__()))
    assert "13 characters" in repr(message)
