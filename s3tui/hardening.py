"""What every process of ours does first, so that no secret leaves it by a side door.

Core files, tracebacks and the logs of libraries quote what a program holds: local variables, messages of
foreign exceptions, arguments of callbacks. Here they are reduced to kinds of errors and places in the code.
Standard library only: it runs before anything else is imported.
"""

import logging
import os
import resource
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

_TALKATIVE = ("aioboto3", "aiobotocore", "boto3", "botocore", "aiohttp", "asyncio", "urllib3")
_DEBUGGING = ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONINSPECT")
"""Switches of Python that make it write arguments of callbacks, or leave a prompt beside our memory."""


def harden() -> None:
    """Write no core file, and let nothing that goes wrong be told with the values it went wrong with."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for name in _DEBUGGING:
        os.environ.pop(name, None)
    handler = _StandardError(logging.WARNING)
    handler.setFormatter(_PlacesOnly("%(asctime)s %(process)d %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=(handler,))
    logging.raiseExceptions = False
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _uncaught_in_thread


def places_text(error: BaseException) -> str:
    """Frames and kinds of an error and its causes, oldest first; no messages, they may quote a paste."""
    lines: list[str] = []
    seen: set[int] = set()
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        chain.append(current)
        current = current.__cause__ or current.__context__
    for link in reversed(chain):
        lines.append("Traceback (most recent call last):")
        for frame in traceback.extract_tb(link.__traceback__):
            lines.append(f"  {frame.filename}:{frame.lineno} in {frame.name}")
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}")
        lines.append("")
    return "\n".join(lines)


class _StandardError(logging.Handler):
    """Writes to what standard error is at that moment; the screen puts something else in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        _write(self.format(record))


class _PlacesOnly(logging.Formatter):
    """Words of our own, and places of errors without their messages."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name.partition(".")[0] in _TALKATIVE:
            # asyncio quotes the callback with its arguments, and the future with its exception.
            where = f"{record.module}.{record.funcName}"
            record = logging.makeLogRecord({**record.__dict__, "msg": f"trouble told by {where}", "args": ()})
            record.stack_info = None
        record.exc_text = None  # another handler may have kept its own there
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        return places_text(ei[1]) if ei[1] is not None else ""


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    _write("" if issubclass(kind, KeyboardInterrupt) else places_text(error.with_traceback(trace)))


def _unraisable(problem: "sys.UnraisableHookArgs") -> None:
    if problem.exc_value is not None:
        _write(f"Not raised: {places_text(problem.exc_value)}")


def _uncaught_in_thread(problem: threading.ExceptHookArgs) -> None:
    if problem.exc_value is not None and not isinstance(problem.exc_value, SystemExit):
        _write(places_text(problem.exc_value))


def _write(text: str) -> None:
    stream = sys.stderr
    if stream is None or not text:
        return
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except (OSError, ValueError):
        pass  # it is closed, and there is nobody else to tell
