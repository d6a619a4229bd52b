"""Reading what was typed after "go to": an s3:// address or a local path."""

import os

from s3tui.model.location import LocalLocation, Location, S3Location


def place_of(text: str, local_folder: Location | None, bucket: str = "") -> Location:
    """The folder that a text names.

    Args:
        text: `s3://bucket/prefix`, an absolute or relative path, or `~`.
        local_folder: where relative paths count from.
        bucket: what `s3:///prefix` stands for.

    Raises:
        ValueError: the address cannot be read; its text is a sentence for the user.
    """
    if text.lower().startswith("s3:"):
        return _s3_place(text, bucket)
    path = os.path.expanduser(text)
    if not os.path.isabs(path) and isinstance(local_folder, LocalLocation):
        path = os.path.join(local_folder.path, path)
    return LocalLocation.of(path)


def _s3_place(text: str, bucket: str) -> S3Location:
    rest = text[3:].lstrip("/")
    if text[3:6] == "///" and bucket:
        rest = f"{bucket}/{rest}"
    name, _, key = rest.partition("/")
    if not name and key:
        raise ValueError("An address looks like s3://bucket/prefix/.")
    # A prefix without its slash also names its siblings; folders are always meant here.
    return S3Location(name, f"{key}/" if key and not key.endswith("/") else key)


def wrong_place(text: str) -> str:
    """Say what is wrong with a place; empty when nothing is."""
    try:
        place_of(text, None)
    except ValueError as error:
        return str(error)
    return ""
