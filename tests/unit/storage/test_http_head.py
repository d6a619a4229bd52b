"""Heads and chunks as hostile servers write them: one reading, or none."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.storage.http.chunks import Chunks
from s3tui.storage.http.errors import NotHttp
from s3tui.storage.http.head import expect_beginning, read_head


def head(*lines: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", *lines)).encode()


def test_a_usual_head() -> None:
    found = read_head(
        head('ETag: "e"', "Content-Length:  12 ", "x-amz-meta-a: b:c", "X-Amz-Meta-A: d"), "GET"
    )
    assert (found.status, found.framing, found.length, found.lasting) == (200, "length", 12, True)
    assert found.headers == {"etag": '"e"', "content-length": "12", "x-amz-meta-a": "b:c, d"}


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 1", "Content-Length: 1"),
        ("Content-Length: 1, 1",),
        ("Content-Length: -1",),
        ("Content-Length: +1",),
        ("Content-Length: 1_000",),
        ("Content-Length: 0x10",),
        ("Content-Length: ",),
        ("Content-Length: ١",),
        ("Content-Length: " + "9" * 19,),
        ("Content-Length: 1", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding: identity",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Content-Length : 1",),
        (" Content-Length: 1",),
        ("ETag: a", " folded"),
        ("no colon",),
        (": no name",),
        ("a b: c",),
        ("a: b\nContent-Length: 3",),
        ("a: b\rc",),
        ("a: b\0c",),
        ("é: b",),
        tuple(f"a{number}: b" for number in range(300)),
    ],
    ids=lambda lines: repr(lines)[:40],
)
def test_what_can_be_read_in_two_ways_is_not_read(lines: tuple[str, ...]) -> None:
    with pytest.raises(NotHttp):
        read_head(head(*lines), "GET")


@pytest.mark.parametrize(
    "first",
    [
        "HTTP/1.1 200OK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 99 x",
        "HTTP/1.1 2000 x",
        "HTTP/1.1 -20 x",
        "HTTP/2 200 OK",
        "HTTP/1.10 200 OK",
        "http/1.1 200 OK",
        "HTTP/1.1 ٢٠٠ OK",
        "HTTP/1.1 200 O\nK",
        "",
    ],
)
def test_what_is_no_status_line(first: str) -> None:
    with pytest.raises(NotHttp):
        read_head(first.encode(), "GET")


def test_values_are_text_in_whatever_bytes_they_come() -> None:
    lines = (b"HTTP/1.1 200 \xe9", b"x-amz-meta-a: \xe9t\xe9 ", "x-amz-meta-b: été".encode(), b"c: \x85\xff")
    found = read_head(b"\r\n".join(lines), "GET")
    assert found.headers == {"x-amz-meta-a": "été", "x-amz-meta-b": "été", "c": "\x85\xff"}


@pytest.mark.parametrize(
    "line",
    [
        b"Content-Length: 1\xb2",
        b"Content-Length: \xa01",
        b"Content-Length: 1\x85",
        "Transfer-Encoding: chun\u212aed".encode(),
        b"Transfer-Encoding: chunked\xa0",
        b"Content-Length\xa0: 1",
    ],
)
def test_odd_bytes_in_names_and_framing_are_refused(line: bytes) -> None:
    with pytest.raises(NotHttp):
        read_head(b"HTTP/1.1 200 OK\r\n" + line, "GET")


@pytest.mark.parametrize(
    "data", [b"SSH-2.0", b"\x15\x03\x01", b"HTTP/1.1 200 OK\nX: y", b"<html>", b"\r\nHTTP/1.1"]
)
def test_what_does_not_begin_as_a_reply(data: bytes) -> None:
    with pytest.raises(NotHttp):
        expect_beginning(data)


@pytest.mark.parametrize("data", [b"", b"H", b"HTTP/1.", b"HTTP/1.1 200 OK\r\nX"])
def test_what_may_become_a_reply(data: bytes) -> None:
    expect_beginning(data)


@pytest.mark.parametrize(
    ("first", "lines", "method", "framing", "lasting"),
    [
        ("HTTP/1.1 200 OK", "Content-Length: 9", "HEAD", "none", True),
        ("HTTP/1.1 204 Gone", "Content-Length: 9", "GET", "none", True),
        ("HTTP/1.1 304 Same", "Content-Length: 9", "GET", "none", True),
        ("HTTP/1.1 100 Continue", "X: y", "PUT", "none", True),
        ("HTTP/1.1 200", "X: y", "GET", "until close", False),
        ("HTTP/1.0 200 OK", "Content-Length: 9", "GET", "length", False),
        ("HTTP/1.0 200 OK", "Content-Length: 9\r\nConnection: Keep-Alive", "GET", "length", True),
        ("HTTP/1.1 200 OK", "Content-Length: 9\r\nConnection: x, Close", "GET", "length", False),
        ("HTTP/1.1 200 OK", "Transfer-Encoding: Chunked", "GET", "chunked", True),
    ],
)
def test_how_bodies_end(first: str, lines: str, method: str, framing: str, lasting: bool) -> None:
    found = read_head(f"{first}\r\n{lines}".encode(), method)
    assert (found.framing, found.lasting) == (framing, lasting)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_head_or_refused(data: bytes) -> None:
    for whole in (data, b"HTTP/1.1 200 OK\r\n" + data):
        with contextlib.suppress(NotHttp):
            found = read_head(whole, "GET")
            assert all("\n" not in text and "\r" not in text for text in found.headers.values())


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    """The same bytes in pieces."""
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[begin:end] for begin, end in itertools.pairwise(edges)]


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6), st.lists(st.integers(0, 500), max_size=10))
def test_chunks_come_out_whole_however_they_arrive(parts: list[bytes], cuts: list[int]) -> None:
    body = b"".join(b"%X;name=value\r\n%b\r\n" % (len(part), part) for part in parts)
    chunks, found = Chunks(), b""
    for piece in cut(body + b"0\r\nTrailer: x\r\n\r\nmore", cuts):
        found += b"".join(chunks.feed(piece))
    assert chunks.done
    assert found == b"".join(parts)
    assert chunks.excess == b"more"


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n",
        b"-1\r\n",
        b"0x1\r\na\r\n",
        b"1 a\r\n",
        b"+1\r\na",
        b"1\r\nab\r\n",
        b"1\nab\r\n",
        b"f" * 16 + b"\r\n",
        b"a" * 5000,
        b"1;" + b"x" * 5000,
        b"0\r\n" + b"a: b\r\n" * 5000,
    ],
)
def test_chunks_that_are_none(data: bytes) -> None:
    chunks = Chunks()
    with pytest.raises(NotHttp):
        chunks.feed(data)
    assert not chunks.done
