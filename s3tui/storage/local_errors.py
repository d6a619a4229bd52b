"""The one translation of the operating system's errors about local files into ours."""

import errno
import os
from types import TracebackType

from s3tui.errors import Changed, LocalFault, NotFound, StorageError

_Kind = type[StorageError]

_BY_ERRNO: dict[int, tuple[_Kind, str, str]] = {
    errno.ENOENT: (NotFound, "{path} does not exist.", ""),
    errno.EACCES: (LocalFault, "You may not {verb} {path}.", "Check the permissions of it and its folder."),
    errno.EPERM: (LocalFault, "You may not {verb} {path}.", "Check the permissions of it and its folder."),
    errno.EEXIST: (Changed, "{path} exists already.", ""),
    errno.ENOTEMPTY: (Changed, "{path} is not empty.", ""),
    errno.ENOTDIR: (LocalFault, "A part of {path} is not a folder.", ""),
    errno.EISDIR: (LocalFault, "{path} is a folder.", ""),
    errno.ELOOP: (LocalFault, "{path} leads over a symbolic link, which is not followed.", ""),
    errno.ENOSPC: (LocalFault, "The disk is full, so {path} cannot be written.", "Make room, then retry."),
    errno.EDQUOT: (
        LocalFault,
        "Your quota is used up, so {path} cannot be written.",
        "Make room, then retry.",
    ),
    errno.EFBIG: (LocalFault, "{path} is larger than files may be here.", "Choose another folder."),
    errno.EROFS: (LocalFault, "{path} lies on a read-only file system.", "Choose another folder."),
    errno.ENAMETOOLONG: (LocalFault, "The name of {path} is too long for this file system.", "Shorten it."),
    errno.EINVAL: (LocalFault, "{path} has a name that this file system does not take.", "Rename it."),
    errno.EILSEQ: (LocalFault, "{path} has a name that this file system does not take.", "Rename it."),
    errno.EIO: (LocalFault, "The disk failed to {verb} {path}.", "Ask the administrators of this disk."),
    errno.ESTALE: (LocalFault, "{path} has gone from its file server.", "List the folder again."),
    errno.EMFILE: (LocalFault, "Too many files are open to {verb} {path}.", "Retry with fewer transfers."),
    errno.ENFILE: (LocalFault, "Too many files are open to {verb} {path}.", "Retry later."),
    errno.EBUSY: (LocalFault, "{path} is in use.", ""),
    errno.ETXTBSY: (LocalFault, "{path} is a program that runs.", ""),
    errno.EXDEV: (LocalFault, "{path} lies on another file system.", ""),
}


def local_error(error: OSError, verb: str, path: bytes | str) -> StorageError:
    """Translate an error about a local path; `verb` completes "you may not …" (read, write, delete)."""
    shown = os.fsencode(path).decode("utf-8", "replace")
    kind, sentence, next_step = _BY_ERRNO.get(
        error.errno or 0, (LocalFault, "The system refused to {verb} {path}: {reason}.", "")
    )
    words = {"path": shown, "verb": verb, "reason": error.strerror or type(error).__name__}
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    return kind(sentence.format(**words), next_step=next_step, detail=name)


class local_errors:
    """Translate every OSError of the block, and names no file system takes.

    Raises:
        StorageError: LocalFault mostly; NotFound and Changed where the system says just that.
    """

    __slots__ = ("_path", "_verb")

    def __init__(self, verb: str, path: bytes | str) -> None:
        """Speak of `path`, and of what was done as `local_error` does."""
        self._verb = verb
        self._path = path

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raise what an error means."""
        if isinstance(error, OSError):
            raise local_error(error, self._verb, self._path) from None
        if isinstance(error, ValueError):
            # A NUL in a name never reaches the system.
            raise local_error(OSError(errno.EINVAL, str(error)), self._verb, self._path) from None
