"""A new name never takes the place of something, not even of what appears at the same moment."""

import errno
import os
from pathlib import Path

import pytest

from s3tui.errors import Changed
from s3tui.storage import local_rename
from s3tui.storage.local_rename import rename_over_nothing


@pytest.fixture(params=["kernel", "links", "neither"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to rename; file systems that lack one are made by saying so."""
    if request.param != "kernel":
        monkeypatch.setattr(local_rename, "_renamed_by_kernel", lambda *_: False)
    if request.param == "neither":

        def no_link(*_: object, **__: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", no_link)
    return str(request.param)


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(os.listdir(folder))


def test_files_folders_and_links_get_their_new_names(tmp_path: Path, way: str) -> None:
    (tmp_path / "file").write_text("f")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").touch()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "folder", "link"):
        rename_over_nothing(os.fsencode(tmp_path / name), os.fsencode(tmp_path / f"new {name}"))
    assert names(tmp_path) == ["new file", "new folder", "new link"]
    assert os.readlink(tmp_path / "new link") == "nowhere"


def test_what_has_the_name_stays(tmp_path: Path, way: str) -> None:
    (tmp_path / "file").write_text("f")
    (tmp_path / "taken").write_text("precious")
    with pytest.raises(Changed, match="exists already"):
        rename_over_nothing(os.fsencode(tmp_path / "file"), os.fsencode(tmp_path / "taken"))
    assert (tmp_path / "taken").read_text() == "precious"
    assert (tmp_path / "file").read_text() == "f"


@pytest.mark.parametrize("by_kernel", [True, False])
def test_a_name_that_appears_at_the_same_moment_stays_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_kernel: bool
) -> None:
    """The other one comes after we have looked, and before we rename."""
    (tmp_path / "file").write_text("f")
    real = local_rename._renamed_by_kernel

    def late(source: bytes, target: bytes) -> bool:
        (tmp_path / "taken").write_text("precious")
        return real(source, target) if by_kernel else False

    monkeypatch.setattr(local_rename, "_renamed_by_kernel", late)
    with pytest.raises(Changed, match="exists already"):
        rename_over_nothing(os.fsencode(tmp_path / "file"), os.fsencode(tmp_path / "taken"))
    assert (tmp_path / "taken").read_text() == "precious"
    assert (tmp_path / "file").read_text() == "f"


def test_another_name_of_the_same_file_is_not_lost(tmp_path: Path, way: str) -> None:
    (tmp_path / "one").write_text("f")
    os.link(tmp_path / "one", tmp_path / "two") if way != "neither" else (tmp_path / "two").touch()
    with pytest.raises(Changed):
        rename_over_nothing(os.fsencode(tmp_path / "one"), os.fsencode(tmp_path / "two"))
    assert names(tmp_path) == ["one", "two"]
