"""What a killed copy has left is found again, told, and given up."""

import time
from pathlib import Path

from tests.cli.conftest import BUCKET, LIMIT_SECONDS, Command
from tests.servers.moto_server import MotoServer

FILES = 1500


def killed_copy(s3tui: Command, moto: MotoServer) -> int:
    """Kills a copy in the middle; returns how many objects have arrived."""
    source = s3tui.folder / "many files"
    source.mkdir()
    for number in range(FILES):
        (source / f"{number:04}.csv").write_text(str(number))
    child = s3tui.start("cp", "-r", source.name, f"s3://{BUCKET}/left/")
    client = moto.client()
    end = time.monotonic() + LIMIT_SECONDS
    while (arrived := client.list_objects_v2(Bucket=BUCKET, Prefix="left/")["KeyCount"]) < 20:
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)
    child.kill()
    child.communicate(timeout=LIMIT_SECONDS)
    return int(arrived)


def test_a_killed_copy_is_listed_and_can_be_given_up(s3tui: Command, moto: MotoServer) -> None:
    assert s3tui("unfinished").stdout == b""
    killed_copy(s3tui, moto)
    told = ""
    end = time.monotonic() + LIMIT_SECONDS
    while "left," not in told:  # the killed command's engine may still be letting go of the journal
        assert time.monotonic() < end, told
        told = s3tui("unfinished").stdout.decode()
    name, _, rest = told.partition("  ")
    assert len(name) == 8
    assert "files left, " in rest
    assert f"s3tui cp -r '{Path(s3tui.folder) / 'many files'}" in rest
    assert f"s3://{BUCKET}/left" in rest
    gone = s3tui("unfinished", "--abort", name)
    assert gone.returncode == 0, gone.stderr
    assert b"forgotten" in gone.stderr
    assert s3tui("unfinished").stdout == b""


def test_a_copy_that_came_to_its_end_leaves_nothing(s3tui: Command) -> None:
    (s3tui.folder / "one.txt").write_text("1")
    assert s3tui("cp", "one.txt", f"s3://{BUCKET}/one.txt").returncode == 0
    assert s3tui("unfinished").stdout == b""


def test_a_name_that_is_not_there_is_said_so(s3tui: Command) -> None:
    answer = s3tui("unfinished", "--abort", "0123abcd")
    assert answer.returncode == 2
    assert b"no unfinished command" in answer.stderr
