"""Wordings of servers, proxies and login pages that were written down before anybody tried them.

`tests/data/refusals-unseen.jsonl` says of each which kinds of error are right, and which words a reader must,
or must not, find. `|` parts words of which one is enough; `{now}` and `{now+1320}` stand for moments.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3tui.errors import StorageError
from s3tui.model.location import S3Location
from s3tui.storage import s3_breakdowns, s3_wording
from s3tui.storage.s3_answer import PageInstead, page_instead, read_refusal
from s3tui.storage.s3_errors import judge
from s3tui.storage.s3_subject import Subject
from s3tui.storage.s3_wording import Rule
from tests.storage.wordings import HOST, SECRET, TOKEN

_FILE = Path(__file__).resolve().parents[2] / "data" / "refusals-unseen.jsonl"
_SLOW = 1320
"""Seconds our clock is behind in the rows that say so."""


@dataclass(frozen=True)
class Unseen:
    """One answer and what a reader is to learn from it."""

    id: str
    operation: str
    status: int
    headers: dict[str, str]
    body: str
    codes: tuple[str, ...]
    says: tuple[str, ...]
    never: tuple[str, ...]

    def __str__(self) -> str:
        return self.id


def _unseen() -> Iterator[Unseen]:
    for line in _FILE.read_text("utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        yield Unseen(
            row["id"],
            row["operation"],
            row["status"],
            row["headers"],
            row["body"],
            tuple(row["codes"]),
            tuple(row["says"]),
            tuple(row["never"]),
        )


ALL = tuple(_unseen())


def told(answer: Unseen) -> StorageError:
    """What is said of an answer to credentials of which nothing more is known."""
    now = time.time()

    def dated(text: str) -> str:
        moments = {"{now}": formatdate(now, usegmt=True), "{now+1320}": formatdate(now + _SLOW, usegmt=True)}
        for mark, moment in moments.items():
            text = text.replace(mark, moment)
        return text

    headers = {name.lower(): dated(value) for name, value in answer.headers.items()}
    body = dated(answer.body).encode()
    raised: Exception
    if answer.status < 300:
        raised = PageInstead(page_instead(headers, body))
    else:
        kept: Any = {"Error": {}, "s3tui-refusal": read_refusal(answer.status, headers, body)}
        raised = ClientError(kept, "Operation")
    subject = Subject(
        {"complete": "write"}.get(answer.operation, answer.operation),
        S3Location("reef", "data/" if answer.operation == "list" else "data/a.nc"),
        HOST,
        region="us-east-1",
        secrets=(SECRET, TOKEN),
        secure=False,
        key="ASIA…MPLE",
        # A Date header is what our clock is measured by.
        skew=float(_SLOW) if "{now+1320}" in answer.headers.get("Date", "") else 0.0,
    )
    return judge(raised, subject).error


@pytest.mark.parametrize("answer", ALL, ids=str)
def test_a_wording_nobody_had_seen_is_understood(answer: Unseen) -> None:
    error = told(answer)
    assert error.code in answer.codes
    shown = f"{error.sentence} {error.next_step}".lower()
    for words in answer.says:
        assert any(word in shown for word in words.split("|")), f"{words!r} is not in {shown!r}"
    for word in answer.never:
        assert word not in shown
    assert error.sentence.endswith((".", "!", "?", "…"))
    assert error.next_step
    assert f"HTTP {answer.status}" in error.detail
    assert answer.operation != "list" or "s3://reef/data/" in error.detail
    for text in (error.sentence, error.next_step, error.detail):
        assert TOKEN[:24] not in text
        assert all(character.isprintable() for character in text)


def _rules() -> Iterator[Rule]:
    yield from (rule for rule in vars(s3_wording).values() if isinstance(rule, Rule))
    yield from (line.rule for line in s3_breakdowns.TABLE)
    yield s3_breakdowns.BROKEN_OFF


def test_every_sentence_comes_with_a_next_step() -> None:
    silent = {rule.sentence for rule in _rules() if not rule.next_step}
    assert not silent
