"""One download from beginning to end: into a temporary file beside its target, checked, then renamed.

A large object comes in ranges of the version that HEAD told of. What an earlier run fetched is kept while the
object is still that version and the temporary file is still there.
"""

import asyncio
import os

from s3tui.errors import AccessDenied, Changed, Damaged
from s3tui.model.entry import ObjectInfo
from s3tui.model.metadata import modified_ns
from s3tui.model.transfer import Assurance
from s3tui.model.work import (
    Checked,
    CheckRanges,
    Fetched,
    FetchFile,
    FetchRange,
    Landing,
    RangeSum,
    Verified,
    VerifyFile,
)
from s3tui.storage.integrity import plan_ranges, told_md5
from s3tui.transfer.driving import Means, Report, in_streams, patiently, run_unit
from s3tui.transfer.names import shown, temporary_name
from s3tui.transfer.object_parts import first_part_size, told_part_size
from s3tui.transfer.parts import MIB, Part, PartPlan, plan_parts
from s3tui.transfer.record import Transfer

_SAME_TIME = 1.0
"""Seconds by which a listing and HEAD may differ on when an object was made."""

_LOOKS = 3
"""Answers about an object at most of which one must be right."""

_SHIFTS = (1, 1, 0)
"""Further fetches of an object of which nothing but another fetch can tell whether it is damaged, at most: by
how many bytes their ranges are shifted."""

_LANDED = 256 * 1024
"""Bytes up to which an object becomes a file only when it is complete: in the worker, in one go."""

_LARGEST_RANGE = 64 * MIB
"""Bytes: a foreign object with larger parts is fetched in ranges of our own size."""


def part_path(transfer: Transfer, token: str) -> bytes:
    """The temporary file of a download; `token` is the journal's."""
    name = temporary_name(f"{token}-{transfer.id:x}")
    return os.path.join(os.path.dirname(transfer.local), name)


async def download(transfer: Transfer, means: Means, report: Report, token: str) -> Assurance:
    """Bring one object (or folder marker) to its local path.

    Raises:
        StorageError: it did not arrive; the temporary file is left for the manager to keep or remove.
    """
    if transfer.is_folder:
        await asyncio.to_thread(means.files.make_folders, transfer.local, transfer.root)
        return Assurance.VERIFIED
    if transfer.size > _LANDED:
        await _make_folder(transfer, means)
    temporary = part_path(transfer, token)
    return await _fetch(transfer, temporary, means, report)


async def _make_folder(transfer: Transfer, means: Means) -> None:
    folder = os.path.dirname(transfer.local)
    await asyncio.to_thread(means.files.make_folders, folder, min(transfer.root, len(folder)))


async def _fetch(transfer: Transfer, temporary: bytes, means: Means, report: Report) -> Assurance:
    """Fetch the version that was planned, by its ETag, or by its time where that is all that is known.

    What was known of it may come from an answer that was wrong in one word: when the server says that there
    is no such version, but the object was made at the same time, what it says now counts.
    """
    known = (bool(transfer.etag) or transfer.modified > 0) and not _goes_in_ranges(transfer, means)
    info = None if known else await _look(transfer, means, report)
    for _ in range(_LOOKS - 1):
        etag, modified = (info.etag, info.modified) if info else (transfer.etag, transfer.modified)
        refused = (etag, transfer.size)
        try:
            return await _fetch_version(transfer, info, temporary, means, report)
        except Changed:
            info = await _look(transfer, means, report, refused)
            if (info.etag, info.size) == refused or abs(info.modified - modified) > _SAME_TIME:
                raise
    return await _fetch_version(transfer, info, temporary, means, report)


def _goes_in_ranges(transfer: Transfer, means: Means) -> bool:
    return 0 < transfer.size >= means.settings.multipart_threshold


