"""What `ls` prints: the columns of `aws s3 ls`, or JSON lines."""

import json
import time

import pytest

from s3tui.cli.columns import Columns, JsonLines
from s3tui.model.entry import Entry, EntryKind, EntryPage
from s3tui.model.location import S3Location

PLACE = S3Location("bucket", "data/")
WHEN = 1_767_268_799.7  # 2026-01-01 11:59:59 UTC


@pytest.fixture(autouse=True)
def _time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    time.tzset()


def test_columns_are_those_of_aws() -> None:
    page = EntryPage.of(
        (
            Entry("sub", EntryKind.FOLDER),
            Entry("a b.csv", EntryKind.FILE, 2884, WHEN),
            Entry("é", EntryKind.FILE, 0, 0.0),
        )
    )
    lines = Columns(PLACE, recursive=False, escaped=False).page(page).decode().splitlines()
    assert lines == [
        "                           PRE sub/",
        "2026-01-01 11:59:59       2884 a b.csv",
        "1970-01-01 00:00:00          0 é",
    ]


def test_recursive_columns_show_whole_keys() -> None:
    page = EntryPage.of((Entry("sub/x", EntryKind.FILE, 1, WHEN),))
    assert Columns(PLACE, recursive=True, escaped=False).page(page).endswith(b"          1 data/sub/x\n")


def test_buckets_have_a_time_and_a_name() -> None:
    line = Columns(S3Location(""), recursive=False, escaped=False).entry(
        Entry("mine", EntryKind.BUCKET, -1, WHEN)
    )
    assert line == b"2026-01-01 11:59:59 mine\n"


def test_a_terminal_is_not_driven_by_keys_but_a_pipe_gets_them_as_they_are() -> None:
    entry = Entry("evil\x1b[2J\nname", EntryKind.FILE, 1, WHEN)
    shown = Columns(PLACE, recursive=False, escaped=True).entry(entry)
    assert b"\x1b" not in shown
    assert shown.count(b"\n") == 1
    assert b"evil\x1b[2J\nname" in Columns(PLACE, recursive=False, escaped=False).entry(entry)


def test_json_has_one_object_a_line() -> None:
    page = EntryPage.of((Entry("sub", EntryKind.FOLDER), Entry('q"\n', EntryKind.FILE, 5, WHEN)))
    folder, file = (json.loads(line) for line in JsonLines(PLACE).page(page).splitlines())
    assert folder == {"name": "sub", "bucket": "bucket", "key": "data/sub/", "kind": "prefix"}
    assert file["key"] == 'data/q"\n'
    assert (file["kind"], file["size"], file["modified"]) == ("object", 5, "2026-01-01T11:59:59Z")
