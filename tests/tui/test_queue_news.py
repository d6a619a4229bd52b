"""The one sentence that tells how a batch of transfers ended."""

from typing import Any

from s3tui.engine.messages import Snapshot
from s3tui.model.transfer import QueueSummary
from s3tui.tui.queue_news import QueueNews


def told(news: QueueNews, **counts: Any) -> str | None:
    """What is said of a queue with these counts."""
    notice = news.of(Snapshot(QueueSummary(**counts), ()))
    return notice.text if notice is not None else None


def test_the_end_of_each_batch_is_told_once() -> None:
    news = QueueNews()
    assert told(news, queued=2) is None
    assert told(news, running=1, succeeded=1, bytes_done=900) is None
    assert told(news, succeeded=2, bytes_done=2000) == "2 files copied, 2.0 kB."
    assert told(news, succeeded=2, bytes_done=2000) is None
    assert told(news, running=1, succeeded=2, bytes_done=2000) is None
    assert told(news, succeeded=3, bytes_done=2500) == "1 file copied, 500 B."


def test_a_batch_too_quick_to_be_seen_at_work_is_told_as_well() -> None:
    assert told(QueueNews(), succeeded=1, bytes_done=5) == "1 file copied, 5 B."


def test_failures_are_serious_and_cancelled_ones_counted() -> None:
    news = QueueNews()
    notice = news.of(Snapshot(QueueSummary(succeeded=1, failed=2, cancelled=1, bytes_done=5), ()))
    assert notice is not None
    assert notice.serious
    assert notice.text == "1 file copied, 5 B; 2 failed (t shows why); 1 cancelled."


def test_taking_finished_ones_off_the_list_is_no_news() -> None:
    news = QueueNews()
    assert told(news, succeeded=3, bytes_done=9) is not None
    assert told(news) is None
    assert told(news, succeeded=1, bytes_done=9) == "1 file copied, 9 B."


def test_failures_are_told_while_others_go_on_but_not_one_by_one() -> None:
    news = QueueNews()
    assert told(news, running=1, queued=200) is None
    assert told(news, running=1, failed=1) == "1 file has failed so far (t shows why)."
    assert told(news, running=1, failed=2) is None
    assert told(news, running=1, failed=31) == "31 files have failed so far (t shows why)."
    assert told(news, running=1, failed=99) is None
    assert told(news, failed=120) == "120 failed (t shows why)."
    assert told(news, running=1, failed=121) == "1 file has failed so far (t shows why)."
