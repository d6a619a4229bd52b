"""A journal whose disk or folder lets it down: transfers go on, the user is told, and nothing is lost."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui.transfer import journal_writer
from s3tui.transfer.record import Transfer
from tests.disks import fill, remount, small_disk
from tests.shims import preloaded
from tests.unit.transfer.samples import a_transfer, journal_in


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 512 KiB."""
    with small_disk(tmp_path / "disk", 512) as place:
        yield place


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_writer, "AGAIN", 0.1)
    monkeypatch.setattr("s3tui.transfer.journal.AGAIN", 0.1)


def many(first: int, count: int) -> list[Transfer]:
    """Transfers with long keys."""
    return [a_transfer(number, key="k" * 1000 + str(number)) for number in range(first, first + count)]


async def told(sentences: list[str], words: str) -> str:
    """Wait for a sentence."""
    async with asyncio.timeout(10):
        while True:
            for sentence in sentences:
                if words in sentence:
                    return sentence
            await asyncio.sleep(0.02)


async def test_what_a_full_disk_refuses_is_written_once_there_is_room(disk: Path) -> None:
    state = disk / "state"
    async with journal_in(state) as journal:
        sentences: list[str] = []
        journal.on_trouble = sentences.append
        await journal.add([a_transfer(1)])
        filler = fill(disk)
        # Who waits for the journal goes on all the same.
        await journal.add(many(2, 300))
        await journal.begun(1, "upload-1", 40, "")
        await journal.part_done(1, 2, "e2")
        await journal.forget([2])
        sentence = await told(sentences, "cannot be written")
        assert str(state / "queue.db") in sentence
        assert "full" in sentence
        filler.unlink()
        await told(sentences, "can be written again")
        assert len(sentences) == 2
    async with journal_in(state) as journal:
        assert [left.id for left in journal.leftovers] == [1, *range(3, 302)]
        assert (journal.leftovers[0].upload_id, journal.leftovers[0].parts) == ("upload-1", {2: "e2"})
        assert journal.notices == ()


async def test_work_on_a_disk_that_is_full_at_the_start_is_offered(disk: Path) -> None:
    async with journal_in(disk / "state") as journal:
        journal.add([a_transfer(1), a_transfer(2), a_transfer(3)])
        await journal.begun(1, "upload-1", 40, "")
        await journal.forget([3])
    filler = fill(disk)
    for _ in range(2):
        async with journal_in(disk / "state") as journal:
            assert journal.path == disk / "state" / "queue.db"
            assert [left.id for left in journal.leftovers] == [1, 2]
            await journal.part_done(1, 1, "e1")
    filler.unlink()
    async with journal_in(disk / "state") as journal:
        assert journal.leftovers[0].upload_id == "upload-1"
    assert not list(disk.rglob("*set-aside*"))


async def test_a_start_on_a_full_disk_without_a_journal_says_so_and_goes_on(disk: Path) -> None:
    filler = fill(disk)
    async with journal_in(disk / "state") as journal:
        (notice,) = journal.notices
        assert "No journal can be kept" in notice
        assert "full" in notice
        await journal.add([a_transfer(1)])
    filler.unlink()
    async with journal_in(disk / "state") as journal:
        assert (journal.path, journal.notices) == (disk / "state" / "queue.db", ())


async def test_a_read_only_disk_keeps_the_work_that_lies_there(disk: Path) -> None:
    async with journal_in(disk / "state") as journal:
        await journal.add([a_transfer(1)])
    remount(disk, "ro")
    async with journal_in(disk / "state") as journal:
        (notice,) = journal.notices
        assert "No journal can be kept" in notice
        await journal.add([a_transfer(2)])
    remount(disk, "rw")
    async with journal_in(disk / "state") as journal:
        assert [left.id for left in journal.leftovers] == [1]


