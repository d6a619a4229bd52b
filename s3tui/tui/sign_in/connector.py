"""Connecting from the credentials screen: what is asked before, and what becomes of the old connection."""

from collections.abc import Callable, Coroutine
from typing import Any

from msgspec import Struct

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.engine.client import RequestRefused
from s3tui.model.credentials import Connection
from s3tui.model.failure import Failure
from s3tui.model.location import S3Location
from s3tui.model.source import Source, source_label
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.session import PASTED, Session
from s3tui.tui.sign_in.draft import Draft
from s3tui.tui.sign_in.kept import closed_places, last_place
from s3tui.tui.sign_in.platform_forms import Wanted
from s3tui.tui.sign_in.words import place_text, same_place
from s3tui.tui.stage import Stage

Attempt = Callable[[bool], Coroutine[Any, Any, Connection]]
"""Tries to connect; the argument tells whether somebody else's credentials will do."""


class Arrival(Struct, frozen=True):
    """How a connection came about, for the panes."""

    renewed: bool
    """They are new credentials for the place we were at."""
    local_folder: str = ""
    """What the left pane is to show; empty leaves it."""
    folder: S3Location | None = None
    """What the S3 pane is to show; None is the root of the workspace."""


class Connector:
    """Asks on a screen, then connects the session."""

    def __init__(self, session: Session, stage: Stage) -> None:
        """Ask on `stage`, connect through `session`."""
        self._session = session
        self._stage = stage

    async def connect(self, draft: Draft, chosen: SavedConnection | None) -> Arrival | None:
        """Connect with a draft; None when the user rather stays where we are.

        Args:
            draft: credentials and place.
            chosen: the kept connection they were taken from, or go with.

        Raises EngineError and RequestRefused.
        """
        session, before = self._session, self._session.connection
        here = same_place(before, draft.connection)
        if session.connected and not here and not await self._may_leave(place_text(draft.connection)):
            return None

        origin = draft.origin or PASTED

        async def attempt(anybody: bool) -> Connection:
            if before is not None and here and _same_terms(before, draft.connection):
                return await session.renew(draft.credentials, origin=origin, any_identity=anybody)
            return await session.connect(
                draft.credentials, draft.connection, origin=origin, any_identity=anybody
            )

        if await self._agreed(attempt) is None:
            return None
        if chosen is not None and not same_place(chosen.connection, draft.connection):
            chosen = None
        return self._arrival(here, draft.local_folder, chosen)

    async def connect_from(self, wanted: Wanted, chosen: SavedConnection | None) -> Arrival | None:
        """Connect with what a source gives, as `connect` does."""
        session, before = self._session, self._session.connection
        source, place = wanted
        again = _same_source(session.source, source)
        if session.connected and not again and not await self._may_leave(source_label(source)):
            return None

        async def attempt(anybody: bool) -> Connection:
            return await session.connect_from(source, place, any_identity=anybody)

        found = await self._agreed(attempt)
        if found is None:
            return None
        return self._arrival(same_place(before, found), chosen.local_folder if chosen else "", chosen)

    def _arrival(self, renewed: bool, local_folder: str, chosen: SavedConnection | None) -> Arrival:
        kept = self._session.kept
        if chosen is not None or not renewed:
            kept.current = chosen
        if renewed:
            return Arrival(True)
        if chosen is not None:
            self._session.refusals.above.update(closed_places(chosen))
        return Arrival(False, local_folder, last_place(chosen) if chosen else None)

    async def _agreed(self, attempt: Attempt) -> Connection | None:
        """Connect, and ask when the credentials are somebody else's."""
        try:
            return await attempt(False)
        except RequestRefused as refusal:
            if refusal.failure.code != "identity":
                raise
            failure = refusal.failure
        return await attempt(True) if await self._as_somebody_else(failure) else None

    async def _as_somebody_else(self, failure: Failure) -> bool:
        waiting = self._session.busy
        details = ["Transfers that wait would go on as them."] if waiting else []
        dialog = confirm_dialog(
            "Somebody else's credentials", failure.sentence, "Use them", details=details, danger=True
        )
        return await self._stage.ask(dialog) == YES

    async def _may_leave(self, where: str) -> bool:
        """Ask before the connection that exists is given up."""
        details = [f"The new credentials are for {where}."]
        if self._session.busy:
            details.append("Transfers of the old place wait until you connect there again.")
        question = "Leave the place you are connected to?"
        dialog = confirm_dialog("Another place", question, "Connect there", details=details)
        return await self._stage.ask(dialog) == YES


def _same_terms(before: Connection, now: Connection) -> bool:
    """Whether the server is spoken to in the same way; a region that was learnt may be left out."""
    one, other = before.endpoint, now.endpoint
    return (one.addressing, one.ca_file, one.canned_acl, one.request_payer) == (
        other.addressing,
        other.ca_file,
        other.canned_acl,
        other.request_payer,
    ) and other.region in (None, one.region)


def _same_source(one: Source | None, other: Source) -> bool:
    """Whether the same is asked again."""
    return one is not None and type(one) is type(other) and source_label(one) == source_label(other)
