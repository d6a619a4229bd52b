"""What the environment and the AWS files hold is found as it stands; broken files become sentences."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3tui.credentials.sources import ASKED, FoundProfile, from_environment, profiles

ID, SECRET, TOKEN = (
    "ASIAQWERTYUIOPASDFGH",
    "abcdefghijABCDEFGHIJ0123456789+/abcdefgh",
    "FwoGZXIvYXdzEBYaD" * 10,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with an empty `.aws`."""
    (tmp_path / ".aws").mkdir()
    return tmp_path


def write(home: Path, credentials: str = "", config: str = "") -> dict[str, str]:
    """Write both files and return an environment that points at them."""
    (home / ".aws" / "credentials").write_text(credentials)
    (home / ".aws" / "config").write_text(config)
    return {"HOME": str(home)}


def by_name(found: tuple[FoundProfile, ...]) -> dict[str, FoundProfile]:
    """The profiles by their names."""
    return {profile.name: profile for profile in found}


def test_the_environment_gives_credentials_place_and_expiry() -> None:
    found = from_environment(
        {
            "AWS_ACCESS_KEY_ID": ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": TOKEN,
            "AWS_CREDENTIAL_EXPIRATION": "2036-05-01T12:00:00+00:00",
            "AWS_ENDPOINT_URL": "https://general.example.org",
            "AWS_ENDPOINT_URL_S3": "https://s3.example.org/",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_REGION": "eu-west-2",
        }
    )
    assert found is not None
    assert found.parsed.session_token == TOKEN
    assert found.parsed.expiration == datetime(2036, 5, 1, 12, tzinfo=UTC)
    assert found.parsed.endpoint_url == "https://s3.example.org"
    assert found.parsed.region == "eu-west-2"
    assert found.origin == "environment"
    assert SECRET not in repr(found)
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_half_a_pair_in_the_environment_is_nothing(missing: str) -> None:
    environ = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    del environ[missing]
    assert from_environment(environ) is None


def test_profiles_with_keys_can_be_used_at_once(home: Path) -> None:
    environ = write(
        home,
        credentials=f"# mine\n[default]\naws_access_key_id = AKIA\naws_secret_access_key = {SECRET}\n\n"
        f"[reef]\naws_access_key_id={ID}\naws_secret_access_key={SECRET}\naws_session_token={TOKEN}\n"
        "x_security_token_expires = 2036-05-01T12:00:00Z\n",
        config="[default]\nregion = eu-west-2\n"
        "[profile reef]\nregion = ap-southeast-2 ; far\nservices = grid\n"
        "s3 =\n  addressing_style = path\n"
        "[services grid]\ns3 =\n  endpoint_url = https://s3.example.org\nsts =\n  endpoint_url = https://sts.example.org\n",
    )
    found = by_name(profiles(environ))
    assert list(found) == ["default", "reef"]
    reef = found["reef"]
    assert reef.usable
    assert reef.parsed is not None
    assert (reef.parsed.access_key_id, reef.parsed.session_token, reef.parsed.profile) == (ID, TOKEN, "reef")
    assert reef.parsed.expiration == datetime(2036, 5, 1, 12, tzinfo=UTC)
    assert (reef.region, reef.endpoint_url) == ("ap-southeast-2", "https://s3.example.org")
    assert found["default"].region == "eu-west-2"
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ("sso_session = lab\n", "sso"),
        ("sso_start_url = https://login.example/start\n", "sso"),
        ("role_arn = arn:aws:iam::1:role/x\nsource_profile = default\n", "role"),
        ("role_arn = arn:x\nmfa_serial = arn:y\nsource_profile = a\n", "role"),
        ("credential_process = /bin/tool --x\n", "process"),
        ("role_arn = a\nweb_identity_token_file = /t\n", "web-identity"),
        ("credential_source = Ec2InstanceMetadata\n", "instance"),
    ],
)
def test_profiles_that_ask_somebody_are_left_to_the_engine(home: Path, settings: str, kind: str) -> None:
    found = by_name(profiles(write(home, config=f"[profile reef]\n{settings}")))["reef"]
    assert (found.usable, found.kind, found.reason) == (False, kind, "")
    assert kind in ASKED


def test_an_empty_profile_names_the_command_to_run(home: Path) -> None:
    found = by_name(profiles(write(home, config="[profile reef]\nregion = eu-west-2\n")))["reef"]
    assert (found.usable, found.kind) == (False, "empty")
    assert "aws configure --profile reef" in found.reason


def test_half_a_pair_in_a_profile_is_said(home: Path) -> None:
    found = by_name(profiles(write(home, credentials=f"[reef]\naws_access_key_id = {ID}\n")))["reef"]
    assert not found.usable
    assert "half a key pair" in found.reason


def test_the_files_can_be_elsewhere(tmp_path: Path) -> None:
    keys, config = tmp_path / "keys", tmp_path / "settings"
    keys.write_text(f"[lab]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n")
    config.write_text("[profile lab]\nendpoint_url = https://s3.us-east-1.amazonaws.com\n")
    environ = {"HOME": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": str(keys), "AWS_CONFIG_FILE": str(config)}
    (found,) = profiles(environ)
    assert found.usable
    assert found.endpoint_url is None


def test_missing_files_are_no_profiles(tmp_path: Path) -> None:
    assert profiles({"HOME": str(tmp_path)}) == ()


def test_broken_files_are_sentences(home: Path) -> None:
    (home / ".aws" / "credentials").write_bytes(b"\x00\x01\x02[x]\n")
    (home / ".aws" / "config").mkdir()
    found = profiles({"HOME": str(home)})
    assert [profile.kind for profile in found] == ["broken", "broken"]
    assert all(profile.reason.endswith(".") for profile in found)


def test_a_doubled_section_and_stray_lines_do_not_lose_the_file(home: Path) -> None:
    environ = write(
        home,
        credentials=f"stray\n[reef]\naws_access_key_id={ID}\n???\n[reef]\naws_secret_access_key={SECRET}\n",
    )
    (found,) = profiles(environ)
    assert found.usable


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_sentence(home: Path) -> None:
    environ = write(home, credentials="[x]\n")
    (home / ".aws" / "credentials").chmod(0)
    (found,) = profiles(environ)
    assert "permissions" in found.reason
