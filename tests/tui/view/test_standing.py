"""Who am I: what is known is told, what is not known is left out, and silence of a server is no alarm."""

import datetime as dt

from s3tui.credentials.identity_hints import identity_of_arn
from s3tui.engine.messages import CredentialState
from s3tui.model.credentials import Connection, Endpoint, Workspace
from s3tui.model.identity import Identity
from s3tui.tui.dialogs.identity import Standing

NOON = dt.datetime(2031, 11, 22, 12, tzinfo=dt.UTC).timestamp()
REEF = Connection(Endpoint("https://s3.reef.example.org", "eu-west-1"), Workspace("reef", "data/", "My reef"))


def standing(identity: Identity, state: CredentialState, *, read_only: bool = False) -> Standing:
    """What the dialog is told."""
    return Standing(identity, REEF, state, "profile reef", read_only, NOON)


def test_a_session_of_a_role_is_named_with_its_account_and_place() -> None:
    identity = identity_of_arn("arn:aws:sts::111122223333:assumed-role/ReefReader/alice", "sts")
    assert identity is not None
    told = standing(identity, CredentialState("ASIA…QX7M", True, NOON + 3000), read_only=True)
    assert told.headline == "You are ReefReader as alice."
    text = told.text
    for fact in ("111122223333", "arn:aws:sts::111122223333", "ASIA…QX7M, temporary", "My reef", "eu-west-1"):
        assert fact in text
    assert "s3://reef/data/, for reading only" in text
    assert "in 50 min" in text
    assert text.rstrip().endswith("As Amazon's STS says.")
    assert "profile reef" in text


def test_a_server_that_does_not_answer_is_nothing_to_worry_about() -> None:
    told = standing(Identity(), CredentialState("0555b35654ad1656d804", False))
    assert told.headline == (
        "s3.reef.example.org does not say who you are; most servers do not, and nothing follows from it."
    )
    assert "Account" not in told.text
    assert "Ends       never" in told.text


def test_the_end_is_told_by_our_own_clock() -> None:
    ahead = CredentialState("ASIA…QX7M", True, NOON + 3600 + 600, clock_offset=3600)
    assert "in 10 min" in standing(Identity(), ahead).text
    ended = CredentialState("ASIA…QX7M", True, NOON - 60)
    assert "K takes new ones" in standing(Identity(), ended).text
    assert "they renew by themselves" in standing(Identity(), CredentialState("x…y", True, renews=True)).text


def test_foreign_names_are_escaped() -> None:
    told = standing(Identity(user="eve\x1b[31m"), CredentialState("x…y", True))
    assert "\x1b" not in told.text
