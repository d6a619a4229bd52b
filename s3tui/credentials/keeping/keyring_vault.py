"""Secrets in the desktop's keyring, through the `keyring` package, if its backend is one that encrypts.

The package picks backends by what is installed: a plain-text file or one that asks for a password on the
terminal may come out. So only classes named here are used; anything else counts as no keyring. A locked
keyring is left alone, since unlocking it may open a window nobody sees.
"""

import importlib
from typing import Any

from s3tui.credentials.keeping.vault import KeepingError, SecretBytes, VaultKind

SERVICE = "s3tui"
"""The service name of our entries, as keyring programs show it."""

_SECRET_SERVICES = frozenset({"keyring.backends.SecretService.Keyring", "keyring.backends.libsecret.Keyring"})
_ACCEPTED = _SECRET_SERVICES | {
    "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.kwallet.DBusKeyringKWallet4",
    "keyring.backends.macOS.Keyring",
    "keyring.backends.Windows.WinVaultKeyring",
}
_CHAIN = "keyring.backends.chainer.ChainerBackend"

_NONE = "There is no keyring on this machine."
_UNFIT = "The keyring on this machine is not one that keeps secrets safe ({name}), so it is not used."
_LOCKED = "The keyring of this session is locked."
_UNLOCK = "Unlock it outside s3tui (on the desktop, or with gnome-keyring-daemon --unlock), then try again."
_MISSING = "The keyring service runs, but it has no keyring yet."


class KeyringVault:
    """Keeps each secret as a password of the service "s3tui" with the id as user name."""

    kind: VaultKind = "keyring"

    def available(self) -> str:
        """Return why there is no keyring for us, or an empty string."""
        try:
            self._backends()
        except KeepingError as error:
            return error.sentence
        return ""

    def keep(self, identifier: str, secret: SecretBytes, expires_at: float | None) -> None:
        """Keep in the first backend; the expiry is the caller's to watch."""
        backend = self._backends()[0]
        name = _tried(lambda: backend.set_password(SERVICE, identifier, secret.decode("utf-8")))[1]
        if name:
            raise _failure(name)

    def fetch(self, identifier: str) -> SecretBytes | None:
        """Ask every backend in turn."""
        for backend in self._backends():
            found, name = _tried(lambda backend=backend: backend.get_password(SERVICE, identifier))
            if name:
                raise _failure(name)
            if found is not None:
                return SecretBytes(found.encode("utf-8"))
        return None

    def forget(self, identifier: str) -> None:
        """Remove from every backend."""
        for backend in self._backends():
            _, name = _tried(lambda backend=backend: backend.delete_password(SERVICE, identifier))
            # The backends say so when there was nothing to delete.
            if name and name != "PasswordDeleteError":
                raise _failure(name)

    def _backends(self) -> tuple[Any, ...]:
        """Return the backends that may be used now, best first and at least one."""
        chosen, name = _tried(_members)
        if name:
            raise _failure(name)
        if not isinstance(chosen, tuple):
            raise KeepingError(chosen)
        for backend in chosen:
            if _class_name(backend) in _SECRET_SERVICES:
                _must_be_unlocked(getattr(backend, "preferred_collection", None))
                break
        return chosen


def _members() -> tuple[Any, ...] | str:
    """Return the backends keyring has chosen if all are fit, else a sentence why none is."""
    backend = importlib.import_module("keyring").get_keyring()
    name = _class_name(backend)
    members = tuple(backend.backends) if name == _CHAIN else (backend,)
    if name in ("keyring.backends.fail.Keyring", "keyring.backends.null.Keyring") or not members:
        return _NONE
    for member in members:
        if _class_name(member) not in _ACCEPTED:
            return _UNFIT.format(name=_class_name(member))
    return members


def _must_be_unlocked(collection: str | None) -> None:
    """Refuse a Secret Service whose keyring is locked or missing: using it would ask the user by a window."""
    state, name = _tried(lambda: _secret_service_state(collection))
    if name:
        raise _failure(name)
    if state == "locked":
        raise KeepingError(_LOCKED, next_step=_UNLOCK)
    if state == "missing":
        raise KeepingError(_MISSING, next_step="Make one with the desktop's keyring program, then try again.")


def _secret_service_state(collection: str | None) -> str:
    """Return "open", "locked" or "missing"."""
    secretstorage = importlib.import_module("secretstorage")
    bus = secretstorage.dbus_init()
    try:
        path = collection or "/org/freedesktop/secrets/aliases/default"
        return "locked" if secretstorage.Collection(bus, path).is_locked() else "open"
    except secretstorage.ItemNotFoundException:
        return "missing"
    finally:
        bus.close()


def _class_name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _tried(work: Any) -> tuple[Any, str]:
    """Return the result and an empty string, or None and the name of the error's class.

    Backends raise errors of D-Bus libraries as well as their own, and their texts and frames may hold what
    was to be kept, so nothing else of an error leaves here.
    """
    try:
        return work(), ""
    except Exception as error:
        return None, type(error).__name__


def _failure(name: str) -> KeepingError:
    if name in ("KeyringLocked", "LockedException"):
        return KeepingError(_LOCKED, next_step=_UNLOCK)
    if name in ("InitError", "PromptDismissedException"):
        return KeepingError(_MISSING)
    if name == "NoKeyringError":
        return KeepingError(_NONE)
    return KeepingError(f"The keyring failed ({name}).")
