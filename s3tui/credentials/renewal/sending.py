"""Sends a request to a platform with the standard library, in a thread, within ten seconds.

A token goes to the host it was meant for and nowhere else: only over https (or to this machine itself), with
the certificate checked, and never along a redirect to another host.
"""

import asyncio
import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import IO, Any

from s3tui import __version__
from s3tui.credentials.renewal.exchange import PlatformAnswer, PlatformRequest
from s3tui.errors import CredentialsRefused, S3tuiError, ServerFault, StorageError, Unreachable, UsageError

LIMIT_SECONDS = 10.0
"""From the beginning of a request to the end of its answer, redirects included."""

MAX_ANSWER = 256 * 1024
"""Bytes; a longer answer holds no credentials."""

MAX_REDIRECTS = 3

_PIECE = 16 * 1024


async def send(request: PlatformRequest, limit: float = LIMIT_SECONDS) -> PlatformAnswer:
    """Return the answer to a request, of whatever status.

    Args:
        request: what to send.
        limit: seconds for all of it.

    Raises:
        UsageError: the address is none, or would send the token in the clear.
        Unreachable: there was no answer in time; worth another try.
        CredentialsRefused: we are sent on to another host, usually a login page.
        ServerFault: the certificate is not trusted, or the answer is endless.
    """
    host = checked_host(request.url, request.platform)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[PlatformAnswer] = loop.create_future()
    end = time.monotonic() + limit

    def settle(outcome: PlatformAnswer | S3tuiError) -> None:
        if done.done():
            return
        if isinstance(outcome, PlatformAnswer):
            done.set_result(outcome)
        else:
            done.set_exception(outcome)

    def body() -> None:
        outcome = _outcome(request, host, end)
        # A closed loop means that the program is ending: nobody waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome)

    # A daemon thread: a name server that never answers must not hold up the end of the program.
    threading.Thread(target=body, name="s3tui platform", daemon=True).start()
    try:
        async with asyncio.timeout(limit + 0.5):
            return await done
    except TimeoutError:
        raise _silent(host) from None


def checked_host(url: str, platform: str) -> str:
    """Return host and port of an address that a token may be sent to.

    Raises:
        UsageError: it is no such address.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urllib.parse.urlsplit("")
    plain = url.isascii() and url.isprintable() and " " not in url
    if not plain or not host or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise UsageError(
            f"The address of {platform} cannot be used.", next_step="Write it as https://host/path."
        )
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageError(
            f"The address of {platform} begins with http://, so anybody on the way could read the token.",
            next_step="Write https:// instead.",
        )
    return f"{host}:{port}" if port is not None else host


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _outcome(request: PlatformRequest, host: str, end: float) -> PlatformAnswer | S3tuiError:
    """Send it, in the thread; nothing leaves as a foreign exception, whose text might quote a header."""
    try:
        return _exchange(request, host, end)
    except S3tuiError as error:
        return error
    except Exception as error:
        return _translated(error, host)


def _exchange(request: PlatformRequest, host: str, end: float) -> PlatformAnswer:
    opener = _opener(host)
    url = request.url
    for _ in range(MAX_REDIRECTS + 1):
        headers = {"User-Agent": f"s3tui/{__version__}", "Accept": "application/json, */*;q=0.5"}
        message = urllib.request.Request(
            url, data=request.body, headers=headers | dict(request.headers), method=request.method
        )
        status, location, body = _once(opener, message, host, end)
        if status not in (301, 302, 303, 307, 308):
            return PlatformAnswer(status, body)
        url = _followed(url, location, request, host)
    raise ServerFault(f"{host} sends us round in circles.", next_step="Check the address.")


def _once(
    opener: urllib.request.OpenerDirector, message: urllib.request.Request, host: str, end: float
) -> tuple[int, str, bytes]:
    left = end - time.monotonic()
    if left <= 0:
        raise _silent(host)
    try:
        answer: Any = opener.open(message, timeout=left)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        return answer.status, answer.headers.get("Location") or "", _body(answer, host, end)


def _body(answer: IO[bytes], host: str, end: float) -> bytes:
    pieces, size = [], 0
    read: Callable[[int], bytes] = getattr(answer, "read1", answer.read)
    while piece := read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_ANSWER:
            raise ServerFault(
                f"{host} answered with far more than credentials.", next_step="Check the address."
            )
        if time.monotonic() > end:
            raise _silent(host)
    return b"".join(pieces)


def _followed(url: str, location: str, request: PlatformRequest, host: str) -> str:
    """The address that a redirect leads to, when it stays on the host that the token is for.

    Raises:
        CredentialsRefused: it does not.
    """
    target = urllib.parse.urljoin(url, location)
    if urllib.parse.urlsplit(target)[:2] == urllib.parse.urlsplit(url)[:2] and request.method == "GET":
        return target
    elsewhere = urllib.parse.urlsplit(target).hostname or "another place"
    raise CredentialsRefused(
        f"{host} does not answer but sends us on to {elsewhere[:100]}, where your token must not go.",
        next_step="That is usually a login page: check the token, and that the address is the interface's.",
    )


def _opener(host: str) -> urllib.request.OpenerDirector:
    # The proxy of the surroundings is used, but not to speak to this machine itself.
    name = urllib.parse.urlsplit(f"//{host}").hostname or ""
    proxies = urllib.request.ProxyHandler({}) if _is_loopback(name) else urllib.request.ProxyHandler()
    return urllib.request.build_opener(
        proxies, urllib.request.HTTPSHandler(context=ssl.create_default_context()), _NoRedirects()
    )


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Leaves every redirect to us."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _translated(error: BaseException, host: str) -> StorageError:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    kind = type(cause).__name__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return ServerFault(
            f"The certificate of {host} cannot be trusted: {cause.verify_message}.",
            next_step="Check the address; if it has its own authority, set SSL_CERT_FILE.",
            detail=kind,
        )
    if isinstance(cause, socket.gaierror):
        return Unreachable(f"The name {host} cannot be found.", next_step="Check the address.", detail=kind)
    if isinstance(cause, ConnectionRefusedError):
        return Unreachable(f"Nothing answers at {host}.", next_step="Check the address.", detail=kind)
    if isinstance(cause, TimeoutError):
        return _silent(host)
    if isinstance(cause, http.client.HTTPException):
        return Unreachable(f"{host} answered with something that is not HTTP.", detail=kind)
    return Unreachable(f"The connection to {host} broke off.", next_step="Try again.", detail=kind)


def _silent(host: str) -> Unreachable:
    return Unreachable(f"{host} did not answer in time.", next_step="Try again later.")
