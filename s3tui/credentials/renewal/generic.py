"""Any address that answers with credentials: JSON under given names, or whatever a paste may look like."""

import re

from s3tui.credentials.renewal.answers import credentials_in, pasted, refusal
from s3tui.credentials.renewal.exchange import PlatformAnswer, PlatformRequest
from s3tui.errors import UsageError
from s3tui.model.source import HttpSource, Obtained

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


def request_for(source: HttpSource) -> PlatformRequest:
    """What to send.

    Raises:
        UsageError: header or token cannot be sent.
    """
    headers: tuple[tuple[str, str], ...] = ()
    token = source.token.strip()
    if token:
        if not _HEADER_NAME.fullmatch(source.header.strip()):
            raise UsageError("The header's name cannot be used.", next_step="Usually it is Authorization.")
        if not token.isascii() or not token.isprintable():
            raise UsageError("The token holds characters that no token has.", next_step="Copy it once more.")
        headers = ((source.header.strip(), token),)
    body: bytes | None = None
    if source.method == "POST":
        body = source.body.encode()
        headers += (("Content-Type", "application/json"),) if body else ()
    bare = token.partition(" ")[2] or token
    return PlatformRequest(
        "The address", source.url.strip(), source.method, headers, body, tuple(filter(None, (token, bare)))
    )


def read(source: HttpSource, request: PlatformRequest, answer: PlatformAnswer) -> Obtained:
    """Take the credentials out of the answer.

    Raises:
        StorageError: it refused, or the answer is not understood.
    """
    refused = refusal(request, answer)
    if refused is not None:
        raise refused
    if source.names.access_key_id:
        return Obtained(credentials_in(request, answer, source.names))
    return pasted(request, answer)
