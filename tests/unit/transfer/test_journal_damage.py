"""A journal that was damaged, by whatever, is set aside with a sentence, and the program starts."""

import contextlib
import sqlite3
from pathlib import Path
from random import Random

import pytest

from s3tui.transfer.journal import Abort
from tests.unit.transfer.samples import a_transfer, journal_in


@pytest.mark.parametrize(
    "contents", [b"this is no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4000]
)
async def test_a_damaged_journal_is_set_aside_and_told_of(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "queue.db").write_bytes(contents)
    async with journal_in(tmp_path) as journal:
        assert journal.path == tmp_path / "queue.db"
        (notice,) = journal.notices
        assert "damaged" in notice
        await journal.add([a_transfer(1)])
    (aside,) = tmp_path.glob("queue.set-aside-*.db")
    assert aside.name in notice
    assert aside.read_bytes() == contents


async def test_damage_in_the_middle_is_noticed_and_set_aside(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as journal:
        await journal.add(a_transfer(number) for number in range(1, 500))
    path = tmp_path / "queue.db"
    good = path.read_bytes()
    path.write_bytes(good[:8192] + b"\xaa" * (len(good) - 8192))
    async with journal_in(tmp_path) as journal:
        assert any("damaged" in notice for notice in journal.notices)
        assert journal.leftovers == ()
        await journal.add([a_transfer(1)])
    assert list(tmp_path.glob("*set-aside*"))


@pytest.mark.parametrize("seed", range(4))
async def test_no_flipped_byte_and_no_cut_keeps_the_program_from_starting(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    async with journal_in(tmp_path) as journal:
        journal.add(a_transfer(number) for number in range(1, 40))
        journal.begun(1, "upload-1", 40, "")
        journal.part_done(1, 1, "e1")
        await journal.opening(Abort("http://one", "bucket", "key", "upload-2"))
    good = (tmp_path / "queue.db").read_bytes()
    for moment in range(15):
        place = tmp_path / str(moment)
        place.mkdir()
        bad = bytearray(good)
        if moment % 5 == 0:
            del bad[chance.randrange(len(bad)) :]
        else:
            for _ in range(chance.choice((1, 1, 10, 100))):
                # Most of what is written lies at the beginning and the end of a page.
                page = chance.randrange(0, len(bad), 4096)
                bad[page + chance.choice((chance.randrange(120), 4095 - chance.randrange(2000)))] ^= (
                    1 << chance.randrange(8)
                )
        (place / "queue.db").write_bytes(bad)
        async with journal_in(place) as journal:
            assert journal.path == place / "queue.db", (moment, journal.notices)
            set_aside = list(place.glob("*set-aside*"))
            assert bool(set_aside) == bool(journal.notices), (moment, journal.notices)
            assert all("damaged" in told or "another" in told or "newer" in told for told in journal.notices)
            await journal.add([a_transfer(1000)])


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE aborts",
        "DROP TABLE facts",
        "DELETE FROM facts",
        "UPDATE facts SET value = '../../x'",
        "ALTER TABLE transfers DROP COLUMN etag",
        "UPDATE transfers SET status = 'quexed'",
        "UPDATE transfers SET direction = 'sideways'",
        "UPDATE transfers SET size = 'much'",
        "UPDATE transfers SET key = x'ff'",
        "UPDATE transfers SET failure = x'7b'",
        "UPDATE parts SET number = 7",
        "INSERT INTO aborts VALUES (NULL, x'00', 'key', 'upload')",
    ],
)
async def test_tables_that_are_not_ours_are_set_aside(tmp_path: Path, harm: str) -> None:
    async with journal_in(tmp_path) as journal:
        journal.add([a_transfer(1)])
        journal.begun(1, "upload-1", 40, "")
        await journal.part_done(1, 1, "e1")
    with contextlib.closing(sqlite3.connect(tmp_path / "queue.db")) as connection:
        connection.execute(harm)
        connection.commit()
    async with journal_in(tmp_path) as journal:
        (notice,) = journal.notices
        assert "is damaged; it was set aside as queue.set-aside-" in notice
        assert (journal.leftovers, journal.aborts) == ((), ())
        await journal.add([a_transfer(1)])
    async with journal_in(tmp_path) as journal:
        assert (len(journal.leftovers), journal.notices) == (1, ())
