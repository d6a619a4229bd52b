"""Local folders as panes show them."""

import errno
import os
import time
from pathlib import Path

import pytest

from s3tui.errors import Changed, LocalFault, NotFound
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.location import LocalLocation
from s3tui.storage import local
from s3tui.storage.local import LocalStore


async def entries(store: LocalStore, folder: Path, *, recursive: bool = False) -> dict[str, Entry]:
    """Everything a listing shows, by name."""
    pages = store.list_pages(LocalLocation.of(folder), recursive=recursive)
    return {row.name: row async for page in pages for row in page.rows()}


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """A folder with one entry of each kind."""
    folder = tmp_path / "zoo"
    (folder / "folder" / "deep").mkdir(parents=True)
    (folder / "folder" / "deep" / "file").write_bytes(b"123")
    (folder / "file").write_bytes(b"12345")
    (folder / "to file").symlink_to("file")
    (folder / "to folder").symlink_to("folder")
    (folder / "folder" / "loop").symlink_to("..")
    (folder / "broken").symlink_to("nowhere")
    os.mkfifo(folder / "fifo")
    (folder / os.fsdecode(b"latin-\xfc")).touch()
    return folder


async def test_every_kind_is_shown_as_what_it_is(zoo: Path) -> None:
    found = await entries(LocalStore(), zoo)
    assert {name: entry.kind for name, entry in found.items()} == {
        "folder": EntryKind.FOLDER,
        "file": EntryKind.FILE,
        "to file": EntryKind.LINK_TO_FILE,
        "to folder": EntryKind.LINK_TO_FOLDER,
        "broken": EntryKind.BROKEN_LINK,
        "fifo": EntryKind.SPECIAL,
        "latin-\udcfc": EntryKind.FILE,
    }
    assert (found["file"].size, found["to file"].size) == (5, 5)
    assert found["file"].modified == pytest.approx(time.time(), abs=60)


async def test_a_walk_enters_no_link_and_so_no_loop(zoo: Path) -> None:
    found = await entries(LocalStore(), zoo, recursive=True)
    assert found["folder/deep/file"].size == 3
    assert found["folder/loop"].kind is EntryKind.LINK_TO_FOLDER
    assert len(found) == 10


async def test_a_long_folder_comes_in_pages(tmp_path: Path) -> None:
    for number in range(2100):
        (tmp_path / f"{number:04}").touch()
    pages = [page async for page in LocalStore().list_pages(LocalLocation.of(tmp_path))]
    assert max(len(page) for page in pages) <= local.BATCH
    assert sorted(name for page in pages for name in page.names) == [f"{n:04}" for n in range(2100)]


async def test_a_slow_folder_is_shown_as_far_as_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        (tmp_path / str(number)).touch()
    monkeypatch.setattr(local, "BATCH_SECONDS", 0.0)
    pages = [page async for page in LocalStore().list_pages(LocalLocation.of(tmp_path))]
    assert [len(page) for page in pages] == [1] * 5


async def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gone does not exist"):
        await entries(LocalStore(), tmp_path / "gone")
    (tmp_path / "file").touch()
    with pytest.raises(LocalFault, match="not a folder"):
        await entries(LocalStore(), tmp_path / "file")


async def test_an_unreadable_folder_below_is_noted_and_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "locked").mkdir()
    (tmp_path / "open").mkdir()
    scan = os.scandir

    def guarded(folder: bytes) -> object:
        if folder.endswith(b"locked"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", guarded)
    store = LocalStore()
    assert set(await entries(store, tmp_path, recursive=True)) == {"locked", "open"}
    assert store.unreadable == [f"You may not list {tmp_path}/locked."]


async def test_one_entry_can_be_inspected(zoo: Path) -> None:
    store, place = LocalStore(), LocalLocation.of(zoo)
    assert (await store.inspect(place.child("to folder"))).kind is EntryKind.LINK_TO_FOLDER
    assert (await store.inspect(place.child("broken"))).kind is EntryKind.BROKEN_LINK
    assert (await store.inspect(LocalLocation(b"/"))).name == "/"
    with pytest.raises(NotFound):
        await store.inspect(place.child("gone"))


async def test_folders_are_made_and_entries_renamed_over_nothing(tmp_path: Path) -> None:
    store, place = LocalStore(), LocalLocation.of(tmp_path)
    await store.make_folder(place.child("new"))
    with pytest.raises(Changed, match="exists already"):
        await store.make_folder(place.child("new"))
    (tmp_path / "other").touch()
    with pytest.raises(Changed, match="exists already"):
        await store.rename(place.child("new"), "other")
    assert await store.rename(place.child("new"), "newer") == place.child("newer")
    assert sorted(os.listdir(tmp_path)) == ["newer", "other"]
    for bad in ("", "..", "a/b"):
        with pytest.raises(LocalFault, match="cannot be a name"):
            await store.rename(place.child("newer"), bad)
    with pytest.raises(LocalFault, match="too long"):
        await store.rename(place.child("newer"), "x" * 300)


async def test_deleting_takes_all_below_and_nothing_behind_links(zoo: Path) -> None:
    outside = zoo.parent / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    (zoo / "folder" / "deep" / "to outside").symlink_to(outside)
    store = LocalStore()
    assert await store.delete(LocalLocation.of(zoo / "to folder")) == 1
    assert (zoo / "folder" / "deep" / "file").exists()
    assert await store.delete(LocalLocation.of(zoo)) == 8
    assert not zoo.exists()
    assert (outside / "precious").exists()
    with pytest.raises(NotFound):
        await store.delete(LocalLocation.of(zoo))
