"""What transfers do to local files besides moving bytes; see `transfer.protocols.LocalFiles`. Blocking.

A final name appears only over a file that is complete and on the disk: errors at fsync and close count, since
network file systems tell a full disk or quota only there.
"""

import errno
import os
import stat
from contextlib import suppress

from s3tui.errors import Changed, LocalFault
from s3tui.model.work import SourceIdentity
from s3tui.storage.contained import folder_below
from s3tui.storage.local_errors import local_errors
from s3tui.storage.part_file import create_fresh
from s3tui.storage.source_file import identify, identity_of

_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS})


class LocalFiles:
    """The file system of this machine."""

    def __init__(self) -> None:
        """Learn the umask now, while no thread makes files."""
        self._mode = 0o666 & ~_umask()

    def identify(self, path: bytes) -> SourceIdentity:
        """The identity of a regular file; symbolic links are followed."""
        return identify(path)

    def make_folders(self, path: bytes, root: int) -> None:
        """Make a folder and all that is missing above it."""
        with local_errors("make", path), folder_below(path, root, make=True):
            pass

    def make_part_file(self, path: bytes, root: int) -> None:
        """Make a new, empty temporary file, after removing our own leftover."""
        folder, name = os.path.split(path)
        with local_errors("write", path), folder_below(folder, min(root, len(folder))) as descriptor:
            os.close(create_fresh(name, descriptor))

    def part_file_size(self, path: bytes) -> int | None:
        """Bytes of a temporary file that is a regular file of ours, else None."""
        try:
            found = os.lstat(path)
        except OSError:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() else None

    def finish(
        self, part: bytes, target: bytes, root: int, *, replace: bool, modified_ns: int | None
    ) -> None:
        """Bring a verified temporary file to the disk and give it its final name and time.

        Raises:
            Changed: the target exists and `replace` is False.
            StorageError: the disk refused; the temporary file and any old target are still there.
        """
        folder, name = os.path.split(target)
        with (
            local_errors("write", target),
            folder_below(folder, min(root, len(folder))) as descriptor,
        ):
            temporary = os.path.basename(part)
            self._settle(temporary, name, descriptor, modified_ns)
            give_name(temporary, name, descriptor, replace=replace)
            sync_folder(descriptor)

    def discard(self, part: bytes, root: int) -> None:
        """Remove a temporary file; one that is gone already, or whose folder is, is fine."""
        folder, name = os.path.split(part)
        with (
            local_errors("delete", part),
            suppress(FileNotFoundError),
            folder_below(folder, min(root, len(folder))) as descriptor,
        ):
            os.unlink(name, dir_fd=descriptor)

    def remove_source(self, path: bytes, root: int, identity: SourceIdentity | None) -> None:
        """Delete a file that was moved away, and folders below the root that became empty.

        Raises:
            Changed: it is not the file with this identity any more.
        """
        folder, name = os.path.split(path)
        with local_errors("delete", path), folder_below(folder, min(root, len(folder))) as descriptor:
            if identity is None:
                _remove_if_empty(name, descriptor)
            elif identity_of(os.stat(name, dir_fd=descriptor)) == identity:
                os.unlink(name, dir_fd=descriptor)
            else:
                raise Changed(
                    f"{path.decode('utf-8', 'replace')} changed after it was copied; it is still there.",
                    next_step="Copy it again.",
                )
        self._remove_empty_folders(folder, root)

    def free_space(self, path: bytes) -> int:
        """Bytes that can still be written at a path or its nearest existing parent."""
        while not os.path.isdir(path) and os.path.dirname(path) != path:
            path = os.path.dirname(path)
        with local_errors("read", path):
            found = os.statvfs(path)
        return found.f_bavail * found.f_frsize

    def _settle(self, temporary: bytes, name: bytes, folder: int, modified_ns: int | None) -> None:
        """Everything that must be true of the file before it gets its name."""
        descriptor = os.open(
            temporary, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise LocalFault("The temporary file has been replaced by something else.")
            self.bring_to_disk(descriptor, name, folder, modified_ns)
        finally:
            os.close(descriptor)

    def bring_to_disk(self, file: int, name: bytes, folder: int, modified_ns: int | None) -> None:
        """Give a temporary file the permissions and time that it has as `name`; see it on the disk."""
        os.fchmod(file, self._mode_for(name, folder))
        if modified_ns is not None:
            try:
                os.utime(file, ns=(modified_ns, modified_ns))
            except OverflowError:
                pass  # a time no file system can keep: the time of arrival has to do
        os.fsync(file)

    def _mode_for(self, name: bytes, folder: int) -> int:
        """Permissions of the file that is replaced, else what the umask leaves."""
        try:
            old = os.lstat(name, dir_fd=folder)
        except OSError:
            return self._mode
        return stat.S_IMODE(old.st_mode) & 0o777 if stat.S_ISREG(old.st_mode) else self._mode

    def _remove_empty_folders(self, folder: bytes, root: int) -> None:
        while len(folder) > root:
            above, name = os.path.split(folder)
            try:
                with folder_below(above, min(root, len(above))) as descriptor:
                    if not _remove_if_empty(name, descriptor):
                        return
            except OSError:
                return  # a folder that stays behind is no failure of the move
            folder = above


def give_name(temporary: bytes, name: bytes, folder: int, *, replace: bool) -> None:
    """Rename a file within a folder; FileExistsError when the name is taken and `replace` is False."""
    if replace:
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        _rename_to_new(temporary, name, folder)


def _rename_to_new(temporary: bytes, name: bytes, folder: int) -> None:
    """Rename without replacing: a link fails where the name is taken, a rename would not."""
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        try:
            os.lstat(name, dir_fd=folder)
        except FileNotFoundError:
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            return
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
    os.unlink(temporary, dir_fd=folder)


def _remove_if_empty(name: bytes, folder: int) -> bool:
    try:
        os.rmdir(name, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            return False
        raise
    return True


def sync_folder(descriptor: int) -> None:
    """See the names in a folder on the disk."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise


def _umask() -> int:
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
            for line in status:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
    except OSError:
        pass
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
