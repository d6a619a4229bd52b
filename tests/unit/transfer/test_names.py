"""Keys are foreign: none may lead out of its folder, none is given the name of another."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.transfer.names import (
    TargetTree,
    UnsafeName,
    folded,
    free_name,
    key_of_path,
    numbered,
    shown,
    temporary_name,
)
from s3tui.transfer.rename_rule import (
    beside_folder,
    is_temporary,
    key_name,
    key_path,
    local_name,
    local_path,
    told_apart,
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

WRITTEN = st.lists(
    st.sampled_from(["%", "25", "00", "2E", ".", "\0", "a", "%file", "%~0123456789ab", "%2E", "/"]),
    max_size=6,
).map("".join)
"""Keys that look as if the rule had made them, and those that it makes them of."""

WRITTEN_BYTES = st.lists(
    st.sampled_from([b"%", b"25", b"E9", b"\xe9", "é".encode(), b"C3", b"A9"]), max_size=6
).map(b"".join)


@given(KEYS)
def test_every_path_stays_below_the_folder_and_ordinary_keys_say_the_same(key: str) -> None:
    path = local_path(key)
    whole = os.path.join(b"/target", path)
    assert os.path.normpath(whole) == whole
    assert whole.startswith(b"/target/")
    assert b"\0" not in path
    assert all(0 < len(component) <= 255 for component in path.split(b"/"))
    assert path.count(b"/") == key.count("/")


@given(st.lists(st.one_of(KEYS, COMPONENTS, WRITTEN), max_size=30, unique=True))
def test_no_two_keys_are_given_one_path(keys: list[str]) -> None:
    assert len({local_path(key) for key in keys}) == len(keys)


@given(st.lists(st.one_of(st.binary(max_size=6), WRITTEN_BYTES), max_size=30, unique=True))
def test_no_two_local_names_are_given_one_key(names: list[bytes]) -> None:
    assert len({key_name(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("../x", "%2E%2E/x"),
        ("a/./x", "a/%2E/x"),
        ("/etc/passwd", "%/etc/passwd"),
        ("a//b", "a/%/b"),
        ("a//", "a/%/%"),
        ("", "%"),
        ("a/x\0y", "a/x%00y"),
        (".s3tui-1-1.part", "%2Es3tui-1-1.part"),
        # What only looks as if the rule had made it must not meet what the rule has made.
        ("%2E%2E", "%252E%252E"),
        ("%", "%25"),
        ("%25", "%2525"),
        ("x%00y", "x%2500y"),
        ("name%file", "name%25file"),
        ("a%~0123456789ab.nc", "a%25~0123456789ab.nc"),
    ],
)
def test_a_name_that_cannot_be_kept_is_written_as_the_rule_says(key: str, path: str) -> None:
    assert local_path(key) == path.encode()


def test_a_name_that_is_too_long_keeps_its_beginning_and_its_extension() -> None:
    one, other = (local_name("é" * 200 + end + ".nc") for end in "ab")
    assert one != other
    for name in (one, other, local_name("x" * 300)):
        assert len(name) <= 255
        assert name.decode()[:100] in ("é" * 100, "x" * 100)
    assert one.endswith(b".nc")
    assert local_name(one.decode()) != one
    assert len(local_name(one.decode())) <= 255
    assert beside_folder(b"a/" + b"n" * 255) != b"a/" + b"n" * 255
    assert len(os.path.basename(beside_folder(b"a/" + b"n" * 255))) <= 255


def test_a_key_that_is_no_text_has_no_path() -> None:
    with pytest.raises(UnicodeEncodeError):
        local_path("\udc80")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (b"caf\xe9.txt", "caf%E9.txt"),
        (b"100%\xff", "100%25%FF"),
        (b"caf%E9.txt", "caf%25E9.txt"),
        (b"caf%C3%A9", "caf%C3%A9"),
        (b"a%20b", "a%20b"),
        (b"%2E%2E", "%2E%2E"),
    ],
)
def test_a_local_name_that_is_not_utf_8_goes_up_with_its_bytes_told(name: bytes, key: str) -> None:
    assert key_name(name) == key
    assert key_path(b"dir/" + name) == f"dir/{key}"


@pytest.mark.parametrize(
    "key",
    [
        "b ",
        " b",
        "c.",
        "...",
        "..a",
        "a\nb",
        "\x1b]0;x\x07",
        "C:\\x",
        "-rf",
        "~",
        "%2e%2e",
        "a%20b",
        "100%",
        "%2F",
    ],
)
def test_odd_but_harmless_names_are_kept_as_they_are(key: str) -> None:
    assert local_path(key) == key.encode()
    assert local_path(f"folder/{key}") == f"folder/{key}".encode()


def test_keys_that_would_be_too_long_are_refused_with_a_printable_sentence() -> None:
    with pytest.raises(UnsafeName, match="1024 bytes") as refused:
        key_of_path("p/", b"/".join([b"n\x1b" * 100] * 6))
    assert refused.value.sentence.isprintable()
    assert len(refused.value.sentence) < 200


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
    assert folded(b"A.txt") == folded(b"a.txt")
    assert folded("é".encode()) == folded("e\u0301".encode())
    assert folded(b"\xff\xfeA") == folded(b"\xff\xfea")
    assert folded(told_apart(b"A.txt")) != folded(told_apart(b"a.txt"))


def test_a_name_that_is_file_and_folder_is_noticed() -> None:
    tree = TargetTree()
    tree.add_file(b"a", 0)
    tree.add_file(b"a/b/c", 1)
    assert tree.both() == [b"a"]
    assert not tree.add_file(b"a", 2)
