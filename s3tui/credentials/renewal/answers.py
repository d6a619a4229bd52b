"""Reads credentials out of a platform's answer, and refusals that mean the same everywhere."""

from collections.abc import Mapping

from s3tui.credentials.paste import PasteError, parse_paste
from s3tui.credentials.reading.times import instant
from s3tui.credentials.renewal.exchange import PlatformAnswer, PlatformRequest, words_of
from s3tui.errors import (
    AccessDenied,
    Busy,
    CredentialsRefused,
    NotFound,
    ServerFault,
    StorageError,
    Unreachable,
)
from s3tui.model.credentials import Credentials
from s3tui.model.source import FieldNames, Obtained

CAMEL = FieldNames("accessKeyId", "secretAccessKey", "sessionToken", "expiration")
"""What most platforms call the four values."""


def credentials_in(request: PlatformRequest, answer: PlatformAnswer, names: FieldNames) -> Credentials:
    """Return the credentials that a JSON answer holds under these names.

    The expiry is taken as it is: whether it has passed is for the server's clock to say, not for ours.

    Raises:
        ServerFault: they are not there.
    """
    document = answer.document()
    key_id, secret = (value_at(document, name) for name in (names.access_key_id, names.secret_access_key))
    if not key_id or not secret:
        raise no_credentials(request, answer)
    return Credentials(
        key_id,
        secret,
        value_at(document, names.session_token) or None,
        instant(value_at(document, names.expiration)),
    )


def value_at(document: object, path: str) -> str:
    """The text at a path of names with dots between them; empty when there is none."""
    found = document
    for name in path.split(".") if path else ():
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return str(found).strip() if path else ""


def pasted(request: PlatformRequest, answer: PlatformAnswer) -> Obtained:
    """Return what an answer of unknown form holds, read as a paste would be.

    Raises:
        ServerFault: it is not understood.
    """
    try:
        found = parse_paste(answer.text)
    except PasteError as error:
        if error.code == "not_credentials":
            raise no_credentials(request, answer) from None
        raise ServerFault(f"The answer of {request.platform} cannot be used: {error.sentence}") from None
    return Obtained(
        Credentials(found.access_key_id, found.secret_access_key, found.session_token, found.expiration),
        endpoint_url=found.endpoint_url,
        region=found.region,
        bucket=found.bucket,
        prefix=found.prefix or "",
    )


def no_credentials(request: PlatformRequest, answer: PlatformAnswer) -> ServerFault:
    """What to say of an answer without credentials."""
    return ServerFault(
        f"{request.platform} answered, but not with credentials.",
        next_step="Check the address: it must be that of the interface, not of a page.",
        detail=f"HTTP {answer.status}, {len(answer.body)} bytes",
    )


def refusal(request: PlatformRequest, answer: PlatformAnswer) -> StorageError | None:
    """What an answer refuses, in words that fit every platform; None when it is a success."""
    status, platform = answer.status, request.platform
    if 200 <= status < 300:
        return None
    words = words_of(answer, request.secrets)
    said = f": {words}" if words else ""
    detail = f"HTTP {status}{' ' if words else ''}{words}"
    if status == 401:
        return CredentialsRefused(
            f"{platform} does not take this token{said}".rstrip(".") + ".",
            next_step="Make a new one on its page and connect again.",
            detail=detail,
        )
    if status == 403:
        return AccessDenied(
            f"{platform} does not give you credentials for this{said}".rstrip(".") + ".",
            next_step="Ask the owner of the data for access.",
            detail=detail,
        )
    if status in (404, 410):
        return NotFound(
            f"{platform} does not know this place{said}".rstrip(".") + ".",
            next_step="Check its name and the address.",
            detail=detail,
        )
    if status == 429 or status == 503:
        return Busy(f"{platform} asks for fewer requests.", next_step="Try again in a minute.", detail=detail)
    if status >= 500 or status == 408:
        return Unreachable(
            f"{platform} has a fault of its own{said}".rstrip(".") + ".",
            next_step="Try again later.",
            detail=detail,
        )
    return ServerFault(f"{platform} refused{said}".rstrip(".") + ".", detail=detail)
