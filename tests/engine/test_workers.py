"""Byte worker processes: they move bytes, follow the credentials, and may die."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.engine.connecting import Connecting
from s3tui.engine.workers import ProcessWorkers
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.work import Failed, Fetched, FetchFile, PutFile, Sent, SourceIdentity
from tests.conftest import MakeFile
from tests.engine.processes import is_alive, wait_until
from tests.servers.moto_server import MotoServer

BUCKET = "worker-bucket"
GOOD = "s" * 40


def identity_of(path: Path) -> SourceIdentity:
    """Returns a file's identity as transfers note it."""
    facts = path.stat()
    return SourceIdentity(facts.st_size, facts.st_mtime_ns, facts.st_ino, facts.st_dev)


def put(path: Path, key: str) -> PutFile:
    """Returns the unit that sends a file to a key."""
    return PutFile(os.fsencode(path), identity_of(path), BUCKET, key, {})


@pytest.fixture
async def connecting(moto: MotoServer) -> AsyncIterator[Connecting]:
    """Gives a connection to a bucket of moto."""
    moto.client().create_bucket(Bucket=BUCKET)
    found = Connecting(lambda: None)
    credentials = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
    await found.connect(credentials, Connection(Endpoint(moto.endpoint_url), Workspace(BUCKET)))
    yield found
    await found.close()


@pytest.fixture
async def workers(connecting: Connecting) -> AsyncIterator[ProcessWorkers]:
    """Gives two worker processes on that connection."""
    found = ProcessWorkers(2, 4, connecting.live)
    assert connecting.link is not None
    found.use(connecting.link)
    found.warm_up()
    await both_ready(found)
    yield found
    await found.close()


async def both_ready(workers: ProcessWorkers) -> None:
    """Returns when two processes are ready to work."""
    await asyncio.to_thread(wait_until, lambda: len(workers.pids) == 2, 30, "two workers are ready")


async def test_files_go_up_and_down_through_worker_processes(
    workers: ProcessWorkers, moto: MotoServer, tmp_path: Path, big_file: MakeFile
) -> None:
    paths = [big_file(tmp_path, 200_000 + number, seed=number) for number in range(6)]
    moved: list[int] = []
    sent = await asyncio.gather(*(workers.run(put(path, path.name), moved.append) for path in paths))
    assert all(isinstance(outcome, Sent) for outcome in sent), sent
    assert sum(moved) == sum(path.stat().st_size for path in paths)
    assert len(workers.pids) == 2
    for path in paths:
        target = tmp_path / f"{path.name}.part"
        unit = FetchFile(BUCKET, path.name, os.fsencode(target), path.stat().st_size)
        assert isinstance(await workers.run(unit, moved.append), Fetched)
        assert target.read_bytes() == path.read_bytes()


async def test_a_refusal_is_an_outcome(workers: ProcessWorkers, tmp_path: Path) -> None:
    unit = FetchFile(BUCKET, "not/there", os.fsencode(tmp_path / "x.part"), 10)
    outcome = await workers.run(unit, lambda _: None)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == "not-found"


async def test_a_worker_that_dies_is_replaced_and_its_work_done_by_another(
    workers: ProcessWorkers, connecting: Connecting, moto: MotoServer, tmp_path: Path, big_file: MakeFile
) -> None:
    path = big_file(tmp_path, 300_000)
    before = set(workers.pids)
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    moved: list[int] = []
    running = asyncio.create_task(workers.run(put(path, "again"), moved.append))
    await asyncio.sleep(0)  # the unit is with a stopped worker now
    # Equally idle ones are asked in their order, so the first has it.
    first, *others = workers.pids
    os.kill(first, signal.SIGKILL)
    for pid in others:
        os.kill(pid, signal.SIGCONT)
    assert isinstance(await asyncio.wait_for(running, 30), Sent)
    await both_ready(workers)
    assert first not in workers.pids
    assert sum(moved) == path.stat().st_size
    assert moto.client().head_object(Bucket=BUCKET, Key="again")["ContentLength"] == path.stat().st_size


async def test_work_waits_in_workers_until_new_credentials_come(
    workers: ProcessWorkers, connecting: Connecting, tmp_path: Path, big_file: MakeFile
) -> None:
    path = big_file(tmp_path, 1000)
    current = connecting.live.current
    assert current is not None
    connecting.live.server_says_expired(connecting.live.generation)
    workers.credentials_changed()
    running = asyncio.create_task(workers.run(put(path, "held"), lambda _: None))
    _, pending = await asyncio.wait((running,), timeout=3)
    assert pending
    connecting.live.put(current)
    workers.credentials_changed()
    assert isinstance(await asyncio.wait_for(running, 10), Sent)


async def test_cancelled_work_is_let_go(
    workers: ProcessWorkers, connecting: Connecting, tmp_path: Path, big_file: MakeFile
) -> None:
    path = big_file(tmp_path, 1000)
    connecting.live.server_says_expired(connecting.live.generation)
    workers.credentials_changed()
    running = asyncio.create_task(workers.run(put(path, "never"), lambda _: None))
    await asyncio.wait((running,), timeout=0.3)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, 1.5)


async def test_work_is_done_here_while_no_process_is_ready(
    connecting: Connecting, moto: MotoServer, tmp_path: Path, big_file: MakeFile
) -> None:
    workers = ProcessWorkers(2, 4, connecting.live)
    assert connecting.link is not None
    workers.use(connecting.link)
    assert isinstance(await workers.run(put(big_file(tmp_path, 1000), "small"), lambda _: None), Sent)
    assert workers.pids == ()
    assert moto.client().head_object(Bucket=BUCKET, Key="small")["ContentLength"] == 1000
    await workers.close()


async def test_workers_end_with_their_engine(workers: ProcessWorkers) -> None:
    pids = workers.pids
    await workers.close()
    wait_until(lambda: not any(is_alive(pid) for pid in pids), 3, "workers gone")