async def _fetch_version(
    transfer: Transfer, info: ObjectInfo | None, temporary: bytes, means: Means, report: Report
) -> Assurance:
    """Fetch the version that `info` tells of; without it that of the plan."""
    if info is not None and info.etag and _goes_in_ranges(transfer, means):
        likely = await first_part_size(transfer.object, info, means)
        return await _Ranges(transfer, info, temporary, means, report, likely).run()
    etag = transfer.etag if info is None else info.etag
    landing = Landing(transfer.local, transfer.overwrite) if transfer.size <= _LANDED else None
    modified = transfer.modified if info is None else -1.0
    unit = FetchFile(
        transfer.bucket, transfer.key, temporary, transfer.size, etag, transfer.root, landing, modified
    )
    fetched = await run_unit(means, unit, Fetched, report.moved)
    if fetched.landed:
        return fetched.assurance or Assurance.SIZE_ONLY
    if landing is not None:
        await _make_folder(transfer, means)
    if fetched.doubtful:
        report.moved(-transfer.size)
        info = await _look(transfer, means, report)
        likely = await first_part_size(transfer.object, info, means)
        return await _Ranges(transfer, info, temporary, means, report, likely).run()
    await _finish(transfer, temporary, means, modified_ns(fetched.metadata, fetched.modified))
    return fetched.assurance or Assurance.SIZE_ONLY


async def _finish(transfer: Transfer, temporary: bytes, means: Means, when: int | None) -> None:
    await asyncio.to_thread(
        means.files.finish,
        temporary,
        transfer.local,
        transfer.root,
        replace=transfer.overwrite,
        modified_ns=when,
    )


async def _head(transfer: Transfer, means: Means) -> ObjectInfo:
    return await patiently(means, lambda: means.store.head(transfer.object, wait=True))


async def _look(
    transfer: Transfer, means: Means, report: Report, refused: tuple[str, int] | None = None
) -> ObjectInfo:
    """What the server says of the object; asked again while it is `refused` (ETag and size) or unlikely.

    A single answer may be another object's, or wrong. A length that the plan was told wrongly is corrected.

    Raises:
        Changed: it is another version.
        AccessDenied: it is in an archive.
    """
    for _ in range(_LOOKS):
        info = await _head(transfer, means)
        planned = info.size == transfer.size or _is_planned(transfer, info)
        if planned and (info.etag, info.size) != refused:
            break
    if info.archived:
        raise AccessDenied(
            f"{transfer.object} lies in an archive tier.",
            next_step="It must be restored before it can be read.",
        )
    if not planned:
        raise Changed(
            f"{transfer.object} has changed since the copy was planned.", next_step="Copy it again."
        )
    if info.size != transfer.size:
        await report.resized(info.size)
    return info


def _is_planned(transfer: Transfer, info: ObjectInfo) -> bool:
    """Whether this is the version that was planned, whatever its length."""
    if transfer.etag:
        return info.etag == transfer.etag
    return abs(info.modified - transfer.modified) <= _SAME_TIME


