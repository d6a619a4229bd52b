"""What part size an object was uploaded with: told by its metadata, or by its server."""

from s3tui.errors import StorageError
from s3tui.model.entry import ObjectInfo
from s3tui.model.location import S3Location
from s3tui.model.metadata import PART_SIZE
from s3tui.storage.integrity import is_guessed
from s3tui.transfer.driving import Means, patiently
from s3tui.transfer.parts import part_size_of_object


def told_part_size(info: ObjectInfo) -> int:
    """Bytes per part as the object's metadata tells, or 0."""
    return part_size_of_object(info.size, info.etag, info.metadata.get(PART_SIZE, ""))


async def first_part_size(location: S3Location, info: ObjectInfo, means: Means) -> int:
    """Bytes of the first part of an object whose part size matters and is not told; 0 where nobody knows.

    Only digests that come out right with it prove that the other parts are as large.
    """
    if not is_guessed(info, told_part_size(info)):
        return 0
    try:
        first = await patiently(means, lambda: means.store.head(location, wait=True, part=1))
    except StorageError:
        return 0
    # Servers that do not know the question answer for the whole object.
    return first.size if first.etag == info.etag and first.size < info.size else 0
