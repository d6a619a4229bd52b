"""Brings bytes of objects into temporary files: ranges of one version, or a whole small object.

What a reply says of itself (status, range, lengths, ETag) must agree with what was asked for before its body
is believed, and the body is read to its end. A reply that breaks off is gone on with from the last good byte.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import closing
from typing import Any

from s3tui.errors import Changed, Damaged, StorageError, Unreachable
from s3tui.model.entry import ObjectInfo
from s3tui.model.location import S3Location
from s3tui.model.work import Fetched, FetchFile, FetchRange
from s3tui.storage.checksums import Checksum, running
from s3tui.storage.deadline import Deadline
from s3tui.storage.integrity import StreamDigest
from s3tui.storage.landing import Lander
from s3tui.storage.near_files import NearFiles
from s3tui.storage.part_file import PartWriter, create_below, open_existing
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_objects import object_info
from s3tui.storage.watchdog import Watchdog

Moved = Callable[[int], None]

_SAME_TIME = 1.0
"""Seconds by which a listing and a reply may differ on when an object was made."""

_OWNERS = 4096
"""ETags that are remembered; far more than requests that one connection has carried lately."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class _OtherVersion(Damaged):
    """The reply speaks of another version: a stray reply once, a changed object when it stays so."""


class ByteFetch:
    """Units that move bytes from the server."""

    def __init__(self, calls: S3Calls, near: NearFiles) -> None:
        """Use these calls, and write without a thread while `near` finds the disk quick."""
        self._calls = calls
        self._near = near
        self._lander = Lander(near)
        self._owners: dict[str, S3Location] = {}
        """Objects by the ETags that came without being asked for, the latest of them."""

    async def range(self, unit: FetchRange, moved: Moved) -> Fetched:
        """Fetch a range of the version that `unit.etag` names into the temporary file and see it on the disk.

        What is told to have arrived outlives a power failure, and its checksum was computed on the way.

        Raises:
            Changed: the object is another one now.
            StorageError: the range did not arrive, or could not be written.
        """
        location = S3Location(unit.bucket, unit.key)
        progress = _Progress(unit.offset, moved)
        end = unit.offset + unit.length
        digest = _RangeDigest(unit.checksum)

        async def attempt() -> Fetched:
            if digest.taken != progress.good - unit.offset:
                # A write broke off half way: what the digest has seen is not what is in the file.
                progress.start_over()
                digest.start_over()
            first = progress.good
            asked = f"bytes={first}-{end - 1}"
            reply = await self._ask(location, Range=asked, IfMatch=f'"{unit.etag}"')
            with closing(reply["Body"]):
                _expect_range(reply, unit, first, end, location)
                descriptor = open_existing(unit.part_path, unit.root)
                writer = PartWriter(unit.part_path, descriptor, first, digest.update, self._near, end - first)
                try:
                    await self._copy(reply, writer, end - first, progress, location)
                    await writer.settle()
                finally:
                    writer.close()
                modified = object_info(reply).modified
                return Fetched(unit.length, unit.etag, modified, digest=digest.text)

        return await self._until_done(attempt, location, progress)

    async def file(self, unit: FetchFile, moved: Moved) -> Fetched:
        """Fetch a whole object into a new temporary file and check it on the way.

        Raises:
            Changed: it is not as large as was planned.
            StorageError: it did not arrive, is damaged, or could not be written.
        """
        location = S3Location(unit.bucket, unit.key)
        progress = _Progress(0, moved)

        async def attempt() -> Fetched:
            progress.start_over()
            asked = {"IfMatch": f'"{unit.etag}"'} if unit.etag else {}
            reply = await self._ask(location, ChecksumMode="ENABLED", **asked)
            with closing(reply["Body"]):
                info = object_info(reply)
                _expect_whole(reply, unit, info, location)
                if not unit.etag and unit.modified >= 0:
                    self._expect_own(info, unit, location)
                digest = StreamDigest.for_object(info)
                if unit.landing is not None:
                    whole = await self._gather(reply, unit.expected_size, progress, location)
                    digest.update(whole)
                    fetched = _fetched(unit, info, digest, location)
                    return await self._lander.land(unit, fetched, (whole,))
                descriptor = await self._near.do(0, create_below, unit.part_path, unit.root)
                writer = PartWriter(
                    unit.part_path, descriptor, 0, digest.update, self._near, unit.expected_size
                )
                try:
                    await self._copy(reply, writer, unit.expected_size, progress, location)
                finally:
                    writer.close()
                return _fetched(unit, info, digest, location)

        return await self._until_done(attempt, location, progress)

    def _expect_own(self, info: ObjectInfo, unit: FetchFile, location: S3Location) -> None:
        """See that a reply to a request that named no version is not one to an earlier request.

        Raises:
            Changed: its ETag has come for another object, so HEAD has to tell which one is meant.
        """
        if abs(info.modified - unit.modified) > _SAME_TIME:
            raise _OtherVersion(f"{location} was made at another time than was planned.")
        if info.etag and self._owners.setdefault(info.etag, location) != location:
            raise Changed(f"{location} has the ETag of another object.", next_step="Copy it again.")
        if len(self._owners) > _OWNERS:
            del self._owners[next(iter(self._owners))]

    async def _gather(
        self, reply: dict[str, Any], expected: int, progress: "_Progress", location: S3Location
    ) -> memoryview:
        """The whole body, in memory."""
        body, arrived, room = reply["Body"], 0, memoryview(bytearray(expected + 1))
        with Watchdog(self._calls.limits) as dog:
            while arrived <= expected and (count := await body.into(room[arrived:])):
                arrived += count
                dog.moved(count)
                progress.step(count)
        if arrived != expected:
            raise _other_length(location, arrived, expected)
        return room[:expected]

    async def _until_done(
        self, attempt: Callable[[], Any], location: S3Location, progress: "_Progress"
    ) -> Fetched:
        try:
            fetched: Fetched = await self._calls.persist(
                attempt, self._calls.subject("read", location), wait=True
            )
            return fetched
        except _OtherVersion as error:
            progress.start_over()
            raise Changed(
                f"{location} has changed on the server.", next_step="Copy it again.", detail=error.detail
            ) from None
        except BaseException:
            progress.start_over()
            raise

    async def _ask(self, location: S3Location, **parameters: Any) -> dict[str, Any]:
        """GET; its body must be closed whatever happens: an open one would keep its connection for ever."""
        client = self._calls.clients.client("transfer")
        with Deadline(self._calls.limits.unnoticed):
            reply: dict[str, Any] = await client.get_object(
                Bucket=location.bucket, Key=location.key, **parameters
            )
        return reply

    async def _copy(
        self,
        reply: dict[str, Any],
        writer: PartWriter,
        expected: int,
        progress: "_Progress",
        location: S3Location,
    ) -> None:
        """Write the body; `progress` ends at the last byte that is in the file, also when this fails."""
        body, arrived = reply["Body"], 0
        try:
            with Watchdog(self._calls.limits) as dog:
                while count := await body.into(writer.room()):
                    arrived += count
                    if arrived > expected:
                        break
                    await writer.add(count)
                    dog.moved(count)
                    progress.step(count)
        except asyncio.CancelledError:
            raise
        except BaseException:
            await _keep(writer, progress)
            raise
        await writer.flush()
        progress.keep(writer.end)
        if arrived != expected:
            progress.start_over()
            raise _other_length(location, arrived, expected)


