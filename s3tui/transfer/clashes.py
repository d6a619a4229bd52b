"""A look at the destinations of a plan: what is there already, and what cannot be made there."""

import asyncio
import os
import stat
from collections.abc import Iterable
from contextlib import aclosing

from s3tui.errors import AccessDenied, NotFound, ServerFault
from s3tui.model.entry import EntryKind
from s3tui.model.location import S3Location
from s3tui.transfer.names import MAX_PATH, TargetTree, folded, shown
from s3tui.transfer.plan import Existing, TransferPlan
from s3tui.transfer.protocols import ObjectStore
from s3tui.transfer.rename_rule import beside_folder, told_apart

_SINGLE_HEADS = 16
"""Up to this many files are looked at one by one; more are looked for in a listing."""

_PAGES = 10
"""Pages of a listing that are always worth their time, and one more for each `_FILES_A_PAGE` files."""

_FILES_A_PAGE = 100
"""Files that are looked for in one more page of a listing rather than one by one."""

_Files = dict[tuple[str, str], int]
"""Rows of a plan by bucket and key."""


async def look_at_objects(plan: TransferPlan, store: ObjectStore, at_once: int) -> None:
    """Find the objects that uploads would replace, where there are many by listings instead of HEADs.

    `at_once` is how many HEADs may be under way.

    Raises:
        StorageError: the destination cannot be looked at.
    """
    wanted: _Files = {}
    for index in plan.live():
        address = (plan.root(index).bucket, plan.key(index))
        if wanted.setdefault(address, index) != index:
            plan.strike(
                index, f"{shown(plan.names[index] or address[1])} has the same destination as another."
            )
    files = {address: index for address, index in wanted.items() if not plan.is_folder(index)}
    if len(files) <= _SINGLE_HEADS:
        await _head_each(plan, store, files, at_once)
        return
    single = {address: index for address, index in files.items() if not plan.root(index).folder}
    await _head_each(plan, store, await _not_listed(plan, store, single), at_once)
    for prefix in _outermost(S3Location(root.bucket, root.key) for root in plan.roots if root.folder):
        try:
            await _list(plan, store, prefix, files)
        except AccessDenied:
            # What is there cannot be known: such uploads are sent so that they replace nothing.
            plan.warnings.append(f"{prefix} cannot be listed: what is there already will not be replaced.")


async def _list(plan: TransferPlan, store: ObjectStore, prefix: S3Location, files: _Files) -> None:
    async for page in store.list_pages(prefix, recursive=True):
        for entry in page.rows():
            if entry.kind is EntryKind.FOLDER:
                continue
            index = files.get((prefix.bucket, prefix.key + entry.name))
            if index is not None:
                plan.clashes[index] = Existing(entry.size, entry.modified)


async def _not_listed(plan: TransferPlan, store: ObjectStore, single: _Files) -> _Files:
    """Look for files in the listings of the levels where many of them go; returns those still unknown."""
    levels: dict[tuple[str, str], _Files] = {}
    for (bucket, key), index in single.items():
        levels.setdefault((bucket, key[: key.rfind("/") + 1]), {})[bucket, key] = index
    left: _Files = {}
    for (bucket, prefix), files in levels.items():
        if len(files) > _SINGLE_HEADS:
            files = await _list_level(plan, store, S3Location(bucket, prefix), files)
        left |= files
    return left


async def _list_level(plan: TransferPlan, store: ObjectStore, level: S3Location, files: _Files) -> _Files:
    """Look for files in the listing of their level; returns those of which it has not told.

    A level may hold far more than is looked for, so only so many pages are read. What a server refuses to
    list, or fails to, is looked at file by file.
    """
    left, pages = dict(files), _PAGES + len(files) // _FILES_A_PAGE
    try:
        async with aclosing(store.list_pages(level)) as listing:
            async for page in listing:
                for entry in page.rows():
                    if entry.kind is EntryKind.FOLDER:
                        continue
                    index = left.pop((level.bucket, level.key + entry.name), None)
                    if index is not None:
                        plan.clashes[index] = Existing(entry.size, entry.modified)
                pages -= 1
                if not left or not pages:
                    return left
    except (AccessDenied, NotFound, ServerFault):
        return left
    return {}


async def _head_each(plan: TransferPlan, store: ObjectStore, files: _Files, at_once: int) -> None:
    left, many = iter(files.items()), len(files) > _SINGLE_HEADS

    async def stream() -> None:
        for (bucket, key), index in left:
            try:
                info = await store.head(S3Location(bucket, key), many=many)
            except (NotFound, AccessDenied):
                continue
            plan.clashes[index] = Existing(info.size, info.modified)

    streams = [asyncio.ensure_future(stream()) for _ in range(min(at_once, len(files)))]
    try:
        await asyncio.gather(*streams)
    finally:
        for task in streams:
            task.cancel()


def _outermost(prefixes: Iterable[S3Location]) -> list[S3Location]:
    """Without those that lie in another one."""
    kept: list[S3Location] = []
    for prefix in sorted(set(prefixes), key=lambda one: (one.bucket, one.key)):
        if not kept or kept[-1].bucket != prefix.bucket or not prefix.key.startswith(kept[-1].key):
            kept.append(prefix)
    return kept