class _Ranges:
    """One large object on its way."""

    def __init__(
        self,
        transfer: Transfer,
        info: ObjectInfo,
        temporary: bytes,
        means: Means,
        report: Report,
        likely_part_size: int = 0,
    ) -> None:
        self.transfer = transfer
        self.info = info
        self.temporary = temporary
        self.means = means
        self.report = report
        self.digests: dict[int, str] = {}
        """Of the ranges that are in the file, by number."""
        self.object_part_size = told_part_size(info)
        chosen = plan_ranges(info, self.object_part_size, _LARGEST_RANGE, likely_part_size)
        self.checksum = chosen.checksum
        self.plan = (
            PartPlan(info.size, chosen.part_size)
            if chosen.part_size
            else plan_parts(info.size, means.settings.part_size)
        )

    async def run(self) -> Assurance:
        if not await self._take_up():
            await self._begin()
        await self._fetch_missing()
        try:
            verified = await self._verify()
        except Damaged:
            # Which range is damaged cannot be known: once more, all of it.
            self.report.say(f"What arrived of {shown(self.transfer.key)} is damaged; it is fetched again.")
            verified = await self._fetch_again()
        if verified.doubtful:
            verified = await self._fetched_alike(verified)
        when = modified_ns(self.info.metadata, self.info.modified)
        await _finish(self.transfer, self.temporary, self.means, when)
        return verified.assurance

    async def _fetch_again(self) -> Verified:
        # What the object must be like was told by one answer, which may be what is wrong.
        info = await _head(self.transfer, self.means)
        if (info.etag, info.size) == (self.info.etag, self.info.size):
            self.info = info
        await self._begin()
        await self._fetch_missing()
        try:
            return await self._verify()
        except Damaged as error:
            raise self._damaged(error.detail) from None

    async def _fetched_alike(self, verified: Verified) -> Verified:
        """Fetch until two fetches bring the same: what is damaged on its way is not damaged alike twice.

        Some are cut a byte later than others, so that damage that keeps to its place in an answer shows too.
        """
        self.report.say(
            f"The ETag of {shown(self.transfer.key)} is not that of parts of a usual size; "
            "it is fetched twice and compared."
        )
        seen: tuple[set[str], set[str]] = ({verified.digest}, set())
        for shift in _SHIFTS:
            await self._begin()
            await in_streams(self._shifted(shift), self._fetch_unnoted, self.means.gate.most)
            verified = await self._verify()
            seen[shift].add(verified.digest)
            if not verified.doubtful or seen[0] & seen[1]:
                return verified
        raise self._damaged("")

    def _shifted(self, by: int) -> list[Part]:
        """The ranges, each of them beginning so many bytes later."""
        parts = [Part(part.number, part.offset + by, part.length) for part in self.plan]
        last = parts[-1]
        parts[-1] = Part(last.number, last.offset, last.length - by)
        return ([Part(0, 0, by)] if by else []) + [part for part in parts if part.length > 0]

    def _damaged(self, detail: str) -> Damaged:
        return Damaged(
            f"{self.transfer.object} arrives damaged, however often it is fetched.",
            next_step="The network or the server damages it: tell its administrators.",
            detail=detail,
        )

    async def _take_up(self) -> bool:
        """Go on with what an earlier run fetched, where that is possible."""
        kept = self.transfer.parts
        if not kept or not self.transfer.part_size:
            return False
        there = await asyncio.to_thread(self.means.files.part_file_size, self.temporary)
        plan = PartPlan(self.info.size, self.transfer.part_size)
        last = plan.part(max(kept))
        if self.transfer.etag == self.info.etag and there is not None and there >= last.offset + last.length:
            self.plan = plan
            await self._look_at(kept)
            return True
        why = (
            "has changed on the server"
            if self.transfer.etag != self.info.etag
            else "has lost its temporary file"
        )
        self.report.say(f"{shown(self.transfer.key)} {why}; it is fetched from the beginning.")
        return False

    async def _look_at(self, kept: dict[int, str]) -> None:
        """Take over the ranges that are in the file as they arrived; the others are fetched again."""
        sums = (self._sum(plan_part, digest) for plan_part, digest in self._parts_of(kept))
        unit = CheckRanges(self.temporary, tuple(sums))
        checked = await run_unit(self.means, unit, Checked, _uncounted)
        self.digests = {number: kept[number] for number in checked.numbers}
        for part, _ in self._parts_of(kept):
            if part.number not in self.digests:
                self.report.moved(-part.length)

    def _parts_of(self, kept: dict[int, str]) -> list[tuple[Part, str]]:
        return [(self.plan.part(number), kept[number]) for number in sorted(kept)]

    @staticmethod
    def _sum(part: Part, digest: str) -> RangeSum:
        return RangeSum(part.number, part.offset, part.length, digest)

    async def _begin(self) -> None:
        self.digests = {}
        await asyncio.to_thread(self.means.files.make_part_file, self.temporary, self.transfer.root)
        await self.report.begun("", self.plan.part_size, self.info.etag)

    async def _fetch_missing(self) -> None:
        missing = [part for part in self.plan if part.number not in self.digests]
        await in_streams(missing, self._fetch, self.means.gate.most)

    async def _verify(self) -> Verified:
        unit = VerifyFile(
            path=self.temporary,
            size=self.info.size,
            etag=self.info.etag,
            checksums=self.info.checksums,
            part_size=self.object_part_size,
            encrypted=self.info.encrypted,
            composite=self.info.composite,
            told_md5=told_md5(self.info.metadata),
            ranges=tuple(self._sum(*each) for each in self._parts_of(self.digests)),
        )
        return await run_unit(self.means, unit, Verified, _uncounted)

    async def _fetch(self, part: Part) -> None:
        fetched = await self._fetch_unnoted(part)
        self.digests[part.number] = fetched.digest
        await self.report.part_done(part, fetched.digest)

    async def _fetch_unnoted(self, part: Part) -> Fetched:
        unit = FetchRange(
            bucket=self.transfer.bucket,
            key=self.transfer.key,
            etag=self.info.etag,
            offset=part.offset,
            length=part.length,
            total=self.info.size,
            part_path=self.temporary,
            root=self.transfer.root,
            checksum=self.checksum,
        )
        return await run_unit(self.means, unit, Fetched, self.report.moved)


def _uncounted(_: int) -> None:
    """Bytes read for a check have moved before."""
