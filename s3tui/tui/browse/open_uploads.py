"""Multipart uploads that are open on the server, whoever began them: shown, marked by digits, and aborted."""

import time
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial

from s3tui.engine.client import RequestRefused
from s3tui.formatting import count_text
from s3tui.model.location import Location, S3Location
from s3tui.model.upload import OpenUpload
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph
from s3tui.tui.session import Session
from s3tui.tui.stage import Stage

PAGE = 6
"""Uploads on a page: one digit each, and room for long keys on a small terminal."""

MOST = 10_000
"""Uploads that are read before the list is said to be cut."""

_AT_ONCE = 100
"""Uploads in one request to the engine."""

_ABORT, _MORE, _ALL = "abort", "more", "all"


class OpenUploads:
    """Lists what is open below a place and aborts what the user has marked."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`, act through the session's engine."""
        self._session = session
        self._stage = stage

    async def show(self, place: Location | None) -> None:
        """List the uploads below a place; abort those marked, after a question.

        Raises:
            RequestRefused: they may not be listed.
            EngineError: the engine is gone.
        """
        if not isinstance(place, S3Location) or not place.bucket:
            self._stage.tell("Open a bucket first: uploads are listed below the folder of the S3 pane.")
            return
        found = await self._found(place)
        if not found:
            self._stage.tell(f"No multipart upload is open below {place}.")
            return
        chosen = await self._choose(place, found)
        if chosen and await self._sure(chosen):
            self._stage.carry_out(partial(self._abort, chosen), title="Open uploads")

    async def _found(self, place: S3Location) -> list[OpenUpload]:
        """The uploads below a place, the oldest first."""
        self._stage.tell("Looking for open uploads … (Esc stops)")
        found: list[OpenUpload] = []
        try:
            async with aclosing(self._session.client.list_uploads(place)) as replies:
                async for several in replies:
                    found += several
                    if len(found) >= MOST:
                        break
        finally:
            self._stage.tell("")
        return sorted(found, key=lambda upload: (upload.started, str(upload.location)))

    async def _choose(self, place: S3Location, found: Sequence[OpenUpload]) -> tuple[OpenUpload, ...]:
        """Let the user mark uploads, page by page; empty when none are to be aborted."""
        free = {number for number, upload in enumerate(found) if not upload.in_use}
        marked: set[int] = set()
        first = 0
        while True:
            answer = await self._stage.ask(uploads_dialog(place, found, marked, first))
            if answer == _ABORT:
                return tuple(found[number] for number in sorted(marked))
            if answer == _MORE:
                first = first + PAGE if first + PAGE < len(found) else 0
            elif answer == _ALL:
                marked = set() if marked == free else set(free)
            elif answer is not None and answer.isdigit():
                marked ^= {int(answer)} & free
            else:
                return ()

    async def _sure(self, chosen: Sequence[OpenUpload]) -> bool:
        several = len(chosen) > 1
        question = f"Abort {count_text(len(chosen), 'open upload')}?"
        details = [
            f"{'The parts sent of them' if several else 'The parts sent of it'} are deleted on the server.",
            "Somebody may still be sending: look at the time it was begun.",
        ]
        dialog = confirm_dialog("Open uploads", question, "Abort", details=details, danger=True)
        return await self._stage.ask(dialog) == YES

    async def _abort(self, chosen: tuple[OpenUpload, ...]) -> None:
        gone = 0
        try:
            for start in range(0, len(chosen), _AT_ONCE):
                self._stage.tell("Aborting uploads …")
                gone += await self._session.client.abort_uploads(chosen[start : start + _AT_ONCE])
        except RequestRefused:
            self._stage.tell("")
            raise
        self._stage.tell(f"{count_text(gone, 'open upload')} aborted.")


def uploads_dialog(
    place: S3Location, found: Sequence[OpenUpload], marked: set[int], first: int
) -> ChoiceDialog:
    """A page of uploads with what is marked; gives an index, "abort", "more", "all", or None.

    Args:
        place: what the keys are below.
        found: all uploads.
        marked: indexes of those to be aborted.
        first: index of the first one on this page.
    """
    page = found[first : first + PAGE]
    many = "At least " if len(found) >= MOST else ""
    paragraphs = [
        Paragraph(f"{many}{count_text(len(found), 'upload')} not finished below {place}", "-strong")
    ]
    for number, upload in enumerate(page):
        sign = "*" if first + number in marked else " "
        paragraphs.append(Paragraph(f"{number + 1} {sign} {_line(place, upload)}", _look(upload, sign)))
    if len(found) > PAGE:
        paragraphs.append(Paragraph(f"{first + 1}–{first + len(page)} of {len(found):,}", "-faint"))
    paragraphs.append(Paragraph("A digit marks one or unmarks it.", "-faint"))
    choices = [Choice("close", "Close", "c")]
    if marked:
        choices.append(Choice(_ABORT, f"Abort {len(marked):,}", "x", danger=True))
    choices.append(Choice(_ALL, "All", "a"))
    if len(found) > PAGE:
        choices.append(Choice(_MORE, "More", "m"))
    choices += [Choice(str(first + number), "", str(number + 1)) for number in range(len(page))]
    return ChoiceDialog("Open uploads", paragraphs, choices)


def _line(place: S3Location, upload: OpenUpload) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(upload.started))
    name = upload.location.key.removeprefix(place.key) or upload.location.name
    return f"{when}  {name}{'  (in your queue)' if upload.in_use else ''}"


def _look(upload: OpenUpload, sign: str) -> str:
    if upload.in_use:
        return "-faint"
    return "-warning" if sign == "*" else ""
