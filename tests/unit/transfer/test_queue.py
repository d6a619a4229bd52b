"""The queue stays quick and small with 100,000 files in it, and its counts are right after every change."""

import asyncio
import random
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from s3tui.credentials.live import LiveCredentials, ServerClock
from s3tui.errors import UsageError
from s3tui.model.credentials import Credentials
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import CopyItem, TransferStatus
from s3tui.storage.local_files import LocalFiles
from s3tui.transfer.journal import Journal
from s3tui.transfer.manager import TransferManager
from s3tui.transfer.protocols import ByteWorkers
from s3tui.transfer.table import SNAPSHOT_ROWS, TransferTable
from tests.unit.transfer.memory import NameStore, Never, QuickWorkers
from tests.unit.transfer.samples import a_transfer

HERE = "http://one"


@asynccontextmanager
async def manager_with(store: NameStore, workers: ByteWorkers, state: Path) -> AsyncIterator[TransferManager]:
    """A manager without a server."""
    live = LiveCredentials(ServerClock())
    live.put(Credentials("id", "secret"))
    journal = Journal()
    await journal.open(state)
    manager = TransferManager(None, LocalFiles(), None, live, journal)
    await manager.start()
    manager.attach(store, workers, HERE)
    try:
        yield manager
    finally:
        await manager.stop()
        await journal.close()


async def test_a_hundred_thousand_queued_files_cost_little(tmp_path: Path) -> None:
    keys = (f"data/folder-{number % 300}/file-{number:06}.nc" for number in range(100_000))
    store = NameStore({key: Entry(key, EntryKind.FILE, 1000, 5.0) for key in keys})
    async with manager_with(store, Never(), tmp_path / "state") as manager:
        item = CopyItem(S3Location("bucket", "data/"), LocalLocation.of(tmp_path / "target"), folder=True)
        plan = await manager.plan((item,), False)
        tracemalloc.start()
        started = time.monotonic()
        ids = await manager.submit(plan.plan_id)
        queued_in = time.monotonic() - started
        store.entries.clear()
        memory, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(set(ids)) == 100_000
        # Tracing memory makes it slower than it is.
        assert queued_in < 30
        assert memory / 100_000 < 1200

        started = time.monotonic()
        for _ in range(20):
            summary, rows = manager.snapshot()
        assert (time.monotonic() - started) / 20 < 0.01
        assert len(rows) <= SNAPSHOT_ROWS
        assert (summary.queued + summary.running, summary.bytes_total) == (100_000, 100_000_000)

        started = time.monotonic()
        assert manager.control("cancel") == 100_000
        assert time.monotonic() - started < 5
        summary = manager.snapshot()[0]
        assert (summary.cancelled, summary.active, summary.bytes_total) == (100_000, 0, 0)
        assert manager.control("clear") == 100_000
        assert manager.rows()[1] == 0


