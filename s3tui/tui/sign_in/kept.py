"""The connections that the user asked to keep, as the credentials screen offers, renews and forgets them.

No secret stays here: the keeper finds it when it is asked for, and a draft carries it on.
"""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from s3tui.credentials.keeping.keeper import Keeper
from s3tui.credentials.keeping.saved import SavedConnection, Secret
from s3tui.credentials.keeping.vault import KeepingError, VaultChoice, VaultKind
from s3tui.credentials.sources import surroundings
from s3tui.formatting import clock_text, printable
from s3tui.model.credentials import Connection, Credentials
from s3tui.model.location import Location, S3Location
from s3tui.model.source import InstanceSource, ProfileSource, source_label, token_of
from s3tui.tui.sign_in.draft import Draft
from s3tui.tui.sign_in.offers import Offer, Taken
from s3tui.tui.sign_in.words import same_place

_TELLING = 12
"""Characters of a secret that a name may not hold."""


class Keepsake(Struct, frozen=True):
    """A connection that may be kept."""

    secret: Secret
    """Credentials, or where they come from."""
    connection: Connection
    local_folder: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The texts that nobody may read."""
        if isinstance(self.secret, Credentials):
            return (self.secret.secret_access_key, self.secret.session_token or "")
        return (token_of(self.secret),)


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
        """Return what is kept; expired secrets are gone from it. Raises KeepingError."""
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

    async def offers(self) -> tuple[Offer, ...]:
        """Return what is kept for the credentials screen, ready connections first. Raises KeepingError."""
        entries = sorted(await self.entries(), key=lambda entry: not entry.ready)
        return tuple(
            Offer(f"kept: {entry_text(entry, self._clock())}", self._reader(entry), entry)
            for entry in entries
        )

    async def keep(self, keepsake: Keepsake, vault: VaultKind | None, name: str) -> SavedConnection:
        """Keep a connection, with its secret when a vault is named.

        One that is kept already for this place under this name is replaced. Raises KeepingError, also for a
        name that holds a part of a secret.
        """
        if any(part and part[:_TELLING] in name for part in keepsake.parts):
            raise KeepingError("This name holds a part of your secret; it would be written to the list.")
        entries = await self.entries()
        replaced = next((entry for entry in entries if self._is_same(entry, keepsake, name)), None)
        connection = keepsake.connection
        workspace = replace(connection.workspace, name=name or connection.workspace.name)
        return await self._keeper.save(
            replace(connection, workspace=workspace),
            keepsake.secret,
            vault,
            name=name,
            local_folder=keepsake.local_folder,
            replaces=replaced.id if replaced else None,
        )

    async def renewed(self, credentials: Credentials, connection: Connection) -> None:
        """Put new credentials into the entry of the connection in use, if some are kept there.

        Raises KeepingError.
        """
        entry = self.current
        if entry is None or entry.kept_in is None or entry.asks:
            return
        self.current = await self._keeper.save(
            replace(connection, workspace=entry.workspace),
            credentials,
            entry.kept_in,
            name=entry.name,
            local_folder=entry.local_folder,
            replaces=entry.id,
        )

    async def remember(
        self, connection: Connection, folder: Location | None, refused: dict[S3Location, str]
    ) -> None:
        """Write down what was learnt of the kept connection in use: region, last folder, closed folders.

        Raises KeepingError.
        """
        entry = self.current
        if entry is None or not same_place(entry.connection, connection):
            return
        last = folder.key if isinstance(folder, S3Location) and self._within(entry, folder) else ""
        above = tuple((str(place), reason) for place, reason in refused.items())
        region = connection.endpoint.region or entry.endpoint.region
        if (last, above, region) != (entry.last_folder, entry.refused_above, entry.endpoint.region):
            self.current = await self._keeper.note(
                entry.id, region=region, last_folder=last, refused_above=above
            )

    async def forget(self, entry: SavedConnection) -> None:
        """Delete an entry and its secret. Raises KeepingError; both stay then."""
        await self._keeper.forget(entry.id)
        if self.current is not None and self.current.id == entry.id:
            self.current = None

    @staticmethod
    def _within(entry: SavedConnection, folder: S3Location) -> bool:
        workspace = entry.workspace
        return folder.bucket == workspace.bucket and folder.key.startswith(workspace.prefix)

    def _is_same(self, entry: SavedConnection, keepsake: Keepsake, name: str) -> bool:
        in_use = self.current is not None and self.current.id == entry.id
        return same_place(entry.connection, keepsake.connection) and (in_use or entry.name == name)

    def _reader(self, entry: SavedConnection) -> Callable[[Connection | None], Awaitable[Taken]]:
        async def read(previous: Connection | None) -> Taken:
            secret = await self._keeper.load(entry.id)
            match secret:
                case None:
                    return None
                case Credentials():
                    return Draft(secret, entry.connection, entry.local_folder)
                case ProfileSource():
                    return ProfileSource(secret.name, surroundings(os.environ)), entry.connection
                case InstanceSource():
                    return InstanceSource(surroundings(os.environ)), entry.connection
                case _:
                    return secret, entry.connection

        return read


def last_place(entry: SavedConnection) -> S3Location | None:
    """The folder that a kept connection showed last; None for the root of its workspace."""
    if not entry.last_folder or entry.workspace.bucket is None:
        return None
    return S3Location(entry.workspace.bucket, entry.last_folder)


def closed_places(entry: SavedConnection) -> dict[S3Location, str]:
    """The folders above a kept connection's workspace that were refused, with the reasons."""
    found = {}
    for address, reason in entry.refused_above:
        try:
            found[S3Location.parse(address)] = reason
        except ValueError:
            continue  # somebody has edited the list
    return found


def entry_text(entry: SavedConnection, now: float) -> str:
    """Name, and what it is connected with: key and time left at `now` (Unix seconds), in one line."""
    name = printable(entry.name)
    if entry.asked is not None:
        return f"{name} · {printable(source_label(entry.asked))}"
    if entry.asks:
        return f"{name} · asks {printable(entry.asks)}"
    if not entry.ready:
        return f"{name} · waits for a paste"
    if entry.expires_at is not None:
        life = f"{clock_text(entry.expires_at.timestamp() - now)} left"
    else:
        life = "expiry unknown" if entry.temporary else "no expiry"
    return f"{name} · {printable(entry.key_label)} · {life}"
