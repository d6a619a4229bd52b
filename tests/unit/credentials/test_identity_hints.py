"""Who credentials belong to, read from themselves and from what servers say."""

import base64
import json

import pytest

from s3tui.credentials.identity_hints import account_of_key, identity_in, identity_of_arn
from s3tui.model.credentials import Credentials


def test_a_role_session_is_split_into_role_and_session() -> None:
    found = identity_of_arn("arn:aws:sts::111122223333:assumed-role/eodhp-reef/reef-alice", "sts")
    assert found is not None
    assert (found.account, found.role, found.session) == ("111122223333", "eodhp-reef", "reef-alice")
    assert found.label == "eodhp-reef as reef-alice"


def test_the_name_of_a_single_sign_on_role_is_made_readable() -> None:
    arn = (
        "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Data_Reader_0123456789abcdef/alice@example.org"
    )
    found = identity_of_arn(arn, "sts")
    assert found is not None
    assert found.label == "Data_Reader as alice@example.org"


def test_a_refusal_names_whom_it_refuses() -> None:
    words = "User: arn:aws:iam::111122223333:user/team/bob is not authorized to perform: s3:ListAllMyBuckets"
    found = identity_of_arn(words, "server")
    assert found is not None
    assert (found.user, found.told_by, found.label) == ("bob", "server", "bob")
    assert identity_of_arn("Access Denied", "server") is None


@pytest.mark.parametrize(
    ("key_id", "account"),
    [
        ("ASIAQNZGKIQY56JQ7WML", "029608264753"),
        ("AKIAIOSFODNN7EXAMPLE", ""),
        ("ASIAQNZGKIQY56JQ7WM", ""),
        ("0123456789abcdef0123456789abcdef", ""),
        ("ASIAqnzgkiqy56jq7wml", ""),
        ("", ""),
    ],
)
def test_the_account_stands_in_the_key_id(key_id: str, account: str) -> None:
    assert account_of_key(key_id) == account
    assert identity_in(Credentials(key_id, "s")).account == account


def test_a_token_of_minio_names_its_user() -> None:
    payload = (
        base64.urlsafe_b64encode(json.dumps({"parent": "alice", "exp": 1}).encode()).decode().rstrip("=")
    )
    found = identity_in(Credentials("SOMEKEY", "s", f"eyJhbGciOiJIUzUxMiJ9.{payload}.sig"))
    assert (found.user, found.told_by) == ("alice", "token")


@pytest.mark.parametrize(
    "token", ["eyJ.e30.x", "eyJ.!!!.x", "eyJ.W10.x", "eyJ.eyJwYXJlbnQiOjF9.x", "eyJ", "x.y.z"]
)
def test_other_tokens_tell_nothing(token: str) -> None:
    assert identity_in(Credentials("SOMEKEY", "s", token)).told_by == "nobody"
