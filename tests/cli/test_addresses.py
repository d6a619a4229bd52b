"""Where the bytes of `cp` land: the same places as with `aws s3 cp`."""

from pathlib import Path

import pytest

from s3tui.cli.addresses import copy_item
from s3tui.errors import UsageError
from s3tui.model.location import LocalLocation, S3Location


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives a working directory with a file and a folder."""
    (tmp_path / "data.csv").write_text("1,2\n")
    (tmp_path / "results").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("destination", "key"),
    [
        ("s3://b", "data.csv"),
        ("s3://b/", "data.csv"),
        ("s3://b/in/", "in/data.csv"),
        ("s3://b/in", "in"),
        ("s3://b/in/other.csv", "in/other.csv"),
    ],
)
def test_a_file_goes_to_a_key_or_into_a_prefix(folder: Path, destination: str, key: str) -> None:
    item = copy_item("data.csv", destination, recursive=False)
    assert item.source == LocalLocation.of(folder / "data.csv")
    assert item.destination == S3Location("b", key)
    assert not item.folder


@pytest.mark.parametrize(
    ("destination", "path"),
    [
        (".", "x.nc"),
        ("results", "results/x.nc"),
        ("results/", "results/x.nc"),
        ("new/", "new/x.nc"),
        ("new", "new"),
        ("data.csv", "data.csv"),
    ],
)
def test_an_object_goes_to_a_file_or_into_a_folder(folder: Path, destination: str, path: str) -> None:
    item = copy_item("s3://b/deep/x.nc", destination, recursive=False)
    assert item.destination == LocalLocation.of(folder / path)


@pytest.mark.parametrize(
    ("destination", "key"), [("s3://b", ""), ("s3://b/in", "in/"), ("s3://b/in/", "in/")]
)
def test_what_a_folder_holds_goes_under_a_prefix(folder: Path, destination: str, key: str) -> None:
    for source in ("results", "results/"):
        item = copy_item(source, destination, recursive=True)
        assert item.folder
        assert item.source == LocalLocation.of(folder / "results")
        assert item.destination == S3Location("b", key)


@pytest.mark.parametrize(("source", "key"), [("s3://b", ""), ("s3://b/in", "in/"), ("s3://b/in/", "in/")])
def test_what_a_prefix_holds_goes_into_a_folder(folder: Path, source: str, key: str) -> None:
    for destination in ("results", "new", "new/"):
        item = copy_item(source, destination, recursive=True)
        assert item.folder
        assert item.source == S3Location("b", key)
        assert item.destination == LocalLocation.of(folder / destination)


@pytest.mark.parametrize(
    ("source", "destination", "recursive", "named"),
    [
        ("data.csv", "results", False, "local paths"),
        ("s3://a/x", "s3://b/y", False, "s3:// addresses"),
        ("results", "s3://b/", False, "results is a folder"),
        ("s3://b/in/", ".", False, "s3://b/in/ is a folder"),
        ("data.csv", "s3://b/", True, "not a folder"),
        ("s3://b/in", "data.csv", True, "is a file"),
        ("nothing.csv", "s3://b/", False, "nothing.csv"),
        ("data.csv", "s3://", False, "no bucket"),
        ("data.csv", "s3:///key", False, "no bucket"),
        ("-", "s3://b/", False, "Standard input"),
        ("s3://b/x", "", False, "empty"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_does_not_fit_together_is_told(
    source: str, destination: str, recursive: bool, named: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        copy_item(source, destination, recursive)
    assert named in refusal.value.sentence
