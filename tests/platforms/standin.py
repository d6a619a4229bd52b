"""A small web server on loopback that answers as a platform's interface is documented to."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Answered:
    """What to answer."""

    status: int
    body: object = ""
    """Text, bytes, or what is written as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)


Answerer = Callable[[Asked], Answered]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Stay silent: tests hang up in the middle."""


class StandIn:
    """A running server; `answer` decides what it says, `asked` keeps what it heard."""

    def __init__(self, answer: Answerer) -> None:
        """Serve on a free loopback port at once."""
        self.answer = answer
        self.asked: list[Asked] = []
        self._heard = threading.Condition()
        standin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Stay silent."""

            def do_GET(self) -> None:
                standin._serve(self)

            do_POST = do_PUT = do_GET

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """http://127.0.0.1:PORT."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def wait_for(self, count: int, timeout_seconds: float = 30.0) -> None:
        """Block until so many requests have come; raises TimeoutError."""
        with self._heard:
            if not self._heard.wait_for(lambda: len(self.asked) >= count, timeout_seconds):
                raise TimeoutError(f"{len(self.asked)} requests instead of {count}")

    def stop(self) -> None:
        """Close the port and end the thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "StandIn":
        """The server itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        asked = Asked(
            handler.command,
            handler.path,
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(length),
        )
        answered = self.answer(asked)
        with self._heard:
            self.asked.append(asked)
            self._heard.notify_all()
        body = answered.body
        if not isinstance(body, bytes):
            body = (body if isinstance(body, str) else json.dumps(body)).encode()
        handler.send_response(answered.status)
        for name, value in {"Content-Type": "application/json", **answered.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