async def test_a_few_hundred_small_files_all_go(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(300):
        (source / f"f{number}").write_bytes(b"x" * number)
    workers = QuickWorkers()
    async with manager_with(NameStore(), workers, tmp_path / "state") as manager:
        item = CopyItem(LocalLocation.of(source), S3Location("bucket", "up/"), folder=True)
        plan = await manager.plan((item,), False)
        await manager.submit(plan.plan_id)
        async with asyncio.timeout(30):
            while manager.snapshot()[0].active:
                await manager.changed.wait()
                manager.changed.clear()
                await asyncio.sleep(0)
        summary = manager.snapshot()[0]
        assert (summary.succeeded, workers.sent) == (300, 300)
        assert summary.bytes_done == summary.bytes_total == sum(range(300))
        assert len(manager.rows(10, 5)[0]) == 5
        assert manager.rows(0, 1000, (TransferStatus.SUCCEEDED,))[1] == 300


async def test_what_the_host_may_get_wrong_is_refused(tmp_path: Path) -> None:
    async with manager_with(NameStore(), Never(), tmp_path / "state") as manager:
        with pytest.raises(UsageError, match="plan is gone"):
            await manager.submit(99)
        with pytest.raises(UsageError, match="explode"):
            manager.control("explode")
        manager.drop_plan(99)
        assert manager.control("pause", (1, 2, 3)) == 0


async def test_without_a_connection_everything_is_held(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    workers = QuickWorkers()
    async with manager_with(NameStore(), workers, tmp_path / "state") as manager:
        item = CopyItem(LocalLocation.of(tmp_path / "a"), S3Location("bucket", "a"))
        plan = await manager.plan((item,), False)
        manager._live.clear()
        manager.credentials_changed()
        await manager.submit(plan.plan_id)
        assert manager.snapshot()[0].held == 1
        manager.detach()
        manager._live.put(Credentials("id", "secret"))
        manager.credentials_changed()
        assert (manager.snapshot()[0].held, workers.sent) == (1, 0)
        with pytest.raises(UsageError):
            manager.connected(HERE)


def test_the_sums_are_right_after_any_changes() -> None:
    # Compare with what a count from scratch gives, over many random histories.
    chance = random.Random(7)
    for _ in range(50):
        table, cleared = TransferTable(threshold=1000), 0
        for number in range(1, 30):
            size = chance.choice([0, 10, 5000])
            endpoint = chance.choice([HERE, "http://two"])
            table.add(a_transfer(number, size=size, endpoint=endpoint))
        for _ in range(300):
            transfer = chance.choice(list(table.records.values()))
            match chance.randrange(6):
                case 0 if transfer.status is not TransferStatus.SUCCEEDED:
                    table.change(transfer, chance.choice([s for s in TransferStatus if s != "held"]))
                case 1 if transfer.status is TransferStatus.RUNNING:
                    table.moved(transfer, chance.randrange(100))
                case 2 if transfer.status is TransferStatus.RUNNING and transfer.size > 1000:
                    table.begin_anew(transfer, "u", 1000, "")
                case 3 if transfer.part_size and not transfer.status.finished:
                    number = chance.randrange(1, 6)
                    if number not in (transfer.parts or {}):
                        table.part_done(transfer, number, 1000, "e")
                case 4:
                    table.rewind(transfer)
                case 5 if transfer.status.finished and chance.random() < 0.1:
                    table.drop(transfer)
                    cleared += transfer.size * (transfer.status is TransferStatus.SUCCEEDED)
            _compare(table, cleared)


def test_a_new_run_of_the_queue_counts_from_nothing() -> None:
    table = TransferTable(threshold=1000)
    first = a_transfer(1)
    table.add(first)
    table.change(first, TransferStatus.SUCCEEDED)
    assert table.summary(HERE, held=False).bytes_done == 100
    table.add(a_transfer(2, size=7))
    table.drop(first)
    summary = table.summary(HERE, held=False)
    assert (summary.bytes_done, summary.bytes_total) == (0, 7)


def _compare(table: TransferTable, cleared: int) -> None:
    transfers = list(table.records.values())
    summary = table.summary(HERE, held=False)
    gone = (TransferStatus.FAILED, TransferStatus.CANCELLED)
    done = sum(one.moved for one in transfers if one.status not in gone)
    assert summary.bytes_done == done + cleared
    assert summary.bytes_safe == sum(one.safe for one in transfers if not one.status.finished)
    assert summary.bytes_total == sum(one.size for one in transfers if one.status not in gone) + cleared
    counts = Counter(
        TransferStatus.HELD
        if one.status in (TransferStatus.QUEUED, TransferStatus.RUNNING) and one.endpoint != HERE
        else one.status
        for one in transfers
    )
    for status in TransferStatus:
        assert getattr(summary, status.value) == counts[status]
        assert table.rows(0, 1000, (status,), HERE, False)[1] == counts[status]
    assert len(table.top_rows(HERE, False)) <= SNAPSHOT_ROWS
