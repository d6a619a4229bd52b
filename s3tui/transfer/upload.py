"""One upload from beginning to end: a small file in one request, a large one in parts.

A large one may be gone on with: what its `Transfer` tells of an upload id and finished parts is believed, and
the server has the last word.
"""

import asyncio
import itertools
import re

from s3tui.errors import AccessDenied, Changed, Damaged, NotFound, ServerFault, StorageError, Unreachable
from s3tui.model.entry import ObjectInfo
from s3tui.model.etag import multipart_etag
from s3tui.model.metadata import metadata_of
from s3tui.model.transfer import Assurance
from s3tui.model.upload_check import MOST_TRIALS, Standing, WholeSum
from s3tui.model.work import Planned, PutFile, SendPart, SourceIdentity, Verified, VerifyFile
from s3tui.transfer.driving import Means, Report, in_streams, patiently, run_unit, to_the_end
from s3tui.transfer.guarding import PartGuard, refuses_manner, send_guarded
from s3tui.transfer.names import shown
from s3tui.transfer.parts import MAX_PART_SIZE, MIB, Part, PartPlan, plan_parts
from s3tui.transfer.record import Transfer

_MD5 = re.compile(r"[0-9a-f]{32}")

_IN_MEMORY = 512 * MIB
"""Bytes of parts of one file that are sent at the same time."""

_FEWEST_STREAMS = 2

_UNKNOWN_PART = "InvalidPart"
"""What servers call a part number whose ETag is not the one they have."""

_UPLOAD_GONE = "no longer has the unfinished upload"
_PART_UNKNOWN = "does not know a part"
_CHECK_REFUSED = "does not take the checksums"
"""Why a file is sent from its beginning: each reason counts once."""

_SAME_TIME = 1e-6
"""Seconds: times that crossed as floating point numbers may differ by less than this."""


async def upload(transfer: Transfer, means: Means, report: Report) -> Assurance:
    """Bring one file (or empty folder) to its key.

    Raises:
        StorageError: it did not arrive; an upload id that exists stays with the transfer for the manager.
    """
    if transfer.is_folder:
        await patiently(means, lambda: means.store.put_folder_marker(transfer.object))
        return Assurance.VERIFIED
    in_parts = transfer.size >= means.settings.multipart_threshold or transfer.size > MAX_PART_SIZE
    if not transfer.size or not (in_parts or transfer.upload_id):
        return await _put(transfer, means, report)
    identity = await asyncio.to_thread(means.files.identify, transfer.local)
    if identity.size != transfer.size or abs(identity.modified_ns / 1e9 - transfer.modified) > _SAME_TIME:
        raise Changed(
            f"{shown(transfer.file.name)} has changed since the copy was planned.", next_step="Copy it again."
        )
    return await _Multipart(transfer, identity, means, report).run()


async def _put(transfer: Transfer, means: Means, report: Report) -> Assurance:
    unit = PutFile(
        path=transfer.local,
        identity=Planned(transfer.size, transfer.modified),
        bucket=transfer.bucket,
        key=transfer.key,
        only_if_absent=not transfer.overwrite,
        check=means.checks.for_file(),
    )
    sent, check = await send_guarded(means, unit, report.moved)
    return Assurance.VERIFIED if check.proven or sent.compared else Assurance.SIZE_ONLY


