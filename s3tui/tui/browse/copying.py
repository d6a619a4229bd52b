"""Copying and moving to the other pane: plan, question, clashes, queue."""

import os
from functools import partial

from s3tui.engine.messages import PlanProgress
from s3tui.formatting import count_text, size_text
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.model.transfer import ClashPolicy, CopyItem, NamePolicy, PlanSummary, QueueSummary
from s3tui.transfer.rename_rule import key_name, local_name
from s3tui.tui.dialogs.clash import ClashAnswer, clash_dialog, rest_dialog
from s3tui.tui.dialogs.message import message_dialog
from s3tui.tui.dialogs.plan import LEAVE_OUT, START, plan_dialog
from s3tui.tui.session import Session
from s3tui.tui.stage import Stage
from s3tui.tui.view.outlook import Outlook, outlook
from s3tui.tui.widgets.pane import Pane

Decisions = tuple[ClashPolicy, dict[int, ClashPolicy]]
"""What to do with clashes, and with those that were decided on one by one, by their index."""

Decided = tuple[ClashPolicy, dict[int, ClashPolicy], NamePolicy]
"""The same, and what to do with names that cannot be kept."""


class Copying:
    """Takes marked entries to the other pane's folder."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`, act through the session's engine."""
        self._session = session
        self._stage = stage
        self._counting = False

    @property
    def counting(self) -> bool:
        """Whether a plan is being made; it can be stopped."""
        return self._counting

    def progress(self, event: PlanProgress) -> None:
        """Say how far the walk has come."""
        if self._counting:
            self._stage.tell(
                f"Counting … {count_text(event.files, 'file')}, {size_text(event.bytes)} (Esc stops)"
            )

    async def copy(self, source: Pane, target: Pane, *, move: bool = False) -> None:
        """Plan, ask, and queue what is marked in `source` for the folder of `target`."""
        items = copy_items(source, target)
        if isinstance(items, str):
            self._stage.tell(items)
            return
        plan = await self._plan(items, move)
        decided: Decided | None = None
        try:
            decided = await self._decide(plan, target)
        finally:
            if decided is None:
                await self._session.client.drop_plan(plan.plan_id)
        if decided is None:
            return
        title = "Move" if move else "Copy"
        self._stage.carry_out(partial(self._queue, plan, decided, source), title=title)

    async def _queue(self, plan: PlanSummary, decided: Decided, source: Pane) -> None:
        queued = await self._session.client.submit(plan.plan_id, *decided)
        source.entries.action_mark_none()
        verb = "move" if plan.move else "copy"
        self._stage.tell(f"{count_text(queued.count, 'file')} to {verb} (t shows the queue).")

    async def _plan(self, items: tuple[CopyItem, ...], move: bool) -> PlanSummary:
        self._counting = True
        self._stage.tell("Counting … (Esc stops)")
        try:
            return await self._session.client.plan(items, move)
        finally:
            self._counting = False
            self._stage.tell("")

    async def _decide(self, plan: PlanSummary, target: Pane) -> Decided | None:
        """Ask what has to be asked; None when the user gave up."""
        if not plan.files:
            await self._stage.ask(
                message_dialog("Nothing to copy", *(plan.skipped or ("The folder is empty.",)))
            )
            return None
        answer = await self._stage.ask(plan_dialog(plan, str(target.location), self._ahead(plan)))
        if answer not in (START, LEAVE_OUT):
            return None
        names = NamePolicy.LEAVE_OUT if answer == LEAVE_OUT else NamePolicy.RENAME
        decisions = await self._settle_clashes(plan)
        return None if decisions is None else (*decisions, names)

    def _ahead(self, plan: PlanSummary) -> Outlook:
        """How long it will take after what is queued, as fast as transfers went last."""
        session = self._session
        summary = session.snapshot.summary if session.snapshot is not None else QueueSummary()
        queued = max(0, summary.bytes_total - summary.bytes_done) if summary.active else 0
        return outlook(plan.bytes + queued, session.pace, session.seconds_left(), renews=session.state.renews)

    async def _settle_clashes(self, plan: PlanSummary) -> Decisions | None:
        """Ask about what exists already; None when the user gave up."""
        decisions: dict[int, ClashPolicy] = {}
        for number, clash in enumerate(plan.clashes, 1):
            chosen = await self._stage.ask(
                clash_dialog(clash, number, plan.clash_count, len(plan.clashes), self._session.clock())
            )
            if chosen is None:
                return None
            answer = ClashAnswer.read(chosen)
            if answer.for_all:
                return answer.policy, decisions
            decisions[clash.index] = answer.policy
        if plan.clash_count <= len(plan.clashes):
            return ClashPolicy.SKIP, decisions
        # The engine told of the first ones only in detail: the rest are decided on together.
        rest = await self._stage.ask(rest_dialog(plan.clash_count, len(plan.clashes)))
        return None if rest is None else (ClashPolicy(rest), decisions)


def copy_items(source: Pane, target: Pane) -> tuple[CopyItem, ...] | str:
    """What to copy and where each thing goes, or a sentence on why that cannot be."""
    entries = source.selection()
    if source.location is None or target.location is None:
        return "Connect first: K opens the credentials screen."
    if not entries:
        return "Mark something, or put the cursor on it, to copy it."
    if _no_place(target.location) or _no_place(source.location):
        return "Open a bucket first: the list of buckets holds no files."
    if isinstance(source.location, LocalLocation) == isinstance(target.location, LocalLocation):
        return "Copying goes between this computer and S3: show one of each."
    return tuple(
        CopyItem(
            source.location.child(entry.name, folder=entry.kind.opens),
            target.location.child(_name_there(target.location, entry.name), folder=entry.kind.opens),
            entry.kind.opens,
        )
        for entry in entries
    )


def _name_there(target: Location, name: str) -> str:
    """The name of an entry on the other side: its own, wherever it can be kept."""
    return key_name(os.fsencode(name)) if isinstance(target, S3Location) else os.fsdecode(local_name(name))


def _no_place(location: Location) -> bool:
    return isinstance(location, S3Location) and location.is_root
