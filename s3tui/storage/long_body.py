"""The body of an object that came by the long way, read as one of the short way."""

from typing import Any


class LongBody:
    """Wraps a StreamingBody of aiobotocore."""

    def __init__(self, body: Any) -> None:
        """Read from this body."""
        self._body = body

    async def into(self, view: memoryview) -> int:
        """Receive the next bytes into `view` and return how many; 0 at the end."""
        chunk: bytes = await self._body.content.read(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        """Let go of the connection."""
        self._body.close()
