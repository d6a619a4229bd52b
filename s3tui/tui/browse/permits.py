"""Which changes are greyed out, and what happens when one is asked for all the same.

What the platform says is certain: such a change is only explained. What a refusal has taught may be true for
one prefix only, so it can be tried again after a question.
"""

from s3tui.model.location import LocalLocation, S3Location
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.refusals import Change, Refusals
from s3tui.tui.session import Session
from s3tui.tui.stage import Stage
from s3tui.tui.widgets.pane import Pane


class Permits:
    """Knows which commands would be refused between two panes."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`; `session` knows what was refused."""
        self._session = session
        self._stage = stage

    def reason_against(self, command_id: str, here: Pane, other: Pane) -> str:
        """Why a command of the pane `here` would be refused, in one sentence; empty when it may run."""
        refusals = self._session.refusals
        for change in _changes(command_id, here, other):
            reason = refusals.reason_against(change)
            if reason:
                return reason
        return ""

    async def granted(self, command_id: str, title: str, here: Pane, other: Pane) -> bool:
        """Whether a command may run: explains what cannot be, and asks about what was refused before."""
        reason = self.reason_against(command_id, here, other)
        if not reason:
            return True
        if self._refusals.for_certain:
            self._stage.tell(reason, serious=True)
            return False
        details = [reason, "K takes other credentials."]
        dialog = confirm_dialog(title, "Try all the same?", "Try", details=details)
        return await self._stage.ask(dialog) == YES

    @property
    def _refusals(self) -> Refusals:
        return self._session.refusals


def _changes(command_id: str, here: Pane, other: Pane) -> tuple[Change, ...]:
    """What a command changes in S3."""
    in_s3 = isinstance(here.location, S3Location)
    to_s3 = isinstance(other.location, S3Location) and isinstance(here.location, LocalLocation)
    match command_id:
        case "copy" | "move" if to_s3:
            return ("write",)
        case "move" | "delete" if in_s3:
            return ("delete",)
        case "rename" if in_s3:
            return ("write", "delete")
        case "new-folder" if in_s3:
            return ("write",)
    return ()
