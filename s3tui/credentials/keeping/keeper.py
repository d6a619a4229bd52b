"""Saving, finding and forgetting connections with their credentials; the only door to the vaults.

Nothing is touched before a method is called, and no call blocks the event loop: the vaults and the list run
in daemon threads with a limit.
"""

import asyncio
import datetime as dt
import re
import secrets
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from s3tui.credentials.keeping.deadline import BoundedCalls
from s3tui.credentials.keeping.kernel_vault import KernelVault
from s3tui.credentials.keeping.keyring_vault import KeyringVault
from s3tui.credentials.keeping.runtime_vault import RuntimeVault
from s3tui.credentials.keeping.saved import IDENTIFIER, SavedConnection, SealedSecret
from s3tui.credentials.keeping.saved_list import Entries, SavedList
from s3tui.credentials.keeping.vault import KeepingError, SecretBytes, Vault, VaultChoice, VaultKind
from s3tui.model.credentials import Connection, Credentials

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
        """Return the saved connections that are not past their expiry; those that are get deleted.

        One whose vault cannot be reached now is left out, and deleted when it is met again.
        """
        entries = await self._read()
        now = self._now()
        unreachable: set[VaultKind] = set()
        for entry in entries:
            if not entry.expired(now) or entry.kept_in in unreachable:
                continue
            try:
                await self._remove(entry)
            except KeepingError:
                unreachable.add(entry.kept_in)
        return tuple(entry for entry in entries if not entry.expired(now))

    async def save(
        self,
        connection: Connection,
        credentials: Credentials,
        vault: VaultKind,
        *,
        name: str = "",
        local_folder: str = "",
        replaces: str | None = None,
    ) -> SavedConnection:
        """Keep a connection and its credentials; returns the new entry of the list.

        Args:
            connection: where the credentials lead.
            credentials: what to keep; expired ones are refused.
            vault: one of `choices()` that is available.
            name: what the user calls it; empty takes bucket and prefix, or the server.
            local_folder: absolute path of the folder that goes with it.
            replaces: id of the entry to put this in the place of, for renewed credentials.
        """
        place = self._vault(vault)
        entry = _entry(connection, credentials, vault, name, local_folder, replaces)
        if entry.expired(self._now()):
            raise KeepingError(f"The credentials {entry.key_label} have expired, so they are not kept.")
        before = next((old for old in await self._read() if old.id == entry.id), None)
        if before is not None and before.kept_in != vault:
            await self._forget_secret(before)
        # The list first: if we are killed in between, the entry still leads to the secret.
        await self._edit(lambda entries: _with(entries, entry))
        secret = SealedSecret(credentials, connection.endpoint).to_bytes()
        expires_at = entry.expires_at.timestamp() if entry.expires_at else None
        try:
            await self._calls[vault].run(
                partial(place.keep, entry.id, secret, expires_at), undo=partial(place.forget, entry.id)
            )
        except KeepingError:
            if before is not None and before.kept_in == vault:
                await self._edit(lambda entries: _with(entries, before))
            else:
                await self._edit(lambda entries: _without(entries, entry.id))
            raise
        return entry

    async def load(self, identifier: str) -> Credentials:
        """Return the credentials of a saved connection; an entry that leads nowhere any more is deleted."""
        entry = await self._entry(identifier)
        if entry.expired(self._now()):
            await self._remove(entry)
            raise _expired(entry)
        place = self._vault(entry.kept_in)
        content: SecretBytes | None = await self._calls[entry.kept_in].run(partial(place.fetch, entry.id))
        if content is None:
            await self._edit(lambda entries: _without(entries, entry.id))
            raise KeepingError(
                f'The credentials of "{entry.name}" are not there any more: {_GONE[entry.kept_in]}.',
                next_step="Paste them again.",
            )
        sealed = SealedSecret.from_bytes(content, entry.name)
        if sealed.endpoint != entry.endpoint:
            raise KeepingError(
                f'"{entry.name}" now names the server {entry.endpoint.host}, but its credentials were kept'
                f" for {sealed.endpoint.host}.",
                next_step="Forget it and paste the credentials again.",
            )
        expiration = sealed.credentials.expiration
        if expiration is not None and expiration.timestamp() <= self._now():
            await self._remove(entry)
            raise _expired(entry)
        return sealed.credentials

    async def forget(self, identifier: str) -> None:
        """Delete a connection and its secret; when its vault cannot be reached, both stay."""
        await self._remove(await self._entry(identifier))

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

    async def _remove(self, entry: SavedConnection) -> None:
        await self._forget_secret(entry)
        await self._edit(lambda entries: _without(entries, entry.id))

    async def _forget_secret(self, entry: SavedConnection) -> None:
        place = self._vault(entry.kept_in)
        await self._calls[entry.kept_in].run(partial(place.forget, entry.id))


_GONE: Final[Mapping[VaultKind, str]] = {
    "keyring": "somebody deleted them from the keyring",
    "kernel": "the kernel's keyring is emptied when a machine starts anew, and is not shared with others",
    "file": "the runtime folder is emptied when you log out, and is not shared with other machines",
}


def _entry(
    connection: Connection,
    credentials: Credentials,
    vault: VaultKind,
    name: str,
    local_folder: str,
    replaces: str | None,
) -> SavedConnection:
    """Make the entry of the list; refuses what would put a secret into it."""
    endpoint, workspace = connection.endpoint, connection.workspace
    address = urlsplit(endpoint.url or "")
    if address.query or "@" in address.netloc:
        raise KeepingError(
            f"The address of {address.hostname} holds a password or a query, so it is not kept."
        )
    if replaces is not None and not re.fullmatch(IDENTIFIER, replaces):
        raise KeepingError("There is no such saved connection.")
    expires_at = credentials.expiration
    place = f"{workspace.bucket}/{workspace.prefix}".rstrip("/") if workspace.bucket else endpoint.host
    return SavedConnection(
        id=replaces or secrets.token_hex(8),
        name=name.strip() or workspace.name.strip() or place,
        endpoint=endpoint,
        workspace=workspace,
        local_folder=local_folder,
        key_label=credentials.label,
        kept_in=vault,
        expires_at=expires_at.astimezone(dt.UTC) if expires_at else None,
        temporary=credentials.temporary,
    )


def _expired(entry: SavedConnection) -> KeepingError:
    when = f" at {entry.expires_at:%Y-%m-%d %H:%M} UTC" if entry.expires_at else ""
    return KeepingError(
        f'The credentials of "{entry.name}" expired{when} and were deleted.', next_step="Paste new ones."
    )


def _with(entries: Entries, entry: SavedConnection) -> Entries:
    """Put an entry in the place of the one with its id, or at the end."""
    if all(old.id != entry.id for old in entries):
        return (*entries, entry)
    return tuple(entry if old.id == entry.id else old for old in entries)


def _without(entries: Entries, identifier: str) -> Entries:
    return tuple(entry for entry in entries if entry.id != identifier)
