"""The connections that the user asked to keep, as the credentials screen offers, renews and forgets them.

No secret stays here: the keeper finds it when it is asked for, and a draft carries it on.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from s3tui.credentials.keeping.keeper import Keeper
from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.credentials.keeping.vault import KeepingError, VaultChoice, VaultKind
from s3tui.formatting import clock_text, printable
from s3tui.model.credentials import Connection, Credentials
from s3tui.tui.sign_in.draft import Draft
from s3tui.tui.sign_in.sources import Source
from s3tui.tui.sign_in.words import same_place

_TELLING = 12
"""Characters of a secret that a name may not hold."""


class KeptConnections:
    """One user's kept connections; nothing is touched before a method is called."""

    def __init__(self, state_path: Callable[[], Path], clock: Callable[[], float]) -> None:
        """Find the list in the folder that `state_path` gives; `clock` gives Unix seconds."""
        self._state_path = state_path
        self._clock = clock
        self._made: tuple[Path, Keeper] | None = None
        self._told = ""
        self.current: SavedConnection | None = None
        """The entry of the connection in use; None when that one is not kept."""

    @property
    def _keeper(self) -> Keeper:
        path = self._state_path()
        if self._made is None or self._made[0] != path:
            self._made = (path, Keeper(path, now=self._clock))
        return self._made[1]

    async def entries(self) -> tuple[SavedConnection, ...]:
        """Return what is kept and not expired. Raises KeepingError."""
        return await self._keeper.saved()

    async def choices(self) -> tuple[VaultChoice, ...]:
        """Return where secrets can be kept, and why not elsewhere; asks every vault."""
        return await self._keeper.choices()

    def damage(self) -> str:
        """Return what is wrong with the list; each sentence comes once, empty afterwards."""
        notice = self._keeper.notice
        if notice == self._told:
            return ""
        self._told = notice
        return notice

    async def sources(self) -> tuple[Source, ...]:
        """Return what is kept as sources of the credentials screen. Raises KeepingError."""
        return tuple(
            Source(f"kept: {entry_text(entry, self._clock())}", self._reader(entry), entry)
            for entry in await self.entries()
        )

    async def keep(self, draft: Draft, vault: VaultKind, name: str, local_folder: str) -> SavedConnection:
        """Keep a draft; one that is kept already for this place under this name is replaced.

        Raises KeepingError, also for a name that holds a part of a secret.
        """
        credentials = draft.credentials
        for secret in (credentials.secret_access_key, credentials.session_token or ""):
            if secret and secret[:_TELLING] in name:
                raise KeepingError("This name holds a part of your secret; it would be written to the list.")
        entries = await self.entries()
        replaced = next((entry for entry in entries if self._is_same(entry, draft, name)), None)
        return await self._keeper.save(
            draft.connection,
            credentials,
            vault,
            name=name,
            local_folder=local_folder,
            replaces=replaced.id if replaced else None,
        )

    async def renewed(self, credentials: Credentials, connection: Connection) -> None:
        """Put new credentials into the entry of the connection in use, if it is kept. Raises KeepingError."""
        entry = self.current
        if entry is None:
            return
        self.current = await self._keeper.save(
            connection,
            credentials,
            entry.kept_in,
            name=entry.name,
            local_folder=entry.local_folder,
            replaces=entry.id,
        )

    async def forget(self, entry: SavedConnection) -> None:
        """Delete an entry and its secret. Raises KeepingError; both stay then."""
        await self._keeper.forget(entry.id)
        if self.current is not None and self.current.id == entry.id:
            self.current = None

    def _is_same(self, entry: SavedConnection, draft: Draft, name: str) -> bool:
        in_use = self.current is not None and self.current.id == entry.id
        return same_place(entry.connection, draft.connection) and (in_use or entry.name == name)

    def _reader(self, entry: SavedConnection) -> Callable[[Connection | None], Awaitable[Draft]]:
        async def read(previous: Connection | None) -> Draft:
            return Draft(await self._keeper.load(entry.id), entry.connection)

        return read


def entry_text(entry: SavedConnection, now: float) -> str:
    """Name, key and time left at `now` (Unix seconds), in one line."""
    if entry.expires_at is not None:
        life = f"{clock_text(entry.expires_at.timestamp() - now)} left"
    else:
        life = "expiry unknown" if entry.temporary else "no expiry"
    return f"{printable(entry.name)} · {printable(entry.key_label)} · {life}"
