"""The sample data: what is in it, that it is always the same, and that its ETags are true."""

import hashlib
import io
import zlib
from typing import Any

import pytest

from s3tui.demo.access import DemoAccess
from s3tui.demo.content import BLOCK_BYTES, GeneratedContent
from s3tui.demo.sample import PREFIX, sample_objects


def test_the_sample_is_of_several_kinds_and_never_changes() -> None:
    first, second = sample_objects(), sample_objects()
    keys = [stored.key.removeprefix(PREFIX) for stored in first if stored.key.startswith(PREFIX)]

    assert [(one.key, one.etag, one.modified) for one in first] == [
        (one.key, one.etag, one.modified) for one in second
    ]
    assert len({stored.key for stored in first}) == len(first)
    assert sum(key.startswith("images/") for key in keys) == 300
    assert sorted(one.size // 1024**2 for one in first if one.size > 10**8) == [256, 512, 1024]
    assert "Données brutes/été 2026 – relevé.csv" in keys
    assert "empty folder/" in keys
    assert any(key.count("/") >= 6 for key in keys)
    for mark in ("[bold]", "  ", "'", '"', "🐠", "珊"):
        assert any(mark in key for key in keys)
    assert any(stored.key.startswith("datasets/10378-1-43/") for stored in first)


@pytest.mark.parametrize("size", [1, BLOCK_BYTES - 65, BLOCK_BYTES - 10, BLOCK_BYTES, 3 * BLOCK_BYTES + 7])
def test_generated_etags_are_those_of_the_bytes(size: int) -> None:
    content = GeneratedContent("seed", size)
    data, offset = io.BytesIO(), 0
    while offset < size:
        offset += data.write(content.read(offset, 1_000_003))
    whole = data.getvalue()
    parts = [whole[start : start + BLOCK_BYTES] for start in range(0, size, BLOCK_BYTES)]
    digests = b"".join(hashlib.md5(part).digest() for part in parts)

    assert len(whole) == size
    assert content.etag() == f"{hashlib.md5(digests).hexdigest()}-{len(parts)}"
    assert len(set(parts)) == len(parts)


@pytest.mark.parametrize("name", ["2023-ctd", "2024-multibeam", "2025-hyperspectral"])
def test_the_large_files_etag_is_true_of_what_is_served(s3: Any, access: DemoAccess, name: str) -> None:
    key = f"{access.prefix}transects/{name}.nc"
    answer = s3.get_object(Bucket=access.bucket, Key=key)
    digests, size = b"", 0
    while part := answer["Body"].read(BLOCK_BYTES):
        digests += hashlib.md5(part).digest()
        size += len(part)

    assert size == answer["ContentLength"]
    assert answer["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-{len(digests) // 16}"'


def test_any_range_of_a_large_file_is_the_same_bytes(s3: Any, access: DemoAccess) -> None:
    key = f"{access.prefix}transects/2023-ctd.nc"
    start = BLOCK_BYTES - 100
    wide = s3.get_object(Bucket=access.bucket, Key=key, Range=f"bytes={start}-{start + 299}")["Body"].read()
    narrow = s3.get_object(Bucket=access.bucket, Key=key, Range=f"bytes={start + 90}-{start + 109}")

    assert len(wide) == 300
    assert narrow["Body"].read() == wide[90:110]


def test_pictures_are_real_ones(s3: Any, access: DemoAccess) -> None:
    listed = s3.list_objects_v2(Bucket=access.bucket, Prefix=f"{access.prefix}images/", MaxKeys=5)
    body = s3.get_object(Bucket=access.bucket, Key=listed["Contents"][0]["Key"])["Body"].read()
    start = body.index(b"IDAT") + 4
    length = int.from_bytes(body[start - 8 : start - 4])

    assert body.startswith(b"\x89PNG")
    assert zlib.decompress(body[start : start + length])
