"""Accidents inside the program's own processes, with secrets in the hands of what fails.

The test puts a `sitecustomize` into the path that calls `arm`. SIGUSR2 then makes a process fail in all the
small ways that are told on standard error and survived; SIGRTMIN makes it end with an error in mid-work.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

VARIABLE = "SECRECY_TEST_GIVEN"
"""Names the file with the texts that the failing code holds."""

SMALL, LARGE = signal.SIGUSR2, signal.SIGRTMIN


def arm() -> None:
    """Be ready to fail; nothing is imported for it before."""
    if VARIABLE in os.environ:
        signal.signal(SMALL, _fail_in_small_ways)
        signal.signal(LARGE, _fail_for_good)


class _Careless:
    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __del__(self) -> None:
        raise ValueError(f"not given back: {self.secret}")


def _secret() -> str:
    return Path(os.environ[VARIABLE]).read_text()


def _knows_secrets() -> bool:
    """Whether the process is past its first act; before it takes its channel nobody can tell it anything."""
    return sys.excepthook is not sys.__excepthook__


def fail(secret: str) -> None:
    """Fail as a library does, with the secret in a local variable, a message and a cause."""
    headers = {"Authorization": secret}
    try:
        raise ConnectionError(f"signed with {secret}")
    except ConnectionError as error:
        raise RuntimeError(headers) from error


async def _fail_later(secret: str) -> None:
    fail(secret)


def _fail_in_small_ways(number: int, frame: FrameType | None) -> None:
    import asyncio
    import gc
    import logging
    import threading

    if not _knows_secrets() or asyncio._get_running_loop() is None:
        threading.Timer(0.1, os.kill, (os.getpid(), number)).start()
        return
    secret = _secret()
    loop = asyncio.get_running_loop()
    loop.call_soon_threadsafe(fail, secret)
    loop.call_soon_threadsafe(lambda: loop.create_task(_fail_later(secret), name=f"sign {secret[:60]}"))
    loop.call_later(0.3, gc.collect)
    threading.Thread(target=fail, args=(secret,)).start()
    _Careless(secret)
    for name in ("botocore.endpoint", "aiobotocore.credentials", "urllib3.connectionpool", "aiohttp.client"):
        try:
            fail(secret)
        except RuntimeError:
            logging.getLogger(name).debug("canonical request %s", secret)
            logging.getLogger(name).exception("refresh failed for %s", secret)


def _fail_for_good(number: int, frame: FrameType | None) -> None:
    import asyncio
    import gc

    if not _knows_secrets() or asyncio._get_running_loop() is None:
        os._exit(1)
    if "textual" not in sys.modules:
        _break_the_loop(asyncio.get_running_loop(), _secret())
        return

    from s3tui.tui.app import S3tuiApp

    gc.unfreeze()  # what is frozen is not among the objects
    app = next(found for found in gc.get_objects() if isinstance(found, S3tuiApp))
    asyncio.get_running_loop().call_soon_threadsafe(app.call_later, _fail_in_a_request, app)


def _break_the_loop(loop: Any, secret: str) -> None:
    """Have the loop itself fail in its next round: a callback's errors, wherever they hit, are survived."""

    def fail_once() -> None:
        del loop._run_once
        fail(secret)

    loop._run_once = fail_once
    loop.call_soon_threadsafe(int)  # whatever wakes it


async def _fail_in_a_request(app: Any) -> None:
    """Fail in a handler of the application while its request is under way."""
    import asyncio

    from s3tui.model.location import S3Location

    credentials = app.session._credentials
    assert credentials is not None, "it is connected"
    request = asyncio.ensure_future(app.session.client.inspect(S3Location("reef-demo", "README.txt")))
    await asyncio.sleep(0)
    fail(f"{credentials.secret_access_key} {credentials.session_token} {request}")
