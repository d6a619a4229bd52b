"""A plan says beforehand what a copy would do: sizes, clashes, what is left out and what may go wrong."""

import os
import time
from pathlib import Path

import pytest

from s3tui.errors import NotFound, StorageError, UsageError
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.model.transfer import CopyItem, Direction
from s3tui.storage.local_files import LocalFiles
from s3tui.transfer import clashes
from s3tui.transfer.plan import TransferPlan
from s3tui.transfer.planner import Planner
from tests.unit.transfer.memory import NameStore

REMOTE = S3Location("bucket", "data/")


async def plan_of(
    store: NameStore | None,
    *items: CopyItem,
    move: bool = False,
    files: LocalFiles | None = None,
) -> TransferPlan:
    """Plan these items."""
    planner = Planner(store, files or LocalFiles())
    return await planner.plan(items, move, lambda *_: None)


def objects(*keys: str, size: int = 10, kind: EntryKind = EntryKind.FILE) -> dict[str, Entry]:
    """Entries under REMOTE."""
    return {f"data/{key}": Entry(key, kind, size, 5.0) for key in keys}


def down(target: Path) -> CopyItem:
    """Copy REMOTE to a local folder."""
    return CopyItem(REMOTE, LocalLocation.of(target), folder=True)


def up(source: Path) -> CopyItem:
    """Copy a local folder to REMOTE."""
    return CopyItem(LocalLocation.of(source), REMOTE, folder=True)


def planned(plan: TransferPlan) -> list[str]:
    """Relative names that would be copied."""
    return [plan.names[index].decode() for index in plan.live()]


async def test_a_single_file_goes_exactly_where_it_was_told(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(b"12345")
    item = CopyItem(LocalLocation.of(tmp_path / "a.nc"), S3Location("bucket", "other/name.nc"))
    plan = await plan_of(NameStore(), item)
    (index,) = plan.live()
    transfer = plan.transfer(index, "http://one")
    assert (transfer.key, transfer.size, transfer.direction) == ("other/name.nc", 5, Direction.UPLOAD)

    store = NameStore(objects("x.nc"))
    target = LocalLocation.of(tmp_path / "b.nc")
    plan = await plan_of(store, CopyItem(S3Location("bucket", "data/x.nc"), target))
    (index,) = plan.live()
    assert plan.transfer(index, None).local == target.raw


async def test_many_uploads_cost_one_listing_and_no_head(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"f{number}").write_bytes(b"x")
    store = NameStore(objects("f7", "f8", "other"))
    plan = await plan_of(store, up(tmp_path))
    assert (store.listings, store.heads) == (1, 0)
    assert sorted(plan.names[index] for index in plan.clashes) == [b"f7", b"f8"]


async def test_a_place_that_cannot_be_looked_at_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x")
    plan = await plan_of(NameStore(denied=("head", "list")), up(tmp_path))
    assert (len(plan.clashes), plan.files) == (0, 1)
    for number in range(50):
        (tmp_path / f"f{number}").write_bytes(b"x")
    plan = await plan_of(NameStore(denied=("head", "list")), up(tmp_path))
    assert "cannot be listed" in plan.warnings[0]


async def test_what_leads_to_the_same_place_is_copied_once_and_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    place = S3Location("bucket", "same")
    items = (CopyItem(LocalLocation.of(tmp_path / name), place) for name in "ab")
    plan = await plan_of(NameStore(), *items)
    assert (plan.files, plan.bytes) == (1, 1)
    assert "same destination" in plan.skipped[0]


async def test_an_object_that_is_also_a_folder_is_said_not_merged(tmp_path: Path) -> None:
    plan = await plan_of(NameStore(objects("a", "a/b", "c")), down(tmp_path / "t"))
    assert planned(plan) == ["a/b", "c"]
    assert "an object and a folder" in plan.skipped[0]


async def test_markers_become_folders_only_where_they_are_needed(tmp_path: Path) -> None:
    entries = objects("full/x", "top") | objects("full", "empty/deep", size=0, kind=EntryKind.FOLDER)
    entries |= objects("bytes", size=3, kind=EntryKind.FOLDER)
    plan = await plan_of(NameStore(entries), down(tmp_path / "t"))
    assert planned(plan) == ["full/x", "top", "empty/deep"]
    assert plan.files == 2
    assert "holds 3 bytes" in plan.skipped[0]
    # A move takes the markers along, so that the folder goes.
    plan = await plan_of(NameStore(entries), down(tmp_path / "t"), move=True)
    assert "full" in planned(plan)


async def test_what_is_in_the_way_here_is_said(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "plain").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "dir")
    plan = await plan_of(NameStore(objects("dir", "plain/x", "link/x", "ok")), down(tmp_path))
    assert planned(plan) == ["ok"]
    assert [
        word in sentence
        for word, sentence in zip(
            ("folder here", "not a folder", "symbolic"),
            sorted(plan.skipped, key=lambda text: ("symbolic" in text, "not a folder" in text)),
            strict=True,
        )
    ] == [True] * 3


