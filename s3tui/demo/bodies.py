"""Request bodies: read in large pieces, decoded if aws-chunked, proved, and put away.

Never holds more than two pieces of a megabyte. Hashing and writing run in a thread while the next
piece arrives.
"""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from aiohttp import web

from s3tui.demo.content import Content, MemoryContent, Spool, SpooledContent
from s3tui.demo.digests import CHECKSUM_ALGORITHMS, BodyDigests
from s3tui.demo.responses import S3Error
from s3tui.demo.signature import UNSIGNED_PAYLOAD, Verified

PIECE_BYTES = 1024 * 1024
MAX_BODY_BYTES = 5 * 1024**3
MAX_DOCUMENT_BYTES = 4 * 1024**2
_IN_MEMORY_BYTES = 16 * 1024
_INLINE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Received:
    """A body that arrived whole and was proved."""

    content: Content
    md5_hex: str
    checksums: tuple[tuple[str, str], ...]
    """The client's additional checksums: algorithm in lower case and base64 value."""


class BodyReader:
    """The body of one verified request."""

    def __init__(self, request: web.BaseRequest, verified: Verified) -> None:
        """Prepare only: the client is not yet told to send."""
        self._request = request
        self._verified = verified
        self._chunked = verified.payload_hash.startswith("STREAMING-")
        self._trailers: dict[str, str] = {}

    async def store(self, spool: Spool) -> Received:
        """Receive an object's or part's bytes. Raises S3Error when they are not what was promised."""
        size = self._decoded_length()
        if size > MAX_BODY_BYTES:
            raise S3Error("EntityTooLarge", extra={"ProposedSize": size, "MaxSizeAllowed": MAX_BODY_BYTES})
        if size <= _IN_MEMORY_BYTES:
            body = bytearray()
            digests = await self._receive(size, lambda _, data: body.extend(data))
            return Received(MemoryContent(bytes(body)), digests.md5_hex, self._all_checksums())
        spooled: SpooledContent = spool.reserve(size)
        digests = await self._receive(size, spooled.write)
        return Received(spooled, digests.md5_hex, self._all_checksums())

    async def document(self, *, sums_are_its: bool = True) -> bytes:
        """Receive a small body, such as the list of parts. Raises S3Error when it is too long or damaged.

        Without `sums_are_its` the checksums in the headers are those of something else.
        """
        size = self._decoded_length()
        if size > MAX_DOCUMENT_BYTES:
            raise S3Error("MalformedXML")
        body = bytearray()
        await self._receive(size, lambda _, data: body.extend(data), with_sums=sums_are_its)
        return bytes(body)

    async def _receive(
        self, size: int, write: Callable[[int, bytes], None], *, with_sums: bool = True
    ) -> BodyDigests:
        signed = not self._chunked and self._verified.payload_hash != UNSIGNED_PAYLOAD
        promised = set(self._header_checksums()) | {
            name.strip().lower().removeprefix("x-amz-checksum-")
            for name in self._request.headers.get("x-amz-trailer", "").split(",")
        }
        digests = BodyDigests(sha256=signed, checksums=promised)

        def put_away(offset: int, piece: list[bytes]) -> None:
            for data in piece:
                digests.update(data)
                write(offset, data)
                offset += len(data)

        received = await self._collect(size, put_away)
        if received != size:
            raise S3Error("IncompleteBody")
        if signed:
            digests.check_sha256(self._verified.payload_hash)
        digests.check_md5(self._request.headers.get("Content-MD5"))
        if with_sums:
            digests.check_checksums(dict(self._all_checksums()))
        return digests

    async def _collect(self, size: int, put_away: Callable[[int, list[bytes]], None]) -> int:
        """Feed pieces to `put_away`, at most one in a thread at a time; returns the bytes received."""
        offset, piece, length = 0, list[bytes](), 0
        pending: asyncio.Future[None] | None = None
        loop = asyncio.get_running_loop()
        try:
            async for data in self._pieces():
                piece.append(data)
                length += len(data)
                if offset + length > size:
                    raise S3Error("IncompleteBody")
                if length >= PIECE_BYTES:
                    if pending is not None:
                        await pending
                    pending = loop.run_in_executor(None, put_away, offset, piece)
                    offset, piece, length = offset + length, [], 0
        finally:
            # The thread must be done with the digests before anybody reads them or gives up.
            if pending is not None:
                await pending
        if length > _INLINE_BYTES:
            await loop.run_in_executor(None, put_away, offset, piece)
        elif piece:
            put_away(offset, piece)
        return offset + length

    async def _pieces(self) -> AsyncIterator[bytes]:
        if self._request.headers.get("Expect", "").lower() == "100-continue":
            await self._request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        source = self._chunks() if self._chunked else self._request.content.iter_any()
        async for data in source:
            yield data

    async def _chunks(self) -> AsyncIterator[bytes]:
        """Decode aws-chunked: sizes, data, trailers; signatures of chunks are checked where there are any."""
        content = self._request.content
        signed = self._verified.payload_hash.startswith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        previous = self._verified.seed_signature
        while True:
            size, signature = _chunk_header(await self._line())
            digest, left = hashlib.sha256(), size
            while left:
                data = await content.read(min(left, PIECE_BYTES))
                if not data:
                    raise S3Error("IncompleteBody")
                left -= len(data)
                if signed:
                    digest.update(data)
                yield data
            if signed:
                previous = self._verified.chunk_signer.signature(previous, digest.hexdigest())
                if not hmac.compare_digest(previous.encode(), signature.encode()):
                    raise S3Error("SignatureDoesNotMatch")
            if size == 0:
                break
            if await self._line():
                raise S3Error("IncompleteBody")
        while line := await self._line(end_is_fine=True):
            name, _, value = line.partition(":")
            self._trailers[name.strip().lower()] = value.strip()

    async def _line(self, end_is_fine: bool = False) -> str:
        line = await self._request.content.readline()
        if not line.endswith(b"\n") and not end_is_fine:
            raise S3Error("IncompleteBody")
        return line.decode("latin-1").strip()

    def _decoded_length(self) -> int:
        name = "x-amz-decoded-content-length" if self._chunked else "Content-Length"
        given = self._request.headers.get(name, "")
        if not given.isdecimal():
            raise S3Error("MissingContentLength")
        return int(given)

    def _header_checksums(self) -> dict[str, str]:
        names = ((algorithm, f"x-amz-checksum-{algorithm}") for algorithm in CHECKSUM_ALGORITHMS)
        return {
            algorithm: self._request.headers[name]
            for algorithm, name in names
            if name in self._request.headers
        }

    def _all_checksums(self) -> tuple[tuple[str, str], ...]:
        trailing = {
            name.removeprefix("x-amz-checksum-"): value
            for name, value in self._trailers.items()
            if name.startswith("x-amz-checksum-")
        }
        return tuple((self._header_checksums() | trailing).items())


def _chunk_header(line: str) -> tuple[int, str]:
    """Size and signature (perhaps empty) of the chunk that a line announces."""
    size, _, extension = line.partition(";")
    try:
        return int(size, 16), extension.removeprefix("chunk-signature=")
    except ValueError:
        raise S3Error("IncompleteBody") from None
