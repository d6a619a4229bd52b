"""From pasted and typed values to something that can be connected with."""

import datetime as dt

import pytest

from s3tui.credentials.paste import PasteError, parse_paste
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.tui.sign_in.draft import Draft, Fields, completed
from s3tui.tui.sign_in.typed import (
    FieldProblem,
    expiry_text,
    read_endpoint,
    read_expiry,
    read_place,
)
from s3tui.tui.sign_in.words import field_hints, life_text, same_place

KEY, SECRET = "AKIAQX5EXAMPL7QX7M42".replace("EXAMPL", "RTYUIO"), "wJalrXUtnFEMIK7MDENGbPxRfiCYqwertyui2345"
HERE = Connection(Endpoint("https://s3.example.org", "eu-west-2"), Workspace("bucket", "here/"))


def pasted(extra: str = "") -> Draft:
    """A draft from a paste of a long-term key and perhaps a place."""
    return Draft.of(parse_paste(f"AWS_ACCESS_KEY_ID={KEY}\nAWS_SECRET_ACCESS_KEY={SECRET}\n{extra}"), HERE)


def test_a_paste_without_a_place_is_meant_for_where_we_are() -> None:
    assert pasted().connection == HERE
    assert pasted("AWS_ENDPOINT_URL=https://s3.example.org").connection == HERE
    assert pasted("AWS_ENDPOINT_URL=https://s3.other.org").connection.workspace == Workspace()
    elsewhere = pasted("aws s3 ls s3://other/there/").connection
    assert elsewhere.workspace == Workspace("other", "there/")
    assert elsewhere.endpoint == HERE.endpoint, "no server was named: the same one"
    assert not same_place(HERE, elsewhere)


def test_typed_values_win_over_pasted_ones() -> None:
    draft = completed(
        pasted(), Fields(secret="x" + SECRET[1:], region="eu-west-1", place="s3://bucket/there"), HERE
    )
    assert draft.credentials.access_key_id == KEY
    assert draft.credentials.secret_access_key == "x" + SECRET[1:]
    assert draft.connection.endpoint.region == "eu-west-1"
    assert draft.connection.workspace.prefix == "there/"


def test_typed_keys_are_held_to_the_rules_of_pasted_ones() -> None:
    with pytest.raises(PasteError) as refused:
        completed(None, Fields(key_id=KEY))
    assert refused.value.code == "missing_secret"
    with pytest.raises(PasteError) as refused:
        completed(None, Fields(key_id="ASIA" + KEY[4:], secret=SECRET))
    assert refused.value.code == "missing_token"


def test_secrets_are_in_no_repr_and_no_hint() -> None:
    draft = completed(pasted(), Fields(secret=SECRET))
    shown = f"{draft!r} {Fields(secret=SECRET, token='tok' + SECRET)!r} {field_hints(draft.credentials)}"
    assert SECRET not in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [
        ("", None, ""),
        ("s3://bucket", "bucket", ""),
        ("bucket/a/b", "bucket", "a/b/"),
        (" s3://bucket/a/ ", "bucket", "a/"),
        ("s3://bucket//a", "bucket", "a/"),
    ],
)
def test_places_get_their_trailing_slash(text: str, bucket: str | None, prefix: str) -> None:
    assert read_place(text) == Workspace(bucket, prefix)


def test_endpoints_are_addresses_of_hosts() -> None:
    assert read_endpoint("") is None
    assert read_endpoint("s3.example.org:8443/") == "https://s3.example.org:8443"
    assert read_endpoint("http://10.0.0.1") == "http://10.0.0.1"
    for wrong in ("ftp://x", "https://", "https://me@host", "https://host:0", "two words"):
        with pytest.raises(FieldProblem) as problem:
            read_endpoint(wrong)
        assert problem.value.field == "endpoint"


def test_expiries_are_utc_unless_they_say_otherwise() -> None:
    noon = dt.datetime(2031, 11, 22, 12, tzinfo=dt.UTC)
    for text in (
        "2031-11-22 12:00",
        "2031-11-22 12:00:00 UTC",
        "2031-11-22T13:00+01:00",
        "2031-11-22T12:00:00Z",
    ):
        assert read_expiry(text) == noon
    assert read_expiry(expiry_text(noon)) == noon
    assert read_expiry("") is None
    with pytest.raises(FieldProblem):
        read_expiry("tomorrow")


def test_how_long_credentials_last_is_said_in_words() -> None:
    noon = dt.datetime(2031, 11, 22, 12, tzinfo=dt.UTC)
    temporary = Credentials("ASIA", "s", "t", noon)
    assert life_text(temporary, noon.timestamp() - 3600) == "expires in 1:00:00"
    assert life_text(temporary, noon.timestamp()) == "already expired"
    assert life_text(Credentials("ASIA", "s", "t"), 0) == "expiry unknown"
    assert life_text(Credentials("AKIA", "s"), 0) == "no expiry"
