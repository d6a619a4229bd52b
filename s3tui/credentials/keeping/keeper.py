"""Saving, finding and forgetting connections with their credentials; the only door to the vaults.

Nothing is touched before a method is called, and no call blocks the event loop: the vaults and the list run
in daemon threads with a limit.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from s3tui.credentials.keeping.deadline import BoundedCalls
from s3tui.credentials.keeping.kernel_vault import KernelVault
from s3tui.credentials.keeping.keyring_vault import KeyringVault
from s3tui.credentials.keeping.runtime_vault import RuntimeVault
from s3tui.credentials.keeping.saved import (
    SavedConnection,
    SealedSecret,
    Secret,
    called,
    new_entry,
    secret_ends,
)
from s3tui.credentials.keeping.saved_list import Entries, SavedList
from s3tui.credentials.keeping.vault import KeepingError, SecretBytes, Vault, VaultChoice, VaultKind
from s3tui.model.credentials import Connection

LIMIT: Final = 3.0
"""Seconds a vault or the list may take to answer."""

TITLES: Final[Mapping[VaultKind, str]] = {
    "keyring": "Keyring",
    "kernel": "Kernel keyring",
    "file": "Runtime file",
}
_MEANINGS: Final[Mapping[VaultKind, str]] = {
    "keyring": "Encrypted by your keyring, until you forget the connection.",
    "kernel": "In this machine's memory, until it is started anew.",
    "file": "In a file only you can read, until you log out of this machine.",
}
_CALLED: Final[Mapping[VaultKind, str]] = {
    "keyring": "The keyring",
    "kernel": "The kernel's keyring",
    "file": "The runtime folder",
}


def default_vaults() -> tuple[Vault, ...]:
    """Return the three vaults, the one to prefer first; none is touched."""
    return (KeyringVault(), KernelVault(), RuntimeVault())


class Keeper:
    """Saved connections of one user. All methods raise `KeepingError`, and nothing else of their own."""

    def __init__(
        self,
        state_dir: Path,
        vaults: tuple[Vault, ...] | None = None,
        *,
        now: Callable[[], float] = time.time,
        limit: float = LIMIT,
    ) -> None:
        """Keep where the list lies; `now` gives Unix seconds, `limit` is in seconds for each call."""
        chosen = default_vaults() if vaults is None else vaults
        self._vaults = {vault.kind: vault for vault in chosen}
        self._calls = {vault.kind: BoundedCalls(_CALLED[vault.kind], limit) for vault in chosen}
        self._list = SavedList(state_dir)
        self._list_calls = BoundedCalls("The folder of saved connections", limit)
        self._now = now

    @property
    def notice(self) -> str:
        """One sentence when the list was damaged at its last reading, else empty."""
        return self._list.notice

    async def choices(self) -> tuple[VaultChoice, ...]:
        """Return every vault, those that can be used first and the best of them first of all."""
        found = await asyncio.gather(*(self._choice(kind) for kind in self._vaults))
        return tuple(sorted(found, key=lambda choice: not choice.available))

    async def saved(self) -> tuple[SavedConnection, ...]:
        """Return the saved connections; secrets past their end are deleted, their places stay.

        A secret whose vault cannot be reached now is not shown, and deleted when it is met again.
        """
        entries = await self._read()
        now = self._now()
        unreachable: set[VaultKind | None] = set()
        for entry in entries:
            if not entry.expired(now) or entry.kept_in in unreachable:
                continue
            try:
                await self._strip(entry)
            except KeepingError:
                unreachable.add(entry.kept_in)
        return tuple(entry.bare if entry.expired(now) else entry for entry in entries)

    async def save(
        self,
        connection: Connection,
        secret: Secret | None,
        vault: VaultKind | None,
        *,
        name: str = "",
        local_folder: str = "",
        replaces: str | None = None,
    ) -> SavedConnection:
        """Keep a connection, with its secret when a vault is named; returns the new entry of the list.

        Args:
            connection: where it leads.
            secret: credentials, or the source of them; expired ones are refused. A source without a token
                goes into the list, everything else needs a vault.
            vault: one of `choices()` that is available; None keeps no secret.
            name: what the user calls it; empty takes bucket and prefix, or the server.
            local_folder: absolute path of the folder that goes with it.
            replaces: id of the entry to put this in the place of, for renewed credentials.
        """
        place = self._vault(vault) if vault is not None else None
        entry = new_entry(connection, secret, vault, name, local_folder, replaces)
        if entry.expired(self._now()):
            raise KeepingError(f"{called(secret)} expired, so nothing is kept.")
        before = next((old for old in await self._read() if old.id == entry.id), None)
        if before is not None:
            entry = replace(entry, last_folder=before.last_folder, refused_above=before.refused_above)
            if before.kept_in != vault:
                await self._forget_secret(before)
        # The list first: if we are killed in between, the entry still leads to the secret.
        await self._edit(lambda entries: _with(entries, entry))
        if vault is None or place is None or secret is None:
            return entry
        sealed = SealedSecret.of(secret, connection.endpoint).to_bytes()
        expires_at = entry.expires_at.timestamp() if entry.expires_at else None
        try:
            await self._calls[vault].run(
                partial(place.keep, entry.id, sealed, expires_at), undo=partial(place.forget, entry.id)
            )
        except KeepingError:
            if before is not None and before.kept_in == vault:
                await self._edit(lambda entries: _with(entries, before))
            else:
                await self._edit(lambda entries: _without(entries, entry.id))
            raise
        return entry

    async def load(self, identifier: str) -> Secret | None:
        """Return what a saved connection is connected with; None when only its place is kept.

        A secret that is not there any more leaves its place behind.
        """
        entry = await self._entry(identifier)
        if entry.expired(self._now()):
            await self._strip(entry)
            raise _expired(entry)
        if entry.kept_in is None:
            return entry.asked
        place = self._vault(entry.kept_in)
        content: SecretBytes | None = await self._calls[entry.kept_in].run(partial(place.fetch, entry.id))
        if content is None:
            await self._edit(lambda entries: _with(entries, entry.bare))
            raise KeepingError(
                f'The credentials of "{entry.name}" are not there any more: {_GONE[entry.kept_in]}.',
                next_step="Paste them again.",
            )
        sealed = SealedSecret.from_bytes(content, entry.name)
        if not sealed.fits(entry.endpoint):
            raise KeepingError(
                f'"{entry.name}" now names the server {entry.endpoint.host}, but its credentials were kept'
                f" for {sealed.endpoint.host}.",
                next_step="Forget it and paste the credentials again.",
            )
        ends = secret_ends(sealed.secret)
        if ends is not None and ends.timestamp() <= self._now():
            await self._strip(entry)
            raise _expired(entry)
        return sealed.secret

    async def note(
        self,
        identifier: str,
        *,
        region: str | None,
        last_folder: str,
        refused_above: tuple[tuple[str, str], ...],
    ) -> SavedConnection | None:
        """Remember what was learnt of a connection; None when it was forgotten meanwhile.

        Args:
            identifier: of an entry.
            region: the one its bucket is in; None leaves what is known.
            last_folder: the key of the folder shown last.
            refused_above: addresses of folders that were refused, with reasons.
        """

        def learnt(entry: SavedConnection) -> SavedConnection:
            if entry.id != identifier:
                return entry
            endpoint = replace(entry.endpoint, region=region or entry.endpoint.region)
            return replace(entry, endpoint=endpoint, last_folder=last_folder, refused_above=refused_above)

        await self._edit(lambda entries: tuple(learnt(entry) for entry in entries))
        return next((entry for entry in await self._read() if entry.id == identifier), None)

    async def forget(self, identifier: str) -> None:
        """Delete a connection and its secret; when its vault cannot be reached, both stay."""
        entry = await self._entry(identifier)
        await self._forget_secret(entry)
        await self._edit(lambda entries: _without(entries, entry.id))

    async def _choice(self, kind: VaultKind) -> VaultChoice:
        try:
            reason = await self._calls[kind].run(self._vaults[kind].available)
        except KeepingError as error:
            reason = error.sentence
        return VaultChoice(kind, not reason, TITLES[kind], reason or _MEANINGS[kind])

    def _vault(self, kind: VaultKind) -> Vault:
        try:
            return self._vaults[kind]
        except KeyError:
            raise KeepingError(f"{_CALLED[kind]} cannot be used here.") from None

    async def _read(self) -> Entries:
        return await self._list_calls.run(self._list.read)

    async def _edit(self, edit: Callable[[Entries], Entries]) -> None:
        await self._list_calls.run(partial(self._list.change, edit))

    async def _entry(self, identifier: str) -> SavedConnection:
        for entry in await self._read():
            if entry.id == identifier:
                return entry
        raise KeepingError("There is no such saved connection.")

    async def _strip(self, entry: SavedConnection) -> None:
        """Delete the secret of an entry and keep its place."""
        await self._forget_secret(entry)
        await self._edit(lambda entries: _with(entries, entry.bare))

    async def _forget_secret(self, entry: SavedConnection) -> None:
        if entry.kept_in is not None:
            place = self._vault(entry.kept_in)
            await self._calls[entry.kept_in].run(partial(place.forget, entry.id))


_GONE: Final[Mapping[VaultKind, str]] = {
    "keyring": "somebody deleted them from the keyring",
    "kernel": "the kernel's keyring is emptied when a machine starts anew, and is not shared with others",
    "file": "the runtime folder is emptied when you log out, and is not shared with other machines",
}


def _expired(entry: SavedConnection) -> KeepingError:
    when = f" at {entry.expires_at:%Y-%m-%d %H:%M} UTC" if entry.expires_at else ""
    return KeepingError(
        f'What was kept for "{entry.name}" expired{when} and was deleted.', next_step="Paste new credentials."
    )


def _with(entries: Entries, entry: SavedConnection) -> Entries:
    """Put an entry in the place of the one with its id, or at the end."""
    if all(old.id != entry.id for old in entries):
        return (*entries, entry)
    return tuple(entry if old.id == entry.id else old for old in entries)


def _without(entries: Entries, identifier: str) -> Entries:
    return tuple(entry for entry in entries if entry.id != identifier)
