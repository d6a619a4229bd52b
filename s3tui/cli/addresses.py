"""What SRC and DST of `cp` mean: the bytes land where `aws s3 cp` puts them."""

import os
from pathlib import Path

from s3tui.errors import UsageError
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.model.transfer import CopyItem
from s3tui.transfer.rename_rule import key_name, local_name


def read_address(text: str) -> Location:
    """Return the place that an argument names: `s3://bucket/key`, or else a local path.

    Raises:
        UsageError: it names no place.
    """
    if text.startswith("s3://"):
        try:
            return S3Location.parse(text)
        except ValueError as error:
            raise UsageError(f"{error}.") from None
    if text == "-":
        raise UsageError("Standard input and output cannot be copied from or to.", next_step="Name a file.")
    if not text:
        raise UsageError("An empty argument is no place to copy from or to.")
    return LocalLocation.of(Path(text).expanduser() if text.startswith("~") else text)


def copy_item(source_text: str, destination_text: str, recursive: bool) -> CopyItem:
    """Return what to copy and exactly where its bytes go.

    Args:
        source_text: SRC as typed.
        destination_text: DST as typed; a final slash makes it a folder.
        recursive: copy what the source folder holds instead of one file.

    Raises:
        UsageError: the two do not fit together; the sentence names the one at fault.
    """
    source, destination = read_address(source_text), read_address(destination_text)
    if isinstance(source, S3Location) == isinstance(destination, S3Location):
        kind = "s3:// addresses" if isinstance(source, S3Location) else "local paths"
        raise UsageError(f"SRC and DST are both {kind}.", next_step="One of them must be on the other side.")
    for place in (source, destination):
        if isinstance(place, S3Location) and not place.bucket:
            raise UsageError("s3:// names no bucket.", next_step="Write s3://bucket/prefix.")
    if recursive:
        return _folder_item(source, destination)
    if isinstance(source, LocalLocation):
        assert isinstance(destination, S3Location)
        return _upload_item(source, destination)
    assert isinstance(source, S3Location)
    assert isinstance(destination, LocalLocation)
    return _download_item(source, destination, destination_text)


def _folder_item(source: Location, destination: Location) -> CopyItem:
    if isinstance(source, LocalLocation):
        _must_exist(source)
        if not Path(source.path).is_dir():
            raise UsageError(
                f"{source} is not a folder.", next_step="Leave out --recursive to copy one file."
            )
        return CopyItem(source, _as_prefix(destination), folder=True)
    if os.path.lexists(_path(destination)) and not Path(_path(destination)).is_dir():
        raise UsageError(f"{destination} is a file.", next_step="Name a folder for --recursive.")
    return CopyItem(_as_prefix(source), destination, folder=True)


def _upload_item(source: LocalLocation, destination: S3Location) -> CopyItem:
    _must_exist(source)
    if Path(source.path).is_dir():
        raise UsageError(f"{source} is a folder.", next_step="Add --recursive to copy what it holds.")
    name = key_name(os.fsencode(source.name))
    return CopyItem(source, destination.child(name) if destination.is_folder else destination)


def _download_item(source: S3Location, destination: LocalLocation, typed: str) -> CopyItem:
    if source.is_folder:
        raise UsageError(f"{source} is a folder.", next_step="Add --recursive to copy what it holds.")
    into = typed.endswith("/") or Path(destination.path).is_dir()
    name = os.fsdecode(local_name(source.name))
    return CopyItem(source, destination.child(name) if into else destination)


def _must_exist(source: LocalLocation) -> None:
    if not os.path.lexists(source.path):
        raise UsageError(f"There is no {source}.")


def _as_prefix(place: Location) -> Location:
    if isinstance(place, S3Location) and not place.is_folder:
        return S3Location(place.bucket, f"{place.key}/")
    return place


def _path(place: Location) -> str:
    assert isinstance(place, LocalLocation)
    return place.path
