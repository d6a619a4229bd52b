"""Digests of a body while it streams: MD5 always, and what the request asks to be proved.

Every additional checksum of S3 is verified as Amazon does it. CRC32C and CRC64NVME come from awscrt, which is
imported when the first is wanted.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from s3tui.demo.responses import S3Error

CHECKSUM_ALGORITHMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    """CRC32 with the interface of hashlib."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4)


class _Crc:
    """A CRC of awscrt with the interface of hashlib."""

    def __init__(self, name: str, width: int) -> None:
        self._compute: Callable[[bytes, int], int] = getattr(_library(), name)
        self._width = width
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = self._compute(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width)


def _library() -> Any:
    from awscrt import checksums

    return checksums


_COMPUTED: dict[str, Callable[[], _Digest]] = {
    "crc32": _Crc32,
    "crc32c": lambda: _Crc("crc32c", 4),
    "crc64nvme": lambda: _Crc("crc64nvme", 8),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
}


class BodyDigests:
    """Everything that has to be computed over one body.

    `update` may run in a thread, one call at a time.
    """

    def __init__(self, *, sha256: bool = False, checksums: Iterable[str] = ()) -> None:
        """Compute the MD5, the SHA256 if asked for, and the named checksums that can be computed."""
        wanted = set(checksums) | ({"sha256"} if sha256 else set())
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._others: dict[str, _Digest] = {
            algorithm: start() for algorithm, start in _COMPUTED.items() if algorithm in wanted
        }

    def update(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        self._md5.update(data)
        for digest in self._others.values():
            digest.update(data)

    def checksum(self, algorithm: str) -> str | None:
        """The named checksum in base64, or None where it was not computed."""
        digest = self._others.get(algorithm)
        return None if digest is None else base64.b64encode(digest.digest()).decode()

    @property
    def md5_hex(self) -> str:
        """The ETag of a body stored in one piece."""
        return self._md5.hexdigest()

    def check_md5(self, content_md5: str | None) -> None:
        """Compare with a Content-MD5 header; raises InvalidDigest or BadDigest."""
        if content_md5 is None:
            return
        try:
            wanted = base64.b64decode(content_md5, validate=True)
        except binascii.Error:
            wanted = b""
        if len(wanted) != 16:
            raise S3Error("InvalidDigest", extra={"Content-MD5": content_md5})
        if wanted != self._md5.digest():
            calculated = base64.b64encode(self._md5.digest()).decode()
            raise S3Error("BadDigest", extra={"ExpectedDigest": content_md5, "CalculatedDigest": calculated})

    def check_sha256(self, payload_hash: str) -> None:
        """Compare with a signed x-amz-content-sha256; raises XAmzContentSHA256Mismatch."""
        computed = base64.b64decode(self.checksum("sha256") or "").hex()
        if computed != payload_hash:
            extra: dict[str, str | int] = {
                "ClientComputedContentSHA256": payload_hash,
                "S3ComputedContentSHA256": computed,
            }
            raise S3Error("XAmzContentSHA256Mismatch", extra=extra)

    def check_checksums(self, given: Mapping[str, str]) -> None:
        """Compare the client's checksums (algorithm to base64) with ours; raises BadDigest."""
        for algorithm, value in given.items():
            ours = self.checksum(algorithm)
            if ours is not None and ours != value:
                message = f"The {algorithm.upper()} you specified did not match the calculated checksum."
                raise S3Error("BadDigest", message)


def composite_checksum(algorithm: str, parts: Iterable[str]) -> str | None:
    """Checksum of the parts' checksums (base64), as S3 shows it, or None where it cannot be computed."""
    values = [base64.b64decode(part) for part in parts]
    digests = BodyDigests(checksums=(algorithm,))
    digests.update(b"".join(values))
    computed = digests.checksum(algorithm)
    return None if computed is None else f"{computed}-{len(values)}"


def whole_checksum(algorithm: str, parts: Iterable[tuple[int, str]]) -> str | None:
    """Checksum of a whole object from the sizes and checksums (base64) of its parts.

    None where the algorithm is no CRC: then it cannot be computed without the bytes.
    """
    combine = getattr(_library(), f"combine_{algorithm}", None)
    if combine is None:
        return None
    total, width = 0, 0
    for size, value in parts:
        decoded = base64.b64decode(value)
        total, width = combine(total, int.from_bytes(decoded), size), len(decoded)
    return base64.b64encode(total.to_bytes(width)).decode()
