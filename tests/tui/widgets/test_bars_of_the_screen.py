"""The title line with its countdown, and the line of keys."""

from textual.app import App, ComposeResult

from s3tui.engine.messages import CredentialState
from s3tui.tui.view.key_hints import KeyHint
from s3tui.tui.widgets.key_bar import KeyBar
from s3tui.tui.widgets.title_bar import TitleBar
from tests.tui.widgets.reading import counting_lines, lines_of
from tests.tui.widgets.samples import HINTS, NOW


class BarsApp(App[None]):
    """Title and keys, with a clock of the test's."""

    def __init__(self) -> None:
        """Make the clock and the bars."""
        super().__init__()
        self.now = NOW
        self.title_bar = TitleBar(clock=lambda: self.now)
        self.key_bar = KeyBar(HINTS)
        self.clicked: list[str] = []

    def compose(self) -> ComposeResult:
        """Both lines."""
        yield self.title_bar
        yield self.key_bar

    def on_key_bar_clicked(self, event: KeyBar.Clicked) -> None:
        """Remember the key."""
        self.clicked.append(event.key)


async def test_place_key_and_time_left_are_always_there() -> None:
    """From the first frame on; the place gives way, the time never does."""
    app = BarsApp()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.title_bar.text.rstrip().endswith("not connected")
        app.title_bar.show_place("rrap-storage-bucket/datasets/10378-1-42/", "s3.example.org")
        app.title_bar.show_credentials(CredentialState("ASIA…QX7M", True, NOW + 2530))
        text = app.title_bar.text
        assert text.startswith(" s3tui  rrap-storage-bucket/datasets/10378-1-42/ ")
        assert text.rstrip().endswith("ASIA…QX7M   42 min left")
        assert "s3.example.org" not in text
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "s3.example.org" in app.title_bar.text
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        assert app.title_bar.text.rstrip().endswith("42 min")
        assert "10378-1-42/" in app.title_bar.text


async def test_the_countdown_goes_from_calm_to_expired_in_words() -> None:
    """Nothing is drawn while the words stay true."""
    app = BarsApp()
    async with app.run_test(size=(100, 24)) as pilot:
        app.title_bar.show_credentials(CredentialState("ASIA…QX7M", True, NOW + 2530))
        await pilot.pause()
        said = []
        for later in (0, 20, 1700, 2300, 2531):
            app.now = NOW + later
            app.title_bar.tick()
            said.append(app.title_bar.text.partition("QX7M")[2].strip())
        assert said == [
            "42 min left",
            "41 min left",
            "renew soon 13 min left",
            "RENEW NOW 03:50 left",
            "EXPIRED, press K",
        ]
        await pilot.pause()
        with counting_lines(app.title_bar) as drawn:
            app.now += 100
            app.title_bar.tick()
            await pilot.pause()
        assert drawn.lines == []


async def test_the_key_bar_names_the_commands_that_matter_now() -> None:
    """It fits its line, and a click does what the key does."""
    app = BarsApp()
    async with app.run_test(size=(80, 24)) as pilot:
        line = lines_of(app.key_bar)[0]
        assert line.startswith(" c Copy  m Move ")
        assert "? Help" in line
        assert "F5" not in line
        await pilot.click(KeyBar, offset=(10, 0))
        assert app.clicked == ["m"]
        app.key_bar.show([KeyHint("Esc", "Back")])
        await pilot.pause()
        assert lines_of(app.key_bar) == [" Esc Back"]
        app.key_bar.show(HINTS)
        await pilot.resize_terminal(120, 24)
        await pilot.pause()
        assert lines_of(app.key_bar)[0].startswith(" c F5 Copy ")