def _fetched(unit: FetchFile, info: ObjectInfo, digest: StreamDigest, location: S3Location) -> Fetched:
    """The outcome for bytes that the digest has taken.

    Raises:
        Damaged: they are not those that the server speaks of.
    """
    if not digest.agrees():
        raise Damaged(f"{location} arrived damaged.", next_step="Retry it.", detail=digest.name)
    found = digest.verdict
    return Fetched(
        unit.expected_size,
        info.etag,
        info.modified,
        found.assurance,
        info.metadata,
        found.digest,
        found.doubtful,
    )


def _other_length(location: S3Location, arrived: int, expected: int) -> Damaged:
    return Damaged(
        f"{location} arrived with another length than announced.",
        next_step="Retry it.",
        detail=f"{arrived} of {expected} bytes",
    )


class _Progress:
    """How far a unit is: what was told to `moved`, and from where an attempt can go on."""

    def __init__(self, offset: int, moved: Moved) -> None:
        self._offset = offset
        self._moved = moved
        self._told = 0
        self.good = offset
        """Offset of the first byte that is not safely in the file."""

    def step(self, count: int) -> None:
        self._told += count
        self._moved(count)

    def keep(self, good: int) -> None:
        """Everything before `good` stays; what was told beyond it is taken back."""
        self.good = good
        excess = self._told - (good - self._offset)
        if excess:
            self.step(-excess)

    def start_over(self) -> None:
        self.keep(self._offset)


