"""Credentials that are on this machine already, each behind one key."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.credentials.paste import ParsedPaste, parse_paste
from s3tui.credentials.sources import ASKED, FoundProfile, from_environment, profiles, surroundings
from s3tui.demo.process import DemoServer
from s3tui.errors import UsageError
from s3tui.model.credentials import Connection, Endpoint
from s3tui.model.source import ProfileSource
from s3tui.tui.sign_in.draft import Draft


@dataclass(frozen=True)
class Source:
    """Somewhere credentials can be taken from."""

    label: str
    """What the user calls it: "environment (AWS_…)", "profile reef"."""
    read: Callable[[Connection | None], Awaitable[Draft]]
    """Gives what is there now, for the place we are at where it names none. Raises S3tuiError."""
    kept: SavedConnection | None = None
    """The entry behind it, when the user asked for it to be kept."""
    wanted: tuple[ProfileSource, Connection] | None = None
    """For credentials that the engine asks somebody for, and where they lead; then nothing is read here."""


async def sources_here(demo: DemoServer | None) -> tuple[Source, ...]:
    """What can be taken on this machine: the demo server's page, the environment, then profiles."""
    found = [_demo_source(demo)] if demo is not None and demo.running else []
    return tuple(found + await asyncio.to_thread(_aws_sources))


def _aws_sources() -> list[Source]:
    """What the AWS tools would find; read in a thread, because homes are on slow file systems."""
    found = []
    given = from_environment(os.environ)
    if given is not None:
        found.append(Source("environment (AWS_ACCESS_KEY_ID …)", _reader(given.parsed)))
    known = profiles(os.environ)
    for profile in sorted(known, key=lambda profile: not profile.usable):
        if profile.parsed is not None:
            found.append(Source(f"profile {profile.name}", _reader(profile.parsed)))
        elif profile.kind in ASKED:
            found.append(_asked(profile))
        else:
            found.append(
                Source(f"profile {profile.name} ({profile.kind}: tells how)", _refuser(profile.reason))
            )
    return found


def _asked(profile: FoundProfile) -> Source:
    """A profile whose keys come from a role, a login, a program or the machine."""
    return Source(
        f"profile {profile.name} ({profile.kind})",
        _refuser(profile.reason),
        wanted=(
            ProfileSource(profile.name, surroundings(os.environ)),
            Connection(Endpoint(profile.endpoint_url, profile.region)),
        ),
    )


def _reader(parsed: ParsedPaste) -> Callable[[Connection | None], Awaitable[Draft]]:
    async def read(previous: Connection | None) -> Draft:
        return Draft.of(parsed, previous)

    return read


def _refuser(reason: str) -> Callable[[Connection | None], Awaitable[Draft]]:
    async def read(previous: Connection | None) -> Draft:
        raise UsageError(reason)

    return read


def _demo_source(demo: DemoServer) -> Source:
    async def read(previous: Connection | None) -> Draft:
        # The text that a platform's page would show goes the road of any paste.
        await asyncio.to_thread(demo.renew)
        return Draft.of(parse_paste(demo.paste_text()), previous)

    return Source("fresh credentials from the demo server, as a paste", read)
