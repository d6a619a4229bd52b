"""Listings: the same answers as moto, which others wrote, for the same keys; 100,000 keys page quickly."""

import itertools
import random
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from s3tui.demo.access import DemoAccess
from s3tui.demo.process import DemoServer
from s3tui.demo.store import after_prefix
from tests.demo.conftest import MANY
from tests.demo.wire import ask, boto
from tests.servers.moto_server import MotoServer

BUCKET = "listing-test"
KEYS = [
    "a",
    "a/",
    "a/b",
    "a/b/c",
    "a/b/d e.txt",
    "a//double",
    "a0",
    "a b/c",
    "ab",
    "b/été/ü.csv",
    "b/日本/語.txt",
    "b/🐠.txt",
    "b/plus+and&amp;<x>.txt",
    "b/percent%20.txt",
    "b/[markup].txt",
    "c/tab\there",
    "z",
    *(f"n/{number:03}/{leaf}" for number in range(30) for leaf in "xy"),
]


@pytest.fixture(scope="module")
def same_keys(demo: DemoServer) -> Iterator[Any]:
    """Gives the demo server's client with KEYS in a bucket of their own."""
    client = boto(demo.issue("admin"))
    client.create_bucket(Bucket=BUCKET)
    for key in KEYS:
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    yield client
    client.close()


@pytest.fixture
def moto_client(moto: MotoServer) -> Iterator[Any]:
    """Gives moto's client with the same keys."""
    client = moto.client()
    client.create_bucket(Bucket=BUCKET)
    for key in KEYS:
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    yield client
    client.close()


def _walk(client: Any, verb: str, **question: Any) -> tuple[list[tuple[str, int, str]], list[str]]:
    """Every key with size and ETag, and every folder, over all pages."""
    keys: list[tuple[str, int, str]] = []
    folders: list[str] = []
    for page in client.get_paginator(verb).paginate(Bucket=BUCKET, **question):
        keys += [(item["Key"], item["Size"], item["ETag"]) for item in page.get("Contents", ())]
        folders += [item["Prefix"] for item in page.get("CommonPrefixes", ())]
    return keys, folders


def test_both_servers_list_alike(same_keys: Any, moto_client: Any) -> None:
    prefixes = ["", "a", "a/", "a/b", "b/", "c/", "n/", "n/00", "no such", "b/日"]
    delimiters = ["", "/", "b", "/0"]
    # moto repeats folders when their pages are short, so that it is always asked for everything at once.
    cases = 0
    for prefix, delimiter in itertools.product(prefixes, delimiters):
        question = {"Prefix": prefix, "Delimiter": delimiter} if delimiter else {"Prefix": prefix}
        theirs = _walk(moto_client, "list_objects_v2", **question)
        for verb, size in itertools.product(("list_objects_v2", "list_objects"), (1000, 7, 1)):
            ours = _walk(same_keys, verb, **question, PaginationConfig={"PageSize": size})
            assert ours == theirs, (verb, size, question)
            cases += 1
    assert cases == 240


@pytest.mark.parametrize("verb", ["list_objects_v2", "list_objects"])
def test_a_page_holds_no_more_than_was_asked(same_keys: Any, verb: str) -> None:
    question = {"Bucket": BUCKET, "Delimiter": "/", "PaginationConfig": {"PageSize": 3}}
    sizes = [
        len(page.get("Contents", ())) + len(page.get("CommonPrefixes", ()))
        for page in same_keys.get_paginator(verb).paginate(**question)
    ]

    assert sizes == [3, 3, 3]


@pytest.mark.parametrize("after", ["", "a", "a/b", "a/zzz", "b/été/ü.csv", "n/015/x", "zzz"])
def test_both_servers_start_after_the_same_key(same_keys: Any, moto_client: Any, after: str) -> None:
    assert _walk(same_keys, "list_objects_v2", StartAfter=after) == _walk(
        moto_client, "list_objects_v2", StartAfter=after
    )


