"""What the upload and the download driver have in common: their means, their reports, and patience."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, TypeVar

from msgspec import Struct

from s3tui.credentials.live import LiveCredentials
from s3tui.errors import CredentialsExpired, S3tuiError, StorageError
from s3tui.model.failure import Failure
from s3tui.model.work import Checked, Failed, Fetched, Outcome, Sent, Unit, Verified
from s3tui.storage.upload_checks import EndpointChecks
from s3tui.transfer.parts import MIB, Part
from s3tui.transfer.protocols import ByteWorkers, Gate, LocalFiles, Moved, ObjectStore

Result = TypeVar("Result")
Wanted = TypeVar("Wanted", Sent, Fetched, Verified, Checked)

_LATE = 0.75
"""Seconds a cancelled driver still waits for the answer that tells what it has made."""


class TransferSettings(Struct, frozen=True):
    """How the queue works; the host takes them from `Configure`."""

    parts_at_once: int = 16
    """Requests that move bytes at the same time, all transfers together; 0 finds their number."""
    multipart_threshold: int = 16 * MIB
    """Files of at least this many bytes go in parts."""
    part_size: int = 16 * MIB
    """Bytes per part, grown when 10,000 parts would not do."""
    large_at_once: int = 4
    """Files in parts at the same time; further ones wait, so that few are left half done."""


class Means(Struct, frozen=True):
    """What a driver works with."""

    store: ObjectStore
    workers: ByteWorkers
    files: LocalFiles
    live: LiveCredentials
    gate: Gate
    """One slot per request that moves bytes."""
    settings: TransferSettings
    checks: EndpointChecks
    """What the endpoint checks of uploads."""


class Report(Protocol):
    """How a driver tells the manager what happened; the manager alone changes the transfer."""

    def moved(self, count: int) -> None:
        """Bytes moved, or were taken back when negative."""
        ...

    async def opening(self, since: float) -> None:
        """An upload is about to be created (Unix seconds, server's clock). In the journal on return."""
        ...

    def not_opened(self) -> None:
        """The server has refused to create it."""
        ...

    def stray(self) -> None:
        """Besides the upload that was created another may be open, whose id is not known."""
        ...

    async def resized(self, size: int) -> None:
        """The object has another size (bytes) than the plan was told. In the journal on return."""
        ...

    async def begun(self, upload_id: str, part_size: int, etag: str) -> None:
        """An upload id or an object's ETag is known; no part is finished. In the journal on return.

        Of an upload, `etag` is the name of its checksum, or empty.
        """
        ...

    async def part_done(self, part: Part, etag: str) -> None:
        """A part or range is finished. In the journal on return."""
        ...

    def say(self, sentence: str) -> None:
        """Something the user should know although nothing failed."""
        ...


async def patiently(means: Means, call: Callable[[], Awaitable[Result]]) -> Result:
    """Make a request whenever there are credentials for it, as often as they expire on the way."""
    while True:
        _, generation = await means.live.ready()
        try:
            return await call()
        except CredentialsExpired:
            means.live.server_says_expired(generation)


async def run_unit(means: Means, unit: Unit, wanted: type[Wanted], moved: Moved) -> Wanted:
    """Have a unit done when there is a slot for it; a failure is raised as the error it was."""
    gate, sizes = means.gate, 0

    def count(size: int) -> None:
        nonlocal sizes
        sizes += size
        if gate.outage and size > 0:
            gate.alive()
        moved(size)

    while True:
        async with gate.slot():
            generation = means.live.generation
            outcome: Outcome = await means.workers.run(unit, count)
        if isinstance(outcome, wanted):
            gate.done(sizes)
            return outcome
        if not isinstance(outcome, Failed):
            raise TypeError(f"{type(outcome).__name__} does not answer {type(unit).__name__}")
        if outcome.failure.code != CredentialsExpired.code:
            raise error_of(outcome.failure)
        means.live.server_says_expired(generation)
        await means.live.ready()


async def in_streams(parts: Iterable[Part], work: Callable[[Part], Awaitable[object]], streams: int) -> None:
    """Do `work` on all parts, `streams` at a time; the first error stops all and is raised."""
    left = iter(parts)

    async def stream() -> None:
        for part in left:
            await work(part)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(streams):
                group.create_task(stream())
    except BaseExceptionGroup as errors:
        raise _first(errors) from None


async def to_the_end(work: Awaitable[Result]) -> Result:
    """Await work that makes something remote; a cancellation waits a moment to learn what was made."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=_LATE)
        task.cancel()
        raise


def error_of(failure: Failure) -> S3tuiError:
    """The exception a failure was made of."""
    kind = _BY_CODE.get(failure.code, StorageError)
    return kind(failure.sentence, next_step=failure.next_step, detail=failure.detail)


def _family(kind: type[S3tuiError]) -> Iterable[type[S3tuiError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _family(child)


_BY_CODE = {kind.code: kind for kind in _family(S3tuiError)}


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    for error in errors.exceptions:
        found = _first(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, S3tuiError):
            return found
    return found
