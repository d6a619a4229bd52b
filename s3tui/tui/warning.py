"""Says in time that the credentials will expire: fifteen and five minutes before, and when they have."""

from s3tui.engine.messages import Notice
from s3tui.formatting import clock_text
from s3tui.tui.session import Session
from s3tui.tui.view.transfer_lines import held_text

WARN_AT = (15 * 60, 5 * 60, 0)
"""Seconds left at which to say so."""


class ExpiryWarning:
    """Looks at the time left; each threshold is spoken of once for each set of credentials."""

    def __init__(self, session: Session) -> None:
        """Watch the session's credentials."""
        self._session = session
        self._watched: tuple[str, float | None] | None = None
        self._said = len(WARN_AT)

    def due(self) -> Notice | None:
        """The notice to give now; None when there is nothing new to say."""
        state = self._session.state
        left = 0.0 if state.refused else self._session.seconds_left()
        if left is None or (state.renews and left > 0):
            return None
        passed = sum(left <= threshold for threshold in WARN_AT)
        if self._watched != (state.label, state.expires_at):
            # Fresh credentials that last less than a threshold are no news.
            self._watched, self._said = (state.label, state.expires_at), min(passed, len(WARN_AT) - 1)
            return None
        if passed <= self._said:
            return None
        self._said = passed
        if passed == len(WARN_AT):
            return Notice(f"Your credentials have expired. K takes new ones; {self._waiting}", serious=True)
        return Notice(f"Your credentials expire in {clock_text(left)}. K takes new ones at any time.")

    @property
    def _waiting(self) -> str:
        """What waits for new ones, as the end of a sentence."""
        snapshot = self._session.snapshot
        return held_text(snapshot.summary) if snapshot and snapshot.summary.held else "transfers wait."
