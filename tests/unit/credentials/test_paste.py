"""What holds for every paste: nothing secret in a repr or message, nothing evaluated, always a PasteError."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3tui.credentials.paste import ParsedPaste, PasteError, parse_paste
from s3tui.credentials.reading.times import instant
from s3tui.credentials.reading.tokens import Shape, token_shape
from tests.unit.credentials.make_paste_corpus import DATA, Fakes

LIMIT = 1.0
"""Seconds that 64 KiB may take here; a hundred milliseconds is the aim on an idle machine."""

TEXTS = [
    str(json.loads(line)["text"])
    for line in (DATA / "paste-corpus.jsonl").read_text(encoding="utf-8").splitlines()
    if len(line) < 10_000
]
NAMES = (
    'access_key_id|secret_access_key|session token|AWS_ACCESS_KEY_ID=|"secretKey": "|token=|expires on |value'
    "|kind: Secret|endpoint: |bucket=|prefix=|region |[profile a]\n|mc alias set a http://b |--profile "
)
VALUES = (
    "ASIAQWERTYUIOPASDFGH|abcdefghijABCDEFGHIJ0123456789+/abcdefgh|eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln|https://|s3://"
    '|arn:aws:s3:::|$(|${|&lt;|&#61;|2036-05-01T|\\"|\\\n|12  |\u00a0|\u200b|“|А|😀|\ud800|\x1b|data:'
)
PIECES = st.sampled_from([*NAMES.split("|"), *VALUES.split("|"), *"`\"'{}[]()<>=:,;|#\n\r\t "])
"""Names, values, marks and odd characters that a reader may stumble over."""


def read(text: str) -> ParsedPaste | PasteError:
    """Parse, and give the refusal back as a value; anything else raised fails the test."""
    try:
        return parse_paste(text)
    except PasteError as refusal:
        return refusal


def secrets_of(text: str) -> list[str]:
    """The long words of a text: every one might be a secret."""
    return [word for word in text.replace('"', " ").replace("=", " ").split() if len(word) >= 12]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=2000))
def test_any_text_is_read_or_refused(text: str) -> None:
    read(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_jumble_of_known_pieces_is_read_or_refused(text: str) -> None:
    read(text)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(TEXTS), st.data())
def test_a_damaged_paste_is_read_or_refused_without_showing_a_secret(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    length = data.draw(st.integers(0, 60))
    damaged = text[:start] + data.draw(PIECES) + text[start + length :]
    result = read(damaged)
    if isinstance(result, PasteError):
        shown = f"{result} {result!r} {result.next_step} {result.detail}"
        assert not [word for word in secrets_of(damaged) if word in shown and word not in str(result)]
        assert not any(word in shown for word in secrets_of(damaged) if any(c.isdigit() for c in word))
    else:
        assert result.secret_access_key not in repr(result)
        assert result.session_token is None or result.session_token not in repr(result)


@settings(max_examples=25, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=4).map("".join))
def test_64_kib_of_anything_takes_no_time(piece: str) -> None:
    text = piece * (64 * 1024 // len(piece.encode("utf-8", "surrogatepass")))
    started = time.process_time()
    read(text)
    assert time.process_time() - started < LIMIT


@pytest.mark.parametrize(
    "unit",
    [
        *('"', "{", "[", "=", "\n", "a", " ", "|", "<a>", "\\", "`", "A+/", "secret key\n", 'token="'),
        *("AKIA" + "A" * 16 + "\n", '<!ENTITY a "&b;&b;">', '{"a":', "https://a?X-Amz=b"),
        *("AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEL//////////wEaCXVz\n", "# secret_key=abcd1234\n"),
        *("AWS_ACCESS_KEY_ID=", ":s3,a=b", "expires 1 1 1 1 "),
        *("access key,secret key\n", "s3://abcd:efgh", "variable access_key { "),
        *("[a]\n", "# expires s3://\n", "1 a\n", "access_key:", "s3://a:b@", "secret\tx\n", "a\n URL:"),
        *("<key>a</key>\n", '<a encoding="base64">', "fs.s3a.bucket.a.", "https://a.s3.", "01.05.2036 1:"),
    ],
)  # fmt: skip
def test_known_ways_to_slow_a_reader_down_do_not(unit: str) -> None:
    started = time.process_time()
    read(unit * (64 * 1024 // len(unit)))
    assert time.process_time() - started < LIMIT


def test_deep_nesting_and_one_long_line_are_no_trouble() -> None:
    for text in (
        "[" * 60_000,
        "{" * 30_000 + "}" * 30_000,
        "9" * 65_000,
        "AWS_SESSION_TOKEN=" + "A" * 60_000,
    ):
        assert isinstance(read(text), PasteError)


def test_nothing_is_evaluated(tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    text = f"export AWS_ACCESS_KEY_ID=$(touch {proof})\nexport AWS_SECRET_ACCESS_KEY=`touch {proof}`\n"
    assert isinstance(read(text + f"credential_process = touch {proof}\n"), PasteError)
    assert not proof.exists()


def test_the_repr_shows_the_ids_end_and_no_secret() -> None:
    fakes = Fakes("repr")
    parsed = ParsedPaste(fakes.value("ID"), fakes.value("SECRET"), fakes.value("TOKEN"), bucket="reef")
    shown = repr(parsed)
    assert fakes.value("ID")[-4:] in shown
    assert "reef" in shown
    for hidden in (fakes.value("ID"), fakes.value("SECRET"), fakes.value("TOKEN")):
        assert hidden not in shown


@pytest.mark.parametrize(
    "text",
    [
        "2036-05-01T12:00:00Z",
        "2036-05-01T12:00:00.123456789+00:00",
        "2036-05-01 14:00:00 +0200 CEST m=+3600.1",
        "2036-05-01T12:00:00+0000",
        "2036/05/01 12:00:00 UTC",
        "Thu, 01 May 2036 12:00:00 GMT",
        "Thu, 01 May 2036 08:00:00 -0400",
        "Thu May 01 2036 22:00:00 GMT+1000 (Australian Eastern Standard Time)",
        "May 1, 2036, 12:00:00 PM UTC",
        "1 mai 2036 à 14:00 CEST",
        "20360501T120000Z",
        "2093256000",
        "2093256000123",
        "/Date(2093256000000)/",
        "datetime.datetime(2036, 5, 1, 12, 0, tzinfo=tzutc())",
        "in about an hour (2036-05-01T12:00:00Z)",
    ],
)
def test_an_expiry_with_a_zone_is_an_instant(text: str) -> None:
    assert instant(text) == datetime(2036, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "3600", "12h", "in 8 hours", "2036-05-01 12:00:00", "01/05/2036, 13:00:00", "no-expiry", "NONE",
     "2036-13-45T12:00:00Z", "5/1/2036 12:00:00 PM", "Thu May  1 12:00:00 2036"],
)  # fmt: skip
def test_a_naive_time_or_a_duration_is_unknown(text: str) -> None:
    assert instant(text) is None


def test_a_zone_in_the_label_counts() -> None:
    assert instant("2036-05-01 12:00:00", "UTC") == datetime(2036, 5, 1, 12, tzinfo=UTC)


def test_the_structure_of_tokens_tells_cut_from_whole() -> None:
    fakes = Fakes("tokens")
    token = fakes.value("TOKEN")
    assert token_shape(token) is Shape.WHOLE
    assert all(token_shape(token[:length]) is Shape.CUT for length in range(200, len(token), 7))
    assert token_shape(fakes.value("JWT").rpartition(".")[0]) is Shape.CUT
    assert token_shape(fakes.value("RGWTOKEN")) is Shape.UNKNOWN
    assert token_shape("IQoJ" + fakes.value("RGWTOKEN")) is Shape.UNKNOWN


def test_codes_and_sentences_are_one_line_each() -> None:
    refusals: list[Any] = [
        read(text)
        for text in ("", "x", "https://a.b/c?Signature=1", "AWS_ACCESS_KEY_ID=AKIAQWERTYUIOPASDFGH")
    ]
    for refusal in refusals:
        assert isinstance(refusal, PasteError)
        assert "\n" not in str(refusal)
        assert str(refusal).endswith(".")
