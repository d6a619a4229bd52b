"""A bare Textual application of two panes: what the first frame of s3tui is held against."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import DataTable, Footer, Header

ROWS = 200
"""Of each pane."""


class BareApp(App[None]):
    """Two tables side by side between a header and a footer."""

    CSS = "DataTable { width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        """The two panes."""
        yield Header()
        with Horizontal():
            for _ in range(2):
                yield DataTable()
        yield Footer()

    def on_mount(self) -> None:
        """Fill them."""
        for table in self.query(DataTable):
            table.add_columns("name", "size")
            table.add_rows((f"name-{number:06}", str(number)) for number in range(ROWS))


if __name__ == "__main__":
    BareApp().run()
