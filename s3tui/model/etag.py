"""What an ETag says of an object's contents, as S3 forms it."""

import hashlib
import re
from collections.abc import Iterable

_MD5 = re.compile(r"[0-9a-f]{32}")


def multipart_etag(part_etags: Iterable[str]) -> str:
    """The ETag of an object made of these parts: the MD5 of their MD5s, a hyphen, and how many there are.

    Args:
        part_etags: the parts' ETags without quotes, in the order of their numbers.

    Returns:
        The ETag without quotes; empty when a part's ETag is no MD5 (encrypted parts), or there is no part.
    """
    etags = tuple(part_etags)
    if not etags or not all(_MD5.fullmatch(etag) for etag in etags):
        return ""
    joined = b"".join(bytes.fromhex(etag) for etag in etags)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(etags)}"
