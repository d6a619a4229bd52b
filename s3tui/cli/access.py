"""Where a command's credentials come from, and how it gets new ones when they expire."""

import asyncio
import os
import stat
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from s3tui.credentials.paste import ParsedPaste, PasteError, parse_paste
from s3tui.errors import CredentialsExpired, S3tuiError, UsageError
from s3tui.model.credentials import Credentials, Endpoint, Workspace

POLL_SECONDS = 2.0
"""Time between two looks at a source whose credentials have expired."""

PASTE_LIMIT = 64 * 1024
"""Bytes; longer texts are no credentials."""


class AccessOptions(Struct, frozen=True):
    """What the command line says of credentials and server."""

    credentials_file: str | None = None
    """Path of a text with credentials in any form; "-" is standard input."""
    profile: str | None = None
    endpoint_url: str | None = None
    region: str | None = None


class Access:
    """Credentials, the server they are for, and a way to look for newer ones."""

    def __init__(
        self,
        credentials: Credentials,
        endpoint: Endpoint,
        workspace: Workspace,
        origin: str,
        again: Callable[[], Credentials] | None,
    ) -> None:
        """Keep them together; `again` reads the source once more, None where it cannot change."""
        self.credentials = credentials
        self.endpoint = endpoint
        self.workspace = workspace
        self.origin = origin
        self._again = again

    async def renew_when_possible(
        self,
        renew: Callable[[Credentials], Awaitable[object]],
        limit: float,
        tell: Callable[[str], None],
    ) -> None:
        """Wait until the source holds other credentials that work, at most `limit` seconds.

        Raises:
            CredentialsExpired: it does not, or it cannot change.
        """
        if self._again is None or limit <= 0:
            raise _expired(f"{self.origin} cannot bring new ones")
        tell(
            f"Your credentials have expired: everything waits for new ones from {self.origin}, "
            f"at most {round(limit / 60)} minutes."
        )
        tried, end = self.credentials, time.monotonic() + limit
        while time.monotonic() < end:
            found = await asyncio.to_thread(self._look)
            if found is not None and found != tried:
                tried = found
                try:
                    await renew(found)
                except S3tuiError as error:
                    tell(f"The new credentials from {self.origin} do not work: {error.sentence}")
                else:
                    self.credentials = found
                    tell("New credentials are in place: going on.")
                    return
            await asyncio.sleep(POLL_SECONDS)
        raise _expired(f"{self.origin} had no new ones in {round(limit / 60)} minutes")

    def _look(self) -> Credentials | None:
        assert self._again is not None
        try:
            return self._again()
        except S3tuiError:
            return None  # somebody may be writing it at this moment


def find_access(options: AccessOptions) -> Access:
    """Return the credentials that the command line, the environment or a profile gives.

    Raises:
        UsageError: there are none; the sentence says where was looked.
        PasteError: a credentials file cannot be read as such.
    """
    access = _from_text(options) if options.credentials_file is not None else _from_sources(options)
    endpoint = access.endpoint
    access.endpoint = Endpoint(
        url=options.endpoint_url or endpoint.url,
        region=options.region or endpoint.region,
        addressing=endpoint.addressing,
        ca_file=endpoint.ca_file,
    )
    return access


def _from_sources(options: AccessOptions) -> Access:
    env = os.environ
    if not env.get("AWS_ACCESS_KEY_ID"):
        raise UsageError(
            "No credentials were found.", next_step="Set AWS_ACCESS_KEY_ID …, or name a --profile."
        )
    return Access(
        Credentials(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env.get("AWS_SESSION_TOKEN")),
        Endpoint(
            url=env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL"), region=env.get("AWS_REGION")
        ),
        Workspace(),
        "the environment",
        None,
    )


def _from_text(options: AccessOptions) -> Access:
    name = options.credentials_file
    assert name is not None
    if name == "-":
        parsed = _parsed(sys.stdin.read(PASTE_LIMIT + 1), "Standard input")
        _take_terminal_back()
        return _access_of(parsed, "standard input", None)
    path = Path(name).expanduser()
    parsed = _parsed(_private_text(path), str(path))
    return _access_of(parsed, str(path), lambda: _credentials_of(_parsed(_private_text(path), str(path))))


def _take_terminal_back() -> None:
    """Make the terminal standard input again, for the app; where there is none nothing changes."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return
    os.dup2(terminal, 0)
    os.close(terminal)


def _private_text(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "r", encoding="utf-8", errors="replace") as file:
            facts = os.fstat(file.fileno())
            if stat.S_ISREG(facts.st_mode) and facts.st_mode & 0o077:
                raise UsageError(f"{path} can be read by others.", next_step=f"Run: chmod 600 {path}")
            return file.read(PASTE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def _parsed(text: str, origin: str) -> ParsedPaste:
    try:
        return parse_paste(text)
    except PasteError as error:
        raise UsageError(f"{origin} holds no credentials that can be used: {error}") from None


def _credentials_of(parsed: ParsedPaste) -> Credentials:
    return Credentials(
        parsed.access_key_id, parsed.secret_access_key, parsed.session_token, parsed.expiration
    )


def _access_of(parsed: ParsedPaste, origin: str, again: Callable[[], Credentials] | None) -> Access:
    return Access(
        _credentials_of(parsed),
        Endpoint(url=parsed.endpoint_url, region=parsed.region),
        Workspace(parsed.bucket, parsed.prefix or ""),
        origin,
        again,
    )


def _expired(reason: str) -> CredentialsExpired:
    return CredentialsExpired(
        f"Your credentials have expired, and {reason}.",
        next_step="Run the same command with new ones to go on; what has arrived is kept.",
    )
