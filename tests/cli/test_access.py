"""Which credentials and which server a command takes when several are at hand."""

from pathlib import Path

import pytest

from s3tui.cli.access import AccessOptions, find_access
from s3tui.errors import UsageError
from s3tui.model.source import InstanceSource, ProfileSource

FILE = """\
[default]
aws_access_key_id = AKIAIOSFODNN7DEFAULT
aws_secret_access_key = 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

[reef]
aws_access_key_id = ASIAIOSFODNN7REEFREE
aws_secret_access_key = re/K7MDENG/bPxRfiCYre/K7MDENG/bPxRfiCYre
aws_session_token = IQoJb3JpZ2luX2VjEReefReefReefReefReefReefReef
endpoint_url = https://objects.reef.example.org

[login]
sso_start_url = https://login.example.org/start
"""


@pytest.fixture(autouse=True)
def _aws_files(home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(FILE)


def tail_of(options: AccessOptions) -> str:
    """Returns the last characters of the key id that a command would take."""
    credentials = find_access(options).credentials
    assert credentials is not None
    return credentials.tail


def test_the_default_profile_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tail_of(AccessOptions()) == "AULT"
    monkeypatch.setenv("AWS_PROFILE", "reef")
    assert tail_of(AccessOptions()) == "FREE"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7ENVENVE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "en/K7MDENG/bPxRfiCYen/K7MDENG/bPxRfiCYen")
    assert tail_of(AccessOptions()) == "ENVE"
    assert tail_of(AccessOptions(profile="default")) == "AULT"


def test_the_endpoint_of_the_command_wins_over_all_others(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_access(AccessOptions(profile="reef")).endpoint.url == "https://objects.reef.example.org"
    asked = AccessOptions(profile="reef", endpoint_url="http://localhost:9000/")
    assert find_access(asked).endpoint.url == "http://localhost:9000"
    assert find_access(AccessOptions()).endpoint.url is None
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://env.example.org")
    assert find_access(AccessOptions()).endpoint.url == "https://env.example.org"


def test_region_and_authorities_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/etc/ca.pem")
    endpoint = find_access(AccessOptions()).endpoint
    assert (endpoint.region, endpoint.ca_file) == ("eu-west-2", "/etc/ca.pem")
    assert find_access(AccessOptions(region="us-west-2")).endpoint.region == "us-west-2"


def test_a_profile_that_asks_somebody_is_left_to_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/etc/ca.pem")
    found = find_access(AccessOptions(profile="login"))
    assert found.credentials is None
    assert isinstance(found.source, ProfileSource)
    assert (found.source.name, found.source.surroundings["AWS_CA_BUNDLE"]) == ("login", "/etc/ca.pem")


def test_the_role_of_the_machine_is_asked_for_explicitly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    found = find_access(AccessOptions(instance_role=True))
    assert isinstance(found.source, InstanceSource)
    assert (found.credentials, found.endpoint.region) == (None, "eu-west-2")
    assert not isinstance(find_access(AccessOptions()).source, InstanceSource)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (AccessOptions(profile="nobody"), "nobody"),
        (AccessOptions(endpoint_url="ftp://x"), "ftp://x"),
        (AccessOptions(credentials_file="missing.txt"), "missing.txt"),
    ],
)
def test_what_cannot_be_used_is_told_by_name(options: AccessOptions, named: str) -> None:
    with pytest.raises(UsageError) as refusal:
        find_access(options)
    assert named in f"{refusal.value.sentence} {refusal.value.next_step}"


def test_a_file_without_credentials_is_told_without_its_text(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.touch(mode=0o600)
    path.write_text("my secret diary")
    with pytest.raises(UsageError) as refusal:
        find_access(AccessOptions(credentials_file=str(path)))
    assert "notes.txt" in refusal.value.sentence
    assert "diary" not in refusal.value.sentence