def look_at_targets(plan: TransferPlan) -> None:
    """Find the files that downloads would replace, give what cannot keep its name another one, and strike
    what has no place; blocking.
    """
    _tell_twins_apart(plan)
    tree = _settle_tree(plan)
    folders = _Folders()
    for index in list(plan.live()):
        target = plan.local_path(index)
        if len(target) > MAX_PATH:
            plan.strike(index, f"The path of {shown(plan.names[index])} is too long here; it is not copied.")
            continue
        root = plan.root(index)
        parent = target if plan.is_folder(index) else os.path.dirname(target)
        obstacle = folders.obstacle(parent, len(root.local))
        if obstacle:
            plan.strike(index, f"{shown(plan.names[index])} cannot be made: {obstacle}; it is not copied.")
        elif not plan.is_folder(index) and folders.exists(parent):
            _look_at_target(plan, index, target, tree)


def _look_at_target(plan: TransferPlan, index: int, target: bytes, tree: TargetTree) -> None:
    found = _there(target)
    if found is not None and stat.S_ISDIR(found.st_mode):
        _put_beside(plan, index, tree)
        if index not in plan.renamed:
            return
        found = _there(plan.local_path(index))
    if found is None:
        return
    if stat.S_ISDIR(found.st_mode):
        plan.strike(index, f"{shown(target)} is a folder here and a file there; it is not copied.")
        return
    plan.clashes[index] = Existing(found.st_size, found.st_mtime)


def _there(path: bytes) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _settle_tree(plan: TransferPlan) -> TargetTree:
    """Strike what would be written twice, and rename what would be a file and a folder at once."""
    tree = TargetTree()
    markers: list[int] = []
    for index in list(plan.live()):
        path = plan.local_path(index)
        if plan.is_folder(index):
            markers.append(index)
        elif not tree.add_file(path, index):
            plan.strike(
                index, f"{shown(plan.names[index])} has the same destination as another; it is not copied."
            )
    for index in markers:
        path = plan.local_path(index)
        if path in tree.folders and not plan.move:
            plan.forget(index)
        tree.add_folder(path)
    for path in tree.both():
        _put_beside(plan, tree.files.pop(path), tree)
    return tree


def _put_beside(plan: TransferPlan, index: int, tree: TargetTree) -> None:
    """Give an object a name beside the folder that has its own."""
    path = plan.local_path(index)
    other = beside_folder(path)
    if other in tree.folders or not tree.add_file(other, index):
        plan.strike(index, f"{shown(path)} is a folder here and a file there; it is not copied.")
    else:
        plan.rename(index, other)


def _tell_twins_apart(plan: TransferPlan) -> None:
    """Give names that the file system takes for one, folders on the way included, names of their own."""
    first: dict[tuple[bytes, bytes], bytes] = {}
    made: dict[bytes, bytes] = {}

    def apart(path: bytes) -> bytes:
        folder, name = os.path.split(path)
        above = placed(folder)
        kept = first.setdefault((above, folded(name)), name)
        return os.path.join(above, name if kept == name else told_apart(name))

    def placed(folder: bytes) -> bytes:
        if folder in roots or len(folder) <= 1:
            return folder
        if folder not in made:
            made[folder] = apart(folder)
        return made[folder]

    roots = {os.path.dirname(root.local) for root in plan.roots}
    new = {index: apart(path) for index in plan.live() if (path := plan.local_path(index))}
    twins = {index: path for index, path in new.items() if path != plan.local_path(index)}
    if not twins:
        return
    folds: dict[bytes, bool] = {}
    for index, path in twins.items():
        above = os.path.dirname(plan.root(index).local)
        if above not in folds:
            folds[above] = _folds_names(plan.root(index).local if plan.root(index).folder else above)
        if folds[above]:
            plan.rename(index, path)


def _folds_names(folder: bytes) -> bool:
    """Whether the file system of a folder, or of its nearest existing parent, ignores case."""
    while folder and folder != b"/":
        parent, name = os.path.split(folder)
        other = name.swapcase()
        if other != name and folded(other) == folded(name):
            try:
                return os.path.samestat(os.lstat(folder), os.lstat(os.path.join(parent, other)))
            except OSError:
                if os.path.lexists(folder):
                    return False
        folder = parent
    return False


class _Folders:
    """What is known of target folders, each looked at once."""

    def __init__(self) -> None:
        self._known: dict[bytes, str | None] = {}

    def obstacle(self, folder: bytes, root: int) -> str:
        """Why nothing can be made in a folder, or an empty string."""
        state = self._state(folder, root)
        return state if state else ""

    def exists(self, folder: bytes) -> bool:
        """Whether a folder that has no obstacle is there."""
        return self._known.get(folder) is not None

    def _state(self, folder: bytes, root: int) -> str | None:
        """An obstacle, "" when the folder is there, None when it can be made."""
        if folder in self._known:
            return self._known[folder]
        state: str | None
        if len(folder) > root:
            above = self._state(os.path.dirname(folder), root)
            state = above if above is None or above else _obstacle(folder, follow=False)
        else:
            state = _obstacle(folder, follow=True)
        self._known[folder] = state
        return state


def _obstacle(folder: bytes, *, follow: bool) -> str | None:
    try:
        found = os.stat(folder, follow_symlinks=follow)
    except NotADirectoryError:
        return f"a part of {shown(folder)} is not a folder"
    except OSError:
        return None
    if stat.S_ISLNK(found.st_mode):
        return f"{shown(folder)} is a symbolic link, which is not followed"
    return "" if stat.S_ISDIR(found.st_mode) else f"{shown(folder)} is not a folder"
