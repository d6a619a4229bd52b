"""An application with everything that is hard to draw: `sample_app.py cells|stock|ascii`."""

import sys

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import DataTable, Input, Label, ProgressBar, Static

from s3tui.tui.terminal.driver import CellDriver

LINES = (
    "plain text that is rather long and fills the line to its very end, and then some more of it",
    "中文 名字 and 日本語 mixed with ascii",
    "emoji 🐠 and e\u0301 combining",
    "[not markup] \\[escaped]",
)


class Ask(ModalScreen[None]):
    """A dialog over the rest."""

    CSS = "Ask { align: center middle; } #box { width: 40; height: 7; border: thick $accent; }"

    def compose(self) -> ComposeResult:
        """One box."""
        yield Static("A dialog with 中文 over it", id="box", markup=False)

    def key_c(self) -> None:
        """Close."""
        self.dismiss(None)


class Sample(App[None]):
    """Two panes, a bar, a field and a dialog."""

    CSS = """
    #left, #right { width: 1fr; border: round $primary; }
    #right { background: $boost; }
    #step { dock: bottom; height: 1; background: $accent; }
    """
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        """Start at step nought."""
        super().__init__()
        self.step = 0
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        """All widgets."""
        with Horizontal():
            yield Static("\n".join(LINES), id="left", markup=False)
            yield DataTable(id="right")
        yield ProgressBar(total=100, show_eta=False)
        field = Input("field")
        field.cursor_blink = False
        yield field
        yield Label("step 0", id="step")

    def on_mount(self) -> None:
        """Fill the table."""
        table = self.query_one(DataTable)
        table.add_columns("name", "size")
        for number in range(40):
            table.add_row(f"名{number}.txt" if number % 3 == 0 else f"file {number}", str(number * 1000))
        table.focus()

    def told(self) -> None:
        """Show the next step's number."""
        self.step += 1
        self.query_one("#step", Label).update(f"step {self.step}")

    def key_a(self) -> None:
        """Shift the wide characters by one column."""
        self.query_one("#left", Static).update("\n".join("x" * self.step + line for line in LINES))
        self.told()

    def key_b(self) -> None:
        """Move the bar."""
        self.query_one(ProgressBar).update(progress=self.step * 9)
        self.told()

    def key_d(self) -> None:
        """Open the dialog."""
        self.push_screen(Ask(), lambda _: self.told())

    def key_t(self) -> None:
        """Toggle the theme."""
        self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"
        self.told()

    def key_q(self) -> None:
        """Leave."""
        self.exit()


if __name__ == "__main__":
    CellDriver.plain = sys.argv[1] == "ascii"
    app = Sample()
    if sys.argv[1] != "stock":
        app.driver_class = CellDriver
    app.run()
