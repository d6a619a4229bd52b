"""The body of an upload on its way: read and sent in small steps, so that progress and standstill show.

botocore is given an empty body. Its signer takes the SHA-256 that was computed beforehand, in a thread, and
right before sending an `UploadBody` is put in, which reads the file a piece at a time. A context variable
carries the upload from the call to these hooks.
"""

import asyncio
import socket
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth

from s3tui.errors import Changed, StorageError
from s3tui.storage.source_file import SourceRange

STEP = 256 * 1024
"""Bytes handed to the socket at a time."""

UNSENT_LIMIT = 512 * 1024
"""Bytes the kernel may keep unsent: more would look like progress on a dead connection."""

_SIGNER = "s3tui-hashed"

_current: ContextVar["Upload | None"] = ContextVar("upload", default=None)


class Upload:
    """One attempt to send a range: where its bytes come from, and who is told how they move."""

    def __init__(
        self, source: SourceRange, sha256: str, moved: Callable[[int], None], all_sent: Callable[[], None]
    ) -> None:
        """Call `moved` for each step (negative when bytes are sent again), `all_sent` after the last."""
        self.source = source
        self.sha256 = sha256
        self.trouble: StorageError | None = None
        """Why the source could not be read while it was sent."""
        self.handed_over = not source.size
        """Whether the socket has taken everything: what was answered before that is no answer to it."""
        self._moved = moved
        self._all_sent = all_sent
        self._transport: asyncio.Transport | None = None
        self._sent = 0

    def __enter__(self) -> "Upload":
        """Make the requests of this task carry these bytes."""
        self._token = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave later requests alone."""
        _current.reset(self._token)

    def begin(self, transport: asyncio.Transport | None) -> None:
        """Note which connection carries the bytes, from the first one on."""
        self._start_over()
        self._transport = transport

    def step(self, count: int) -> None:
        """Note bytes the socket has taken."""
        self._sent += count
        self._moved(count)

    def finished(self) -> None:
        """Note that everything is handed over."""
        self.handed_over = True
        self._all_sent()

    def gone_wrong(self) -> None:
        """Take back what was noted, and drop a connection that is only kept to send the rest."""
        self._start_over()
        transport, self._transport = self._transport, None
        if transport is not None and transport.is_closing() and _has_socket(transport):
            # Closing waits until the other side has read everything, which it may never do.
            transport.abort()

    def _start_over(self) -> None:
        self.handed_over = not self.source.size
        taken_back, self._sent = self._sent, 0
        if taken_back:
            self._moved(-taken_back)


class UploadBody(Payload):
    """The bytes of an upload as aiohttp sends them."""

    def __init__(self, upload: Upload) -> None:
        """Send the upload's range."""
        super().__init__(upload)
        self._size = upload.source.size
        self._upload = upload

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Hand everything to the socket, from the first byte on."""
        upload, source = self._upload, self._upload.source
        transport = getattr(writer, "transport", None)
        upload.begin(transport)
        _limit_unsent(transport)
        done = 0
        while done < source.size:
            piece = self._next(done)
            await writer.write(piece)
            done += len(piece)
            upload.step(len(piece))
        upload.finished()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """A note; only aiohttp's debugging asks for it."""
        return f"{self._size} bytes of an upload"

    def _next(self, done: int) -> bytes:
        # Not in a thread: it was read for its hash a moment ago, so the system has it at hand.
        try:
            piece = self._upload.source.read(done, STEP)
            if not piece:
                raise Changed("The file has shrunk while it was sent.", next_step="Copy it again.")
        except StorageError as error:
            self._upload.trouble = error
            # The library's own way to hear that a body cannot be sent.
            raise OSError(error.sentence) from None
        return piece


def body_of_upload() -> tuple[UploadBody, str] | None:
    """The body of the upload that this task is in, and its SHA-256 in hex."""
    upload = _current.get()
    return (UploadBody(upload), upload.sha256) if upload is not None and upload.source.size else None


class _HashedAuth(S3SigV4Auth):  # type: ignore[misc, unused-ignore]
    """Signs an upload by the hash that is known, where botocore would read the body for it."""

    def payload(self, request: Any) -> Any:
        upload = _current.get()
        return upload.sha256 if upload is not None else super().payload(request)


AUTH_TYPE_MAPS[_SIGNER] = _HashedAuth


def watch_uploads(client: Any) -> None:
    """Install the hooks on a client; calls outside of an `Upload` are not touched."""
    for operation in ("PutObject", "UploadPart"):
        client.meta.events.register_first(f"choose-signer.s3.{operation}", _choose_signer)
        client.meta.events.register_last(f"before-send.s3.{operation}", _put_body_in)


def _choose_signer(**_: object) -> str | None:
    return _SIGNER if _current.get() is not None else None


def _put_body_in(request: Any, **_: object) -> None:
    upload = _current.get()
    if upload is not None and upload.source.size:
        request.body = UploadBody(upload)


def _has_socket(transport: asyncio.Transport) -> bool:
    """Whether a connection still exists; asyncio breaks when one that is gone is aborted."""
    sock = transport.get_extra_info("socket")
    return sock is not None and sock.fileno() >= 0


def _limit_unsent(transport: asyncio.Transport | None) -> None:
    sock = transport.get_extra_info("socket") if transport is not None else None
    if sock is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_LIMIT)
        except OSError:
            pass  # not TCP, or closed meanwhile: the limit only makes the watch sharper
