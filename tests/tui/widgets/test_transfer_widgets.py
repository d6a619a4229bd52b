"""The panel and the queue: what changes is drawn, at most four times a second."""

from msgspec.structs import replace
from textual.app import App, ComposeResult

from s3tui.engine.messages import Snapshot
from s3tui.model.transfer import QueueSummary, TransferStatus
from s3tui.tui.widgets.transfer_list import TransferDetail
from s3tui.tui.widgets.transfer_panel import TransferPanel
from tests.tui.widgets.demo_app import DemoApp, QueueApp
from tests.tui.widgets.reading import counting_lines, lines_of, text_of, until
from tests.tui.widgets.samples import SUMMARY, TRANSFERS, transfer


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


class PanelApp(App[None]):
    """A panel with a clock of the test's."""

    def __init__(self) -> None:
        """Make the clock."""
        super().__init__()
        self.clock = Clock()

    def compose(self) -> ComposeResult:
        """The panel."""
        yield TransferPanel(clock=self.clock)

    @property
    def panel(self) -> TransferPanel:
        """The panel."""
        return self.query_one(TransferPanel)


async def test_an_idle_panel_takes_no_room_and_a_busy_one_a_few_lines() -> None:
    """Three transfers on 24 lines, six on 40, none when all is done."""
    for size, height in (((80, 24), 4), ((120, 40), 7)):
        app = PanelApp()
        async with app.run_test(size=size) as pilot:
            assert not app.panel.display
            app.panel.show(Snapshot(SUMMARY, TRANSFERS))
            await pilot.pause()
            assert app.panel.size.height == height
            lines = lines_of(app.panel)
            assert lines[0].startswith(" 3 running · 14 queued · 1 paused · ! 1 failed")
            assert lines[0].endswith("13:57")
            assert lines[1].startswith(" ▲ transects.nc")
            app.clock.now += 1
            app.panel.show(Snapshot(QueueSummary(succeeded=5), ()))
            await pilot.pause()
            assert not app.panel.display


async def test_only_the_line_that_changed_is_drawn() -> None:
    """One file moved on: one line."""
    app = PanelApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.panel.show(Snapshot(SUMMARY, TRANSFERS))
        await pilot.pause()
        app.clock.now += 1
        moved = replace(TRANSFERS[1], moved=900_000_000)
        with counting_lines(app.panel) as drawn:
            app.panel.show(Snapshot(SUMMARY, (TRANSFERS[0], moved, *TRANSFERS[2:])))
            await pilot.pause()
        assert drawn.lines == [2]
        assert " 29%" in lines_of(app.panel)[2]


async def test_snapshots_that_come_too_fast_are_shown_together() -> None:
    """Ten in a moment are one repaint, and the last one wins."""
    app = PanelApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.panel.show(Snapshot(SUMMARY, TRANSFERS))
        await pilot.pause()
        with counting_lines(app.panel) as drawn:
            for step in range(10):
                moved = replace(TRANSFERS[0], moved=1_200_000_000 + step * 10_000_000)
                app.panel.show(Snapshot(SUMMARY, (moved, *TRANSFERS[1:])))
            await pilot.pause()
            assert drawn.lines == []
            app.clock.now += 1
            app.panel.show(Snapshot(SUMMARY, (moved, *TRANSFERS[1:])))
            await pilot.pause()
        assert drawn.lines == [1]


async def test_held_transfers_say_which_key_helps() -> None:
    """And how much need not be sent again; failures stay visible after the queue is empty."""
    app = PanelApp()
    async with app.run_test(size=(80, 24)) as pilot:
        held = tuple(replace(row, status=TransferStatus.HELD) for row in TRANSFERS[:3])
        app.panel.show(Snapshot(QueueSummary(held=3, bytes_safe=1_200_000_000, bytes_total=10**10), held))
        await pilot.pause()
        lines = lines_of(app.panel)
        assert lines[0].startswith(" 3 transfers wait for new credentials · 1.2 GB safe · press K")
        assert "waits for keys" in lines[1]
        app.clock.now += 1
        app.panel.show(Snapshot(QueueSummary(failed=2, succeeded=7), ()))
        await pilot.pause()
        assert lines_of(app.panel) == [" ! 2 failed · 7 done"]


async def test_the_panel_does_not_jump_between_two_files() -> None:
    """It keeps its lines for a while when fewer transfers run."""
    app = PanelApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.panel.show(Snapshot(SUMMARY, TRANSFERS))
        for _ in range(19):
            app.clock.now += 1
            app.panel.show(Snapshot(QueueSummary(running=1), TRANSFERS[:1]))
        await pilot.pause()
        assert app.panel.size.height == 4
        app.clock.now += 1
        app.panel.show(Snapshot(QueueSummary(running=1), TRANSFERS[:1]))
        await pilot.pause()
        assert app.panel.size.height == 2


async def test_the_queue_asks_only_for_what_is_visible() -> None:
    """Ten thousand transfers: the first window, and the last one when the user goes there."""
    rows = [transfer(n, f"file-{n:05}.dat", TransferStatus.QUEUED, 10, 0) for n in range(10_000)]
    app = QueueApp(rows)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "file-00000.dat" in lines_of(app.queue)[0]
        await pilot.press("end")
        await until(pilot, lambda: "file-09999.dat" in lines_of(app.queue)[-1])
        assert set(app.asked) == {0, 9984, 9856}
        assert app.queue.cursor_row == rows[-1]


async def test_news_of_a_visible_transfer_draws_its_line_only() -> None:
    """Progress comes between the windows; strangers are left alone."""
    app = QueueApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        with counting_lines(app.queue) as drawn:
            app.queue.update(
                [replace(TRANSFERS[0], moved=1_900_000_000), transfer(777, "x", TransferStatus.QUEUED, 1, 0)]
            )
            await pilot.pause()
        assert drawn.lines == [0]
        assert "checking" in lines_of(app.queue)[0]


async def test_the_failure_of_the_row_under_the_cursor_is_told() -> None:
    """From where to where, then why not."""
    app = QueueApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "j", "j")
        await pilot.pause()
        detail = lines_of(app.query_one(TransferDetail))
        assert "survey-2026.csv → " in detail[0]
        assert detail[1].startswith("! No permission to read survey-2026.csv.")


async def test_a_queue_that_shrinks_forgets_the_rows_that_are_gone() -> None:
    """Finished ones are cleared; the cursor stays inside."""
    app = QueueApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end")
        app.rows = TRANSFERS[:2]
        app.queue.reload()
        await pilot.pause()
        assert app.queue.cursor == 1
        assert len([line for line in lines_of(app.queue) if line]) == 2
        app.rows = ()
        app.queue.reload()
        await pilot.pause()
        assert "No transfers yet." in text_of(app.queue)


async def test_the_panel_follows_the_theme_and_the_window() -> None:
    """Other colours, other width: drawn anew, same words."""
    app = DemoApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t")
        panel = app.query_one(TransferPanel)
        before = panel.render_line(1)
        app.theme = "textual-light"
        await pilot.pause()
        after = panel.render_line(1)
        assert after.text == before.text
        assert after != before
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert panel.render_line(0).cell_length == 120
