"""Connecting from sources that the engine asks: forms before, its questions meanwhile."""

import asyncio
import os
from collections.abc import Mapping

from msgspec.structs import replace

from s3tui.credentials.sources import surroundings
from s3tui.engine import messages as say
from s3tui.model.credentials import Connection
from s3tui.model.source import source_label
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph
from s3tui.tui.dialogs.form import Complaint, FormDialog
from s3tui.tui.session import Session
from s3tui.tui.sign_in.draft import FieldProblem, Fields, read_endpoint, read_place
from s3tui.tui.sign_in.platform_forms import FORMS, PlatformForm, Wanted
from s3tui.tui.stage import Stage


class AskedSources:
    """Lets the user choose and fill in a source, and connects from it."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`, connect through `session`."""
        self._session = session
        self._stage = stage
        self._asking = asyncio.Lock()

    async def choose(self) -> Wanted | None:
        """Ask for a platform and what it needs; None when the user gives up."""
        choices = [Choice(form.key, form.title, form.key) for form in FORMS]
        words = Paragraph("These are asked for credentials, and asked again before they end.", "-faint")
        chosen = await self._stage.ask(ChoiceDialog("Other sources", [words], choices))
        form = next((each for each in FORMS if each.key == chosen), None)
        return await self._filled_in(form) if form is not None else None

    async def connect(self, wanted: Wanted) -> Connection | None:
        """Connect with what a source gives; None when the user rather stays where we are.

        Raises EngineError and RequestRefused.
        """
        if self._session.connected and not await self._may_leave(wanted):
            return None
        return await self._session.connect_from(*wanted)

    async def answer(self, question: say.Question) -> None:
        """Pass on a question of the engine; one after the other."""
        async with self._asking:
            typed = await self._stage.ask(
                FormDialog("A question", [("answer", "Answer", "", "", question.hidden)], note=question.text)
            )
        text = typed["answer"].strip() if typed is not None else None
        await self._session.client.answer(question.question_id, text or None)

    async def _filled_in(self, form: PlatformForm) -> Wanted | None:
        variables = surroundings(os.environ)

        def check(typed: Mapping[str, str]) -> Complaint | None:
            try:
                form.read(typed, variables)
            except FieldProblem as problem:
                return problem.field, str(problem)
            return None

        lines = [(each.name, each.label, each.hint, each.value, each.hidden) for each in form.fields]
        typed = await self._stage.ask(FormDialog(form.title, lines, note=form.note, check=check))
        return form.read(typed, variables) if typed is not None else None

    async def _may_leave(self, wanted: Wanted) -> bool:
        details = [f"The new credentials come from {source_label(wanted[0])}."]
        if self._session.busy:
            details.append("Transfers of the old place wait until you connect there again.")
        question = "Leave the place you are connected to?"
        dialog = confirm_dialog("Another source", question, "Connect there", details=details)
        return await self._stage.ask(dialog) == YES


def at_typed_place(place: Connection, fields: Fields, here: Connection | None) -> Connection:
    """The place of a source, unless the fields name another; raises FieldProblem.

    Args:
        place: what the source knows.
        fields: of the screen; they show `here` at first.
        here: the place we are at, or were asked to go to.
    """
    url, workspace = read_endpoint(fields.endpoint), read_place(fields.place)
    if url is None and workspace.bucket is None:
        return place
    known = here is not None and here.endpoint.url == url
    endpoint = here.endpoint if here is not None and known else place.endpoint
    region = fields.region.strip() or endpoint.region
    return Connection(replace(endpoint, url=url or endpoint.url, region=region), workspace)
