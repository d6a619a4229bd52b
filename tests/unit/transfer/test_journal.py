"""The journal gives back what an earlier run left, whatever became of that run, and keeps others out."""

import asyncio
import contextlib
import json
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from s3tui.model.failure import Failure
from s3tui.model.transfer import Assurance, Direction, TransferStatus
from s3tui.transfer.journal import Abort
from s3tui.transfer.journal_rows import version_of
from tests.unit.transfer.samples import a_transfer, journal_in

HOLDER = """
import asyncio, sys
from pathlib import Path
from s3tui.transfer.journal import Journal

async def main():
    journal = Journal()
    await journal.open(Path(sys.argv[1]))
    print(journal.path.name, flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


@contextlib.contextmanager
def another_engine(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that holds the journal of a folder until its stdin is closed."""
    process = start(HOLDER, folder)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            stream.close()


def start(script: str, *arguments: Path) -> "subprocess.Popen[str]":
    """A Python process with pipes."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def dead_pid() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid


RECORDER = """
import asyncio, sys
from pathlib import Path
from s3tui.transfer.journal import Journal
from tests.unit.transfer.samples import a_transfer

async def main():
    journal = Journal()
    await journal.open(Path(sys.argv[1]))
    journal.add([a_transfer(1, size=400_000)])
    await journal.begun(1, "upload-1", 40, "")
    for number in range(1, 10001):
        await journal.part_done(1, number, "e")
        print(number, flush=True)

