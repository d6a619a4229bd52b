"""Secrets in the kernel's user keyring, through the `keyctl` program.

The kernel keeps them in memory that is never swapped out in clear, on this machine only, until their timeout
or the next boot. Command lines are readable by every user, so secrets go through standard input and output.
"""

import contextlib
import math
import os
import secrets
import shutil
import subprocess
import time

from s3tui.credentials.keeping.vault import KeepingError, SecretBytes, VaultKind

LIMIT = 2.0
"""Seconds one run of `keyctl` may take; it never waits for anything but the kernel."""

_POSSESS = 'keyctl link @u @s >/dev/null && exec keyctl "$@"'
"""Run by a shell in a session keyring of its own.

A key can only be read by who possesses it, and logins without `pam_keyinit`, batch jobs and services have
sessions that do not hold the user keyring. Linking it into the login's own session would change that for
every other program of the user.
"""

_GONE = ("Required key not available", "Key has expired", "Key has been revoked")


class KernelVault:
    """Keeps each secret as a key `s3tui:ID` of type user in `@u`."""

    kind: VaultKind = "kernel"

    def available(self) -> str:
        """Try with a made-up secret whether keys can be kept and read here; some containers forbid it."""
        if shutil.which("keyctl") is None:
            return "The program keyctl is not installed (package keyutils)."
        probe, name = SecretBytes(secrets.token_hex(8).encode()), f"probe-{secrets.token_hex(8)}"
        try:
            self.keep(name, probe, time.time() + 10)
            kept = self.fetch(name)
            self.forget(name)
        except KeepingError as error:
            return error.sentence
        return "" if kept == probe else "The kernel's keyring gives back something else than was kept."

    def keep(self, identifier: str, secret: SecretBytes, expires_at: float | None) -> None:
        """Add the key, then its timeout."""
        status, answer, words = _keyctl("padd", "user", _name(identifier), "@u", given=secret)
        if status:
            raise _failure(words)
        if expires_at is not None:
            seconds = max(1, math.ceil(expires_at - time.time()))
            status, _, words = _keyctl("timeout", answer.decode("ascii", "replace").strip(), str(seconds))
        if status:
            with contextlib.suppress(KeepingError):
                self.forget(identifier)
            raise _failure(words)

    def fetch(self, identifier: str) -> SecretBytes | None:
        """Find the key and read it."""
        number = _find(identifier)
        if number is None:
            return None
        status, answer, words = _keyctl("pipe", number)
        if status and not _gone(words):
            raise _failure(words)
        return None if status else answer

    def forget(self, identifier: str) -> None:
        """Take the key out of the keyring, whereupon the kernel frees it."""
        number = _find(identifier)
        if number is None:
            return
        status, _, words = _keyctl("unlink", number, "@u")
        if status and not _gone(words):
            raise _failure(words)


def _name(identifier: str) -> str:
    return f"s3tui:{identifier}"


def _find(identifier: str) -> str | None:
    status, answer, words = _keyctl("search", "@u", "user", _name(identifier))
    if status and not _gone(words):
        raise _failure(words)
    return None if status else answer.decode("ascii", "replace").strip()


def _gone(words: str) -> bool:
    return any(phrase in words for phrase in _GONE)


def _keyctl(*arguments: str, given: SecretBytes | None = None) -> tuple[int, SecretBytes, str]:
    """Run `keyctl`; returns its exit status, its output and its last words."""
    program, shell = shutil.which("keyctl"), shutil.which("sh")
    if program is None or shell is None:
        raise KeepingError("The program keyctl is not installed (package keyutils).")
    # English words for the comparison, and nothing of our environment, which may hold keys.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    trouble = ""
    try:
        done = subprocess.run(
            [program, "session", "-", shell, "-c", _POSSESS, "sh", *arguments],
            input=b"" if given is None else given,
            capture_output=True,
            timeout=LIMIT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        trouble = f"keyctl did not end within {LIMIT:g} s."
    except OSError as error:
        trouble = f"keyctl cannot be started: {os.strerror(error.errno or 0)}."
    if trouble:
        # Raised out here, so that the foreign error, which may hold output, is not kept as its context.
        raise KeepingError(trouble)
    return done.returncode, SecretBytes(done.stdout), done.stderr.decode("utf-8", "replace")


def _failure(words: str) -> KeepingError:
    """Put the kernel's refusal into a sentence; `words` are keyctl's own and hold no secret."""
    if "quota" in words.lower():
        return KeepingError("The kernel's keyring for this user is full.")
    if "Operation not permitted" in words or "Function not implemented" in words or "Permission" in words:
        return KeepingError("The kernel's keyring may not be used here (containers often forbid it).")
    return KeepingError(
        "The kernel's keyring refused.", detail=words.strip().splitlines()[-1] if words.strip() else ""
    )