class _Multipart:
    """One large file on its way."""

    def __init__(self, transfer: Transfer, identity: SourceIdentity, means: Means, report: Report) -> None:
        self.transfer = transfer
        self.identity = identity
        self.means = means
        self.report = report
        self.location = transfer.object
        self.upload_id = transfer.upload_id
        self.guard = PartGuard(means, transfer.etag if transfer.upload_id else "")
        self.etags = self.guard.known(transfer.parts or {})
        self._begun_again: set[str] = set()
        self.plan = (
            PartPlan(transfer.size, transfer.part_size)
            if transfer.upload_id and transfer.part_size
            else plan_parts(transfer.size, means.settings.part_size)
        )

    async def run(self) -> Assurance:
        if self.upload_id and len(self.etags) == self.plan.count and (done := await self._is_there()):
            return done
        if not self.upload_id:
            await to_the_end(self._create())
        while True:
            try:
                return await self._send_and_complete()
            except (NotFound, ServerFault) as error:
                why = self._why_anew(error)
                if not why or why in self._begun_again or not await self._source_is_same():
                    raise
            self._begun_again.add(why)
            await self._begin_again(why)

    def _why_anew(self, error: StorageError) -> str:
        """Why the file should be sent from its beginning, once; empty where that would not help."""
        if isinstance(error, NotFound):
            return _UPLOAD_GONE
        if _UNKNOWN_PART in error.detail:
            # One answer to a part was wrong, and which one cannot be known.
            return _PART_UNKNOWN
        return _CHECK_REFUSED if self.guard.checksum and refuses_manner(error) else ""

    async def _begin_again(self, why: str) -> None:
        self.report.say(
            f"The server {why} of {shown(self.transfer.file.name)}; it is sent from the beginning."
        )
        if why == _PART_UNKNOWN:
            self.etags = {}
            self.guard.begin(self.guard.checksum)
            await self.report.begun(self.upload_id, self.plan.part_size, self.guard.checksum)
            return
        if why == _CHECK_REFUSED:
            self.guard.do_without()
        await to_the_end(self._create())

    async def _create(self) -> None:
        plan = plan_parts(self.transfer.size, self.means.settings.part_size)
        metadata = metadata_of(self.identity.modified_ns, plan.part_size)
        await self.report.opening(self.means.live.clock.time())
        checksum = self.guard.wanted
        try:
            try:
                upload_id = await self._open(metadata, checksum)
            except ServerFault as error:
                if not checksum or not refuses_manner(error):
                    raise
                upload_id = await self._open(metadata, "")
                self.means.checks.note({checksum: Standing.REFUSED})
                checksum = ""
        except (Unreachable, ServerFault):
            raise  # it may have been created all the same
        except StorageError:
            self.report.not_opened()
            raise
        self.plan, self.upload_id, self.etags = plan, upload_id, {}
        self.guard.begin(checksum)
        await self.report.begun(upload_id, plan.part_size, checksum)

    async def _open(self, metadata: dict[str, str], checksum: str) -> str:
        return await patiently(
            self.means,
            lambda: self.means.store.create_multipart_upload(
                self.location, metadata, checksum=checksum, on_stray=self.report.stray
            ),
        )

    async def _send_and_complete(self) -> Assurance:
        await self._find_out()
        missing = (part for part in self.plan if part.number not in self.etags)
        streams = max(_FEWEST_STREAMS, min(self.means.gate.most, _IN_MEMORY // self.plan.part_size))
        await in_streams(missing, self._send, streams)
        if not await self._source_is_as_sent():
            raise Changed(
                f"{shown(self.transfer.file.name)} changed while it was sent; no object was made of it.",
                next_step="Copy it again.",
            )
        self.guard.taken()
        if not self.transfer.overwrite:
            await self._refuse_to_replace()
        whole = self.guard.whole(self.plan)
        try:
            final = await self._complete(whole)
        except ServerFault as error:
            if whole is None or not refuses_manner(error):
                raise
            final = await self._complete(None)
        return await self._compare(final, whole)

    async def _find_out(self) -> None:
        missing = (part.number for part in self.plan if part.number not in self.etags)
        some = tuple(itertools.islice(missing, MOST_TRIALS))
        if some:
            await self.guard.find_out(self.location, self.upload_id, some)
            if self.guard.refused:
                await to_the_end(self._create())

    async def _complete(self, whole: WholeSum | None) -> str:
        etags = tuple(sorted(self.etags.items()))
        store = self.means.store
        return await patiently(
            self.means, lambda: store.complete_multipart_upload(self.location, self.upload_id, etags, whole)
        )

    async def _send(self, part: Part) -> None:
        check, tried = self.guard.check(part.number)
        unit = SendPart(
            path=self.transfer.local,
            identity=self.identity,
            bucket=self.transfer.bucket,
            key=self.transfer.key,
            upload_id=self.upload_id,
            part_number=part.number,
            offset=part.offset,
            length=part.length,
            check=check,
            tried=tried,
        )
        sent, _ = await send_guarded(self.means, unit, self.report.moved)
        self.etags[part.number] = sent.etag
        await self.report.part_done(part, self.guard.note(part.number, sent))

    async def _head(self) -> ObjectInfo:
        return await patiently(self.means, lambda: self.means.store.head(self.location, wait=True))

    def _expected_etag(self) -> str:
        return multipart_etag(self.etags[number] for number in sorted(self.etags))

    async def _is_there(self) -> Assurance | None:
        """Whether the object was made of exactly these parts already."""
        expected = self._expected_etag()
        try:
            info = await self._head()
        except StorageError:
            return None
        if not expected or info.etag != expected or info.size != self.transfer.size:
            return None
        return Assurance.VERIFIED if self.guard.holds(self.etags) else Assurance.SIZE_ONLY

    async def _source_is_same(self) -> bool:
        try:
            found = await asyncio.to_thread(self.means.files.identify, self.transfer.local)
        except StorageError:
            return False
        return found.looks_like(self.identity)

    async def _source_is_as_sent(self) -> bool:
        """Whether the parts are those of one state of the file.

        Where its times may have been set back only its contents can tell: it is read once more.
        """
        try:
            found = await asyncio.to_thread(self.means.files.identify, self.transfer.local)
            if found == self.identity:
                return True
            if not found.looks_like(self.identity):
                return False
            unit = VerifyFile(
                path=self.transfer.local,
                size=self.transfer.size,
                etag=self._expected_etag(),
                checksums={},
                part_size=self.plan.part_size,
                follow=True,
            )
            verified = await run_unit(self.means, unit, Verified, lambda _: None)
            again = await asyncio.to_thread(self.means.files.identify, self.transfer.local)
        except StorageError:
            return False
        return verified.assurance is Assurance.VERIFIED and again == found

    async def _refuse_to_replace(self) -> None:
        try:
            info = await self._head()
        except (NotFound, AccessDenied):
            return
        if info.etag != self._expected_etag():
            raise Changed(
                f"{self.location} has come into being meanwhile; it was not replaced.",
                next_step="Copy again to decide.",
            )

    async def _compare(self, final: str, whole: WholeSum | None) -> Assurance:
        """HEAD has the last word on what the server made."""
        expected = self._expected_etag()
        sure = Assurance.VERIFIED if self.guard.holds(self.etags) else Assurance.SIZE_ONLY
        try:
            info = await self._head()
            if info.size != self.transfer.size or info.etag != expected:
                # A single answer may be another object's, or wrong.
                info = await self._head()
        except AccessDenied:
            return sure if expected and final == expected else Assurance.SIZE_ONLY
        if info.size != self.transfer.size:
            raise Damaged(
                f"{self.location} has {info.size} bytes where {self.transfer.size} were sent.",
                next_step="Copy it again.",
            )
        told = ""
        if whole is not None and self.guard.proven:
            # Others give back what they were told.
            sums = info.checksums if whole.full_object else info.composite
            told = sums.get(f"x-amz-checksum-{whole.name}", "")
        etag_says = expected and not info.encrypted and _MD5.match(info.etag)
        if (told and whole is not None and told != whole.value) or (etag_says and info.etag != expected):
            raise Damaged(
                f"{self.location} is not made of the parts that were sent.", next_step="Copy it again."
            )
        return sure if told or etag_says or self.guard.checksum else Assurance.SIZE_ONLY
