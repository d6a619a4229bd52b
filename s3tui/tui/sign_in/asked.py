"""Forms for the platforms that the engine asks, and the engine's own questions."""

import asyncio
import os
from collections.abc import Mapping

from msgspec.structs import replace

from s3tui.credentials.sources import surroundings
from s3tui.engine import messages as say
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Connection
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph
from s3tui.tui.dialogs.form import Complaint, FormDialog
from s3tui.tui.sign_in.draft import Fields
from s3tui.tui.sign_in.platform_forms import FORMS, PlatformForm, Wanted
from s3tui.tui.sign_in.typed import FieldProblem, read_endpoint, read_place
from s3tui.tui.stage import Stage


async def choose_platform(stage: Stage) -> Wanted | None:
    """Ask for a platform and what it needs; None when the user gives up."""
    choices = [Choice(form.key, form.title, form.key) for form in FORMS]
    words = Paragraph("These are asked for credentials, and asked again before they end.", "-faint")
    chosen = await stage.ask(ChoiceDialog("Other sources", [words], choices))
    form = next((each for each in FORMS if each.key == chosen), None)
    return await _filled_in(stage, form) if form is not None else None


async def _filled_in(stage: Stage, form: PlatformForm) -> Wanted | None:
    variables = surroundings(os.environ)

    def check(typed: Mapping[str, str]) -> Complaint | None:
        try:
            form.read(typed, variables)
        except FieldProblem as problem:
            return problem.field, str(problem)
        return None

    lines = [(each.name, each.label, each.hint, each.value, each.hidden) for each in form.fields]
    typed = await stage.ask(FormDialog(form.title, lines, note=form.note, check=check))
    return form.read(typed, variables) if typed is not None else None


class Questions:
    """Passes the engine's questions on to the user, one after the other, whatever screen is open."""

    def __init__(self, client: EngineClient, stage: Stage) -> None:
        """Ask on `stage`, answer to `client`."""
        self._client = client
        self._stage = stage
        self._asking = asyncio.Lock()

    async def ask(self, question: say.Question) -> None:
        """Show a question, and tell the engine what was typed."""
        async with self._asking:
            typed = await self._stage.ask(
                FormDialog("A question", [("answer", "Answer", "", "", question.hidden)], note=question.text)
            )
        text = typed["answer"].strip() if typed is not None else None
        await self._client.answer(question.question_id, text or None)


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
