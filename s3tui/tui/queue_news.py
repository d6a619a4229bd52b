"""Says how the queue ended, once, when the last transfer of a batch is over."""

from s3tui.engine.messages import Notice, Snapshot
from s3tui.formatting import count_text, size_text


class QueueNews:
    """Compares each snapshot of the queue with the one before."""

    def __init__(self) -> None:
        """Start with an empty queue."""
        self._before = (0, 0, 0, 0)
        self._failures_told = 0

    def of(self, snapshot: Snapshot) -> Notice | None:
        """The notice to give now; None while all goes well, or when nothing has ended since the last."""
        summary = snapshot.summary
        if summary.active:
            return self._failing(summary.failed - self._before[1])
        self._failures_told = 0
        counts = (summary.succeeded, summary.failed, summary.cancelled, summary.bytes_done)
        # Taking finished ones off the list lowers the counts: that is no news.
        done, failed, cancelled, moved = (
            max(0, now - then) for now, then in zip(counts, self._before, strict=True)
        )
        self._before = counts
        parts = []
        if done:
            parts.append(f"{count_text(done, 'file')} copied, {size_text(moved)}")
        if failed:
            parts.append(f"{failed:,} failed (t shows why)")
        if cancelled:
            parts.append(f"{cancelled:,} cancelled")
        return Notice(f"{'; '.join(parts)}.", serious=bool(failed)) if parts else None

    def _failing(self, failed: int) -> Notice | None:
        """A word on failures while others go on: at the first, the tenth, the hundredth …"""
        if failed < max(1, self._failures_told * 10):
            return None
        self._failures_told = 10 ** (len(str(failed)) - 1)
        verb = "has" if failed == 1 else "have"
        return Notice(f"{count_text(failed, 'file')} {verb} failed so far (t shows why).", serious=True)
