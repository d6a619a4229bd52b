"""Local files as transfers treat them: no final name before the end, nothing outside the chosen folder."""

import errno
import os
import stat
from pathlib import Path

import pytest

from s3tui.errors import Changed, LocalFault, NotFound, StorageError
from s3tui.storage.local_errors import local_error
from s3tui.storage.local_files import LocalFiles

NS = 1_000_000_000


def raw(path: Path) -> bytes:
    """The path as transfers keep it."""
    return os.fsencode(path)


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    """The folder the user chose; `outside` lies beside it."""
    (tmp_path / "outside").mkdir()
    folder = tmp_path / "chosen"
    folder.mkdir()
    return folder


def finish(target: Path, root: Path, *, replace: bool = False, modified_ns: int | None = None) -> None:
    """Write a temporary file beside a target and give it its name."""
    part = target.parent / ".s3tui-1.part"
    LocalFiles().make_part_file(raw(part), len(raw(root)))
    part.write_bytes(b"new")
    LocalFiles().finish(raw(part), raw(target), len(raw(root)), replace=replace, modified_ns=modified_ns)


def test_a_finished_file_has_its_name_time_and_usual_permissions(chosen: Path) -> None:
    before = os.umask(0o027)
    try:
        finish(chosen / "data.bin", chosen, modified_ns=1_500_000_000 * NS + 123_456_789)
    finally:
        os.umask(before)
    found = (chosen / "data.bin").stat()
    assert (chosen / "data.bin").read_bytes() == b"new"
    assert found.st_mtime_ns == 1_500_000_000 * NS + 123_456_789
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert os.listdir(chosen) == ["data.bin"]


def test_a_file_that_is_there_is_kept_unless_it_may_be_replaced(chosen: Path) -> None:
    old = chosen / "data.bin"
    old.write_bytes(b"old")
    old.chmod(0o600)
    with pytest.raises(Changed, match="exists already"):
        finish(old, chosen)
    assert old.read_bytes() == b"old"
    finish(old, chosen, replace=True)
    assert old.read_bytes() == b"new"
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


def test_nothing_is_kept_of_a_link_under_the_final_name(chosen: Path) -> None:
    victim = chosen.parent / "outside" / "victim"
    victim.write_bytes(b"precious")
    (chosen / "data.bin").symlink_to(victim)
    finish(chosen / "data.bin", chosen, replace=True)
    assert victim.read_bytes() == b"precious"
    assert not (chosen / "data.bin").is_symlink()


def test_folders_are_made_below_the_chosen_one_and_through_no_link(chosen: Path) -> None:
    files, root = LocalFiles(), len(raw(chosen))
    files.make_folders(raw(chosen / "a" / "b"), root)
    files.make_folders(raw(chosen / "a" / "b"), root)
    assert (chosen / "a" / "b").is_dir()
    (chosen / "planted").symlink_to(chosen.parent / "outside")
    for path in (chosen / "planted" / "deep", chosen / "planted"):
        with pytest.raises(LocalFault, match="symbolic link"):
            files.make_folders(raw(path), root)
    with pytest.raises(LocalFault, match="symbolic link"):
        files.make_part_file(raw(chosen / "planted" / "x.part"), root)
    with pytest.raises(LocalFault, match="lead out"):
        files.make_folders(raw(chosen) + b"/../outside/deep", root)
    assert list((chosen.parent / "outside").iterdir()) == []


def test_the_chosen_folder_itself_may_be_reached_over_a_link_or_be_new(chosen: Path) -> None:
    link = chosen.parent / "link"
    link.symlink_to(chosen)
    LocalFiles().make_folders(raw(link / "a"), len(raw(link)))
    assert (chosen / "a").is_dir()
    fresh = chosen.parent / "x" / "y"
    LocalFiles().make_folders(raw(fresh / "z"), len(raw(fresh)))
    assert (fresh / "z").is_dir()


def test_a_target_folder_that_became_a_link_stops_the_last_step(chosen: Path) -> None:
    files, root = LocalFiles(), len(raw(chosen))
    sub = chosen / "sub"
    sub.mkdir()
    part = sub / ".s3tui-1.part"
    files.make_part_file(raw(part), root)
    os.rename(sub, chosen / "moved")
    sub.symlink_to(chosen.parent / "outside")
    with pytest.raises(LocalFault, match="symbolic link"):
        files.finish(raw(part), raw(sub / "data"), root, replace=True, modified_ns=None)
    assert list((chosen.parent / "outside").iterdir()) == []


def test_a_leftover_of_ours_gives_way_and_a_part_file_is_sized(chosen: Path) -> None:
    files, part = LocalFiles(), chosen / ".s3tui-1.part"
    assert files.part_file_size(raw(part)) is None
    part.write_bytes(b"leftover")
    assert files.part_file_size(raw(part)) == 8
    files.make_part_file(raw(part), len(raw(chosen)))
    assert files.part_file_size(raw(part)) == 0
    files.discard(raw(part), len(raw(chosen)))
    files.discard(raw(part), len(raw(chosen)))
    part.symlink_to(chosen)
    assert files.part_file_size(raw(part)) is None


def test_a_moved_source_goes_with_the_folders_it_leaves_empty(chosen: Path) -> None:
    files, root = LocalFiles(), len(raw(chosen))
    (chosen / "a" / "b").mkdir(parents=True)
    (chosen / "a" / "keep").touch()
    source = chosen / "a" / "b" / "file"
    source.write_bytes(b"x")
    identity = files.identify(raw(source))
    files.remove_source(raw(source), root, identity)
    assert sorted(os.listdir(chosen / "a")) == ["keep"]
    (chosen / "empty").mkdir()
    files.remove_source(raw(chosen / "empty"), root, None)
    assert sorted(os.listdir(chosen)) == ["a"]


def test_a_source_that_changed_after_its_copy_stays(chosen: Path) -> None:
    files, source = LocalFiles(), chosen / "file"
    source.write_bytes(b"x")
    identity = files.identify(raw(source))
    source.write_bytes(b"longer")
    with pytest.raises(Changed, match="still there"):
        files.remove_source(raw(source), len(raw(chosen)), identity)
    assert source.read_bytes() == b"longer"


def test_only_regular_files_have_an_identity(chosen: Path) -> None:
    files = LocalFiles()
    os.mkfifo(chosen / "fifo")
    for path in (chosen, chosen / "fifo", Path("/dev/null")):
        with pytest.raises(LocalFault, match="not a regular file"):
            files.identify(raw(path))
    with pytest.raises(NotFound):
        files.identify(raw(chosen / "missing"))
    with pytest.raises(LocalFault, match="name"):
        files.identify(raw(chosen) + b"/nul\0byte")


def test_free_space_is_asked_of_what_exists(chosen: Path) -> None:
    assert LocalFiles().free_space(raw(chosen / "not" / "yet")) > 0


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota is used up"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "You may not write"),
        (errno.ENAMETOOLONG, "too long"),
        (errno.EIO, "disk failed"),
        (errno.ENOTSUP, "refused to write"),
    ],
)
def test_every_refusal_is_a_sentence_that_names_the_file(number: int, words: str) -> None:
    told = local_error(OSError(number, os.strerror(number)), "write", b"/data/\xff.nc")
    assert isinstance(told, StorageError)
    assert words in told.sentence
    assert "/data/\ufffd.nc" in told.sentence
    assert told.detail == errno.errorcode[number]


def test_a_full_disk_keeps_the_old_file(chosen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = chosen / "data.bin"
    old.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LocalFault, match="quota"):
        finish(old, chosen, replace=True)
    assert old.read_bytes() == b"old"