asyncio.run(main())
"""


async def test_unfinished_transfers_come_back_with_their_parts(tmp_path: Path) -> None:
    download = a_transfer(
        2,
        direction=Direction.DOWNLOAD,
        local=b"/data/\xff\xfe",
        key="a\0b/\u2028c",
        endpoint=None,
        move=True,
        overwrite=True,
    )
    async with journal_in(tmp_path) as journal:
        journal.add([a_transfer(1), download, a_transfer(3)])
        journal.begun(1, "upload-1", 40, "")
        journal.part_done(1, 1, "e1")
        journal.part_done(1, 3, "e3")
        await journal.set_status(3, TransferStatus.SUCCEEDED, None, Assurance.VERIFIED)
    async with journal_in(tmp_path) as journal:
        first, second = journal.leftovers
        assert (first.upload_id, first.part_size, first.parts) == ("upload-1", 40, {1: "e1", 3: "e3"})
        assert first.safe == first.moved == 60
        assert (second.local, second.key, second.endpoint) == (b"/data/\xff\xfe", "a\0b/\u2028c", None)
        assert second.move
        assert second.overwrite
        assert journal.next_id == 4
        assert journal.notices == ()


async def test_a_new_upload_id_forgets_the_parts_of_the_old_one(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as journal:
        journal.add([a_transfer(1)])
        journal.begun(1, "old", 40, "")
        journal.part_done(1, 1, "e1")
        await journal.begun(1, "new", 50, "")
    async with journal_in(tmp_path) as journal:
        (left,) = journal.leftovers
        assert (left.upload_id, left.part_size, left.parts) == ("new", 50, None)


async def test_a_failure_is_offered_again_only_with_finished_parts(tmp_path: Path) -> None:
    failure = Failure("unreachable", "No answer.", "Try again.")
    async with journal_in(tmp_path) as journal:
        journal.add([a_transfer(1), a_transfer(2)])
        journal.begun(1, "upload-1", 40, "")
        journal.set_status(1, TransferStatus.FAILED, failure)
        await journal.set_status(2, TransferStatus.FAILED, failure)
    async with journal_in(tmp_path) as journal:
        assert [(left.id, left.failure) for left in journal.leftovers] == [(1, failure)]


async def test_an_upload_to_be_aborted_is_remembered_until_it_is(tmp_path: Path) -> None:
    abort = Abort("http://one", "bucket", "folder/file-1", "upload-1")
    async with journal_in(tmp_path) as journal:
        journal.add([a_transfer(1)])
        journal.begun(1, "upload-1", 40, "")
        await journal.want_abort(abort, 1)
    async with journal_in(tmp_path) as journal:
        assert journal.aborts == (abort,)
        assert journal.leftovers[0].upload_id == ""
        await journal.aborted(abort)
    async with journal_in(tmp_path) as journal:
        assert journal.aborts == ()


async def test_a_kill_between_cancel_and_abort_loses_no_upload(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as journal:
        journal.add([a_transfer(1)])
        journal.begun(1, "upload-1", 40, "")
        await journal.set_status(1, TransferStatus.CANCELLED)
    async with journal_in(tmp_path) as journal:
        assert journal.leftovers == ()
        assert journal.aborts == (Abort("http://one", "bucket", "folder/file-1", "upload-1"),)


async def test_downloads_given_up_are_told_of_until_their_files_are_gone(tmp_path: Path) -> None:
    downloads = [a_transfer(number, direction=Direction.DOWNLOAD) for number in range(1, 6)]
    async with journal_in(tmp_path) as journal:
        journal.add(downloads)
        journal.begun(3, "", 40, "etag")
        journal.set_status(1, TransferStatus.CANCELLED)
        journal.set_status(2, TransferStatus.FAILED, Failure("denied", "No."))
        journal.set_status(3, TransferStatus.FAILED, Failure("unreachable", "No answer."))
        await journal.set_status(5, TransferStatus.SUCCEEDED)
    for _ in range(2):
        async with journal_in(tmp_path) as journal:
            assert [left.id for left in journal.leftovers] == [3, 4]
            assert [left.id for left in journal.half_done] == [1, 2]
    async with journal_in(tmp_path) as journal:
        await journal.forget((1, 2, 3, 4))
        assert journal.next_id == 6, "no name of a temporary file is given twice while it may be there"
    async with journal_in(tmp_path) as journal:
        assert (journal.leftovers, journal.half_done, journal.next_id) == ((), (), 6)


async def test_what_has_arrived_is_known_while_work_is_left_and_no_longer(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as journal:
        journal.add([a_transfer(1), a_transfer(2)])
        await journal.set_status(1, TransferStatus.SUCCEEDED, None, Assurance.VERIFIED)
    for _ in range(2):
        async with journal_in(tmp_path) as journal:
            assert (
                version_of(a_transfer(7, local=b"/data/folder/file-1", key="folder/file-1"))
                in journal.arrived
            )
            assert version_of(a_transfer(2)) not in journal.arrived
            assert [left.id for left in journal.leftovers] == [2]
            assert journal.half_done == ()
    async with journal_in(tmp_path) as journal:
        await journal.forget([2])
    async with journal_in(tmp_path) as journal:
        assert version_of(a_transfer(1)) not in journal.arrived


async def test_what_a_command_has_brought_is_known_until_its_folder_goes(tmp_path: Path) -> None:
    folder = tmp_path / "commands" / "0123"
    async with journal_in(folder) as journal:
        journal.add([a_transfer(1)])
        await journal.set_status(1, TransferStatus.SUCCEEDED, None, Assurance.VERIFIED)
        ended = time.time()
    async with journal_in(folder) as journal:
        assert version_of(a_transfer(1)) in journal.arrived
        assert abs(journal.arrived.until - ended) < 10


async def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "state"
    async with journal_in(folder) as journal:
        await journal.add([a_transfer(1)])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_a_second_engine_takes_the_next_slot_and_names_the_first(tmp_path: Path) -> None:
    with another_engine(tmp_path) as first:
        async with journal_in(tmp_path) as journal:
            assert journal.path == tmp_path / "queue-2.db"
            (notice,) = journal.notices
            assert f"process {first.pid}" in notice
            assert os.uname().nodename in notice
            assert "queue-2.db" in notice


async def test_work_left_in_another_slot_is_found_once_its_owner_is_gone(tmp_path: Path) -> None:
    with another_engine(tmp_path):
        async with journal_in(tmp_path) as journal:
            await journal.add([a_transfer(1)])
    async with journal_in(tmp_path) as journal:
        assert journal.path == tmp_path / "queue-2.db"
        assert len(journal.leftovers) == 1
        await journal.forget([1])
    async with journal_in(tmp_path) as journal:
        assert journal.path == tmp_path / "queue.db"


async def test_an_engine_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    with another_engine(tmp_path) as dying:
        owner = json.loads((tmp_path / "queue.owner").read_text())
        (tmp_path / "queue.owner").write_text(json.dumps({**owner, "parent": dead_pid()}))
        assert dying.stdin is not None
        asyncio.get_running_loop().call_later(0.5, dying.stdin.close)
        async with journal_in(tmp_path) as journal:
            assert journal.path == tmp_path / "queue.db"
            assert journal.notices == ()


async def test_a_killed_engine_loses_at_most_what_was_not_waited_for(tmp_path: Path) -> None:
    with start(RECORDER, tmp_path) as process:
        assert process.stdout is not None
        for _ in range(50):
            process.stdout.readline()
        process.kill()
        told = 50 + process.stdout.read().count("\n")
    async with journal_in(tmp_path) as journal:
        (left,) = journal.leftovers
        assert left.parts is not None
        assert told <= len(left.parts) <= told + 1


async def test_a_journal_of_a_newer_program_is_kept_for_it(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as journal:
        await journal.add([a_transfer(1)])
    with contextlib.closing(sqlite3.connect(tmp_path / "queue.db")) as connection:
        connection.execute("PRAGMA user_version=99")
        connection.commit()
    async with journal_in(tmp_path) as journal:
        assert journal.leftovers == ()
        assert "newer" in journal.notices[0]
    (aside,) = tmp_path.glob("queue.set-aside-*.db")
    with contextlib.closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT count(*) FROM transfers").fetchone() == (1,)


async def test_where_nothing_can_be_written_the_session_goes_on_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with journal_in(tmp_path / "file") as journal:
        assert journal.path is None
        assert "No journal can be kept" in journal.notices[0]
        await journal.add([a_transfer(1)])


async def test_a_hundred_thousand_transfers_are_remembered_in_seconds(tmp_path: Path) -> None:
    async with journal_in(tmp_path) as journal:
        transfers = [a_transfer(number) for number in range(1, 100_001)]
        started = time.process_time()
        await journal.add(transfers)
        assert time.process_time() - started < 5
    async with journal_in(tmp_path) as journal:
        assert len(journal.leftovers) == 100_000
