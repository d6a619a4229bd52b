"""Compares files with objects once more, long after they were copied; changes nothing on either side.

A folder is walked on both sides: what only one of them has is told as well. Contents are read here and
compared with the server's checksum, ETag or the part size in the object's metadata; no object is fetched.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator

from s3tui.errors import NotFound, S3tuiError
from s3tui.model.entry import ObjectInfo
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.metadata import PART_SIZE
from s3tui.model.transfer import Assurance, CopyItem
from s3tui.model.verification import Finding, VerifiedRow
from s3tui.model.work import Failed, Verified, VerifyFile
from s3tui.storage.integrity import told_md5
from s3tui.transfer.driving import error_of
from s3tui.transfer.names import UnsafeName, key_of_path
from s3tui.transfer.parts import part_size_of_object
from s3tui.transfer.plan import Root
from s3tui.transfer.protocols import ByteWorkers, ObjectStore
from s3tui.transfer.rename_rule import beside_folder, key_path, told_apart
from s3tui.transfer.walk import Found, Passed, Step, key_below, walk_folder, walk_prefix

_AT_ONCE = 8
"""Files compared at the same time: a HEAD is waited for, and one file a core is read."""

_SLICE = 64
"""Files compared before their rows are told."""

Pair = tuple[bytes, str]
"""A file's path and an object's key, both below what is compared."""


class Verification:
    """One comparison."""

    def __init__(self, item: CopyItem, root: Root, store: ObjectStore, workers: ByteWorkers) -> None:
        """Compare what copying `item` would copy; `root` has its local path and its key."""
        self._item = item
        self._root = root
        self._store = store
        self._workers = workers

    async def rows(self) -> AsyncGenerator[tuple[VerifiedRow, ...], None]:
        """Rows as they are found; every file and every object is in exactly one.

        Raises:
            StorageError: one side cannot be listed.
        """
        if not self._item.folder:
            yield (await self._compare((b"", "")),)
            return
        here, passed = await self._files()
        yield tuple(passed)
        async for steps in self._objects():
            yield tuple(_told(step) for step in steps if isinstance(step, Passed))
            both: list[Pair] = []
            missing: list[VerifiedRow] = []
            for step in steps:
                if isinstance(step, Found):
                    path = here.take(step)
                    if path is None:
                        missing.append(self._only_there(step))
                    else:
                        both.append((path, key_below(step)))
            yield tuple(missing)
            for start in range(0, len(both), _SLICE):
                yield await self._compare_all(both[start : start + _SLICE])
        yield tuple(self._only_here(path, size) for path, size in here.sizes.items())

    async def _files(self) -> tuple["_Here", list[VerifiedRow]]:
        here = _Here()
        passed: list[VerifiedRow] = []
        try:
            async for steps in walk_folder(self._root.local):
                for step in steps:
                    if isinstance(step, Found):
                        self._sort_in(step, here, passed)
                    elif isinstance(step, Passed):
                        passed.append(_told(step))
        except NotFound:
            pass  # every object is told as one that is not here
        return here, passed

    def _sort_in(self, step: Found, here: "_Here", passed: list[VerifiedRow]) -> None:
        try:
            key_of_path(self._root.key, step.path)
        except UnsafeName as unsafe:
            passed.append(_told(Passed(unsafe.sentence)))
        else:
            here.add(step)

    def _objects(self) -> AsyncIterator[list[Step]]:
        return walk_prefix(self._store, S3Location(self._root.bucket, self._root.key))

    async def _compare_all(self, pairs: list[Pair]) -> tuple[VerifiedRow, ...]:
        rows: dict[Pair, VerifiedRow] = {}
        left = iter(pairs)

        async def stream() -> None:
            for pair in left:
                rows[pair] = await self._compare(pair)

        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(stream())
        return tuple(rows[pair] for pair in pairs)

    async def _compare(self, pair: Pair) -> VerifiedRow:
        local, remote = self._places(*pair)
        try:
            size = (await asyncio.to_thread(os.stat, local.raw)).st_size
        except OSError:
            size = None
        try:
            info = await self._store.head(remote, wait=True)
        except NotFound as missing:
            if size is None:
                return VerifiedRow(Finding.NOT_CHECKED, local, remote, 0, "", f"There is no {local}.")
            return VerifiedRow(Finding.NOT_THERE, local, remote, size, "", missing.sentence, time.time())
        except S3tuiError as error:
            return VerifiedRow(Finding.NOT_CHECKED, local, remote, size or 0, "", error.sentence)
        if size is None:
            return self._only_there(Found(pair[0], info.size, info.modified, key=pair[1]))
        if size != info.size:
            sentence = f"The file has {size} bytes, the object {info.size}."
            return VerifiedRow(Finding.DIFFERS, local, remote, info.size, "", sentence, time.time())
        return await self._contents(local, remote, info)

    async def _contents(self, local: LocalLocation, remote: S3Location, info: ObjectInfo) -> VerifiedRow:
        unit = VerifyFile(
            path=local.raw,
            size=info.size,
            etag=info.etag,
            checksums=info.checksums,
            part_size=part_size_of_object(info.size, info.etag, info.metadata.get(PART_SIZE, "")),
            encrypted=info.encrypted,
            composite=info.composite,
            told_md5=told_md5(info.metadata),
            follow=True,
        )
        outcome = await self._workers.run(unit, lambda _: None)
        now = time.time()
        match outcome:
            case Verified(assurance=Assurance.VERIFIED):
                return VerifiedRow(Finding.SAME, local, remote, info.size, outcome.digest, "", now)
            case Verified():
                sentence = "Only the sizes could be compared: the server gives no checksum."
                return VerifiedRow(Finding.SIZE_ONLY, local, remote, info.size, "", sentence, now)
            case Failed(failure=failure):
                damaged = failure.code == "damaged"
                finding = Finding.DIFFERS if damaged else Finding.NOT_CHECKED
                sentence = "The contents are not the same." if damaged else error_of(failure).sentence
                return VerifiedRow(finding, local, remote, info.size, "", sentence, now)
        raise TypeError(f"{type(outcome).__name__} does not answer VerifyFile")

    def _places(self, path: bytes, key: str) -> tuple[LocalLocation, S3Location]:
        root = self._root
        return LocalLocation(root.local_path(path)), S3Location(root.bucket, root.key + key)

    def _only_here(self, path: bytes, size: int) -> VerifiedRow:
        sentence = "There is no such object."
        return VerifiedRow(
            Finding.NOT_THERE, *self._places(path, key_path(path)), size, "", sentence, time.time()
        )

    def _only_there(self, step: Found) -> VerifiedRow:
        sentence = "There is no such file."
        return VerifiedRow(
            Finding.NOT_HERE, *self._places(step.path, key_below(step)), step.size, "", sentence, time.time()
        )


class _Here:
    """The files of a walk, to be found by the key of the object that each was copied to or from."""

    def __init__(self) -> None:
        self.sizes: dict[bytes, int] = {}
        """Bytes of those that no object was found for, by path."""
        self._written: dict[str, bytes] = {}
        """Paths by key, where uploading writes the name anew."""

    def add(self, step: Found) -> None:
        """Note a file."""
        self.sizes[step.path] = step.size
        key = key_path(step.path)
        if key.encode() != step.path:
            self._written[key] = step.path

    def take(self, step: Found) -> bytes | None:
        """The path of an object's file, whichever way the names were written, and forget it."""
        key, (folder, name) = key_below(step), os.path.split(step.path)
        candidates = (
            self._written.get(key),
            step.path,
            key.encode(),
            beside_folder(step.path),
            os.path.join(folder, told_apart(name)),
        )
        for path in candidates:
            if path is not None and self.sizes.pop(path, None) is not None:
                return path
        return None


def _told(step: Passed) -> VerifiedRow:
    sentence = step.sentence.replace("it is not copied", "it is not compared")
    return VerifiedRow(Finding.NOT_CHECKED, None, None, 0, "", sentence, time.time())
