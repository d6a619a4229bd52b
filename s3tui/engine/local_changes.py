"""New folders, new names and deletions on this machine; blocking, so they run in threads."""

import os
import shutil
import stat

from s3tui.errors import Changed, LocalFault
from s3tui.model.location import LocalLocation


def make_folder(location: LocalLocation) -> None:
    """Make a folder.

    Raises:
        Changed: there is something of that name.
        LocalFault: it cannot be made.
    """
    try:
        os.mkdir(location.path)
    except FileExistsError:
        raise Changed(f"There is a {location} already.") from None
    except OSError as error:
        raise LocalFault(f"{location} cannot be made: {error.strerror}.") from None


def rename(location: LocalLocation, new_name: str) -> None:
    """Give an entry another name in the same folder.

    Raises:
        Changed: there is something of that name.
        LocalFault: it cannot be renamed.
    """
    target = location.parent.child(new_name)
    if os.path.lexists(target.path):
        raise Changed(f"There is a {target} already.")
    try:
        os.rename(location.path, target.path)
    except OSError as error:
        raise LocalFault(f"{location} cannot be renamed: {error.strerror}.") from None


def delete(location: LocalLocation) -> int:
    """Delete a file, or a folder with all it holds (links go alone); returns how many files are gone.

    Raises:
        LocalFault: something is left.
    """
    try:
        if not stat.S_ISDIR(os.lstat(location.path).st_mode):
            os.unlink(location.path)
            return 1
        count = sum(len(files) for _, _, files in os.walk(location.path))
        shutil.rmtree(location.path)
        return count
    except OSError as error:
        where = os.fsencode(error.filename or location.path).decode("utf-8", "replace")
        raise LocalFault(f"{where} cannot be deleted: {error.strerror}.") from None
