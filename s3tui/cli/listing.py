"""`s3tui ls`: entries as they come, page by page, in columns or as JSON lines."""

import os
import sys

from s3tui.cli.access import Access
from s3tui.cli.columns import Columns, JsonLines
from s3tui.cli.console import Console
from s3tui.cli.session import FAILED, OK, Session, run_session
from s3tui.config import Settings
from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.model.location import S3Location


def run_listing(
    client: EngineClient,
    settings: Settings,
    access: Access,
    place: S3Location,
    console: Console,
    *,
    recursive: bool = False,
    json: bool = False,
) -> int:
    """List, and return the exit status: 1 when there is nothing of that name."""

    async def body(session: Session) -> int:
        await session.start(settings, queue=False)
        await session.connect(access, place, prove=False)
        found = 0
        if place.key and not place.is_folder:
            found = await _one_object(session, place, json)
        if not found:
            folder = place if place.is_folder else S3Location(place.bucket, f"{place.key}/")
            found = await _folder(session, folder, recursive, json)
        if found or not place.key:
            return OK
        console.say(f"There is nothing at {place}.")
        return FAILED

    return run_session(body, client, console)


async def _one_object(session: Session, place: S3Location, json: bool) -> int:
    """Show an object when the address names one; returns how many that were."""
    try:
        entry = await session.client.inspect(place)
    except RequestRefused as refusal:
        if refusal.failure.code in ("not-found", "denied"):
            return 0
        raise
    writer = _writer(place.parent, False, json)
    _write(writer.entry(entry))
    return 1


async def _folder(session: Session, place: S3Location, recursive: bool, json: bool) -> int:
    writer, found = _writer(place, recursive, json), 0
    async for page in session.client.list_folder(place, recursive):
        found += len(page)
        _write(writer.page(page))
    return found


def _writer(place: S3Location, recursive: bool, json: bool) -> Columns | JsonLines:
    if json:
        return JsonLines(place)
    return Columns(place, recursive=recursive, escaped=sys.stdout.isatty())


def _write(data: bytes) -> None:
    # Straight to the descriptor: with PYTHONUNBUFFERED Python's own stream writes a part and says nothing.
    left = memoryview(data)
    while left:
        left = left[os.write(sys.stdout.fileno(), left) :]
