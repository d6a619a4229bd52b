"""Credentials that are on this machine already, each behind one key."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.credentials.other_tools import FoundRemote, remotes
from s3tui.credentials.paste import ParsedPaste, parse_paste
from s3tui.credentials.sources import ASKED, FoundProfile, from_environment, profiles, surroundings
from s3tui.demo.process import DemoServer
from s3tui.errors import UsageError
from s3tui.model.credentials import Connection, Endpoint
from s3tui.model.source import ProfileSource
from s3tui.tui.sign_in.draft import Draft
from s3tui.tui.sign_in.platform_forms import Wanted

Taken = Draft | Wanted | None
"""Credentials; or somebody to ask for them and where they lead; or only the place of a kept connection."""

Reader = Callable[[Connection | None], Awaitable[Taken]]
"""Gives what is there now, for the place we are at where it names none. Raises S3tuiError."""


@dataclass(frozen=True)
class Offer:
    """Somewhere credentials can be taken from."""

    label: str
    """What the user calls it: "environment (AWS_…)", "profile reef"."""
    read: Reader
    kept: SavedConnection | None = None
    """The entry behind it, when the user asked for it to be kept."""


async def offers_here(demo: DemoServer | None) -> tuple[Offer, ...]:
    """What can be taken here: the demo's page, the environment, profiles, accounts of other tools."""
    found = [_demo_offer(demo)] if demo is not None and demo.running else []
    return tuple(found + await asyncio.to_thread(_found_in_files))


def _found_in_files() -> list[Offer]:
    """What other tools would find; read in a thread, because homes are on slow file systems."""
    found = []
    given = from_environment(os.environ)
    if given is not None:
        found.append(Offer("environment (AWS_ACCESS_KEY_ID …)", _paste_reader(given.parsed)))
    known, accounts = profiles(os.environ), remotes(os.environ)
    found += [_profile_offer(profile) for profile in known if profile.usable]
    found += [_remote_offer(account) for account in accounts if not account.reason]
    found += [_profile_offer(profile) for profile in known if profile.kind in ASKED]
    for profile in known:
        if profile.reason:
            found.append(
                Offer(f"profile {profile.name} ({profile.kind}: tells how)", _refuser(profile.reason))
            )
    found += [
        Offer(f"{account.label} (tells how)", _refuser(account.reason))
        for account in accounts
        if account.reason
    ]
    return found


def _profile_offer(profile: FoundProfile) -> Offer:
    """A profile with keys, or one whose keys come from a role, a login, a program or the machine."""
    if profile.parsed is not None:
        return Offer(f"profile {profile.name}", _paste_reader(profile.parsed))
    place = Connection(Endpoint(profile.endpoint_url, profile.region))
    return Offer(f"profile {profile.name} ({profile.kind})", _asker(profile.name, place))


def _remote_offer(account: FoundRemote) -> Offer:
    if account.credentials is None:
        return Offer(account.label, _asker(account.profile or "default", account.connection))
    draft = Draft(account.credentials, account.connection)

    async def read(previous: Connection | None) -> Taken:
        place = draft.connection
        if previous is None or place.workspace.bucket or previous.endpoint.url != place.endpoint.url:
            return draft
        return Draft(draft.credentials, Connection(place.endpoint, previous.workspace))

    return Offer(account.label, read)


def _asker(name: str, place: Connection) -> Reader:
    async def read(previous: Connection | None) -> Taken:
        return ProfileSource(name, surroundings(os.environ)), place

    return read


def _paste_reader(parsed: ParsedPaste) -> Reader:
    async def read(previous: Connection | None) -> Taken:
        return Draft.of(parsed, previous)

    return read


def _refuser(reason: str) -> Reader:
    async def read(previous: Connection | None) -> Taken:
        raise UsageError(reason)

    return read


def _demo_offer(demo: DemoServer) -> Offer:
    async def read(previous: Connection | None) -> Taken:
        # The text that a platform's page would show goes the road of any paste.
        await asyncio.to_thread(demo.renew)
        return Draft.of(parse_paste(demo.paste_text()), previous)

    return Offer("fresh credentials from the demo server, as a paste", read)