async def test_twins_are_said_where_the_file_system_cannot_keep_them_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = NameStore(objects("Reef.nc", "reef.nc", "é", "e\u0301"))
    plan = await plan_of(store, down(tmp_path / "t"))
    assert len(planned(plan)) == 4
    monkeypatch.setattr(clashes, "_folds_names", lambda _: True)
    plan = await plan_of(store, down(tmp_path / "t"))
    assert planned(plan) == ["Reef.nc", "é"]
    assert plan.skipped_count == 2


async def test_archived_objects_are_left_out_with_the_reason(tmp_path: Path) -> None:
    entries = objects("cold", kind=EntryKind.ARCHIVED) | objects("warm")
    plan = await plan_of(NameStore(entries), down(tmp_path))
    assert planned(plan) == ["warm"]
    assert "archive" in plan.skipped[0]


async def test_too_little_space_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalFiles, "free_space", lambda *_: 1000)
    plan = await plan_of(NameStore(objects("big", size=2_000_000)), down(tmp_path))
    assert "only 1.0 kB are free" in plan.warnings[0]
    plan = await plan_of(NameStore(objects("small", size=100)), down(tmp_path))
    assert plan.warnings == []


async def test_more_than_an_object_can_hold_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s3tui.transfer.planner.MAX_OBJECT_SIZE", 10)
    (tmp_path / "huge").write_bytes(b"x" * 11)
    (tmp_path / "fits").write_bytes(b"x" * 10)
    plan = await plan_of(NameStore(), up(tmp_path))
    assert planned(plan) == ["fits"]
    assert "“huge” is larger than S3 takes" in plan.skipped[0]


@pytest.mark.parametrize(
    ("source", "destination", "words"),
    [
        (REMOTE, S3Location("other", "x/"), "S3 to S3"),
        (LocalLocation(b"/tmp"), LocalLocation(b"/tmp/x"), "local folder to another"),
        (S3Location(""), LocalLocation(b"/tmp/x"), "list of buckets"),
    ],
)
async def test_copies_that_are_not_possible_are_refused_with_a_sentence(
    source: Location, destination: Location, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        await plan_of(NameStore(), CopyItem(source, destination, folder=True))


async def test_without_a_connection_nothing_is_planned(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no connection"):
        await plan_of(None, up(tmp_path))


async def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gone"):
        await plan_of(NameStore(), up(tmp_path / "gone"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_an_unreadable_folder_is_said_and_the_rest_planned(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "open").write_bytes(b"")
    plan = await plan_of(NameStore(), up(tmp_path))
    assert planned(plan) == ["open"]
    assert "cannot be read" in plan.skipped[0]
    with pytest.raises(StorageError):
        await plan_of(NameStore(), up(tmp_path / "closed"))


async def test_a_hundred_thousand_objects_are_planned_in_seconds(tmp_path: Path) -> None:
    store = NameStore(objects(*(f"folder-{number % 100}/file-{number}.nc" for number in range(100_000))))
    started = time.monotonic()
    seen: list[int] = []
    planner = Planner(store, LocalFiles())
    plan = await planner.plan((down(tmp_path),), False, lambda files, _: seen.append(files))
    assert time.monotonic() - started < 20
    assert (plan.files, plan.bytes) == (100_000, 1_000_000)
    assert seen == sorted(seen)
    assert seen[-1] == 100_000
