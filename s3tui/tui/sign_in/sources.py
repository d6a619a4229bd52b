"""Credentials that are on this machine already, each behind one key."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from s3tui.credentials.paste import parse_paste
from s3tui.demo.process import DemoServer
from s3tui.model.credentials import Connection
from s3tui.tui.sign_in.draft import Draft


@dataclass(frozen=True)
class Source:
    """Somewhere credentials can be taken from."""

    label: str
    """What the user calls it: "environment (AWS_*)", "profile reef"."""
    read: Callable[[Connection | None], Awaitable[Draft]]
    """Gives what is there now, for the place we are at where it names none. Raises S3tuiError."""


async def sources_here(demo: DemoServer | None) -> tuple[Source, ...]:
    """What can be taken on this machine: the demo server's page first, when it runs."""
    sources = []
    if demo is not None and demo.running:
        sources.append(_demo_source(demo))
    return tuple(sources)


def _demo_source(demo: DemoServer) -> Source:
    async def read(previous: Connection | None) -> Draft:
        """Fresh credentials, read from the text that the platform's page would show."""
        await asyncio.to_thread(demo.renew)
        return Draft.of(parse_paste(demo.paste_text()), previous)

    return Source("fresh credentials from the demo server, as a paste", read)