class _RangeDigest:
    """The checksum of a range, over all attempts at it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.start_over()

    def start_over(self) -> None:
        self._checksum: Checksum | None = running(self._name) if self._name else None
        self.taken = 0

    def update(self, data: memoryview) -> None:
        if self._checksum is not None:
            self._checksum.update(data)
        self.taken += len(data)

    @property
    def text(self) -> str:
        return f"{self._name}:{self._checksum.value()}" if self._checksum is not None else ""


async def _keep(writer: PartWriter, progress: _Progress) -> None:
    """Save what has arrived before a break; a disk that refuses it is told by the next attempt."""
    try:
        await writer.flush()
    except StorageError:
        pass
    progress.keep(writer.end)


def _expect_range(
    reply: dict[str, Any], unit: FetchRange, first: int, end: int, location: S3Location
) -> None:
    status = _expect_s3(reply, location, 200, 206)
    if status == 200 and first == 0 and end == unit.total:
        told = (0, end - 1, _length(reply))
    else:
        content_range = reply["ResponseMetadata"]["HTTPHeaders"].get("content-range", "")
        found = _CONTENT_RANGE.fullmatch(content_range.strip())
        if status != 206 or found is None:
            raise Unreachable(
                f"The server did not answer with the part of {location} that was asked for.",
                detail=f"HTTP {status}",
            )
        told = (int(found[1]), int(found[2]), int(found[3]))
    _expect_version(reply, unit.etag, location)
    if told[2] != unit.total:
        raise _OtherVersion(f"{location} has another size now.", detail=f"{told[2]} bytes")
    if told[:2] != (first, end - 1) or _length(reply) != end - first:
        raise Damaged(f"Another part of {location} came than was asked for.", next_step="Retry it.")


def _expect_version(reply: dict[str, Any], etag: str, location: S3Location) -> None:
    told = str(reply.get("ETag") or "").removeprefix("W/").strip('"')
    # A server that tells none was given If-Match, and the whole is verified in the end.
    if told and told != etag:
        raise _OtherVersion(f"{location} is another version now.", detail=f"ETag {told[:80]}")


def _expect_s3(reply: dict[str, Any], location: S3Location, *statuses: int) -> int:
    """The status of a reply that comes from an S3 server and is one of these."""
    meta = reply["ResponseMetadata"]
    from_s3 = reply.get("ETag") or any(name.startswith("x-amz-") for name in meta["HTTPHeaders"])
    if meta["HTTPStatusCode"] not in statuses or not from_s3:
        raise Unreachable(
            f"The answer for {location} does not come from an S3 server.",
            next_step="Check the endpoint; a login page or a proxy may stand in between.",
            detail=f"HTTP {meta['HTTPStatusCode']}",
        )
    return int(meta["HTTPStatusCode"])


def _expect_whole(reply: dict[str, Any], unit: FetchFile, info: ObjectInfo, location: S3Location) -> None:
    _expect_s3(reply, location, 200)
    if info.size != unit.expected_size:
        raise _OtherVersion(f"{location} has another size than was planned.", detail=f"{info.size} bytes")
    if unit.etag:
        _expect_version(reply, unit.etag, location)


def _length(reply: dict[str, Any]) -> int:
    length = reply.get("ContentLength")
    return int(length) if length is not None else -1
