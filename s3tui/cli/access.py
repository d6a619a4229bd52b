"""Where a command's credentials come from, and how it gets new ones when they expire."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from s3tui.credentials import sources
from s3tui.credentials.credentials_file import read_credentials_file
from s3tui.credentials.parsed import MAX_BYTES
from s3tui.credentials.paste import ParsedPaste, PasteError, parse_paste
from s3tui.credentials.reading.endpoints import endpoint_address
from s3tui.engine.client import RequestRefused
from s3tui.errors import CredentialsExpired, S3tuiError, UsageError
from s3tui.model.credentials import Credentials, Endpoint, Workspace
from s3tui.model.source import InstanceSource, ProfileSource
from s3tui.model.work import error_code_is_retryable

POLL_SECONDS = 2.0
"""Time between two looks at a source whose credentials have expired."""


class AccessOptions(Struct, frozen=True):
    """What the command line says of credentials and server."""

    credentials_file: str | None = None
    """Path of a text with credentials in any form; "-" is standard input."""
    profile: str | None = None
    endpoint_url: str | None = None
    instance_role: bool = False
    """Ask this machine or container for its role."""
    region: str | None = None
    ca_bundle: str | None = None
    """Path of a PEM file with the authorities to trust."""


class Access:
    """Credentials, the server they are for, and a way to look for newer ones."""

    def __init__(
        self,
        credentials: Credentials | None,
        endpoint: Endpoint,
        workspace: Workspace,
        origin: str,
        again: Callable[[], Credentials] | None,
        source: ProfileSource | InstanceSource | None = None,
    ) -> None:
        """Keep them together.

        Args:
            credentials: what was found; None when the engine gets them from `source`.
            endpoint: the server they are for, as far as it is known.
            workspace: the place they are for, as far as it is known.
            origin: what the user calls where they come from.
            again: reads them once more; None where they cannot change by that.
            source: what the engine is to ask for them.
        """
        self.credentials = credentials
        self.source = source
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
        if self._again is None:
            raise _expired(f"{self.origin} cannot bring new ones")
        if limit <= 0:
            raise _expired("--hold 0 says not to wait")
        tell(
            f"Your credentials have expired: everything waits for new ones from {self.origin}, "
            f"at most {round(limit / 60)} minutes."
        )
        tried, end = self.credentials, time.monotonic() + limit
        while time.monotonic() < end:
            found = await asyncio.to_thread(self._look)
            if found is not None and found != tried:
                try:
                    await renew(found)
                except RequestRefused as refusal:
                    if not error_code_is_retryable(refusal.failure.code):
                        tried = found
                        tell(f"The new credentials from {self.origin} do not work: {refusal.sentence}")
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
        UsageError: there are none, or they cannot be read; the sentence says where was looked.
    """
    access = _from_text(options) if options.credentials_file is not None else _from_sources(options)
    known, told = access.endpoint, sources.endpoint_told(os.environ)
    access.endpoint = Endpoint(
        url=_checked_url(options.endpoint_url) or known.url or told.url,
        region=options.region or known.region or told.region,
        ca_file=options.ca_bundle or told.ca_file,
    )
    return access


def _checked_url(url: str | None) -> str | None:
    """Return the address of --endpoint-url as clients need it.

    Raises:
        UsageError: it is none.
    """
    if url is None:
        return None
    address = endpoint_address(url.strip().rstrip("/"))
    if address is None:
        raise UsageError(
            f"{url} is not the address of a server.", next_step="Write https://host or http://host:port."
        )
    return address


def _from_sources(options: AccessOptions) -> Access:
    environ = os.environ
    if options.instance_role:
        role = InstanceSource(sources.surroundings(environ))
        return Access(None, Endpoint(), Workspace(), "this machine's role", None, role)
    if options.profile is None and (found := sources.from_environment(environ)) is not None:
        return _access_of(found.parsed, "the environment", None)
    name = options.profile or environ.get("AWS_PROFILE") or "default"
    asked = options.profile is not None or "AWS_PROFILE" in environ
    profile = _profile(name, asked)
    if profile.parsed is None:
        source = ProfileSource(name, sources.surroundings(environ))
        place = Endpoint(url=profile.endpoint_url, region=profile.region)
        return Access(None, place, Workspace(), f"profile {name}", None, source)
    return _access_of(profile.parsed, f"profile {name}", lambda: _keys(_profile(name, asked)).credentials)


def _keys(found: sources.FoundProfile) -> ParsedPaste:
    if found.parsed is None:
        raise UsageError(f"Profile {found.name} holds no keys any more.")
    return found.parsed


def _profile(name: str, asked: bool) -> sources.FoundProfile:
    """A profile that has keys, or a way to get some; `asked` tells whether somebody named it.

    Raises:
        UsageError: it has neither.
    """
    known = {found.name: found for found in sources.profiles(os.environ)}
    found = known.get(name)
    if found is None and not asked:
        raise UsageError(
            "No credentials were found in the AWS_* variables or in ~/.aws.",
            next_step="Set them, name a --profile, or give --credentials-file.",
        )
    if found is None:
        raise UsageError(f"There is no profile {name} in ~/.aws.", next_step="Check its name.")
    if found.parsed is None and found.kind not in sources.ASKED:
        raise UsageError(found.reason)
    return found


def _from_text(options: AccessOptions) -> Access:
    name = options.credentials_file
    assert name is not None
    if name == "-":
        text = sys.stdin.buffer.read(MAX_BYTES + 1).decode("utf-8", "replace")
        _take_terminal_back()
        return _access_of(_parsed(text, "Standard input"), "standard input", None)
    path = Path(name).expanduser()

    def read() -> ParsedPaste:
        return _parsed(read_credentials_file(path), str(path))

    return _access_of(read(), str(path), lambda: read().credentials)


def _take_terminal_back() -> None:
    """Make the terminal standard input again, for the app; where there is none nothing changes."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return
    os.dup2(terminal, 0)
    os.close(terminal)


def _parsed(text: str, origin: str) -> ParsedPaste:
    try:
        return parse_paste(text)
    except PasteError as error:
        raise UsageError(
            f"{origin} holds no credentials that can be used: {error.sentence}", next_step=error.next_step
        ) from None


def _access_of(parsed: ParsedPaste, origin: str, again: Callable[[], Credentials] | None) -> Access:
    return Access(
        parsed.credentials,
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
