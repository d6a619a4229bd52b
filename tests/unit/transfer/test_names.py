"""Keys are foreign: none may lead out of its folder, none is bent into another, none vanishes unsaid."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.transfer.names import (
    TargetTree,
    UnsafeName,
    folded,
    free_name,
    is_temporary,
    key_of_path,
    numbered,
    path_of_key,
    shown,
    temporary_name,
)

COMPONENTS = st.sampled_from(
    [
        "..",
        ".",
        "",
        "a",
        "b ",
        " b",
        "c.",
        "...",
        "\0",
        "\x1b[2J",
        "\n",
        "é",
        "e\u0301",
        "x" * 256,
        "\\..\\",
        "~",
    ]
)
KEYS = st.one_of(
    st.lists(COMPONENTS, min_size=1, max_size=5).map("/".join),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
)

HOSTILE = [
    "../x",
    "a/../../x",
    "a/..",
    "..",
    ".",
    "./x",
    "a/./x",
    "/etc/passwd",
    "//x",
    "a//b",
    "a//",
    "/",
    "",
    "a/\0/b",
    "n" * 256,
    "ü" * 128,
    "a/" + "n" * 300 + "/b",
    "\udc80",
]


@given(KEYS)
def test_every_path_stays_below_the_folder_and_says_the_same_as_its_key(key: str) -> None:
    try:
        path = path_of_key(key)
    except UnsafeName:
        return
    whole = os.path.join(b"/target", path)
    assert os.path.normpath(whole) == whole
    assert whole.startswith(b"/target/")
    assert path.decode() == key.removesuffix("/")
    assert all(0 < len(component) <= 255 for component in path.split(b"/"))


@pytest.mark.parametrize("key", HOSTILE)
def test_a_hostile_key_is_refused_with_a_printable_sentence(key: str) -> None:
    with pytest.raises(UnsafeName) as refused:
        path_of_key(key)
    assert refused.value.sentence.isprintable()
    assert len(refused.value.sentence) < 200


@pytest.mark.parametrize(
    "key", ["b ", " b", "c.", "...", "..a", "a\nb", "\x1b]0;x\x07", "C:\\x", "-rf", "~", "%2e%2e"]
)
def test_odd_but_harmless_names_are_kept_as_they_are(key: str) -> None:
    assert path_of_key(key) == key.encode()
    assert path_of_key(f"folder/{key}") == f"folder/{key}".encode()


def test_a_marker_and_its_folder_have_one_path() -> None:
    assert path_of_key("images/") == b"images"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=60))
def test_a_local_name_makes_the_key_that_leads_back_to_it(name: str) -> None:
    key = key_of_path("prefix/", name.encode())
    assert key == f"prefix/{name}"
    if name not in (".", "..") and len(name.encode()) <= 255:
        assert path_of_key(key.removeprefix("prefix/")) == name.encode()


def test_names_that_cannot_be_keys_are_refused() -> None:
    with pytest.raises(UnsafeName, match="not UTF-8"):
        key_of_path("", b"caf\xe9")
    with pytest.raises(UnsafeName, match="1024 bytes"):
        key_of_path("p/", b"/".join([b"n" * 200] * 6))


def test_a_shown_name_cannot_drive_the_terminal() -> None:
    text = shown("\x1b[31mred\x07\u202e" + "x" * 500)
    assert text.isprintable()
    assert len(text) <= 90


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "a (1).txt"),
        ("a.tar.gz", "a (1).tar.gz"),
        ("plain", "plain (1)"),
        (".bashrc", ".bashrc (1)"),
        ("..x", "..x (1)"),
    ],
)
def test_a_renamed_copy_keeps_its_ending(name: str, expected: str) -> None:
    assert numbered(name, 1) == expected


def test_a_free_name_is_the_first_that_nobody_has() -> None:
    taken = {"dir/a (1).txt", "dir/a (2).txt"}
    assert free_name("dir/a.txt", taken.__contains__) == "dir/a (3).txt"


def test_temporary_names_are_short_and_known_again() -> None:
    name = temporary_name("0badcafe-ffffffff")
    assert is_temporary(name)
    assert len(name) < 64
    assert not is_temporary(b"notes.part")


def test_twins_are_names_that_some_file_systems_take_for_one() -> None:
    tree = TargetTree()
    for number, name in enumerate(["A.txt", "a.txt", "é", "e\u0301", "straße", "b"]):
        assert tree.add_file(name.encode(), number)
    assert tree.twins() == [(b"A.txt", b"a.txt"), ("é".encode(), "e\u0301".encode())]
    assert folded(b"\xff\xfeA") == folded(b"\xff\xfea")


def test_a_name_that_is_file_and_folder_is_noticed() -> None:
    tree = TargetTree()
    tree.add_file(b"a", 0)
    tree.add_file(b"a/b/c", 1)
    assert tree.both() == [b"a"]
    assert not tree.add_file(b"a", 2)
