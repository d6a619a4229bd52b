"""Profiles of every kind and the machine's own role, against programs and services that really answer."""

import datetime as dt
import json
import os
import sys
from pathlib import Path

import pytest

from s3tui.errors import AccessDenied, CredentialsRefused, NotFound, ServerFault, Unreachable, UsageError
from s3tui.model.source import InstanceSource, ProfileSource
from s3tui.storage.profiles import from_instance, from_profile
from tests.platforms.standin import Answered, Asked, StandIn
from tests.servers.moto_server import MotoServer

KEY, SECRET, TOKEN = "ASIAQX5TESTKEYQX7M42", "wJalrXUtnFEMIK7MDENGbPxRfiCYtestkey12345", "tok" + "E5t" * 30
ENDS = dt.datetime(2036, 5, 1, 12, tzinfo=dt.UTC)
ENDED = "2036-05-01T12:00:00Z"
SERIAL = "arn:aws:iam::111122223333:mfa/alice"


async def nobody(text: str, hidden: bool) -> str:
    """Fails: nothing was to be asked."""
    raise AssertionError(f"asked: {text}")


class Answers:
    """A user who types the same to every question."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.questions: list[str] = []

    async def __call__(self, text: str, hidden: bool) -> str:
        """Answer."""
        self.questions.append(text)
        return self.text


@pytest.fixture
def config(home: Path) -> Path:
    """Gives the path of the configuration file, its folder made."""
    (home / ".aws").mkdir()
    return home / ".aws" / "config"


def sts_answer(action: str = "AssumeRole") -> Answered:
    """What STS answers to those who may assume a role."""
    return Answered(
        200,
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
        f"<AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
        f"<SessionToken>{TOKEN}</SessionToken><Expiration>{ENDED}</Expiration></Credentials><AssumedRoleUser>"
        "<Arn>arn:aws:sts::111122223333:assumed-role/reader/s3tui</Arn><AssumedRoleId>AROAX:s3tui</AssumedRoleId>"
        f"</AssumedRoleUser></{action}Result></{action}Response>",
        {"Content-Type": "text/xml"},
    )


def sts_refusal(code: str, message: str) -> Answered:
    """How STS refuses."""
    return Answered(
        403,
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>1</RequestId></ErrorResponse>",
        {"Content-Type": "text/xml"},
    )


def role(url: str, more: str = "") -> str:
    """A profile that assumes a role, its STS at an address, and the keys it starts from."""
    return (
        f"[profile reef]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = base\n{more}\n"
        f"services = here\nregion = ap-southeast-2\n[services here]\nsts =\n  endpoint_url = {url}\n"
        "s3 =\n  endpoint_url = https://s3.reef.example.org\n"
        "[profile base]\naws_access_key_id = AKIABASE1234567890AB\naws_secret_access_key = base/secret\n"
    )


# ---- keys, files -----------------------------------------------------------------------------------------


async def test_keys_in_a_file_are_taken_with_their_place(config: Path) -> None:
    config.write_text(
        f"[profile reef]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n"
        f"aws_session_token={TOKEN}\naws_expiration={ENDED}\nregion=eu-west-2\nendpoint_url=https://s3.example.org\n"
    )
    found = await from_profile(ProfileSource("reef"), nobody)
    assert (found.credentials.access_key_id, found.credentials.session_token) == (KEY, TOKEN)
    assert found.credentials.expiration == ENDS
    assert (found.region, found.endpoint_url) == ("eu-west-2", "https://s3.example.org")
    assert not found.renewable


async def test_files_are_read_where_the_variables_of_the_user_say(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(f"[reef]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n")
    surroundings = {
        "AWS_SHARED_CREDENTIALS_FILE": str(elsewhere),
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    }
    found = await from_profile(ProfileSource("reef", surroundings), nobody)
    assert (found.credentials.secret_access_key, found.endpoint_url) == (SECRET, "http://127.0.0.1:9")


async def test_neither_foreign_keys_nor_the_machine_stand_in_for_a_profile(
    config: Path, service: StandIn
) -> None:
    config.write_text("[profile empty]\nregion = eu-west-1\n")
    surroundings = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url,
    }
    with pytest.raises(UsageError, match="no keys and no way"):
        await from_profile(ProfileSource("empty", surroundings), nobody)
    with pytest.raises(NotFound, match="no profile absent"):
        await from_profile(ProfileSource("absent", surroundings), nobody)
    assert not service.asked


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[profile x]\nrole_arn = arn:aws:iam::1:role/r\n", "is incomplete: source_profile"),
        ("[profile x]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = gone\n", "cannot be used"),
        (
            "[profile x]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = y\n"
            "[profile y]\nrole_arn = arn:aws:iam::1:role/q\nsource_profile = x\n",
            "cannot be used",
        ),
        ("[profile x]\naws_access_key_id = AKIA1234\n", "is incomplete: aws_secret_access_key"),
        ("[profile x\nbroken", "cannot be used"),
        ("[profile x]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n", "cannot be used"),
        ("[profile x]\ncredential_process = /nonexistent/program\n", "cannot be started"),
    ],
)
async def test_settings_that_cannot_work_are_named(config: Path, text: str, words: str) -> None:
    config.write_text(text)
    with pytest.raises(UsageError, match=words) as refused:
        await from_profile(ProfileSource("x"), nobody)
    assert "x" in refused.value.sentence


# ---- roles ---------------------------------------------------------------------------------------------


async def test_a_role_is_assumed_at_a_real_sts(config: Path, moto: MotoServer) -> None:
    config.write_text(role(moto.endpoint_url))
    found = await from_profile(ProfileSource("reef"), nobody)
    assert found.credentials.access_key_id.startswith("ASIA")
    assert found.credentials.session_token
    assert found.credentials.expiration is not None
    assert found.renewable
    assert (found.region, found.endpoint_url) == ("ap-southeast-2", "https://s3.reef.example.org")


async def test_the_mfa_code_comes_from_the_user_and_goes_to_sts(config: Path, service: StandIn) -> None:
    service.answer = lambda _: sts_answer()
    config.write_text(role(service.url, f"mfa_serial = {SERIAL}"))
    user = Answers("123456")
    found = await from_profile(ProfileSource("reef"), user)
    assert user.questions == [f"MFA code of {SERIAL} for profile reef"]
    (asked,) = service.asked
    assert b"TokenCode=123456" in asked.body
    assert found.credentials.expiration == ENDS
    assert not found.renewable


async def test_a_chain_of_roles_asks_once_for_each_device(config: Path, service: StandIn) -> None:
    service.answer = lambda _: sts_answer()
    text = role(service.url, f"mfa_serial = {SERIAL}").replace(
        "source_profile = base", "source_profile = mid"
    )
    text += (
        f"[profile mid]\nrole_arn = arn:aws:iam::1:role/mid\nsource_profile = base\nmfa_serial = {SERIAL}\n"
    )
    config.write_text(text)
    user = Answers("123456")
    await from_profile(ProfileSource("reef"), user)
    assert len(user.questions) == 1
    assert [b"role%2Fmid" in asked.body for asked in service.asked] == [True, False]


@pytest.mark.parametrize(
    ("code", "message", "error", "words"),
    [
        (
            "AccessDenied",
            "User: arn:aws:iam::1:user/alice is not authorized to perform: sts:AssumeRole on resource: r",
            AccessDenied,
            "may not assume the role of profile reef: User: arn:aws:iam::1:user/alice is not authorized",
        ),
        (
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
            CredentialsRefused,
            "MFA code for profile reef was not accepted",
        ),
        (
            "ExpiredToken",
            "The security token included in the request is expired",
            CredentialsRefused,
            "expired",
        ),
        ("InvalidClientTokenId", "The security token is invalid.", CredentialsRefused, "are not known"),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20361122T100000Z is now earlier than 20361122T101500Z",
            ServerFault,
            "computer's clock is wrong",
        ),
    ],
)
async def test_what_sts_refuses_is_explained(
    config: Path, service: StandIn, code: str, message: str, error: type[Exception], words: str
) -> None:
    service.answer = lambda _: sts_refusal(code, message)
    config.write_text(role(service.url))
    with pytest.raises(error, match=words):
        await from_profile(ProfileSource("reef"), nobody)


async def test_a_web_identity_is_traded_without_keys(config: Path, service: StandIn, tmp_path: Path) -> None:
    service.answer = lambda _: sts_answer("AssumeRoleWithWebIdentity")
    token = tmp_path / "token"
    config.write_text(
        f"[profile pod]\nrole_arn = arn:aws:iam::1:role/pod\nweb_identity_token_file = {token}\n"
        f"services = here\n[services here]\nsts =\n  endpoint_url = {service.url}\n"
    )
    with pytest.raises(UsageError, match="token, which cannot be read"):
        await from_profile(ProfileSource("pod"), nobody)
    token.write_text("eyJhbGciOi.pod.identity")
    found = await from_profile(ProfileSource("pod"), nobody)
    assert (found.credentials.access_key_id, found.renewable) == (KEY, True)
    assert b"WebIdentityToken=eyJhbGciOi.pod.identity" in service.asked[0].body


# ---- SSO -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        "sso_session = s\n[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n",
        "sso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n",
    ],
)
async def test_sso_without_a_login_names_the_command(config: Path, settings: str) -> None:
    config.write_text(
        f'[profile "my lab"]\nsso_account_id = 111122223333\nsso_role_name = reader\n{settings}'
    )
    with pytest.raises(CredentialsRefused, match="not logged in with SSO") as refused:
        await from_profile(ProfileSource("my lab"), nobody)
    assert '`aws sso login --profile "my lab"`' in refused.value.next_step


# ---- programs --------------------------------------------------------------------------------------------


def program(folder: Path, body: str) -> str:
    """Writes a program and returns what `credential_process` runs it with."""
    path = folder / "give-keys.py"
    path.write_text(f"import json, os, sys, time\n{body}\n")
    return f"{sys.executable} {path}"


GIVE = f"""print(json.dumps({{
    'Version': 1, 'AccessKeyId': {KEY!r}, 'SecretAccessKey': {SECRET!r}, 'SessionToken': {TOKEN!r},
    'Expiration': {ENDED!r},
}}))"""


async def test_a_program_gives_keys_without_seeing_ours(config: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen.json"
    run = program(
        tmp_path,
        f"json.dump([dict(os.environ), sys.stdin.read(), os.isatty(0)], open({str(seen)!r}, 'w'))\n{GIVE}",
    )
    config.write_text(f"[profile p]\ncredential_process = {run}\n")
    source = ProfileSource("p", {"AWS_SECRET_ACCESS_KEY": "of-somebody", "AWS_CA_BUNDLE": "/x.pem"})
    found = await from_profile(source, nobody)
    assert (found.credentials.access_key_id, found.credentials.expiration) == (KEY, ENDS)
    assert found.renewable
    environment, typed, terminal = json.loads(seen.read_text())
    assert environment["AWS_CA_BUNDLE"] == "/x.pem"
    assert "AWS_SECRET_ACCESS_KEY" not in environment
    assert (typed, terminal) == ("", False)


async def test_a_program_that_fails_is_quoted_without_secrets(config: Path, tmp_path: Path) -> None:
    run = program(tmp_path, f"sys.stderr.write('debug\\nlogin needed for {SECRET}\\n'); sys.exit(3)")
    config.write_text(f"[profile p]\ncredential_process = {run}\n")
    with pytest.raises(CredentialsRefused, match="got no credentials: login needed for …") as refused:
        await from_profile(ProfileSource("p"), nobody)
    assert SECRET not in f"{refused.value.sentence}{refused.value.detail}"


@pytest.mark.parametrize("body", [f"print('{SECRET}')", "print('[1]')", "print('{\"Version\": 1}')"])
async def test_a_program_that_prints_something_else_is_told(config: Path, tmp_path: Path, body: str) -> None:
    config.write_text(f"[profile p]\ncredential_process = {program(tmp_path, body)}\n")
    with pytest.raises((ServerFault, CredentialsRefused)) as refused:
        await from_profile(ProfileSource("p"), nobody)
    assert SECRET not in f"{refused.value.sentence}{refused.value.detail}"


async def test_a_program_that_hangs_is_ended(config: Path, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    run = program(tmp_path, f"open({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)")
    config.write_text(f"[profile p]\ncredential_process = {run}\n")
    with pytest.raises(Unreachable, match="had no credentials within 1 s"):
        await from_profile(ProfileSource("p"), nobody, limit=1.0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


# ---- the machine's role ----------------------------------------------------------------------------------


def metadata(asked: Asked) -> Answered:
    """A metadata service that knows version 2 only."""
    if asked.method == "PUT" and asked.path == "/latest/api/token":
        return Answered(200, "session-of-imds")
    if asked.headers.get("x-aws-ec2-metadata-token") != "session-of-imds":
        return Answered(401)
    if asked.path == "/latest/meta-data/iam/security-credentials/":
        return Answered(200, "node-role")
    values = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": TOKEN, "Expiration": ENDED}
    return Answered(200, values | {"Code": "Success"})


async def test_the_role_of_a_machine_is_found_through_version_2(service: StandIn) -> None:
    service.answer = metadata
    surroundings = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url, "AWS_EC2_METADATA_DISABLED": "true"}
    found = await from_instance(InstanceSource(surroundings | {"AWS_REGION": "eu-west-2"}))
    assert (found.credentials.access_key_id, found.credentials.expiration) == (KEY, ENDS)
    assert (found.region, found.renewable) == ("eu-west-2", True)
    assert service.asked[0].method == "PUT"


async def test_a_container_is_asked_with_its_token(service: StandIn, tmp_path: Path) -> None:
    values = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": TOKEN, "Expiration": ENDED}
    service.answer = lambda _: Answered(200, values)
    (tmp_path / "token").write_text("container-token")
    found = await from_instance(
        InstanceSource(
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{service.url}/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
            }
        )
    )
    assert found.credentials.access_key_id == KEY
    assert service.asked[0].headers["authorization"] == "container-token"


async def test_a_machine_without_a_role_says_so_soon(service: StandIn, free_port: int) -> None:
    nowhere = InstanceSource({"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{free_port}"})
    with pytest.raises(NotFound, match="This machine has no role: nothing answers"):
        await from_instance(nowhere)
    only_version_1 = InstanceSource({"AWS_EC2_METADATA_SERVICE_ENDPOINT": service.url})
    service.answer = lambda asked: Answered(404 if asked.method == "PUT" else 200, "node-role")
    with pytest.raises(NotFound, match="no role"):
        await from_instance(only_version_1)
    assert {asked.method for asked in service.asked} == {"PUT"}
    foreign = InstanceSource({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://203.0.113.9/credentials"})
    with pytest.raises(NotFound, match="its service refused"):
        await from_instance(foreign)
