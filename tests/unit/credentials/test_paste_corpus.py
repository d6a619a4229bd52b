"""Every shape of the corpus is read, or refused, as its row says; the corpus fits its shapes."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from s3tui.credentials.paste import ParsedPaste, PasteError, parse_paste
from s3tui.credentials.paste_errors import SENTENCES
from tests.unit.credentials.make_paste_corpus import DATA, FIELDS, other_issuer, rows

CORPUS: list[dict[str, Any]] = [
    json.loads(line) for line in (DATA / "paste-corpus.jsonl").read_text(encoding="utf-8").splitlines()
]
SHAPES = (DATA / "paste-shapes.txt").read_text(encoding="utf-8")
OTHERS: list[dict[str, Any]] = rows(other_issuer(SHAPES))
READ = [row for row in CORPUS if "expect" in row]
REFUSED = [row for row in CORPUS if "expect_error" in row]


def names(chosen: list[dict[str, Any]]) -> list[str]:
    """The rows' names, to name the tests."""
    return [str(row["id"]) for row in chosen]


def as_row(parsed: ParsedPaste) -> dict[str, str | None]:
    """The result in the corpus's own form."""
    made: dict[str, str | None] = {field: getattr(parsed, field) for field in FIELDS}
    if parsed.expiration is not None:
        assert parsed.expiration.tzinfo is dt.UTC
        made["expiration"] = parsed.expiration.strftime("%Y-%m-%dT%H:%M:%SZ")
    return made


@pytest.mark.parametrize("row", READ, ids=names(READ))
def test_a_shape_is_read(row: dict[str, Any]) -> None:
    assert as_row(parse_paste(row["text"])) == row["expect"]


@pytest.mark.parametrize("row", OTHERS, ids=names(OTHERS))
def test_a_shape_is_read_with_the_values_of_another_issuer(row: dict[str, Any]) -> None:
    assert as_row(parse_paste(row["text"])) == row["expect"]


def in_a_mail(text: str) -> str:
    """Quoted twice."""
    return "".join(f"> > {line}\n" for line in text.splitlines())


def in_a_box(text: str) -> str:
    """Framed as terminal programs frame a panel."""
    lines = text.splitlines()
    width = max(map(len, lines))
    body = "".join(f"│ {line.ljust(width)} │\n" for line in lines)
    return f"╭{'─' * (width + 2)}╮\n{body}╰{'─' * (width + 2)}╯\n"


def on_80_columns(text: str) -> str:
    """Cut by a narrow terminal, whatever stands there."""
    return "\n".join(line[at : at + 80] for line in text.splitlines() for at in range(0, len(line) or 1, 80))


def double_spaced(text: str) -> str:
    """With an empty line after every line."""
    return text.replace("\n", "\n\n")


def in_a_letter(text: str) -> str:
    """With words before and after."""
    return f"Hello Alice,\nhere are your new credentials:\n\n{text}\n\nBest wishes,\nThe data team\n"


PLAIN = [
    row
    for row in READ
    if row["id"].startswith(
        ("sh-export", "csh", "fish", "powershell-prompt", "ini-", "json-", "r-", "python-", "docker")
    )
]


@pytest.mark.parametrize("dress", [in_a_mail, in_a_box, on_80_columns, double_spaced, in_a_letter])
@pytest.mark.parametrize("row", PLAIN, ids=names(PLAIN))
def test_a_shape_is_read_in_any_dress(row: dict[str, Any], dress: Callable[[str], str]) -> None:
    assert as_row(parse_paste(dress(str(row["text"]).replace("\r\n", "\n")))) == row["expect"]


@pytest.mark.parametrize("row", REFUSED, ids=names(REFUSED))
def test_a_text_is_refused_with_its_code(row: dict[str, Any]) -> None:
    with pytest.raises(PasteError) as refusal:
        parse_paste(row["text"])
    assert refusal.value.code == row["expect_error"]
    for word in row["reason_should_mention"]:
        assert word.lower() in str(refusal.value).lower()


def test_the_corpus_is_made_from_its_shapes() -> None:
    assert rows(SHAPES) == CORPUS


def test_every_code_has_a_row() -> None:
    assert {row["expect_error"] for row in REFUSED} == set(SENTENCES)
