"""Credentials from the AWS files and from this machine's role, by aiobotocore's own ways of finding them.

Profiles of every kind: keys, roles (with an MFA code that the user is asked for), SSO, programs and web
identity. Nothing is kept: each call looks anew, within a limit.
"""

import asyncio
import datetime as dt
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import botocore.exceptions as boto
from botocore.parsers import ResponseParserError
from msgspec.structs import replace

from s3tui.credentials.reading.endpoints import endpoint_address, is_aws_endpoint
from s3tui.credentials.sources import FoundProfile, profiles
from s3tui.errors import (
    AccessDenied,
    CredentialsRefused,
    NotFound,
    S3tuiError,
    ServerFault,
    Unreachable,
    UsageError,
)
from s3tui.formatting import printable
from s3tui.model.credentials import Credentials
from s3tui.model.source import InstanceSource, Obtained, ProfileSource
from s3tui.storage.profile_chain import (
    container_provider,
    instance_provider,
    mfa_serials,
    resolver_for,
    sections_of,
    session_for,
)
from s3tui.storage.profile_programs import Programs, short_words

FOREIGN: tuple[type[BaseException], ...] = (
    boto.BotoCoreError,
    boto.ClientError,
    ResponseParserError,
    aiohttp.ClientError,
    OSError,
    ValueError,
    KeyError,
    AttributeError,
)
"""What botocore's ways may raise; the last three where JSON is not what it expects."""

PROFILE_SECONDS = 30.0
"""For everything a profile needs, its programs included; questions to the user are not counted."""

INSTANCE_SECONDS = 4.0
"""For the role of a machine or container, which answers at once where there is one."""

Ask = Callable[[str, bool], Awaitable[str]]
"""Asks the user; the second argument hides what is typed. Raises S3tuiError when there is no answer."""

_MESSAGE_LENGTH = 300
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_CLOCK = re.compile(r"signature (?:expired|not yet current)", re.I)
_UNKNOWN_KEYS = frozenset({"InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"})


async def from_profile(source: ProfileSource, ask: Ask, limit: float = PROFILE_SECONDS) -> Obtained:
    """Return what a profile leads to.

    Raises:
        NotFound: there is no such profile.
        UsageError: its settings cannot work.
        StorageError: what it names refused or did not answer.
    """
    programs = Programs(source.name, source.surroundings)
    try:
        session = session_for(source.name, source.surroundings)
        sections = sections_of(session)
        if source.name not in sections:
            raise NotFound(f"There is no profile {source.name} in ~/.aws.", next_step="Check its name.")
        if "credential_source" in sections[source.name] and "role_arn" not in sections[source.name]:
            return await from_instance(InstanceSource(source.surroundings))
        serials = mfa_serials(sections, source.name)
        codes = {
            serial: await ask(f"MFA code of {serial} for profile {source.name}", False) for serial in serials
        }
        async with asyncio.timeout(limit):
            resolver = resolver_for(session, source.name, source.surroundings, programs, codes)
            credentials = await _frozen(await resolver.load_credentials())
    except S3tuiError:
        raise
    except FOREIGN as error:
        raise _translated(error, source.name, limit) from None
    finally:
        await programs.end()
    if credentials is None:
        raise UsageError(
            f"Profile {source.name} holds no keys and no way to get some.",
            next_step=f"Run `aws configure --profile {source.name}`.",
        )
    return _at_its_place(credentials, source, interactive=bool(serials))


async def from_instance(source: InstanceSource, limit: float = INSTANCE_SECONDS) -> Obtained:
    """Return the credentials of this container's or machine's role.

    Raises:
        NotFound: there is none.
    """
    found: Credentials | None = None
    reason = "nothing answers at the metadata address"
    try:
        async with asyncio.timeout(limit):
            for provider in (
                container_provider(source.surroundings),
                instance_provider(source.surroundings),
            ):
                if found is None:
                    found = await _frozen(await provider.load())
    except TimeoutError:
        reason = "its service does not answer in time"
    except boto.MetadataRetrievalError:
        pass  # no session of version 2 could be had: most often there is no such service at all
    except FOREIGN as error:
        reason = f"its service refused ({type(error).__name__})"
    if found is None:
        raise NotFound(
            f"This machine has no role: {reason}.",
            next_step="Roles exist on machines and containers inside AWS; paste credentials instead.",
        )
    region = source.surroundings.get("AWS_REGION") or source.surroundings.get("AWS_DEFAULT_REGION")
    return Obtained(found, endpoint_url=_told_endpoint(source.surroundings), region=region or None)


async def _frozen(found: Any) -> Credentials | None:
    """Our value of botocore's credentials, which are asked for no more than once."""
    if found is None:
        return None
    values = getattr(found, "_frozen_credentials", None) or await found.get_frozen_credentials()
    expiry = getattr(found, "_expiry_time", None)
    return Credentials(
        values.access_key,
        values.secret_key,
        values.token or None,
        expiry.astimezone(dt.UTC) if isinstance(expiry, dt.datetime) else None,
    )


def _at_its_place(credentials: Credentials, source: ProfileSource, *, interactive: bool) -> Obtained:
    environ = {"HOME": os.environ.get("HOME", ""), **source.surroundings}
    known = {found.name: found for found in profiles(environ)}
    found = known.get(source.name) or FoundProfile(source.name, "empty")
    if found.parsed is not None and credentials.expiration is None:
        # botocore knows no expiry for keys in a file; whoever wrote them there may have told it.
        credentials = replace(credentials, expiration=found.parsed.expiration)
    return Obtained(
        credentials,
        endpoint_url=found.endpoint_url or _told_endpoint(source.surroundings),
        region=found.region,
        renewable=not interactive and found.kind != "static" and credentials.expiration is not None,
    )


