"""What is said of every wording of every server, word for word, and of what is known beside it."""

import html
import re
import time

import pytest

from s3tui import errors as ours
from s3tui.model.location import S3Location
from s3tui.storage import s3_wording
from s3tui.storage.refusal_row import plain_code
from s3tui.storage.s3_answer import read_refusal
from s3tui.storage.s3_denial import Denial, action_words
from s3tui.storage.s3_errors import judge
from s3tui.storage.s3_refusals import TABLE
from s3tui.storage.s3_wording import Rule
from tests.storage.wordings import HOST, SECRET, TOKEN, Wording, raised_by, subject_of, told, wordings

ALL = wordings()
BY_ID = {wording.id: wording for wording in ALL}


@pytest.mark.parametrize("wording", ALL, ids=str)
def test_every_wording_has_its_sentence(wording: Wording) -> None:
    error = told(wording)
    assert (error.code, error.sentence, error.next_step) == (
        wording.code,
        wording.sentence,
        wording.next_step,
    )
    assert str(wording.status) in error.detail


@pytest.mark.parametrize("wording", ALL, ids=str)
def test_no_secret_is_in_any_text(wording: Wording) -> None:
    error = told(wording)
    for text in (error.sentence, error.next_step, error.detail, repr(error)):
        assert TOKEN[:24] not in text
        assert "0123456789abcdef" not in text
        assert "SECRETSTATE" not in text
        assert wording.key_id not in text


@pytest.mark.parametrize("wording", ALL, ids=str)
def test_a_sentence_names_its_thing_and_stays_short(wording: Wording) -> None:
    error = told(wording)
    things = (str(wording.place), HOST, wording.place.bucket, "credentials", "network", "key")
    assert any(thing in error.sentence for thing in things)
    assert len(error.sentence) < 330
    assert error.sentence.endswith((".", "…", "!", "?"))
    assert "{" not in error.sentence + error.next_step


def test_the_refusals_cover_most_of_the_table() -> None:
    """A sentence that no sample reaches would be one nobody has read."""
    named = {id(line.rule) for line in TABLE}
    reached = {sentence_start(wording.sentence) for wording in ALL}
    unread = [line.rule.sentence for line in TABLE if sentence_start(line.rule.sentence) not in reached]
    templates = [text for text in unread if not text.startswith("{")]
    assert len(named) > 60
    assert len(templates) < 25, templates


def sentence_start(text: str) -> str:
    """The first words of a sentence or of its template."""
    return " ".join(re.sub(r"\{\w+\}", "", text).split()[:3])


# ---- expired or denied


SAME = BY_ID["rgw-denied"]


def test_the_same_answer_is_expiry_when_our_own_clock_says_so() -> None:
    ended = time.time() - 60
    error = told(SAME, standing="ended", expires_at=ended)
    assert isinstance(error, ours.CredentialsExpired)
    assert re.fullmatch(r"Your credentials expired at \d\d:\d\d\.", error.sentence)
    assert "403 AccessDenied" in error.detail


def test_credentials_that_ended_long_ago_are_told_with_the_day() -> None:
    error = told(SAME, standing="ended", expires_at=1_700_000_000.0)
    assert error.sentence.startswith("Your credentials expired on 2023-11-1")


def test_credentials_that_ended_before_their_time_are_told_as_such() -> None:
    error = told(BY_ID["aws-expired"], standing="ended", expires_at=time.time() + 3600)
    assert error.sentence == "Your credentials have ended before their time."


@pytest.mark.parametrize(
    ("home", "next_step"),
    [
        (S3Location("reef", "mine/"), "They are good for s3://reef/mine/."),
        (
            S3Location("reef", "data/"),
            "They are good for s3://reef/data/, but not for this: ask who gave them to you.",
        ),
    ],
    ids=["elsewhere", "at home"],
)
def test_the_same_answer_is_denial_when_they_are_known_to_be_good(home: S3Location, next_step: str) -> None:
    error = told(SAME, standing="good", home=home)
    assert (error.code, error.next_step) == ("denied", next_step)
    assert error.sentence == "Your credentials may not list s3://reef/data/."


def test_a_name_that_is_seen_and_not_read_is_told_as_such() -> None:
    error = told(BY_ID["aws-denied-read"], standing="good", home=S3Location("reef", ""))
    assert error.next_step == s3_wording.SEEN_NOT_READ


def test_minio_says_unknown_key_of_what_has_expired() -> None:
    error = told(BY_ID["minio-expired"], standing="ended")
    assert isinstance(error, ours.CredentialsExpired)


# ---- our clock


@pytest.mark.parametrize("name", ["rgw-denied", "aws-wrong-secret", "empty-403"])
@pytest.mark.parametrize(("skew", "words"), [(-1260.0, "21 min fast"), (7260.0, "2 h 1 min slow")])
def test_a_clock_that_is_far_off_explains_what_the_server_does_not(
    name: str, skew: float, words: str
) -> None:
    verdict = judge(raised_by(BY_ID[name]), subject_of(BY_ID[name], skew=skew))
    assert isinstance(verdict.error, ours.ServerFault)
    assert not verdict.doubtful
    assert (
        verdict.error.sentence == f"This computer's clock is {words}, so {HOST} refuses everything it signs."
    )


