"""What is said on standard error: sentences always, a progress line on a terminal only."""

import io

from s3tui.cli.console import Console, progress_text
from s3tui.model.transfer import QueueSummary

HALF = QueueSummary(
    queued=14, running=3, bytes_total=2_000_000_000, bytes_done=1_220_000_000, rate=212e6, eta=3.6, failed=1
)


def test_progress_is_one_line_with_what_matters() -> None:
    text = progress_text(HALF)
    for piece in ("61 %", "1.2 GB of 2.0 GB", "212.0 MB/s", "00:03 left", "17 files to go", "1 failed"):
        assert piece in text


def test_progress_of_nothing_is_no_division() -> None:
    assert progress_text(QueueSummary()).startswith("0 %")


def test_without_a_terminal_only_sentences_are_written() -> None:
    stream = io.StringIO()
    console = Console(stream)
    console.progress(HALF)
    console.status("Looking …")
    console.say("One file failed.")
    console.done()
    assert stream.getvalue() == "s3tui: One file failed.\n"


def test_a_sentence_takes_the_place_of_the_progress_line() -> None:
    stream = io.StringIO()
    console = Console(stream, progress=True)
    console.progress(HALF)
    shown = stream.getvalue()
    assert shown.startswith("\r61 %")
    assert "\n" not in shown
    console.say("One file failed.")
    rest = stream.getvalue()[len(shown) :]
    assert rest.startswith("\r ")
    assert rest.endswith("\rs3tui: One file failed.\n")


def test_a_sentence_cannot_drive_the_terminal() -> None:
    stream = io.StringIO()
    Console(stream).say("bad \x1b]0;title\x07 key\nsecond line")
    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()


def test_a_closed_standard_error_does_not_stop_the_work() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    console = Console(Closed(), progress=True)
    console.progress(HALF)
    console.say("Nobody reads this.")
    console.done()
