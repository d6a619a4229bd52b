"""The sample data: a coral-reef survey as a marine-science group would share it, always the same.

Three large files are generated while they are read; the rest is small and kept. The siblings of the lent
prefix exist so that there is something to be denied.
"""

import datetime as dt
import hashlib
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from s3tui.demo.access import ExtraObjects
from s3tui.demo.content import Content, MemoryContent
from s3tui.demo.store import Description, StoredObject, generated_object

BUCKET = "reef-demo"
PREFIX = "datasets/10378-1-42/"
SIBLINGS = ("datasets/10378-1-41/", "datasets/10378-1-43/")

_SURVEYED = dt.datetime(2026, 2, 11, 22, 30, tzinfo=dt.UTC).timestamp()
_DAY = 86_400.0
_MIB = 1024 * 1024
_REEFS = ("Davies", "Heron", "John Brewer", "Lizard", "Moore", "Myrmidon", "Opal", "Rib")

_README = """Reef survey 10378-1-42

Made-up data of a made-up survey, for trying s3tui without an account.

images/       photo quadrats, one PNG each
surveys/      benthic cover by site and year
transects/    large NetCDF files of the towed instruments
models/       deeply nested output of a simulation
names/        file names that break lesser tools

Your credentials end after a while, as on any data platform. Ask the page for new ones.
"""

_LARGE = (
    ("transects/2023-ctd.nc", 256),
    ("transects/2024-multibeam.nc", 512),
    ("transects/2025-hyperspectral.nc", 1024),
)
_ODD_BYTES = 123_457
"""Added to each large file: real files are no round number of parts."""

_AWKWARD_NAMES = (
    "names/two  blanks.txt",
    "names/[bold]not markup[/bold].txt",
    'names/it\'s "quoted".txt',
    "names/percent %20 and plus + and & ampersand.txt",
    "names/semi;colon, comma = equals?.txt",
    "names/hash # and tilde ~.txt",
    "names/珊瑚礁 調査.txt",
    "names/מדוזה.txt",
    "names/🐠 reef fish 🪸.txt",
    "names/-starts with a dash.txt",
    "names/.hidden",
    "names/UPPER and lower.TXT",
    "names/ends with a dot..txt",
    "names/" + "long-" * 40 + "name.txt",
    "Données brutes/été 2026 – relevé.csv",
    "Données brutes/Größe und Fläche.csv",
    "Données brutes/niño año.csv",
)


def sample_objects() -> list[StoredObject]:
    """Everything in the sample bucket."""
    objects = [_text("README.txt", "This bucket is shared by several projects.\n", 0)]
    objects += _dataset(PREFIX)
    for index, sibling in enumerate(SIBLINGS):
        objects.append(_text(f"{sibling}README.txt", "Another group's data.\n", index))
        objects += [_survey(f"{sibling}surveys/{year}.csv", year, rows=40) for year in (2023, 2024)]
    return objects


def extra_objects(extra: ExtraObjects) -> list[StoredObject]:
    """Numbered objects with one content, for listings of any length."""
    content = MemoryContent(b"s" * extra.size)
    etag = hashlib.md5(b"s" * extra.size, usedforsecurity=False).hexdigest()
    return [
        StoredObject(f"{extra.prefix}object-{number:07}.bin", content, etag, _SURVEYED + number)
        for number in range(extra.count)
    ]


def write_local_files(directory: Path) -> None:
    """Fill a folder of this machine with a few files worth uploading; raises OSError."""
    photos = directory / "new photos"
    photos.mkdir(parents=True)
    (directory / "field notes – été.txt").write_text("Calm sea, visibility 18 m.\n", encoding="utf-8")
    (directory / "survey-2026.csv").write_bytes(_survey_table(2026, rows=4_000))
    for number in range(12):
        (photos / f"quadrat {number + 1:02}.png").write_bytes(_picture(1_000 + number))
    block = hashlib.shake_128(b"s3tui demo cast").digest(_MIB)
    with (directory / "ctd-cast-2026.nc").open("wb") as cast:
        for number in range(24):
            cast.write(number.to_bytes(8) + block[8:])


def _dataset(prefix: str) -> Iterator[StoredObject]:
    yield _text(f"{prefix}README.txt", _README, 0)
    yield _object(f"{prefix}empty folder/", b"", 1, "application/x-directory")
    yield _object(f"{prefix}zero bytes.dat", b"", 1, "binary/octet-stream")
    for year in range(2016, 2027):
        yield _survey(f"{prefix}surveys/cover-{year}.csv", year, rows=400 + 60 * (year - 2016))
    for number in range(300):
        reef = _REEFS[number % len(_REEFS)]
        yield _object(
            f"{prefix}images/{reef} reef/quadrat-{number:04}.png"
            if number % 5 == 0
            else f"{prefix}images/quadrat-{number:04}.png",
            _picture(number),
            number / 24,
            "image/png",
        )
    for name, mebibytes in _LARGE:
        described = Description("application/x-netcdf", metadata=(("x-amz-meta-instrument", name[10:-3]),))
        yield generated_object(
            f"{prefix}{name}", mebibytes * _MIB + _ODD_BYTES, _SURVEYED + 30 * _DAY, described
        )
    for name in _AWKWARD_NAMES:
        yield _text(f"{prefix}{name}", f"{name}\n", 5)
    for run in range(1, 4):
        folder = f"{prefix}models/connectivity/v2/ensemble/run {run:02}/output/daily"
        for day in range(1, 8):
            yield _text(
                f"{folder}/larvae-2026-02-{day:02}.json", f'{{"run": {run}, "day": {day}}}\n', run + day
            )


def _object(key: str, data: bytes, day: float, content_type: str) -> StoredObject:
    content: Content = MemoryContent(data)
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return StoredObject(key, content, etag, _SURVEYED + day * _DAY, Description(content_type))


def _text(key: str, text: str, day: float) -> StoredObject:
    return _object(key, text.encode(), day, "text/plain; charset=utf-8")


def _survey(key: str, year: int, rows: int) -> StoredObject:
    return _object(key, _survey_table(year, rows), year - 2016, "text/csv")


def _survey_table(year: int, rows: int) -> bytes:
    """Cover of hard coral by reef, site and depth."""
    lines = ["year,reef,site,depth_m,hard_coral_percent,bleached"]
    for row in range(rows):
        cover = 30 + 20 * math.sin(row / 7 + year)
        reef = _REEFS[row % len(_REEFS)]
        lines.append(
            f"{year},{reef},{row // 8 + 1},{3 + row % 4 * 3},{cover:.1f},{'yes' if cover < 18 else 'no'}"
        )
    return "\n".join(lines).encode() + b"\n"


def _picture(number: int) -> bytes:
    """A small valid PNG with noise in it, so that sizes differ."""
    width, height = 96, 40 + number % 50
    noise = hashlib.shake_128(f"picture {number}".encode()).digest(width * height)
    rows = b"".join(b"\0" + noise[row * width : (row + 1) * width] for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
