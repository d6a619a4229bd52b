"""Takes a chunked body apart, strictly; bytes in, bytes out."""

import re

from s3tui.storage.http.errors import NotHttp

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_MOST_LINE = 4096
"""Bytes of a line between chunks."""
_MOST_TRAILERS = 16 * 1024
"""Bytes of what may follow the last chunk."""


class Chunks:
    """State of a chunked body; `feed` what arrives."""

    def __init__(self) -> None:
        """Wait for the first chunk."""
        self._held = b""
        """Bytes of a line that is not complete."""
        self._left = 0
        """Bytes of the current chunk to come."""
        self._in_chunk = False
        """Whether a chunk, or the line break after it, is still to come."""
        self._trailers = -1
        """Bytes of trailers so far; -1 before the last chunk."""
        self.done = False
        """Whether the body is complete."""
        self.excess = b""
        """What came after its end, which nobody asked for."""

    def feed(self, data: bytes | memoryview) -> list[memoryview]:
        """Take what has arrived and return the pieces of the body in it.

        Raises:
            NotHttp: it is not chunked as it should be.
        """
        view = memoryview(self._held + data if self._held else data)
        self._held = b""
        pieces: list[memoryview] = []
        while view and not self.done:
            if self._left:
                pieces.append(view[: self._left])
                self._left -= len(pieces[-1])
                view = view[len(pieces[-1]) :]
                continue
            line, rest = self._line(view)
            if line is None:
                break
            self._take_line(line)
            view = rest
        if self.done:
            self.excess += bytes(view)
        return pieces

    def _line(self, view: memoryview) -> tuple[bytes | None, memoryview]:
        near = bytes(view[: _MOST_LINE + 2])
        end = near.find(b"\r\n")
        if end >= 0:
            return near[:end], view[end + 2 :]
        if len(near) > _MOST_LINE:
            raise NotHttp("a line between chunks is too long")
        self._held = near
        return None, view

    def _take_line(self, line: bytes) -> None:
        if self._in_chunk:
            if line:
                raise NotHttp("a chunk is longer than announced")
            self._in_chunk = False
        elif self._trailers >= 0:
            self._trailers += len(line)
            self.done = not line
            if self._trailers > _MOST_TRAILERS:
                raise NotHttp("too much follows the last chunk")
        else:
            found = _SIZE.fullmatch(line)
            if found is None:
                raise NotHttp("a chunk has no size")
            self._left = int(found[1], 16)
            self._in_chunk = self._left > 0
            self._trailers = -1 if self._left else 0
