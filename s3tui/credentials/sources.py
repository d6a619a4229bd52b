"""What the machine already holds: credentials in the environment, and the profiles of `~/.aws`.

Read without any S3 library, so that the screen can offer them before the engine is up. Nothing is run and
nobody is asked: a profile that needs a program, a login or a role is listed, and the engine gets its keys
when it is chosen.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from s3tui.credentials.aws_files import AwsFiles, Section, read_aws_files
from s3tui.credentials.paste import ParsedPaste
from s3tui.credentials.reading.endpoints import endpoint_address, is_aws_endpoint
from s3tui.model.credentials import Endpoint

Kind = Literal["static", "sso", "role", "process", "web-identity", "instance", "empty", "broken"]
"""How a profile gets its credentials."""


ASKED = frozenset({"sso", "role", "process", "web-identity", "instance"})
"""Kinds whose keys are got by asking somebody: the engine does that."""


class FoundCredentials(Struct, frozen=True):
    """Credentials that are ready to use."""

    parsed: ParsedPaste
    origin: str
    """Where they were found, for people: "environment" or "profile reef"."""


class FoundProfile(Struct, frozen=True):
    """A profile of the AWS files: with keys, with a way to get some, or with the reason for neither."""

    name: str
    kind: Kind
    parsed: ParsedPaste | None = None
    """Set for static keys only."""

    region: str | None = None
    endpoint_url: str | None = None
    reason: str = ""
    """Why it can give no keys, in one sentence; empty for those that have some and for `ASKED` kinds."""

    @property
    def usable(self) -> bool:
        """Whether it has keys of its own."""
        return self.parsed is not None


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """The `AWS_*` variables, which a source needs to find what the user's own tools would find."""
    return {name: value for name, value in environ.items() if name.startswith("AWS_")}


def endpoint_told(environ: Mapping[str, str]) -> Endpoint:
    """Return the server, region and authorities that the `AWS_*` variables name, as far as they do."""
    return Endpoint(
        url=_endpoint(environ.get("AWS_ENDPOINT_URL_S3"), environ.get("AWS_ENDPOINT_URL")),
        region=_value(environ, "AWS_REGION", "AWS_DEFAULT_REGION"),
        ca_file=_value(environ, "AWS_CA_BUNDLE"),
    )


def from_environment(environ: Mapping[str, str]) -> FoundCredentials | None:
    """Return the credentials of the `AWS_*` variables, or None when id or secret is not set."""
    key_id = environ.get("AWS_ACCESS_KEY_ID", "").strip()
    secret = environ.get("AWS_SECRET_ACCESS_KEY", "").strip()
    if not key_id or not secret:
        return None
    told = endpoint_told(environ)
    parsed = ParsedPaste(
        access_key_id=key_id,
        secret_access_key=secret,
        session_token=_value(environ, "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
        expiration=_instant(environ.get("AWS_CREDENTIAL_EXPIRATION", "")),
        region=told.region,
        endpoint_url=told.url,
    )
    return FoundCredentials(parsed, "environment")


def profiles(environ: Mapping[str, str]) -> tuple[FoundProfile, ...]:
    """Return the profiles of the AWS files, those of the credentials file first.

    Args:
        environ: the environment, for HOME and the variables that move the files and set the region.

    A file that cannot be read becomes a profile of kind "broken" whose reason says why.
    """
    files = read_aws_files(environ)
    found = [_profile(name, files, environ) for name in files.profile_names()]
    found += [FoundProfile(name=path, kind="broken", reason=reason) for path, reason in files.problems]
    return tuple(found)


def _profile(name: str, files: AwsFiles, environ: Mapping[str, str]) -> FoundProfile:
    secrets = files.credentials.get(name, {})
    settings = files.settings.get(name, {})
    merged: Section = {**settings, **secrets}
    region = merged.get("region") or _value(environ, "AWS_REGION", "AWS_DEFAULT_REGION")
    endpoint = _endpoint(files.s3_endpoint(settings), merged.get("endpoint_url"))
    kind = _kind(merged)
    if kind != "static":
        return FoundProfile(
            name=name, kind=kind, region=region, endpoint_url=endpoint, reason=_reason(name, kind, merged)
        )
    # A token belongs to the pair it stands with, so id, secret and token come from one file.
    pair = secrets if "aws_access_key_id" in secrets else settings
    parsed = ParsedPaste(
        access_key_id=pair["aws_access_key_id"],
        secret_access_key=pair["aws_secret_access_key"],
        session_token=pair.get("aws_session_token") or pair.get("aws_security_token") or None,
        expiration=_expiration(pair),
        region=region,
        endpoint_url=endpoint,
        profile=name,
    )
    return FoundProfile(name=name, kind="static", parsed=parsed, region=region, endpoint_url=endpoint)


def _kind(merged: Section) -> Kind:
    """The way botocore would take: a role before keys, keys before SSO and programs."""
    if "role_arn" in merged:
        return "web-identity" if "web_identity_token_file" in merged else "role"
    if merged.get("aws_access_key_id") and merged.get("aws_secret_access_key"):
        return "static"
    if "sso_session" in merged or "sso_start_url" in merged:
        return "sso"
    if "credential_process" in merged:
        return "process"
    if "credential_source" in merged:
        return "instance"
    return "empty"


def _reason(name: str, kind: Kind, merged: Section) -> str:
    shown = f'"{name}"' if any(character.isspace() for character in name) else name
    if kind in ASKED:
        return ""
    if merged.get("aws_access_key_id") or merged.get("aws_secret_access_key"):
        return f"Profile {name} has only half a key pair: run `aws configure --profile {shown}`."
    return f"Profile {name} holds no keys, only settings: run `aws configure --profile {shown}` to add them."


def _expiration(pair: Section) -> dt.datetime | None:
    for name in ("aws_expiration", "x_security_token_expires", "expiration", "aws_credential_expiration"):
        if name in pair:
            return _instant(pair[name])
    return None


def _instant(text: str) -> dt.datetime | None:
    if not text:
        return None
    # Its patterns take as long to compile as all the rest of this: most keys come without a time.
    from s3tui.credentials.reading.times import instant

    return instant(text)


def _value(environ: Mapping[str, str], *names: str) -> str | None:
    return next((value for name in names if (value := environ.get(name, "").strip())), None)


def _endpoint(*candidates: str | None) -> str | None:
    """The first candidate that is a usable address; AWS's own hosts need none."""
    for candidate in candidates:
        if candidate and candidate.strip():
            address = endpoint_address(candidate.strip().rstrip("/"))
            return None if address is None or is_aws_endpoint(address) else address
    return None
