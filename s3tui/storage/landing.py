"""Makes small files of bytes that have been gathered and checked: in one go, and where `NearFiles` says.

Nothing of such a file exists before it is complete. Then its folders are made, and it is written under its
temporary name, brought to the disk and renamed, by descriptor and without following a link below the root.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from msgspec.structs import replace

from s3tui.model.metadata import modified_ns
from s3tui.model.work import Fetched, FetchFile, Landing
from s3tui.storage.contained import folder_below
from s3tui.storage.local_errors import local_errors
from s3tui.storage.local_files import LocalFiles, give_name, sync_folder
from s3tui.storage.near_files import NearFiles
from s3tui.storage.part_file import create_fresh
from s3tui.storage.s3_call import tried


class Lander:
    """Lands what the units of one loop have fetched."""

    def __init__(self, near: NearFiles) -> None:
        """Write where `near` says."""
        self._near = near
        self._files = LocalFiles()

    async def land(self, unit: FetchFile, fetched: Fetched, pieces: Sequence[bytes | memoryview]) -> Fetched:
        """Make the file that a unit is to land, unless its contents are in doubt.

        Where the worker before this one may have made it already, a file with these very bytes is that one.

        Raises:
            Changed: the target exists and is not to be replaced.
            StorageError: the disk refused; any old target is still there, and nothing else.
        """
        if fetched.doubtful or unit.landing is None:
            return fetched
        when = modified_ns(fetched.metadata, fetched.modified)
        await self._near.do(
            fetched.length, self._land, unit.part_path, unit.root, unit.landing, pieces, when, tried.get() > 0
        )
        return replace(fetched, landed=True)

    def _land(
        self,
        part: bytes,
        root: int,
        landing: Landing,
        pieces: Sequence[bytes | memoryview],
        when: int | None,
        again: bool,
    ) -> None:
        folder, name = os.path.split(landing.target)
        root = min(root, len(folder)) if root >= 0 else len(folder)
        with local_errors("write", landing.target), _folder_made(folder, root) as descriptor:
            temporary = os.path.basename(part)
            file = create_fresh(temporary, descriptor)
            try:
                try:
                    _write_all(file, pieces)
                    self._files.bring_to_disk(file, name, descriptor, when)
                finally:
                    os.close(file)
                give_name(temporary, name, descriptor, replace=landing.replace)
            except FileExistsError:
                _remove(temporary, descriptor)
                if not (again and _holds(name, descriptor, pieces)):
                    raise
            except BaseException:
                _remove(temporary, descriptor)
                raise
            sync_folder(descriptor)


@contextmanager
def _folder_made(path: bytes, root: int) -> Iterator[int]:
    """Open a folder, which is mostly there, and make it with all above it where it is not."""
    with ExitStack() as stack:
        try:
            descriptor = stack.enter_context(folder_below(path, root))
        except FileNotFoundError:
            descriptor = stack.enter_context(folder_below(path, root, make=True))
        yield descriptor


def _write_all(file: int, pieces: Sequence[bytes | memoryview]) -> None:
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(file, rest) :]


def _holds(name: bytes, folder: int, pieces: Sequence[bytes | memoryview]) -> bool:
    """Whether a regular file holds these bytes and no others."""
    wanted = b"".join(pieces)
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size != len(wanted):
            return False
        return os.pread(file, len(wanted) + 1, 0) == wanted
    finally:
        os.close(file)


def _remove(name: bytes, folder: int) -> None:
    with suppress(OSError):
        os.unlink(name, dir_fd=folder)
