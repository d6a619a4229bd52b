"""Cancel at random moments: over within a second, and nothing stays open here or on the server."""

import asyncio
import os
import time
from pathlib import Path
from random import Random

from s3tui.model.location import S3Location
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.lateness import lateness
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Delay, Rule
from tests.servers.workspace import Workspace
from tests.transfer.rig import SETTINGS, Rig, contents, local

MOMENTS = 10
LIMIT = 1.0
"""Seconds from a cancel to its end, on a machine that has time for it."""


def descriptors() -> int:
    """How many this process, which is the engine here, has open."""
    return len(os.listdir("/proc/self/fd"))


async def test_a_cancel_at_any_moment_ends_within_a_second_and_leaks_nothing(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    data = big_file(source, 11 * MIB, name="large").read_bytes()
    for number in range(3):
        (source / f"small-{number}").write_bytes(b"s" * (1000 + number))
    for path in source.iterdir():
        rgw_workspace.put(f"source/{path.name}", path.read_bytes())
    proxy.add(Rule(lambda _: True, Delay(0.02)))
    target = tmp_path / "target"
    target.mkdir()
    there = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    chance, longest, most = Random(7), 0.0, 0
    late = 0.0
    for moment in range(MOMENTS):
        if moment % 2:
            await through.copy(S3Location(there.bucket, there.key + "source/"), local(target))
        else:
            await through.copy(local(source), S3Location(there.bucket, f"{there.key}up-{moment}/"))
        await asyncio.sleep(chance.random() ** 2 * 0.5)
        began = time.monotonic()
        async with lateness() as waited:
            through.manager.control("cancel")
            assert not through.manager.snapshot()[0].active, "it is told at once"
            await through.until(lambda _: not through.manager._runner.busy)
            await through.manager._endings.finish(5.0)
            took = time.monotonic() - began
        longest, late = max(longest, took), max(late, took - waited.seconds)
        found = contents(target)
        assert not [name for name in found if ".s3tui-" in name], moment
        assert found.get("source/large", data) == data
        through.manager.control("clear")
        for path in (target / "source").glob("*"):
            path.unlink()
        most = max(most, descriptors())
    await through.manager._aborts.settled()
    left = rgw_workspace.open_uploads()
    # Where uploads cannot be listed, one whose answer never came can only be told of.
    told = [notice for notice in through.notices if "may be left on the server" in notice]
    assert not left or told, (left, through.notices)
    assert late < LIMIT, f"{longest:.2f} s in all, and that is without what the machine was late by"
    assert proxy.connections <= SETTINGS.parts_at_once + 4
    before = descriptors()
    (transfer_id,) = await through.copy(local(source / "large"), S3Location(there.bucket, there.key + "end"))
    await through.until_done()
    assert through.row(transfer_id).failure is None
    assert rgw_workspace.read("end") == data
    assert max(most, descriptors()) - before <= 4 * SETTINGS.parts_at_once
    print(f"{MOMENTS} cancels, the longest {longest:.2f} s, {most} descriptors at most")