def test_a_clock_with_which_something_has_succeeded_explains_nothing() -> None:
    assert told(SAME, skew=-1260.0, home=S3Location("reef", "mine/")).code == "denied"


def test_a_clock_that_is_a_little_off_explains_nothing() -> None:
    assert told(BY_ID["aws-wrong-secret"], skew=240.0).code == "refused"


# ---- redaction


@pytest.mark.parametrize(
    "text",
    [
        f"x-amz-security-token:{TOKEN}",
        f"<Token-0>{TOKEN}</Token-0>",
        f"your token {TOKEN} is bad",
        f"secret {SECRET} is bad",
        "secret wJalrXUtnFEMI%2FK7MDENG%2FbPxRfiCYEXAMPLEKEY is bad",
        f"Authorization: Bearer {TOKEN}",
        "see https://s3.example.org/reef/a?X-Amz-Signature=0f0f0f0f0f0f&X-Amz-Credential=AKIA for more",
        'got {"sessionToken": "c2Vzc2lvbg==abcdefgh"}',
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl was refused",
        "canonicalrequest: GET%0A%2F%0Ahost",
        "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=abcd%2Fefgh",
    ],
)
@pytest.mark.parametrize("shape", ["text", "xml", "json"])
def test_what_a_server_repeats_of_our_request_is_cut_out(text: str, shape: str) -> None:
    body = {
        "text": text,
        "xml": f"<Error><Code>Odd</Code><Message>{html.escape(text)}</Message></Error>",
        "json": '{"message": "' + text.replace('"', '\\"') + '"}',
    }[shape]
    wording = Wording("x", "list", 418, {}, body.encode(), S3Location("reef", "data/"), "K", True, "", "", "")
    error = told(wording)
    for said in (error.sentence, error.detail):
        for secret in (TOKEN[:24], SECRET[8:24], "FEMI%2FK7", "0f0f0f0f", "c2Vzc2lvbg", "eyJhbGci", "GET%0A"):
            assert secret not in said
        assert "abcd%2Fefgh" not in said
        assert "AKIAIOSFODNN7EXAMPLE" not in said


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00" * 50,
        b"<" * 70_000,
        b"{" * 70_000,
        b"<html" + b"<title>" * 10_000,
        b"<Error><Code>" + b"A" * 100_000,
        b"[" * 2000 + b"]" * 2000,
        b'{"a":' * 2000,
        b"<head>" * 12_000,
        b"<Code><![CDATA[" * 5_000,
        b"<!--" * 20_000,
        b"token " * 12_000,
        b"<Error><Code>\x1b[2J</Code><Message>\x07\x1b]52;c;eA==\x07</Message></Error>",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_any_body_is_read_quickly_and_shows_nothing_but_letters(body: bytes) -> None:
    started = time.monotonic()
    wording = Wording("x", "list", 400, {}, body, S3Location("reef", "data/"), "K", True, "", "", "")
    error = told(wording)
    assert time.monotonic() - started < 1.0
    assert error.sentence.isprintable()
    assert error.detail.isprintable()
    assert len(error.detail) < 500


# ---- what Amazon tells


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("s3:PutObject", "write"),
        ("s3:AbortMultipartUpload", "abort the upload of"),
        ("s3:GetBucketVersioning", "get bucket versioning of"),
        ("kms:Decrypt", "use the encryption key of"),
        ("s3:*", "use"),
    ],
)
def test_actions_are_put_into_plain_words(action: str, words: str) -> None:
    assert action_words(action) == words


def test_a_denial_in_its_shortest_form_is_read() -> None:
    denial = Denial.read("User: anonymous is not authorized to perform: s3:GetObject")
    assert denial is not None
    assert (denial.words, denial.place, denial.reason) == ("read", "", "")
    assert Denial.read("Access Denied") is None


def test_braces_in_a_place_are_only_letters() -> None:
    message = 'not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::reef/{host}/{0}.nc"'
    body = f"<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>".encode()
    wording = Wording("x", "read", 403, {}, body, S3Location("reef", "k"), "K", True, "", "", "")
    assert told(wording).sentence == "Your credentials may not read s3://reef/{host}/{0}.nc."


# ---- the table itself


def test_codes_are_compared_without_case_punctuation_and_endings() -> None:
    plain = {plain_code(code) for code in ("ExpiredTokenException", "expired_token", "Expired-Token")}
    assert plain == {"expiredtoken"}
    assert plain_code("") == plain_code("Error") == "-"


def test_every_template_can_be_filled_in() -> None:
    rules = {value for value in vars(s3_wording).values() if isinstance(value, Rule)}
    known = {
        "what", "verb", "bucket", "host", "name", "region", "told_region", "skew", "key", "tier", "home",
        "leads_to", "message",
    }  # fmt: skip
    for rule in rules:
        assert set(re.findall(r"\{(\w+)\}", rule.sentence + rule.next_step)) <= known
    assert read_refusal(403, {}, b"").bare
