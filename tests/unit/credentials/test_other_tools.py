"""Accounts of s3cmd and rclone: found, read as those tools read them, and never made up."""

from pathlib import Path

import pytest

from s3tui.credentials.other_tools import FoundRemote, remotes
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace

S3CFG = """[default]
access_key = 0123456789ABCDEFGHI
access_token =
secret_key = sEcReT/of-the+ceph#key0123456789abcdefgh
host_base = objects.reef.example:8080
host_bucket = {host_bucket}
bucket_location = US
use_https = {https}
ca_certs_file = ~/ca.pem
requester_pays = True
signature_v2 = False
"""

RCLONE = """# made by hand
[ceph]
type = s3
provider = Ceph
access_key_id = CEPHKEY0123456789AB
secret_access_key = ceph/secret
endpoint = objects.reef.example
acl = bucket-owner-full-control

[aws]
type = s3
provider = AWS
access_key_id = AKIAIOSFODNN7AWSAWSA
secret_access_key = aws/secret
session_token = token
region = eu-west-2
requester_pays = true
description = Ours on AWS

[school]
type = s3
env_auth = true
profile = school

[survey]
type = alias
remote = ceph:corals/survey/2031

[half]
type = s3
access_key_id = HALF

[disk]
type = local
"""


def found_in(home: Path, **variables: str) -> dict[str, FoundRemote]:
    """The accounts of a home, by their labels."""
    return {found.label: found for found in remotes({"HOME": str(home), **variables})}


def test_nothing_is_found_where_nothing_is(home: Path) -> None:
    assert remotes({"HOME": str(home)}) == ()


def test_a_file_of_s3cmd_is_read_with_its_terms(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home))
    (home / ".s3cfg").write_text(S3CFG.format(host_bucket="objects.reef.example:8080", https="False"))
    (found,) = remotes({"HOME": str(home)})
    assert found.credentials == Credentials("0123456789ABCDEFGHI", "sEcReT/of-the+ceph#key0123456789abcdefgh")
    assert found.connection.endpoint == Endpoint(
        "http://objects.reef.example:8080", addressing="auto", ca_file=f"{home}/ca.pem", request_payer=True
    )


def test_several_accounts_of_s3cmd_are_several_files(home: Path) -> None:
    text = S3CFG.format(host_bucket="%(bucket)s.objects.reef.example", https="True")
    for name in (".s3cfg", ".s3cfg-work", ".s3cfg.bak", ".s3cfg~"):
        (home / name).write_text(text)
    (home / "other.cfg").write_text(text)
    (home / ".s3cfg-empty").write_text("[default]\naccess_key =\nsecret_key =\n")
    assert list(found_in(home)) == ["s3cmd .s3cfg", "s3cmd .s3cfg-work"]
    elsewhere = found_in(home, S3CMD_CONFIG=str(home / "other.cfg"))
    assert list(elsewhere) == ["s3cmd other.cfg", "s3cmd .s3cfg", "s3cmd .s3cfg-work"]
    endpoint = elsewhere["s3cmd other.cfg"].connection.endpoint
    assert (endpoint.url, endpoint.addressing) == ("https://objects.reef.example:8080", "virtual")


def test_an_address_of_aws_tells_only_the_region(home: Path) -> None:
    (home / ".s3cfg").write_text(
        "[default]\naccess_key = A\nsecret_key = B\nhost_base = s3-eu-west-1.amazonaws.com\n"
        "host_bucket = %(bucket)s.s3-eu-west-1.amazonaws.com\n"
    )
    (found,) = remotes({"HOME": str(home)})
    assert found.connection.endpoint == Endpoint(region="eu-west-1")


@pytest.mark.parametrize("place", [".config/rclone/rclone.conf", ".rclone.conf", "elsewhere/rclone.conf"])
def test_remotes_of_rclone_are_read_where_rclone_looks(home: Path, place: str) -> None:
    path = home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RCLONE)
    variables = {"RCLONE_CONFIG": str(path)} if "elsewhere" in place else {}
    found = found_in(home, **variables)
    assert list(found) == [f"rclone {name}" for name in ("ceph", "aws", "school", "half", "survey")]
    ceph = Endpoint("https://objects.reef.example", canned_acl="bucket-owner-full-control")
    assert found["rclone ceph"].connection == Connection(ceph)
    assert found["rclone aws"].credentials == Credentials("AKIAIOSFODNN7AWSAWSA", "aws/secret", "token")
    assert found["rclone aws"].connection == Connection(
        Endpoint(region="eu-west-2", request_payer=True), Workspace(name="Ours on AWS")
    )
    assert (found["rclone school"].credentials, found["rclone school"].profile) == (None, "school")
    assert found["rclone survey"].connection == Connection(ceph, Workspace("corals", "survey/2031/"))
    assert found["rclone survey"].credentials == Credentials("CEPHKEY0123456789AB", "ceph/secret")
    assert "rclone config" in found["rclone half"].reason


def test_an_encrypted_file_of_rclone_says_how_to_go_on(home: Path) -> None:
    (home / ".rclone.conf").write_text(
        "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nAbCd==\n"
    )
    (found,) = remotes({"HOME": str(home)})
    assert "rclone config show" in found.reason


def test_no_secret_is_in_a_repr(home: Path) -> None:
    (home / ".rclone.conf").write_text(RCLONE)
    assert "secret" not in repr(remotes({"HOME": str(home)})).replace("secrets", "")
