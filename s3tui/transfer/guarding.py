"""What guards the bytes of uploads: which check each part or file is sent with, and how sure that makes.

What the endpoint is known to check decides, and the first large upload finds out. A server that suddenly
does not take a cheap check is given a dearer one, in the middle of a transfer, and that is remembered.
"""

import re
import time
from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec.structs import replace

from s3tui.errors import AccessDenied, CredentialsRefused, Damaged, ServerFault, StorageError
from s3tui.model.location import S3Location
from s3tui.model.upload_check import FULL_OBJECT, SHA256, UNSIGNED, Standing, UploadCheck, WholeSum
from s3tui.model.work import PutFile, SendPart, Sent
from s3tui.storage.checksums import combined, of_parts
from s3tui.transfer.driving import Means, run_unit
from s3tui.transfer.parts import PartPlan
from s3tui.transfer.protocols import Moved

_MANNER = re.compile(r"HTTP (?:400|405|411|415|422|501)\b(?! InvalidPart| EntityTooSmall)")
"""How servers refuse what they do not know in a request."""

_SIGNATURE = re.compile(r"SHA256Mismatch|SignatureDoesNotMatch|InvalidDigest")
"""What one may say that takes the word for an unsigned body for the hash of one."""

Carrier = TypeVar("Carrier", PutFile, SendPart)


def refuses_manner(error: StorageError) -> bool:
    """Whether a server may have refused how something was sent, and not what."""
    return isinstance(error, ServerFault) and _MANNER.match(error.detail) is not None


async def send_guarded(means: Means, unit: Carrier, moved: Moved) -> tuple[Sent, UploadCheck]:
    """Have bytes sent with the unit's check, or a plainer one; returns the check that was taken.

    Raises:
        StorageError: they were not stored.
    """
    check, suspect, alone = unit.check, "", not isinstance(unit, SendPart)
    while True:
        try:
            sent = await run_unit(means, replace(unit, check=check), Sent, moved)
        except StorageError as error:
            if not check.signed and (refuses_manner(error) or _refuses_unsigned(error)):
                check, suspect = replace(check, signed=True), UNSIGNED
            elif alone and check.checksum and refuses_manner(error):
                check, suspect = UploadCheck(compare=True), check.checksum
            else:
                raise
            if isinstance(unit, SendPart):
                unit = replace(unit, tried=unit.tried + 1)
        else:
            if suspect:
                means.checks.note({suspect: Standing.REFUSED})
            return sent, check


def _refuses_unsigned(error: StorageError) -> bool:
    if isinstance(error, Damaged | CredentialsRefused):
        return _SIGNATURE.search(error.detail) is not None
    return isinstance(error, AccessDenied)


class PartGuard:
    """The check of one multipart upload."""

    def __init__(self, means: Means, checksum: str) -> None:
        """Guard an upload that was, or will be, created with this checksum."""
        self.checksum = checksum
        self._refused = ""
        """The checksum that the server did not seem to take: the next upload of this file goes without."""
        self._means = means
        self._sums: dict[int, str] = {}
        self._compared: set[int] = set()
        self._tried: dict[int, int] = {}
        self._spoilt = False

    def begin(self, checksum: str) -> None:
        """Guard a new upload, or one that is sent from the beginning."""
        self.checksum = checksum
        self._sums.clear()
        self._compared.clear()
        self._tried.clear()
        self._spoilt = False

    @property
    def wanted(self) -> str:
        """The checksum to create an upload with."""
        return "" if self._refused else self._means.checks.for_upload()

    def do_without(self) -> None:
        """Have the next upload of this file created without a checksum."""
        self._refused = self.checksum

    def taken(self) -> None:
        """Note that all parts were taken; without the checksum, if that was what stood in the way."""
        if self._refused:
            self._means.checks.note({self._refused: Standing.REFUSED})

    @property
    def refused(self) -> bool:
        """Whether the upload cannot be gone on with: for its checksum, or for the trials it has had.

        A server that checks nothing may not even forget a part that another has replaced.
        """
        standing = self._means.checks.standing(self.checksum) if self.checksum else None
        return self._spoilt or standing is Standing.REFUSED

    @property
    def proven(self) -> bool:
        """Whether the server was seen to check the checksum."""
        return bool(self.checksum) and self._means.checks.standing(self.checksum) is Standing.CHECKED

    def known(self, parts: Mapping[int, str]) -> dict[int, str]:
        """The ETags of finished parts, as `note` has written them down."""
        etags: dict[int, str] = {}
        for number, text in parts.items():
            if self.checksum:
                etag, _, value = text.rpartition(" ")
                if not etag:
                    continue  # it is sent again
                self._sums[number], etags[number] = value, etag
            else:
                etags[number] = text
        return etags

    def note(self, number: int, sent: Sent) -> str:
        """Take in a part that was sent; returns what to write down of it."""
        if sent.compared:
            self._compared.add(number)
        if not self.checksum:
            return sent.etag
        self._sums[number] = sent.checksum
        return f"{sent.etag} {sent.checksum}"

    async def find_out(self, location: S3Location, upload_id: str, numbers: tuple[int, ...]) -> None:
        """Learn what the server checks, where that is unknown, with parts that have not been sent."""
        checks = self._means.checks
        async with checks.probing:
            if not checks.is_open(self.checksum):
                return
            async with self._means.gate.slot():
                proof = await self._means.store.prove_upload(location, upload_id, numbers, self.checksum)
            self._tried.update(proof.asked)
            checks.note(proof.standings)
            self._spoilt = proof.standings.get(SHA256) is Standing.IGNORED
            if not proof.standings:
                checks.postpone(time.monotonic())

    def check(self, number: int) -> tuple[UploadCheck, int]:
        """How to send a part, and how many requests were made with it before."""
        return self._means.checks.for_part(self.checksum), self._tried.get(number, 0)

    def whole(self, plan: PartPlan) -> WholeSum | None:
        """What to say of the checksums when the object is made."""
        if not self.checksum or len(self._sums) != plan.count:
            return None
        values = [self._sums[part.number] for part in plan]
        if self.checksum in FULL_OBJECT:
            lengths = (part.length for part in plan)
            value = combined(self.checksum, zip(lengths, values, strict=True))
        else:
            value = of_parts(self.checksum, values)
        return WholeSum(self.checksum, value, dict(self._sums))

    def holds(self, numbers: Iterable[int]) -> bool:
        """Whether the server was seen to check these parts, or each of them was compared."""
        checks = self._means.checks
        for name in (self.checksum, SHA256):
            if name and checks.standing(name) is Standing.CHECKED:
                return True
        return all(number in self._compared for number in numbers)
