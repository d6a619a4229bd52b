"""botocore's providers for one profile, put together so that none of them asks on a terminal or waits long.

Only what the profile itself names is used: neither keys of the environment nor the role of the machine,
unless the profile says `credential_source`.
"""

import functools
from collections.abc import Mapping
from typing import Any

from aiobotocore.credentials import (
    AioAssumeRoleProvider,
    AioCanonicalNameCredentialSourcer,
    AioContainerProvider,
    AioCredentialResolver,
    AioEnvProvider,
    AioInstanceMetadataProvider,
    AioProcessProvider,
    AioProfileProviderBuilder,
)
from aiobotocore.session import AioSession
from aiobotocore.utils import AioInstanceMetadataFetcher, create_nested_client

from s3tui.storage.profile_programs import Programs
from s3tui.storage.verified_tls import VerifyingConfig

METADATA_SECONDS = 1.0
"""For one answer of the metadata service; where there is none, some networks swallow the question."""

_LIMITS = VerifyingConfig(
    connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2}
)

Section = Mapping[str, Any]


def session_for(name: str, surroundings: Mapping[str, str]) -> AioSession:
    """Return a session that reads the profile's files as the user's `AWS_*` variables say."""
    session = AioSession(profile=name)
    # SSO makes its clients without asking us: what is set here holds for them, too.
    session.set_default_client_config(_LIMITS)
    for setting, variable in {
        "config_file": "AWS_CONFIG_FILE",
        "credentials_file": "AWS_SHARED_CREDENTIALS_FILE",
        "ca_bundle": "AWS_CA_BUNDLE",
    }.items():
        if surroundings.get(variable):
            session.set_config_variable(setting, surroundings[variable])
    return session


def sections_of(session: AioSession) -> Mapping[str, Section]:
    """The settings of every profile, both files together; raises ConfigParseError."""
    found: Mapping[str, Section] = session.full_config.get("profiles", {})
    return found


def mfa_serials(profiles: Mapping[str, Section], name: str) -> tuple[str, ...]:
    """The MFA devices that are asked for on the way to a profile's credentials, nearest first."""
    serials: list[str] = []
    visited: set[str] = set()
    while name in profiles and name not in visited:
        visited.add(name)
        section = profiles[name]
        if "role_arn" not in section or "web_identity_token_file" in section:
            break
        if section.get("mfa_serial"):
            serials.append(section["mfa_serial"])
        name = section.get("source_profile", "")
    return tuple(dict.fromkeys(serials))


def resolver_for(
    session: AioSession,
    name: str,
    surroundings: Mapping[str, str],
    programs: Programs,
    codes: Mapping[str, str],
) -> AioCredentialResolver:
    """Return a resolver for one profile.

    Args:
        session: of `session_for`.
        name: the profile.
        surroundings: the user's `AWS_*` variables.
        programs: starts what `credential_process` names.
        codes: an MFA code for each device of `mfa_serials`.
    """
    region = (
        session.get_config_variable("region")
        or surroundings.get("AWS_REGION")
        or surroundings.get("AWS_DEFAULT_REGION")
        or "us-east-1"
    )
    creator = functools.partial(_client, session, surroundings, region)
    builder = _Builder(session, cache={}, region_name=region)
    builder.programs, builder.creator = programs, creator
    roles = AioAssumeRoleProvider(
        load_config=lambda: session.full_config,
        client_creator=creator,
        cache={},
        profile_name=name,
        prompter=functools.partial(_code_for, codes),
        credential_sourcer=AioCanonicalNameCredentialSourcer(
            [
                AioEnvProvider(dict(surroundings)),
                container_provider(surroundings),
                instance_provider(surroundings),
            ]
        ),
        profile_provider_builder=builder,
    )
    return AioCredentialResolver([roles, *builder.providers(profile_name=name, disable_env_vars=True)])


def container_provider(surroundings: Mapping[str, str]) -> AioContainerProvider:
    """The provider for containers; it gives nothing where no variable names an address."""
    return AioContainerProvider(environ=dict(surroundings))


def instance_provider(surroundings: Mapping[str, str]) -> AioInstanceMetadataProvider:
    """The provider for a machine's role: IMDSv2 only, asked once."""
    endpoint = surroundings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or None
    ipv6 = surroundings.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "").lower() == "ipv6"
    return AioInstanceMetadataProvider(
        iam_role_fetcher=AioInstanceMetadataFetcher(
            timeout=METADATA_SECONDS,
            num_attempts=1,
            # Switching it off is for those who look everywhere; here somebody asked for it.
            env={},
            config={
                "ec2_metadata_service_endpoint": endpoint,
                "ec2_metadata_service_endpoint_mode": "ipv6" if ipv6 else "ipv4",
                "ec2_metadata_v1_disabled": True,
            },
        )
    )


class _Builder(AioProfileProviderBuilder):  # type: ignore[misc]
    """aiobotocore's builder with our programs and our clients."""

    programs: Programs
    creator: Any

    def _create_process_provider(self, profile_name: str) -> AioProcessProvider:
        return AioProcessProvider(
            profile_name=profile_name,
            load_config=lambda: self._session.full_config,
            popen=self.programs.start,
        )

    def _create_web_identity_provider(self, profile_name: str, disable_env_vars: bool) -> Any:
        provider = super()._create_web_identity_provider(profile_name, disable_env_vars)
        provider._client_creator = self.creator
        return provider


def _client(
    session: AioSession, surroundings: Mapping[str, str], region: str, service: str, **more: Any
) -> Any:
    """A client for STS with limits of ours, at the address that the surroundings name."""
    given = more.pop("config", None)
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    return create_nested_client(
        session,
        service,
        region_name=region,
        endpoint_url=surroundings.get(variable) or surroundings.get("AWS_ENDPOINT_URL") or None,
        config=_LIMITS.merge(given) if given is not None else _LIMITS,
        **more,
    )


def _code_for(codes: Mapping[str, str], prompt: str) -> str:
    """The code that was asked for beforehand: botocore asks in the middle of its work, and blocks."""
    return next((code for serial, code in codes.items() if serial in prompt), "")
