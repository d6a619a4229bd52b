"""Makes plans: walks the sources, then looks at the destinations."""

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from itertools import islice

from s3tui.errors import LocalFault, StorageError, UsageError
from s3tui.formatting import size_text
from s3tui.model.entry import NO_SIZE, ObjectInfo
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import CopyItem, Direction
from s3tui.transfer.clashes import look_at_objects, look_at_targets
from s3tui.transfer.names import UnsafeName, key_of_path, shown
from s3tui.transfer.parts import MAX_OBJECT_SIZE
from s3tui.transfer.plan import Root, TransferPlan
from s3tui.transfer.protocols import LocalFiles, ObjectStore
from s3tui.transfer.rename_rule import key_name, key_path, local_name
from s3tui.transfer.walk import Found, FoundFolder, Passed, Step, walk_folder, walk_prefix

HEADS_AT_ONCE = 8
"""Objects that are looked at together where no pace says more."""

_PROGRESS = 0.2
"""Seconds between two reports of a walk."""

_MANY = 16
"""Objects from which on it is worth a request to see whether their listing tells the truth."""

_SAME_TIME = 1.0
"""Seconds by which a listing and HEAD may differ on when an object was made."""

Progress = Callable[[int, int], None]
"""Gets files and bytes found so far."""


class Planner:
    """Plans one copy."""

    def __init__(self, store: ObjectStore | None, files: LocalFiles, at_once: int = HEADS_AT_ONCE) -> None:
        """Look at `store` and `files`, with so many HEADs at once; without a store nothing can be planned."""
        self._store = store
        self._at_once = at_once
        self._files = files

    async def plan(self, items: tuple[CopyItem, ...], move: bool, progress: Progress) -> TransferPlan:
        """Plan to copy these items.

        Raises:
            UsageError: both sides are of one kind, or there is no connection.
            StorageError: a source cannot be read, or a destination not looked at.
        """
        if self._store is None:
            raise UsageError("There is no connection to copy over.", next_step="Paste credentials (K) first.")
        direction = _direction(items)
        roots = tuple(root_of(item) for item in items)
        plan = TransferPlan(direction, roots, move=move)
        telling, single = _Telling(plan, progress), _Single(self._store, items, self._at_once)
        try:
            for number, item in enumerate(items):
                async for steps in self._walk(item, single):
                    for step in steps:
                        _take(plan, number, step)
                    telling.tell()
        finally:
            await single.stop()
        if direction is Direction.UPLOAD:
            await look_at_objects(plan, self._store, self._at_once)
        else:
            await asyncio.gather(asyncio.to_thread(look_at_targets, plan), self._prove_etags(plan))
            await self._warn_of_space(plan)
        telling.tell(at_once=True)
        return plan

    async def _walk(self, item: CopyItem, single: "_Single") -> AsyncIterator[list[Step]]:
        assert self._store is not None
        source = item.source
        if isinstance(source, LocalLocation):
            if item.folder:
                async for steps in walk_folder(source.raw):
                    yield steps
            else:
                identity = await asyncio.to_thread(self._files.identify, source.raw)
                yield [Found(b"", identity.size, identity.modified_ns / 1e9)]
        elif item.folder:
            async for steps in walk_prefix(self._store, source):
                yield steps
        else:
            info = await single.next()
            if info.archived:
                yield [Passed(f"{source} lies in an archive tier and must be restored before it is copied.")]
            else:
                yield [Found(b"", info.size, info.modified, info.etag)]

    async def _prove_etags(self, plan: TransferPlan) -> None:
        """Forget the listing's ETags where the objects themselves have others.

        Some servers make them up. Each object would be asked for several times in vain, by an ETag that it
        does not have. One that is wrong by accident is not enough.
        """
        assert self._store is not None
        known = [index for index in plan.live() if plan.etag(index)]
        if len(known) < _MANY:
            return
        for index in (known[-1], known[len(known) // 2]):
            try:
                info = await self._store.head(S3Location(plan.root(index).bucket, plan.key(index)))
            except StorageError:
                return
            same = info.size == plan.size(index) and abs(info.modified - plan.modified(index)) <= _SAME_TIME
            if not same or not info.etag or info.etag == plan.etag(index):
                return
        plan.forget_etags()

    async def _warn_of_space(self, plan: TransferPlan) -> None:
        needed: dict[bytes, int] = {}
        for index in plan.live():
            root = plan.root(index)
            # The chosen folder may be a disk of its own.
            folder = root.local if root.folder else os.path.dirname(root.local)
            needed[folder] = needed.get(folder, 0) + max(0, plan.size(index))
        for folder, count in needed.items():
            try:
                free = await asyncio.to_thread(self._files.free_space, folder)
            except StorageError:
                continue
            if count > free:
                plan.warnings.append(
                    f"{size_text(count)} are to go to {shown(folder)}, where only {size_text(free)} are free."
                )


class _Single:
    """What HEAD tells of single objects among the sources, in their order; asked for before their turn."""

    def __init__(self, store: ObjectStore, items: tuple[CopyItem, ...], at_once: int) -> None:
        sources = [item.source for item in items if not item.folder and isinstance(item.source, S3Location)]
        self._store = store
        self._at_once = at_once
        self._many = len(sources) > _MANY
        self._left = iter(sources)
        self._asked: deque[asyncio.Task[ObjectInfo]] = deque()

    async def next(self) -> ObjectInfo:
        for source in islice(self._left, self._at_once - len(self._asked)):
            self._asked.append(asyncio.create_task(self._ask(source), name="planner-head"))
        return await self._asked.popleft()

    async def stop(self) -> None:
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def _ask(self, source: S3Location) -> ObjectInfo:
        return await self._store.head(source, many=self._many)


class _Telling:
    """Reports of a walk, not too many."""

    def __init__(self, plan: TransferPlan, progress: Progress) -> None:
        self._plan = plan
        self._progress = progress
        self._last = 0.0

    def tell(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._last >= _PROGRESS:
            self._last = now
            self._progress(self._plan.files, self._plan.bytes)


def _direction(items: tuple[CopyItem, ...]) -> Direction:
    kinds = {(type(item.source), type(item.destination)) for item in items}
    if kinds == {(LocalLocation, S3Location)}:
        return Direction.UPLOAD
    if kinds == {(S3Location, LocalLocation)}:
        return Direction.DOWNLOAD
    if not kinds:
        raise UsageError("There is nothing to copy.")
    if kinds == {(S3Location, S3Location)}:
        raise UsageError(
            "Objects cannot be copied from S3 to S3 yet.", next_step="Copy them to a local folder first."
        )
    if kinds == {(LocalLocation, LocalLocation)}:
        raise UsageError("Files cannot be copied from one local folder to another yet.", next_step="Use cp.")
    raise UsageError("Uploads and downloads cannot be planned together.", next_step="Copy them one by one.")


def root_of(item: CopyItem) -> Root:
    """The local path and the key of what is copied.

    Raises:
        UsageError: the remote side cannot be the address of it, both sides are of one kind, or the local side
            is no plain path.
    """
    _direction((item,))
    local, remote = (
        (item.source, item.destination)
        if isinstance(item.source, LocalLocation)
        else (item.destination, item.source)
    )
    assert isinstance(local, LocalLocation)
    assert isinstance(remote, S3Location)
    if not remote.bucket:
        raise UsageError("The list of buckets holds no files.", next_step="Choose a bucket.")
    key = remote.key
    if item.folder:
        key = key if not key or key.endswith("/") else f"{key}/"
    elif not key or key.endswith("/"):
        raise UsageError(f"{remote} cannot be the address of one file.")
    if remote is item.source and not {b".", b".."}.isdisjoint(local.raw.split(b"/")):
        raise UsageError(f"{local} would lead out of its folder.", next_step="Choose another name for it.")
    return Root(local.raw, remote.bucket, key, item.folder)


def _take(plan: TransferPlan, root: int, step: Step) -> None:
    """Put one step of a walk into the plan."""
    chosen = plan.roots[root]
    match step:
        case Passed(sentence):
            plan.skip(sentence)
        case FoundFolder(path, modified, key):
            if path or chosen.key:
                if plan.direction is Direction.UPLOAD:
                    key = _other_key(path, folder=True)
                _note(plan, plan.add(root, path, NO_SIZE, modified, key=key), key)
        case Found(path, size, modified, etag, key):
            try:
                _check(plan, root, path, size)
            except UnsafeName as unsafe:
                plan.skip(unsafe.sentence)
            else:
                if plan.direction is Direction.UPLOAD:
                    key = _other_key(path)
                _note(plan, plan.add(root, path, size, modified, etag, key), key)


def _note(plan: TransferPlan, index: int, key: str | None) -> None:
    """Note a row that has another name on the other side, or that lies in a folder which has."""
    if key is not None or _has_other_name(plan.direction, plan.root(index)):
        plan.note_renamed(index)


def _has_other_name(direction: Direction, root: Root) -> bool:
    """Whether the chosen thing itself has been given a name by the rule."""
    here = os.path.basename(root.local)
    there = root.key.removesuffix("/").rpartition("/")[2]
    if direction is Direction.UPLOAD:
        return there == key_name(here) and there.encode() != here
    try:
        return here == local_name(there) and there.encode() != here
    except UnicodeEncodeError:
        return False


def _other_key(path: bytes, *, folder: bool = False) -> str | None:
    """The key of a local path, where it is not simply the path."""
    key = key_path(path) if path else ""
    return (f"{key}/" if folder else key) if key.encode() != path else None


def _check(plan: TransferPlan, root: int, path: bytes, size: int) -> None:
    if plan.direction is Direction.UPLOAD:
        key_of_path(plan.roots[root].key, path)
        if size > MAX_OBJECT_SIZE:
            raise UnsafeName(f"{shown(path)} is larger than S3 takes (48.8 TiB); it is not copied.")
    elif size < 0:
        raise LocalFault(f"{shown(path)} has no size.")
