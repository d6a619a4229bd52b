"""A plan says beforehand what a copy would do: sizes, clashes, what is left out and what may go wrong."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from s3tui.errors import NotFound, StorageError, UsageError
from s3tui.model.entry import Entry, EntryKind, EntryPage, ObjectInfo
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.model.transfer import CopyItem, Direction
from s3tui.storage.local_files import LocalFiles
from s3tui.transfer import clashes
from s3tui.transfer.names import folded
from s3tui.transfer.plan import TransferPlan
from s3tui.transfer.planner import Planner
from s3tui.transfer.rename_rule import told_apart
from tests.unit.transfer.memory import PAGE, NameStore

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


def renamed(plan: TransferPlan) -> list[tuple[str, str]]:
    """What is told of names that cannot be kept."""
    return [(each.source, each.destination) for each in plan.summary(1).renamed]


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


def marked(folder: Path, count: int) -> list[CopyItem]:
    """Single files that were marked one by one, to be uploaded side by side."""
    for number in range(count):
        (folder / f"f{number}").write_bytes(b"x")
    names = [f"f{number}" for number in range(count)]
    return [CopyItem(LocalLocation.of(folder / name), REMOTE.child(name)) for name in names]


def clashing(plan: TransferPlan) -> list[str]:
    """Keys that are there already."""
    return sorted(plan.key(index) for index in plan.clashes)


async def test_many_marked_files_cost_one_listing_of_their_level(tmp_path: Path) -> None:
    items = marked(tmp_path, 50)
    few = NameStore(objects("f7", "f8"))
    assert clashing(await plan_of(few, *items[:10])) == ["data/f7", "data/f8"]
    assert (few.listings, few.heads) == (0, 10)

    store = NameStore(objects("f7", "f8", "other", "f9/below") | objects("f10", kind=EntryKind.FOLDER))
    assert clashing(await plan_of(store, *items)) == ["data/f7", "data/f8"]
    assert (store.listings, store.heads) == (1, 0)


@pytest.mark.parametrize("refused", [True, False])
async def test_marked_files_are_found_where_a_listing_is_refused_or_too_long(
    tmp_path: Path, refused: bool
) -> None:
    items = marked(tmp_path, 50)
    # The listing holds two of the files at its beginning, and two behind more pages than it is worth.
    names = ["f1", "f2", *(f"a{number}" for number in range(20 * PAGE)), "f3", "f4"]
    store = NameStore(objects(*names), denied=("list",) if refused else ())
    plan = await plan_of(store, *items)
    assert clashing(plan) == ["data/f1", "data/f2", "data/f3", "data/f4"]
    assert (store.listings, store.heads, plan.warnings) == (1, 50 if refused else 48, [])


async def test_marked_files_of_which_all_are_there_end_the_listing(tmp_path: Path) -> None:
    items = marked(tmp_path, 50)
    store = NameStore(objects(*(f"f{number}" for number in range(5 * PAGE))))
    assert len(clashing(await plan_of(store, *items))) == 50
    assert (store.pages, store.heads) == (1, 0)


class OverlappingStore(NameStore):
    """Notes how many HEADs are under way together."""

    under_way = most = 0

    async def head(
        self, location: S3Location, *, wait: bool = False, many: bool = False, part: int = 0
    ) -> ObjectInfo:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        return await super().head(location, wait=wait, many=many)


async def test_many_marked_objects_are_asked_for_together_and_planned_in_their_order(tmp_path: Path) -> None:
    names = [f"k{number}" for number in range(100)]
    store = OverlappingStore(objects(*names))
    items = [CopyItem(REMOTE.child(name), LocalLocation.of(tmp_path / name)) for name in names]
    plan = await Planner(store, LocalFiles(), 20).plan(tuple(items), False, lambda *_: None)
    assert [plan.key(index) for index in plan.live()] == [f"data/{name}" for name in names]
    assert (store.heads, store.most) == (100, 20)
    del store.entries["data/k7"]
    with pytest.raises(NotFound):
        await Planner(store, LocalFiles(), 20).plan(tuple(items), False, lambda *_: None)


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


async def test_an_object_that_is_also_a_folder_gets_a_name_beside_it(tmp_path: Path) -> None:
    plan = await plan_of(NameStore(objects("a", "a/b", "c")), down(tmp_path / "t"))
    assert planned(plan) == ["a%file", "a/b", "c"]
    assert [plan.key(index) for index in plan.live()] == ["data/a", "data/a/b", "data/c"]
    assert renamed(plan) == [("“a”", "“a%file”")]
    assert plan.skipped == []


async def test_names_that_cannot_be_kept_are_told_with_those_they_get(tmp_path: Path) -> None:
    keys = ("../out", "a//b", "ok", "x/.", "%2E%2E/out", "n" * 300)
    plan = await plan_of(NameStore(objects(*keys)), down(tmp_path / "t"))
    assert sorted(plan.key(index) for index in plan.live()) == sorted(f"data/{key}" for key in keys)
    assert len({plan.local_path(index) for index in plan.live()}) == len(keys)
    assert all(plan.local_path(index).startswith(os.fsencode(tmp_path / "t/")) for index in plan.live())
    assert plan.summary(1).renamed_count == 5
    assert ("“a//b”", "“a/%/b”") in renamed(plan)
    assert plan.skipped == []


async def test_a_chosen_thing_that_was_given_another_name_is_told_too(tmp_path: Path) -> None:
    store = NameStore({"data/../x": Entry("x", EntryKind.FILE, 1, 5.0)})
    item = CopyItem(S3Location("bucket", "data/../"), LocalLocation.of(tmp_path / "%2E%2E"), folder=True)
    plan = await plan_of(store, item)
    assert (planned(plan), plan.summary(1).renamed_count) == (["x"], 1)


@pytest.mark.parametrize("name", [b"..", b".", b"../../x"])
async def test_a_target_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: bytes) -> None:
    place = LocalLocation(os.fsencode(tmp_path) + b"/" + name)
    with pytest.raises(UsageError, match="lead out"):
        await plan_of(NameStore(objects("x")), CopyItem(REMOTE, place, folder=True))


async def test_a_marker_of_the_copied_prefix_is_not_forgotten(tmp_path: Path) -> None:
    store = NameStore(objects("x") | {"data/": Entry("", EntryKind.FOLDER, 7, 5.0)})
    store.entries["data/"] = Entry("", EntryKind.FILE, 7, 5.0)
    plan = await plan_of(store, down(tmp_path / "t"))
    assert ("%", "data/") in [(plan.names[index].decode(), plan.key(index)) for index in plan.live()]
    assert plan.bytes == 17


async def test_markers_become_folders_only_where_they_are_needed(tmp_path: Path) -> None:
    entries = objects("full/x", "top") | objects("full", "empty/deep", size=0, kind=EntryKind.FOLDER)
    entries |= objects("bytes", size=3, kind=EntryKind.FOLDER)
    plan = await plan_of(NameStore(entries), down(tmp_path / "t"))
    assert planned(plan) == ["full/x", "top", "empty/deep", "bytes/%"]
    assert plan.files == 3
    assert renamed(plan) == [("“bytes/”", "“bytes/%”")]
    # A move takes the markers along, so that the folder goes.
    plan = await plan_of(NameStore(entries), down(tmp_path / "t"), move=True)
    assert "full" in planned(plan)


async def test_what_is_in_the_way_here_is_said(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    (tmp_path / "plain").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "dir")
    plan = await plan_of(NameStore(objects("dir", "plain/x", "link/x", "ok")), down(tmp_path))
    assert planned(plan) == ["dir%file", "ok"]
    assert sorted(word in "".join(plan.skipped) for word in ("not a folder", "symbolic")) == [True] * 2
    assert plan.skipped_count == 2
    # A single file that was chosen finds a folder of its name.
    item = CopyItem(S3Location("bucket", "data/dir"), LocalLocation.of(tmp_path / "dir"))
    plan = await plan_of(NameStore(objects("dir")), item)
    (index,) = plan.live()
    assert plan.local_path(index) == os.fsencode(tmp_path / "dir%file")
    assert (plan.key(index), renamed(plan)) == ("data/dir", [("“dir”", "“dir%file”")])


async def test_twins_get_names_of_their_own_where_the_file_system_cannot_keep_them_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ("Reef.nc", "reef.nc", "é", "e\u0301", "Dir/x", "dir/x", "dir/y")
    store = NameStore(objects(*keys))
    plan = await plan_of(store, down(tmp_path / "t"))
    assert sorted(planned(plan)) == sorted(keys)
    assert plan.summary(1).renamed_count == 0
    monkeypatch.setattr(clashes, "_folds_names", lambda _: True)
    plan = await plan_of(store, down(tmp_path / "t"))
    assert {plan.key(index) for index in plan.live()} == {f"data/{key}" for key in keys}
    assert len({folded(plan.local_path(index)) for index in plan.live()}) == len(keys)
    # Neither are folders merged: what lay together stays together.
    folders = [name.partition("/")[0] for name in planned(plan) if "/" in name]
    assert folders[0] == "Dir"
    assert folders[1] == folders[2] == told_apart(b"dir").decode()
    assert plan.summary(1).renamed_count == 4


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


class TellingStore(NameStore):
    """Lists one ETag for each object and tells another one of it when asked."""

    def __init__(self, count: int, told: Callable[[str], str]) -> None:
        super().__init__(
            {f"in/k{number:03}": Entry("", EntryKind.FILE, 10, 1000.0) for number in range(count)}
        )
        self.told = told

    async def list_pages(
        self, location: S3Location, *, recursive: bool = False, etags: bool = False
    ) -> AsyncGenerator[EntryPage, None]:
        names = [key.removeprefix(location.key) for key in self.entries]
        page = EntryPage.of(Entry(name, EntryKind.FILE, 10, 1000.0) for name in names)
        yield replace(page, etags=tuple(f"listed-{name}" for name in names))

    async def head(
        self, location: S3Location, *, wait: bool = False, many: bool = False, part: int = 0
    ) -> ObjectInfo:
        found = await super().head(location, wait=wait, many=many)
        return ObjectInfo(found.size, self.told(location.key.removeprefix("in/")), found.modified)


@pytest.mark.parametrize(
    ("told", "known", "heads"),
    [
        (lambda name: f"listed-{name}", True, 1),
        (lambda name: f"another-{name}", False, 2),
        # One answer may be wrong by accident.
        (lambda name: "another" if name == "k099" else f"listed-{name}", True, 2),
    ],
)
async def test_etags_of_a_listing_count_only_where_objects_have_them(
    told: Callable[[str], str], known: bool, heads: int, tmp_path: Path
) -> None:
    store = TellingStore(100, told)
    item = CopyItem(S3Location("b", "in/"), LocalLocation(os.fsencode(tmp_path / "in")), folder=True)

    plan = await Planner(store, LocalFiles()).plan((item,), False, lambda *_: None)

    assert plan.files == 100
    assert [bool(plan.etag(index)) for index in plan.live()] == [known] * 100
    # One more looks for a marker with the name of the prefix.
    assert store.heads == heads + 1
