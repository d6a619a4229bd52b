"""AWS as its users meet it: the portal's forms, SSO, programs, and what `export-credentials` prints."""

import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from s3tui.demo.access import DemoAccess
from s3tui.demo.process import DemoServer
from s3tui.model.credentials import Connection, Endpoint, Workspace
from s3tui.model.source import ProfileSource
from tests.platforms.front import Front, root_of
from tests.platforms.standin import Answered, Asked, StandIn


def place(access: DemoAccess) -> Connection:
    """Where the credentials are good."""
    return Connection(Endpoint(access.endpoint_url), Workspace(access.bucket, access.prefix))


def ends(access: DemoAccess) -> datetime:
    """The end of temporary credentials."""
    assert access.expiration is not None
    return access.expiration


def shell(access: DemoAccess) -> str:
    """The portal's first form."""
    return (
        f'export AWS_ACCESS_KEY_ID="{access.access_key_id}"\n'
        f'export AWS_SECRET_ACCESS_KEY="{access.secret_access_key}"\n'
        f'export AWS_SESSION_TOKEN="{access.session_token}"\n'
    )


def section(access: DemoAccess) -> str:
    """The portal's second form, for the credentials file."""
    return (
        "[111122223333_ReefReader]\n"
        f"aws_access_key_id={access.access_key_id}\n"
        f"aws_secret_access_key={access.secret_access_key}\n"
        f"aws_session_token={access.session_token}\n"
    )


def values(access: DemoAccess) -> str:
    """The portal's third form, one value after the other."""
    return (
        f"AWS access key ID\n{access.access_key_id}\n"
        f"AWS secret access key\n{access.secret_access_key}\n"
        f"AWS session token\n{access.session_token}\n"
    )


def exported(access: DemoAccess) -> str:
    """What `aws configure export-credentials` prints when it is not told how."""
    return json.dumps(
        {
            "Version": 1,
            "AccessKeyId": access.access_key_id,
            "SecretAccessKey": access.secret_access_key,
            "SessionToken": access.session_token,
            "Expiration": ends(access).isoformat(timespec="seconds"),
        },
        indent=2,
    )


def exported_env(access: DemoAccess) -> str:
    """The same with `--format env`."""
    return shell(access).replace('"', "") + (
        f"export AWS_CREDENTIAL_EXPIRATION={ends(access).isoformat(timespec='seconds')}\n"
    )


async def in_use(front: Front, access: DemoAccess) -> None:
    """Wait until the screen names these credentials."""
    await front.until(lambda: front.state.label[-4:] == access.access_key_id[-4:])


async def test_what_the_portal_and_the_command_line_show_opens_the_place(
    front: Front, demo: DemoServer, tmp_path: Path
) -> None:
    for form in (shell, section, values, exported, exported_env):
        access = demo.renew(900)
        where = f"\naws s3 ls s3://{access.bucket}/{access.prefix}\n"
        home = await front.paste(form(access) + where, access.endpoint_url)
        assert str(home) == f"s3://{access.bucket}/{access.prefix}"
        await in_use(front, access)
        known = form in (exported, exported_env)
        assert (front.state.expires_at is not None) is known, "the portal's forms do not say when they end"
    await front.round_trip(home, tmp_path)


@pytest.mark.parametrize("session", [True, False], ids=["sso-session", "old-settings"])
async def test_an_sso_login_leads_to_the_files_and_renews(
    front: Front, demo: DemoServer, service: StandIn, home: Path, tmp_path: Path, session: bool
) -> None:
    """The login itself is the browser's; what it leaves behind is traded for credentials."""
    access = demo.renew(900)

    def portal(asked: Asked) -> Answered:
        if asked.headers.get("x-amz-sso_bearer_token") != "sso-access-token":
            return Answered(401, {"message": "Session token not found or invalid"})
        assert asked.path.startswith("/federation/credentials?")
        assert "role_name=ReefReader" in asked.path
        assert "account_id=111122223333" in asked.path
        given = {
            "accessKeyId": access.access_key_id,
            "secretAccessKey": access.secret_access_key,
            "sessionToken": access.session_token,
            "expiration": int(ends(access).timestamp() * 1000),
        }
        return Answered(200, {"roleCredentials": given})

    service.answer = portal
    start = "https://reef.awsapps.com/start"
    login = f"sso_region = eu-west-1\nsso_start_url = {start}\n"
    text = "[profile reef]\nsso_account_id = 111122223333\nsso_role_name = ReefReader\nservices = here\n"
    text += f"sso_session = uni\n[sso-session uni]\n{login}" if session else login
    text += f"[services here]\nsso =\n  endpoint_url = {service.url}\n"
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    (home / ".aws" / "config").write_text(text)

    refused = await front.refused(front.client.connect_from(ProfileSource("reef"), place(access)))
    assert "not logged in with SSO" in refused.sentence
    assert "aws sso login --profile reef" in refused.next_step

    key = "uni" if session else start
    token = {
        "startUrl": start,
        "region": "eu-west-1",
        "accessToken": "sso-access-token",
        "expiresAt": (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    (cache / f"{hashlib.sha1(key.encode()).hexdigest()}.json").write_text(json.dumps(token))
    found = await front.client.connect_from(ProfileSource("reef"), place(access))
    await front.until(lambda: front.state.renews)
    assert front.state.expires_at == int(ends(access).timestamp() * 1000) / 1000
    await front.round_trip(root_of(found), tmp_path)

    service.answer = lambda _: Answered(403, {"message": "No access"})
    no_role = await front.refused(front.client.connect_from(ProfileSource("reef"), place(access)))
    assert "does not reach the account and role of profile reef: No access" in no_role.sentence
    assert "sso_role_name" in no_role.next_step
    service.answer = lambda _: Answered(401, {"message": "Session token not found or invalid"})
    ended = await front.refused(front.client.connect_from(ProfileSource("reef"), place(access)))
    assert "aws sso login --profile reef" in ended.next_step
    assert "sso-access-token" not in ended.text + ended.detail


async def test_a_program_named_in_a_profile_gives_the_keys(
    front: Front, demo: DemoServer, home: Path, tmp_path: Path
) -> None:
    access = demo.renew(900)
    program = tmp_path / "give keys.py"
    program.write_text(f"print({exported(access)!r})\n")
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        f"[profile lab]\ncredential_process = {sys.executable} '{program}'\n"
        f"region = ap-southeast-2\nendpoint_url = {access.endpoint_url}\n"
    )
    wanted = Connection(Endpoint(), Workspace(access.bucket, access.prefix))
    found = await front.client.connect_from(ProfileSource("lab"), wanted)
    assert (found.endpoint.url, found.endpoint.region) == (access.endpoint_url, "ap-southeast-2")
    await front.until(lambda: front.state.renews)
    await front.round_trip(root_of(found), tmp_path)
