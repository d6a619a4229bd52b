"""A recording HTTP/1.1 proxy in front of a test server: it counts requests, and does to them what rules say.

Heads are relayed byte for byte, so signatures stay valid. Connections of clients are kept alive; every
request goes to the server on a connection of its own, so that a cut never touches a neighbour.
"""

import asyncio
import contextlib
import socket
import struct
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import AsyncIterator, Callable

from tests.servers.http_messages import (
    HEAD_BYTES,
    PIECE_BYTES,
    BadMessage,
    Head,
    Piece,
    body_length,
    body_pieces,
    parse_head,
    read_head,
    reply_has_body,
)
from tests.servers.loop_thread import LoopThread
from tests.servers.rules import Action, Answer, ConnectionCut, Request, Rule, describe

_PASS = Action()
_DRAIN_SECONDS = 2.0
"""How long a client may go on sending a body after the server has already answered."""


TRIAL_BYTES = 100
"""Parts of no more bytes are trials."""


class RecordingProxy:
    """A proxy to one http server; `stop` it when done. Every method may be called from any thread."""

    endpoint_url: str
    """As http://127.0.0.1:PORT."""

    def __init__(self, upstream_url: str) -> None:
        upstream = urllib.parse.urlsplit(upstream_url)
        self._upstream = (upstream.hostname or "127.0.0.1", upstream.port or 80)
        self._requests: list[Request] = []
        self._asked: Counter[tuple[str, ...]] = Counter()
        self._rules: list[Rule] = []
        self._changed = threading.Condition()
        self._clients: set[asyncio.StreamWriter] = set()
        self._thread = LoopThread("recording-proxy")
        port = self._thread.listen(self._serve, limit=HEAD_BYTES)
        self.endpoint_url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """Closes the port and every connection, held requests too; safe to call again."""
        self._thread.stop()

    def add(self, rule: Rule) -> Rule:
        """Adds a rule and returns it; the first rule that takes a request decides."""
        with self._changed:
            self._rules.append(rule)
        return rule

    def clear_rules(self) -> None:
        """Forgets every rule; requests under way keep theirs."""
        with self._changed:
            self._rules.clear()

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request seen so far, in the order of arrival."""
        with self._changed:
            return tuple(self._requests)

    @property
    def connections(self) -> int:
        """How many connections of clients are open."""
        return len(self._clients)

    def hang_up(self) -> None:
        """Closes every connection of clients in order, also those that serve a request."""
        self._thread.call(self._hang_up())

    async def _hang_up(self) -> None:
        for writer in tuple(self._clients):
            writer.close()

    def of(self, operation: str) -> tuple[Request, ...]:
        """The requests of one operation, like UploadPart."""
        return tuple(request for request in self.requests if request.operation == operation)

    def operations(self) -> Counter[str]:
        """How often each operation was asked for."""
        return Counter(request.operation for request in self.requests)

    def parts_stored(self, key: str) -> Counter[int]:
        """How often each part of a key was sent whole and accepted; above 1, bytes were sent twice.

        The tiny parts that find out what a server checks are left out.
        """
        parts = (
            request
            for request in self.of("UploadPart")
            if request.key == key
            and request.succeeded()
            and int(request.headers.get("content-length", "0")) > TRIAL_BYTES
        )
        return Counter(part.part_number for part in parts if part.part_number is not None)

    def wait_until(self, holds: Callable[[], bool], timeout_seconds: float = 30.0) -> None:
        """Returns when a condition about the requests holds; raises TimeoutError with what was seen."""
        end = time.monotonic() + timeout_seconds
        with self._changed:
            while not holds():
                if (left := end - time.monotonic()) <= 0:
                    raise TimeoutError(f"not seen in {timeout_seconds} s; seen: {self.operations()}")
                self._changed.wait(left)

    async def until(self, holds: Callable[[], bool], timeout_seconds: float = 30.0) -> None:
        """Like `wait_until`, while the caller's event loop goes on."""
        await asyncio.to_thread(self.wait_until, holds, timeout_seconds)

    def _record(self, head: Head) -> tuple[Request, Action]:
        with self._changed:
            request = describe(len(self._requests) + 1, head)
            self._asked[request.identity()] += 1
            request.attempt = self._asked[request.identity()]
            self._requests.append(request)
            rule = next((rule for rule in self._rules if rule.takes(request)), None)
            self._changed.notify_all()
        return request, rule.action if rule else _PASS

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            while (head := await read_head(reader)) is not None:
                request, action = self._record(head)
                exchange = _Exchange(request, action, head, reader, writer, self._tell)
                if not await exchange.run(*self._upstream):
                    break
                if stray := await action.after_reply(request):
                    writer.write(stray)
        except ConnectionCut as cut:
            if cut.reset:
                _reset(writer)
        except (OSError, BadMessage):
            # One side is gone, so the other is told in the same way.
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._clients.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _Exchange:
    """One request and its reply, relayed under an action."""

    def __init__(
        self,
        request: Request,
        action: Action,
        head: Head,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        changed: Callable[[], None],
    ) -> None:
        self._request = request
        self._action = action
        self._head = head
        self._reader = reader
        self._writer = writer
        self._changed = changed
        self._body_awaited = "expect" not in head.headers
        """Whether the client sends its body: at once, or after the server's 100 Continue."""

    async def run(self, host: str, port: int) -> bool:
        """Relays everything; returns whether the client's connection can serve another request."""
        answer = await self._action.before_request(self._request)
        if answer is not None:
            return await self._answer(answer)
        up_reader, up_writer = await asyncio.open_connection(host, port, limit=HEAD_BYTES)
        up_writer.write(self._head.raw)
        sending = asyncio.create_task(self._send_body(up_writer))
        replying = asyncio.create_task(self._relay_reply(up_reader))
        try:
            await asyncio.wait({sending, replying}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            stays_open = await replying
            if not sending.done():
                stays_open = False
                if self._body_awaited:
                    await asyncio.wait({sending}, timeout=_DRAIN_SECONDS)
        finally:
            up_writer.transport.abort()
            for task in (sending, replying):
                task.cancel()
            await asyncio.gather(sending, replying, return_exceptions=True)
        return stays_open

    async def _send_body(self, up_writer: asyncio.StreamWriter) -> None:
        server_listens = True
        async for piece in self._request_pieces(lambda: self._action.block_bytes(self._request.sent_bytes)):
            block, cut = piece.payload, None
            try:
                if block:
                    block = await self._action.request_block(self._request, self._request.sent_bytes, block)
            except ConnectionCut as decided:
                block, cut = decided.last_bytes, decided
            if server_listens:
                try:
                    self._request.sent_bytes += len(block)
                    up_writer.write(piece.before + block + (b"" if cut else piece.after))
                    await up_writer.drain()
                except OSError:
                    # The server has heard enough and answered; its reply still counts.
                    server_listens = False
            if cut:
                raise cut

    async def _relay_reply(self, up_reader: asyncio.StreamReader) -> bool:
        while True:
            reply = await read_head(up_reader)
            if reply is None:
                raise BadMessage("the server closed without a reply")
            if reply.status >= 200:
                break
            self._body_awaited = True
            self._writer.write(reply.raw)
            await self._writer.drain()
        self._request.status = reply.status
        self._changed()
        await self._action.before_reply(self._request)
        has_body = reply_has_body(self._request.verb, reply) and body_length(reply) != 0
        if not has_body:
            self._finish()
        try:
            shown = parse_head(await self._action.reply_head(self._request, reply))
        except ConnectionCut as cut:
            self._writer.write(cut.last_bytes)
            await self._writer.drain()
            raise
        for piece, seconds in self._action.head_pieces(shown.raw):
            self._writer.write(piece)
            if seconds:
                await self._writer.drain()
                await asyncio.sleep(seconds)
        if has_body:
            await self._relay_reply_body(up_reader, reply)
            self._finish()
        await self._writer.drain()
        unframed = "content-length" not in shown.headers and "transfer-encoding" not in shown.headers
        return not (
            reply.closes() or self._head.closes() or (unframed and reply_has_body(self._request.verb, reply))
        )

    async def _relay_reply_body(self, up_reader: asyncio.StreamReader, reply: Head) -> None:
        async for piece in body_pieces(
            up_reader,
            reply,
            to_the_end=True,
            most=lambda: self._action.block_bytes(self._request.received_bytes),
        ):
            block, cut = piece.payload, None
            try:
                if block:
                    offset = self._request.received_bytes
                    block = await self._action.reply_block(self._request, offset, block)
            except ConnectionCut as decided:
                block, cut = decided.last_bytes, decided
            self._request.received_bytes += len(block)
            if piece.last and not cut:
                self._finish()
            self._writer.write(piece.before + block + (b"" if cut else piece.after))
            await self._writer.drain()
            if cut:
                raise cut

    def _finish(self) -> None:
        # Said before the last bytes go out, so that a test which has its reply finds the record complete.
        if not self._request.finished:
            self._request.finished = True
            self._changed()

    async def _answer(self, answer: Answer) -> bool:
        if answer.keeps_open and self._body_awaited:
            async for piece in self._request_pieces():
                self._request.sent_bytes += len(piece.payload)
        lines = [
            f"HTTP/1.1 {answer.status} Canned",
            f"Content-Length: {len(answer.body)}",
            f"Connection: {'keep-alive' if answer.keeps_open else 'close'}",
        ]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        body = b"" if self._request.verb == "HEAD" else answer.body
        self._request.status = answer.status
        self._finish()
        self._writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        await self._writer.drain()
        if self._body_awaited and not answer.keeps_open:
            with contextlib.suppress(TimeoutError, BadMessage):
                async with asyncio.timeout(_DRAIN_SECONDS):
                    async for _ in self._request_pieces():
                        pass
        return answer.keeps_open

    def _request_pieces(self, most: Callable[[], int] = lambda: PIECE_BYTES) -> AsyncIterator[Piece]:
        return body_pieces(self._reader, self._head, to_the_end=False, most=most)


def _reset(writer: asyncio.StreamWriter) -> None:
    raw: socket.socket | None = writer.get_extra_info("socket")
    if raw is not None:
        # Lingering for no time makes the kernel send a reset in place of an orderly end.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
