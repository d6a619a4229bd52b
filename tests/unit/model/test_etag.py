"""The ETag that S3 gives to an object made of parts."""

import hashlib

import pytest

from s3tui.model.etag import multipart_etag


def test_the_etag_of_parts_is_the_md5_of_their_md5s() -> None:
    pieces = (b"hello", b"world")
    joined = b"".join(hashlib.md5(piece).digest() for piece in pieces)
    etags = [hashlib.md5(piece).hexdigest() for piece in pieces]
    assert multipart_etag(etags) == hashlib.md5(joined).hexdigest() + "-2"
    assert multipart_etag(reversed(etags)) != multipart_etag(etags)


@pytest.mark.parametrize("etags", [(), ("not-an-md5",), ("a" * 32, ""), ("A" * 32,), ("a" * 64,)])
def test_etags_that_are_no_md5_give_no_etag(etags: tuple[str, ...]) -> None:
    assert multipart_etag(etags) == ""