async def test_a_full_disk_is_told_of_once(disk: Path) -> None:
    async with journal_in(disk / "state") as journal:
        sentences: list[str] = []
        journal.on_trouble = sentences.append
        await journal.add([a_transfer(1)])
        fill(disk)
        for number in range(2, 200):
            await journal.add(many(number, 1))
        await told(sentences, "cannot be written")
        await asyncio.sleep(0.3)
        assert len(sentences) == 1


async def test_a_journal_that_was_removed_is_made_again_with_all_it_held(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with journal_in(state) as journal:
        sentences: list[str] = []
        journal.on_trouble = sentences.append
        token = journal.token
        await journal.add([a_transfer(1), a_transfer(2)])
        shutil.rmtree(state)
        await asyncio.sleep(0.15)
        await journal.begun(2, "upload-2", 40, "")
        await told(sentences, "made again")
        assert os.stat(state).st_mode & 0o777 == 0o700
    async with journal_in(state) as journal:
        assert [(left.id, left.upload_id) for left in journal.leftovers] == [(1, ""), (2, "upload-2")]
        # Names of temporary files hang on it.
        assert journal.token == token


async def test_a_folder_in_the_place_of_the_journal_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "queue.db").mkdir()
    (tmp_path / "queue.db" / "mine").write_text("keep")
    async with journal_in(tmp_path) as journal:
        (notice,) = journal.notices
        assert "is no file; it was set aside" in notice
        await journal.add([a_transfer(1)])
    (aside,) = tmp_path.glob("*set-aside*")
    assert (aside / "mine").read_text() == "keep"


async def test_an_empty_file_is_a_new_journal(tmp_path: Path) -> None:
    (tmp_path / "queue.db").touch()
    async with journal_in(tmp_path) as journal:
        await journal.add([a_transfer(1)])
        assert journal.notices == ()
    async with journal_in(tmp_path) as journal:
        assert len(journal.leftovers) == 1


CHILD = """
import asyncio, concurrent.futures.thread, os, sys
from pathlib import Path
from s3tui.transfer.journal import Journal
from tests.unit.transfer.samples import a_transfer

async def main():
    if "as-nobody" in sys.argv:
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
    journal = Journal()
    await journal.open(Path(sys.argv[1]))
    await journal.add([a_transfer(1)])
    print(journal.path and journal.path.name)
    print(*journal.notices, sep="\\n")
    await journal.close()

asyncio.run(main())
"""

NO_LOCKS = """
typedef int call(int, int, void *);
static int any(const char *name, int fd, int command, void *argument) {
    if (command == F_SETLK || command == F_SETLKW) { errno = ENOLCK; return -1; }
    return ((call *)dlsym(RTLD_NEXT, name))(fd, command, argument);
}
int fcntl(int fd, int command, ...) {
    va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);
    return any("fcntl", fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
    va_list list; va_start(list, command); void *argument = va_arg(list, void *); va_end(list);
    return any("fcntl64", fd, command, argument);
}
"""


def journal_of_child(state: Path, *how: str, env: dict[str, str] | None = None) -> list[str]:
    """The name of the journal that another process takes, and its notices."""
    command = [sys.executable, "-c", CHILD, str(state), *how]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=30, check=True, env=env)
    return done.stdout.splitlines()


def test_a_file_system_without_locks_is_named_and_nothing_is_strewn_there(tmp_path: Path) -> None:
    state = tmp_path / "state"
    name, notice = journal_of_child(state, env=preloaded(tmp_path, NO_LOCKS))
    assert name == "None"
    assert "files cannot be locked there" in notice
    assert list(state.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_journal_of_somebody_else_is_left_alone_and_another_is_kept(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "queue.db").write_bytes(b"theirs")
    (state / "queue.db").chmod(0o600)
    os.chown(state, 65534, 65534)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o011)
    name, notice = journal_of_child(state, "as-nobody")
    assert name == "queue-2.db"
    assert notice == "The journal queue.db may not be read and written; this is kept in queue-2.db."
    assert (state / "queue.db").read_bytes() == b"theirs"