def _told_endpoint(surroundings: Mapping[str, str]) -> str | None:
    told = surroundings.get("AWS_ENDPOINT_URL_S3") or surroundings.get("AWS_ENDPOINT_URL") or ""
    address = endpoint_address(told.strip().rstrip("/")) if told.strip() else None
    return None if address is None or is_aws_endpoint(address) else address


def _translated(error: BaseException, name: str, limit: float) -> S3tuiError:
    """What a foreign exception means; its text is shown only where it cannot hold a secret."""
    kind = type(error).__name__
    match error:
        case boto.SSOError() | boto.TokenRetrievalError():
            return _not_logged_in(name, kind)
        case boto.ClientError():
            return _refused(error, name)
        case ResponseParserError():
            return ServerFault(
                f"What profile {name} asks did not answer as AWS does.",
                next_step="Check the network; a login page or a proxy may stand in between.",
                detail=kind,
            )
        case boto.CredentialRetrievalError():
            words = short_words(str(error.kwargs.get("error_msg", "")))
            return CredentialsRefused(
                f"Profile {name} got no credentials{': ' if words else '.'}{words}",
                next_step="Run what it names in a terminal to see more.",
                detail=str(error.kwargs.get("provider", kind)),
            )
        case boto.PartialCredentialsError():
            missing = printable(str(error.kwargs.get("cred_var", "a setting")))
            return UsageError(
                f"Profile {name} is incomplete: {missing} is missing.",
                next_step=f"Run `aws configure --profile {_shown(name)}`, or add it to ~/.aws/config.",
            )
        case boto.InvalidConfigError() | boto.ConfigParseError() | boto.UnknownCredentialError():
            words = " ".join(printable(str(error)).split())[:_MESSAGE_LENGTH]
            return UsageError(f"Profile {name} cannot be used: {words}", next_step="Check ~/.aws/config.")
        case TimeoutError():
            return Unreachable(
                f"Profile {name} had no credentials within {limit:.0f} s.", next_step="Try again."
            )
        case OSError() if error.filename:
            file = printable(str(error.filename))
            return UsageError(f"Profile {name} needs {file}, which cannot be read: {error.strerror}.")
        case ValueError() | KeyError() | AttributeError():
            return ServerFault(
                f"What profile {name} runs or asks did not answer with credentials.",
                next_step="A credential_process prints one JSON object with Version 1.",
                detail=kind,
            )
    return Unreachable(
        f"The service that profile {name} asks did not answer.",
        next_step="Check the network and try again.",
        detail=kind,
    )


def _refused(error: boto.ClientError, name: str) -> S3tuiError:
    told = error.response.get("Error") or {}
    code = str(told.get("Code") or "")
    words = " ".join(printable(str(told.get("Message") or "")).split())[:_MESSAGE_LENGTH]
    said = f": {words}" if words else "."
    if error.operation_name == "GetRoleCredentials" and (login := _login_refused(error, name, said)):
        return login
    if _CLOCK.search(words):
        return ServerFault(
            f"This computer's clock is wrong, so what profile {name} signs is refused.",
            next_step="Have the clock set; new keys will not help.",
            detail=f"{code} {words}",
        )
    if code in _EXPIRED:
        return CredentialsRefused(
            f"The keys that profile {name} starts from have expired.",
            next_step="Renew those first, then try again.",
            detail=code,
        )
    if code in _UNKNOWN_KEYS:
        return CredentialsRefused(
            f"The keys that profile {name} starts from are not known.",
            next_step="Check them in ~/.aws/credentials.",
            detail=code,
        )
    if "MultiFactorAuthentication" in words or "MFA" in words:
        return CredentialsRefused(
            f"The MFA code for profile {name} was not accepted.",
            next_step="Wait for the next code and try again; each can be used once.",
            detail=f"{code} {words}",
        )
    if code.startswith("AccessDenied"):
        return AccessDenied(
            f"You may not assume the role of profile {name}{said}",
            next_step="Ask the owner of the role.",
            detail=code,
        )
    return ServerFault(
        f"Profile {name} was refused{said}", next_step="Check its settings in ~/.aws/config.", detail=code
    )


def _login_refused(error: boto.ClientError, name: str, said: str) -> S3tuiError | None:
    """What SSO says when it gives no credentials for a login; None when it is nothing of its own."""
    answer: Mapping[str, Any] = error.response.get("ResponseMetadata") or {}
    status = answer.get("HTTPStatusCode")
    if status == 401:
        return _not_logged_in(name, "401")
    if status in (403, 404):
        return AccessDenied(
            f"Your SSO login does not reach the account and role of profile {name}{said}",
            next_step="Check its sso_account_id and sso_role_name, or ask for the role.",
            detail=str(status),
        )
    return None


def _not_logged_in(name: str, detail: str) -> CredentialsRefused:
    return CredentialsRefused(
        f"Profile {name} is not logged in with SSO.",
        next_step=f"Run `aws sso login --profile {_shown(name)}` and try again.",
        detail=detail,
    )


def _shown(name: str) -> str:
    return f'"{name}"' if any(character.isspace() for character in name) else name
