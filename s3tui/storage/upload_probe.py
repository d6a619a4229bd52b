"""Finds out what a server checks of an upload, with the upload itself.

A tiny body is sent as a part that is still to come, once with a wrong checksum and once with the right one.
The real part takes its place afterwards, so no object, no upload and no right is needed besides those of the
upload. Trials count as attempts at a part like others: they take turns at several, and end at the first
trouble. A verdict counts only where wrong and right are answered differently, or a wrong one was accepted in
the server's own manner; whatever else happens on the way leaves everything unknown.
"""

import asyncio
import hashlib
from collections import Counter
from typing import Any, cast

from msgspec import Struct

from s3tui.errors import AccessDenied, Damaged, ServerFault, StorageError
from s3tui.model.location import S3Location
from s3tui.model.upload_check import MD5_ETAGS, MOST_TRIALS, SHA256, UNSIGNED, Standing, UploadProof
from s3tui.storage.checksums import CHECKSUM_PARAMETERS, running
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_errors import foreign, judge
from s3tui.storage.sigv4 import UNSIGNED as UNSIGNED_PAYLOAD
from s3tui.storage.upload_body import Upload

_RIGHT = b"s3tui asks whether this is checked"
_WRONG = b"S3tui asks whether this is checked"
"""Whose checksum is sent with the right body when it has to be a wrong one."""

_MOST_WITH_ONE = 2
"""Trials with one part, unless it is the only one: its own bytes must have attempts left."""

_MOST_WITH_ONLY = 3
"""The same with a part that is the only one; this is what Ceph and Amazon need."""

_SECONDS = 10.0
"""For one answer; a server that takes longer is not kept waiting for."""


class _NoVerdict(Exception):
    """An answer that says nothing about checks."""


class _Answer(Struct, frozen=True):
    """What became of a tiny part."""

    accepted: bool
    etag: str = ""
    """Empty where it says nothing of the contents."""
    named: bool = False
    """The refusal speaks of a digest that does not agree."""


class _Tiny:
    """The right body, as something to send."""

    size = len(_RIGHT)
    kept = _RIGHT


class UploadProbe:
    """Asks one server."""

    def __init__(self, calls: S3Calls) -> None:
        """Use the clients of these calls."""
        self._calls = calls

    async def ask(
        self, location: S3Location, upload_id: str, numbers: tuple[int, ...], checksum: str
    ) -> UploadProof:
        """Try parts that have not been sent, and return what that shows; never fails.

        `checksum` is what the upload was created with, and is tried first.
        """
        trial = _Trial(self._calls, location, upload_id, numbers, checksum)
        try:
            found = await _checksum(trial) if checksum else {}
            if found.get(checksum) is not Standing.CHECKED:
                found |= await _signature(trial)
        except _NoVerdict:
            # What was seen before may come from the same trouble.
            found = {}
        return UploadProof(found, dict(trial.asked))


async def _checksum(trial: "_Trial") -> dict[str, Standing]:
    for signed in (False, True):
        unsigned = Standing.REFUSED if signed else Standing.IGNORED
        refused = await trial.send(wrong_checksum=True, signed=signed)
        if refused.accepted:
            return {trial.checksum: Standing.IGNORED, UNSIGNED: unsigned}
        if not (await trial.send(signed=signed)).accepted:
            continue
        if not refused.named and (await trial.send(wrong_checksum=True, signed=signed)).accepted:
            raise _NoVerdict
        return {trial.checksum: Standing.CHECKED, UNSIGNED: unsigned}
    raise _NoVerdict


async def _signature(trial: "_Trial") -> dict[str, Standing]:
    first = await trial.send(signed=True, wrong_signature=True)
    again = None if first.named else await trial.send(signed=True, wrong_signature=True)
    if again is not None and again.accepted != first.accepted:
        raise _NoVerdict
    if first.accepted:
        # Two answers alike are no stray ones: this lowers the guard.
        assert again is not None
        md5 = hashlib.md5(_RIGHT, usedforsecurity=False).hexdigest()
        etags = Standing.CHECKED if first.etag == again.etag == md5 else Standing.IGNORED
        return {SHA256: Standing.IGNORED, MD5_ETAGS: etags}
    if not (await trial.send(signed=True)).accepted:
        raise _NoVerdict
    return {SHA256: Standing.CHECKED}


class _Trial:
    """The tiny part, in as many ways as it takes."""

    def __init__(
        self, calls: S3Calls, location: S3Location, upload_id: str, numbers: tuple[int, ...], checksum: str
    ) -> None:
        self.checksum = checksum
        self.asked: Counter[int] = Counter()
        self._numbers = numbers
        only = len(numbers) == 1
        self._most = min(MOST_TRIALS, _MOST_WITH_ONLY if only else _MOST_WITH_ONE * len(numbers))
        self._calls = calls
        self._subject = calls.subject("write", location)
        self._place: dict[str, Any] = {
            "Bucket": location.bucket,
            "Key": location.key,
            "UploadId": upload_id,
        }

    async def send(
        self,
        *,
        signed: bool,
        wrong_checksum: bool = False,
        wrong_signature: bool = False,
    ) -> _Answer:
        """Send it once.

        Raises:
            _NoVerdict: the answer has to do with something else, or there were enough trials.
        """
        done = self.asked.total()
        if done >= self._most:
            raise _NoVerdict
        number = self._numbers[done % len(self._numbers)]
        parameters = dict(self._place, PartNumber=number, Body=b"", ContentLength=len(_RIGHT))
        if self.checksum:
            value = running(self.checksum)
            value.update(_WRONG if wrong_checksum else _RIGHT)
            parameters[CHECKSUM_PARAMETERS[self.checksum]] = value.value()
        hashed = hashlib.sha256(_WRONG if wrong_signature else _RIGHT).hexdigest()
        self.asked[number] += 1
        payload = hashed if signed else UNSIGNED_PAYLOAD
        try:
            async with asyncio.timeout(min(_SECONDS, self._calls.limits.answer)):
                with Upload(cast(Any, _Tiny()), payload, lambda _: None, lambda: None) as upload:
                    try:
                        answer = await self._calls.clients.client("transfer").upload_part(**parameters)
                    except BaseException:
                        upload.gone_wrong()
                        raise
                    if not upload.handed_over:
                        raise _NoVerdict
        except StorageError as error:
            return self._refusal(error, signed)
        except foreign() as error:
            return self._refusal(error, signed)
        etag = str(answer.get("ETag") or "").strip('"')
        if not etag:
            raise _NoVerdict
        encrypted = str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
        return _Answer(accepted=True, etag="" if encrypted or "SSECustomerAlgorithm" in answer else etag)

    def _refusal(self, error: BaseException, signed: bool) -> _Answer:
        verdict = judge(error, self._subject())
        if verdict.status not in (400, 403, 411, 422, 501):
            raise _NoVerdict from None
        # Some places forbid bodies that are not signed.
        unsigned_is_forbidden = isinstance(verdict.error, AccessDenied) and not signed
        if not isinstance(verdict.error, Damaged | ServerFault) and not unsigned_is_forbidden:
            raise _NoVerdict from None
        return _Answer(accepted=False, named=isinstance(verdict.error, Damaged))