@pytest.mark.parametrize("seed", range(20))
def test_pages_add_up_to_the_whole(same_keys: Any, seed: int) -> None:
    chance = random.Random(seed)
    prefix, delimiter = chance.choice(["", "a", "n/", "b/"]), chance.choice(["", "/", "0"])
    small = {"PaginationConfig": {"PageSize": chance.randint(1, 9)}}
    verb = chance.choice(["list_objects", "list_objects_v2"])
    keys, folders = _walk(same_keys, verb, Prefix=prefix, Delimiter=delimiter, **small)

    wanted_keys: set[str] = set()
    wanted_folders: set[str] = set()
    for key in KEYS:
        if key.startswith(prefix):
            head, sign, _ = key[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
            (wanted_folders if sign else wanted_keys).add(prefix + head + sign if sign else key)
    assert [key for key, _, _ in keys] == sorted(wanted_keys)
    assert folders == sorted(wanted_folders)


def test_keys_are_written_encoded_only_when_asked(access: DemoAccess) -> None:
    prefix = quote(f"{access.prefix}Données brutes/", safe="")
    plain = ask(access, "GET", f"/{access.bucket}?list-type=2&max-keys=1&prefix={prefix}").body.decode()
    coded = ask(
        access, "GET", f"/{access.bucket}?list-type=2&max-keys=1&encoding-type=url&prefix={prefix}"
    ).body.decode()

    assert f"<Key>{access.prefix}Données brutes/Größe und Fläche.csv</Key>" in plain
    assert f"<Key>{access.prefix}Donn%C3%A9es+brutes/Gr%C3%B6%C3%9Fe+und+Fl%C3%A4che.csv</Key>" in coded


def test_control_characters_in_keys_survive_a_listing(s3: Any, access: DemoAccess, place: str) -> None:
    # moto cannot store the first of these, so that it is not among KEYS.
    keys = [f"{place}line\nbreak", f"{place}escape \x1b[31m", f"{place}bell \x07"]
    for key in keys:
        s3.put_object(Bucket=access.bucket, Key=key, Body=b"x")
    listed = s3.list_objects_v2(Bucket=access.bucket, Prefix=place)

    assert [item["Key"] for item in listed["Contents"]] == sorted(keys)


@pytest.mark.parametrize(
    ("query", "argument"),
    [
        ("list-type=2&max-keys=minus", "max-keys"),
        ("list-type=2&continuation-token=forged", "continuation-token"),
        ("encoding-type=rot13", "encoding-type"),
    ],
)
def test_nonsense_questions_name_the_argument(access: DemoAccess, query: str, argument: str) -> None:
    reply = ask(access, "GET", f"/{access.bucket}?{query}&prefix={quote(access.prefix, safe='')}")

    assert (reply.status, reply.code) == (400, "InvalidArgument")
    assert reply.text("ArgumentName") == argument


def test_no_keys_asked_no_keys_given(access: DemoAccess) -> None:
    reply = ask(
        access, "GET", f"/{access.bucket}?list-type=2&max-keys=0&prefix={quote(access.prefix, safe='')}"
    )

    assert (reply.text("KeyCount"), reply.text("IsTruncated")) == ("0", "false")


def test_a_hundred_thousand_keys_page_quickly(s3: Any, access: DemoAccess) -> None:
    started = time.monotonic()
    top = s3.list_objects_v2(Bucket=access.bucket, Prefix=access.prefix, Delimiter="/")
    folder_seconds = time.monotonic() - started
    # boto needs 0.1 s to read a page, so that the pages are only counted here.
    started, keys, token = time.monotonic(), [], ""
    where = f"/{access.bucket}?list-type=2&prefix={quote(f'{access.prefix}many/', safe='')}"
    while page := ask(access, "GET", where + token).body:
        keys += re.findall(rb"<Key>([^<]+)</Key>", page)
        following = re.search(rb"<NextContinuationToken>([^<]+)<", page)
        if following is None:
            break
        token = f"&continuation-token={quote(following[1].decode(), safe='')}"
    page_seconds = (time.monotonic() - started) / (MANY / 1000)

    assert f"{access.prefix}many/" in [item["Prefix"] for item in top["CommonPrefixes"]]
    assert folder_seconds < 1
    assert page_seconds < 0.1
    assert len(set(keys)) == MANY
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("prefix", "following"),
    [("a/", "a0"), ("\ud7ff", "\ue000"), ("a\U0010ffff", "b"), ("\U0010ffff", None), ("", None)],
)
def test_the_key_after_a_folder(prefix: str, following: str | None) -> None:
    assert after_prefix(prefix) == following
