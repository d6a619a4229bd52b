"""What people type after "go to"."""

from pathlib import Path

import pytest

from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.tui.browse.going import place_of, wrong_place

HERE = LocalLocation(b"/data/reef")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("s3://bucket", S3Location("bucket")),
        ("s3://bucket/a/b", S3Location("bucket", "a/b/")),
        ("S3://bucket/a b/", S3Location("bucket", "a b/")),
        ("s3:///a", S3Location("mine", "a/")),
        ("s3://", S3Location("")),
        ("/etc", LocalLocation(b"/etc")),
        ("images/../x", LocalLocation(b"/data/reef/x")),
        ("..", LocalLocation(b"/data")),
    ],
)
def test_addresses_and_paths(text: str, place: Location) -> None:
    assert place_of(text, HERE, "mine") == place


def test_the_home_folder(home: Path) -> None:
    assert place_of("~/x", HERE) == LocalLocation.of(home / "x")


def test_an_address_without_a_bucket_is_explained() -> None:
    assert wrong_place("s3:///a") in ("", "An address looks like s3://bucket/prefix/.")
    assert wrong_place("s3://bucket") == ""
