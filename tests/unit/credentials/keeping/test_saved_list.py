"""The list of saved connections on disk: private, whole, shared by programs, and alive when damaged."""

import datetime as dt
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.credentials.keeping.saved_list import Entries, SavedList
from s3tui.credentials.keeping.vault import KeepingError
from s3tui.model.credentials import Endpoint, Workspace


def _entry(number: int) -> SavedConnection:
    return SavedConnection(
        id=f"{number:016x}",
        name=f"Réef № {number}",
        endpoint=Endpoint(
            url="https://s3.reef.example", region="reef-1", addressing="path", ca_file="/etc/ca"
        ),
        workspace=Workspace(bucket="corals", prefix="survey/", name="Corals"),
        local_folder="/data/corals",
        key_label="ASIA…QX7M",
        kept_in="keyring",
        expires_at=dt.datetime(2036, 5, 1, 12, tzinfo=dt.UTC),
        temporary=True,
    )


def _add(entry: SavedConnection, to: SavedList) -> None:
    to.change(lambda entries: (*entries, entry))


@pytest.fixture
def saved(tmp_path: Path) -> SavedList:
    """Gives a list in a folder that does not exist yet."""
    return SavedList(tmp_path / "state" / "s3tui")


def test_looking_at_an_absent_list_makes_nothing(saved: SavedList) -> None:
    assert saved.read() == ()
    assert saved.notice == ""
    assert not saved.path.parent.exists()


def test_every_field_comes_back(saved: SavedList) -> None:
    _add(_entry(1), saved)
    _add(_entry(2), saved)
    assert SavedList(saved.path.parent).read() == (_entry(1), _entry(2))


def test_file_and_folder_are_private(saved: SavedList) -> None:
    _add(_entry(1), saved)
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(saved.path.parent.stat().st_mode) == 0o700


def test_a_failed_write_leaves_the_old_list_and_no_draft(
    saved: SavedList, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(_entry(1), saved)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeepingError, match="No space left on device"):
        _add(_entry(2), saved)
    monkeypatch.undo()
    assert saved.read() == (_entry(1),)
    assert [path.name for path in saved.path.parent.iterdir()] == ["connections.json"]


def test_an_edit_that_changes_nothing_writes_nothing(saved: SavedList) -> None:
    _add(_entry(1), saved)
    before = saved.path.stat().st_ino
    saved.change(lambda entries: entries)
    assert saved.path.stat().st_ino == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": "x"}', "\x00" * 100, '{"version":1}'])
def test_a_damaged_list_is_said_set_aside_and_replaced(saved: SavedList, text: str) -> None:
    saved.path.parent.mkdir(parents=True)
    saved.path.write_text(text)
    saved.path.chmod(0o600)
    assert saved.read() == ()
    assert "connections.json is damaged" in saved.notice
    _add(_entry(1), saved)
    assert saved.read() == (_entry(1),)
    assert saved.notice == ""
    assert saved.path.with_name("connections.json.damaged").read_text() == text


def test_a_damaged_entry_does_not_hide_the_others(saved: SavedList) -> None:
    for number in (1, 2, 3):
        _add(_entry(number), saved)
    file = json.loads(saved.path.read_text())
    file["connections"][1]["id"] = "../../etc/passwd"
    saved.path.write_text(json.dumps(file))
    assert saved.read() == (_entry(1), _entry(3))
    assert "1 of 3 entries" in saved.notice


def test_an_entry_twice_counts_once_and_unknown_fields_are_passed_over(saved: SavedList) -> None:
    _add(_entry(1), saved)
    file = json.loads(saved.path.read_text())
    file["connections"] = [file["connections"][0] | {"colour": "blue"}] * 2
    saved.path.write_text(json.dumps(file))
    assert saved.read() == (_entry(1),)


def test_the_list_of_a_newer_program_is_read_but_never_replaced(saved: SavedList) -> None:
    _add(_entry(1), saved)
    newer = saved.path.read_text().replace('"version": 1', '"version": 2')
    saved.path.write_text(newer)
    assert saved.read() == (_entry(1),)
    with pytest.raises(KeepingError, match="newer s3tui"):
        _add(_entry(2), saved)
    assert saved.path.read_text() == newer


def test_a_list_others_can_write_or_that_is_a_link_is_not_trusted(saved: SavedList, tmp_path: Path) -> None:
    _add(_entry(1), saved)
    saved.path.chmod(0o644)
    assert saved.read() == (_entry(1),), "only the names of places are in it, reading does no harm"
    saved.path.chmod(0o620)
    with pytest.raises(KeepingError, match="other users have access"):
        saved.read()
    with pytest.raises(KeepingError, match="other users have access"):
        _add(_entry(2), saved)
    elsewhere = tmp_path / "elsewhere"
    saved.path.rename(elsewhere)
    saved.path.symlink_to(elsewhere)
    with pytest.raises(KeepingError, match="it is a link"):
        saved.read()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    saved = SavedList(tmp_path / "file" / "s3tui")
    with pytest.raises(KeepingError, match=r"connections\.json cannot be written: Not a directory"):
        _add(_entry(1), saved)


def test_a_change_made_meanwhile_by_another_program_is_kept(saved: SavedList) -> None:
    _add(_entry(1), saved)
    other = SavedList(saved.path.parent)
    seen: list[int] = []

    def edit(entries: Entries) -> Entries:
        seen.append(len(entries))
        if len(seen) == 1:
            _add(_entry(2), other)
        return (*entries, _entry(3))

    saved.change(edit)
    assert seen == [1, 2]
    assert saved.read() == (_entry(1), _entry(2), _entry(3))


def test_readers_never_meet_half_a_list(saved: SavedList) -> None:
    _add(_entry(0), saved)

    def read(_: int) -> str:
        reader = SavedList(saved.path.parent)
        assert reader.read()
        return reader.notice

    with ThreadPoolExecutor(4) as pool:
        notices = pool.map(read, range(200))
        for number in range(1, 30):
            _add(_entry(number), saved)
        assert set(notices) == {""}
