"""Uploads by the long way: botocore signs, aiohttp sends.

botocore is given an empty body. Its signer takes the hash that was computed beforehand, in a thread, and
right before sending an `UploadBody` is put in, which reads the file a piece at a time.
"""

import asyncio
import socket
from typing import Any

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload
from botocore.auth import AUTH_TYPE_MAPS, S3SigV4Auth

from s3tui.errors import StorageError
from s3tui.storage.http.wire import UNSENT_LIMIT
from s3tui.storage.upload_body import Upload, current_upload

_SIGNER = "s3tui-hashed"


class UploadBody(Payload):
    """The bytes of an upload as aiohttp sends them."""

    def __init__(self, upload: Upload) -> None:
        """Send the upload's range."""
        super().__init__(upload)
        self._size = upload.size
        self._upload = upload

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Hand everything to the socket, from the first byte on."""
        upload, done = self._upload, 0
        transport = getattr(writer, "transport", None)
        upload.begin(transport)
        _limit_unsent(transport)
        while done < upload.size:
            try:
                # aiohttp keeps what the socket does not take at once.
                piece = bytes(upload.next())
            except StorageError as error:
                # The library's own way to hear that a body cannot be sent.
                raise OSError(error.sentence) from None
            await writer.write(piece)
            done += len(piece)
            upload.taken(len(piece))
        upload.finished()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """A note; only aiohttp's debugging asks for it."""
        return f"{self._size} bytes of an upload"


class _HashedAuth(S3SigV4Auth):  # type: ignore[misc, unused-ignore]
    """Signs an upload by the hash that is known, where botocore would read the body for it."""

    def payload(self, request: Any) -> Any:
        upload = current_upload()
        return upload.payload if upload is not None else super().payload(request)


AUTH_TYPE_MAPS[_SIGNER] = _HashedAuth


def watch_uploads(client: Any) -> None:
    """Install the hooks on a client; calls outside of an `Upload` are not touched."""
    for operation in ("PutObject", "UploadPart"):
        client.meta.events.register_first(f"choose-signer.s3.{operation}", _choose_signer)
        client.meta.events.register_last(f"before-send.s3.{operation}", _put_body_in)


def _choose_signer(**_: object) -> str | None:
    return _SIGNER if current_upload() is not None else None


def _put_body_in(request: Any, **_: object) -> None:
    upload = current_upload()
    if upload is not None and upload.size:
        request.body = UploadBody(upload)


def _limit_unsent(transport: asyncio.Transport | None) -> None:
    sock = transport.get_extra_info("socket") if transport is not None else None
    if sock is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_LIMIT)
        except OSError:
            pass  # not TCP, or closed meanwhile: the limit only makes the watch sharper
