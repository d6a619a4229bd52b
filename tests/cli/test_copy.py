"""`s3tui cp` from end to end against a server, contents compared."""

import os
import stat
import time
from pathlib import Path

import pytest

from tests.cli.conftest import BUCKET, Command
from tests.conftest import MakeFile
from tests.servers.moto_server import MotoServer


def keys_of(moto: MotoServer) -> dict[str, int]:
    """Returns the size of every object of the bucket by key."""
    found = moto.client().list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {item["Key"]: item["Size"] for item in found}


def tree_of(folder: Path) -> dict[str, bytes]:
    """Returns the contents of every file below a folder by relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_goes_up_and_comes_down_the_same(
    s3tui: Command, moto: MotoServer, big_file: MakeFile
) -> None:
    source = s3tui.folder / "réef data"
    (source / "deep" / "er").mkdir(parents=True)
    for number in range(30):
        big_file(source / "deep", 500 * number, seed=number, name=f"file {number}.csv")
    big_file(source / "deep" / "er", 20_000_000, name="largê.nc")
    up = s3tui("cp", "-r", source.name, f"s3://{BUCKET}/in")
    assert (up.returncode, up.stdout, up.stderr) == (0, b"", b"")
    assert set(keys_of(moto)) == {f"in/{name}" for name in tree_of(source)}
    down = s3tui("cp", "--recursive", f"s3://{BUCKET}/in", "copy")
    assert (down.returncode, down.stderr) == (0, b"")
    assert tree_of(s3tui.folder / "copy") == tree_of(source)


def test_one_file_goes_into_a_prefix_and_comes_back_into_a_folder(
    s3tui: Command, moto: MotoServer, big_file: MakeFile
) -> None:
    path = big_file(s3tui.folder, 12_345, name="one.bin")
    assert s3tui("cp", "one.bin", f"s3://{BUCKET}/here/").returncode == 0
    assert keys_of(moto) == {"here/one.bin": 12_345}
    (s3tui.folder / "back").mkdir()
    assert s3tui("cp", f"s3://{BUCKET}/here/one.bin", "back").returncode == 0
    came = s3tui.folder / "back" / "one.bin"
    assert came.read_bytes() == path.read_bytes()
    assert [entry.name for entry in (s3tui.folder / "back").iterdir()] == ["one.bin"]
    mask = os.umask(0o22)
    os.umask(mask)
    assert stat.S_IMODE(came.stat().st_mode) == 0o666 & ~mask


def test_what_is_there_is_replaced_unless_asked_otherwise(s3tui: Command, moto: MotoServer) -> None:
    client = moto.client()
    client.put_object(Bucket=BUCKET, Key="a.txt", Body=b"old")
    path = s3tui.folder / "a.txt"
    path.write_text("newer")
    assert s3tui("cp", "a.txt", f"s3://{BUCKET}", "--skip-existing").returncode == 0
    assert keys_of(moto) == {"a.txt": 3}
    past = time.time() - 3600
    os.utime(path, (past, past))
    assert s3tui("cp", "a.txt", f"s3://{BUCKET}", "--newer").returncode == 0
    assert keys_of(moto) == {"a.txt": 3}
    assert s3tui("cp", "a.txt", f"s3://{BUCKET}").returncode == 0
    assert keys_of(moto) == {"a.txt": 5}


def test_one_file_that_fails_is_told_and_the_others_arrive(s3tui: Command, moto: MotoServer) -> None:
    client = moto.client()
    client.put_object(Bucket=BUCKET, Key="d/good.txt", Body=b"good")
    client.put_object(Bucket=BUCKET, Key="d/bad/inner.txt", Body=b"bad")
    target = s3tui.folder / "out"
    target.mkdir()
    (target / "bad").write_text("a file where a folder is needed")
    done = s3tui("cp", "-r", f"s3://{BUCKET}/d", "out")
    assert done.returncode == 1
    assert (target / "good.txt").read_bytes() == b"good"
    lines = done.stderr.decode().splitlines()
    assert lines
    assert all(line.startswith("s3tui: ") for line in lines)
    assert any("inner.txt" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (("cp", f"s3://{BUCKET}/nothing", "."), 1, "nothing"),
        (("cp", f"s3://{BUCKET}-other/x", "."), 1, f"{BUCKET}-other"),
        (("cp", "missing.txt", f"s3://{BUCKET}/"), 2, "missing.txt"),
        (("cp", "only-one"), 2, "DST"),
        (("cp", "--nonsense", "a", "b"), 2, "--nonsense"),
        (("fly",), 2, "fly"),
    ],
)
def test_failures_have_a_status_and_a_line(
    s3tui: Command, arguments: tuple[str, ...], status: int, named: str
) -> None:
    done = s3tui(*arguments)
    assert done.returncode == status
    assert named in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_without_credentials_it_says_where_to_put_them(s3tui: Command) -> None:
    bare = {name: value for name, value in s3tui.environment.items() if not name.startswith("AWS_")}
    done = Command(bare, s3tui.folder)("ls", f"s3://{BUCKET}")
    assert done.returncode == 2
    assert b"--profile" in done.stderr


def test_no_secret_is_in_any_file_it_leaves_or_line_it_prints(
    s3tui: Command, moto: MotoServer, tmp_path_factory: pytest.TempPathFactory, home: Path
) -> None:
    (s3tui.folder / "a.txt").write_text("a")
    done = s3tui("cp", "a.txt", f"s3://{BUCKET}/a.txt")
    failed = s3tui("cp", f"s3://{BUCKET}/none", ".")
    said = done.stdout + done.stderr + failed.stdout + failed.stderr
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for secret in (moto.secret_access_key, moto.session_token):
        assert secret.encode() not in said + kept


def test_names_that_cannot_be_kept_are_told_and_arrive_under_others(s3tui: Command, moto: MotoServer) -> None:
    keys = {"../out": "%2E%2E/out", "x//y": "x/%/y", "both": "both%file", "both/z\x1b[2J": "both/z\x1b[2J"}
    for key in keys:
        moto.client().put_object(Bucket=BUCKET, Key=f"h/{key}", Body=key.encode())
    done = s3tui("cp", "-r", f"s3://{BUCKET}/h", "deep/out")
    assert (done.returncode, done.stdout) == (0, b"")
    assert tree_of(s3tui.folder) == {f"deep/out/{path}": key.encode() for key, path in keys.items()}
    lines = done.stderr.decode().splitlines()
    assert sorted(lines) == [
        "s3tui: “../out” is copied as “%2E%2E/out”.",
        "s3tui: “both” is copied as “both%file”.",
        "s3tui: “x//y” is copied as “x/%/y”.",
    ]

    # Left out because that was asked for: said, and no failure.
    done = s3tui("cp", "-r", "--odd-names", "leave-out", f"s3://{BUCKET}/h", "fewer")
    assert done.returncode == 0
    assert set(tree_of(s3tui.folder / "fewer")) == {"both/z\x1b[2J"}
    assert done.stderr.count(b"is left out") == 3
    assert all(line.isprintable() for line in done.stderr.decode().splitlines())


def test_a_single_key_without_a_name_of_its_own_stays_in_its_folder(s3tui: Command, moto: MotoServer) -> None:
    moto.client().put_object(Bucket=BUCKET, Key="h/..", Body=b"up")
    moto.client().put_object(Bucket=BUCKET, Key="h/" + "n" * 300 + ".nc", Body=b"long")
    (s3tui.folder / "into").mkdir()
    assert s3tui("cp", f"s3://{BUCKET}/h/..", "into").returncode == 0
    assert s3tui("cp", f"s3://{BUCKET}/h/{'n' * 300}.nc", "into/").returncode == 0
    assert sorted(tree_of(s3tui.folder).values()) == [b"long", b"up"]
    assert (s3tui.folder / "into" / "%2E%2E").read_bytes() == b"up"


def test_what_is_left_out_unasked_makes_the_command_fail(s3tui: Command, moto: MotoServer) -> None:
    source = s3tui.folder / "source"
    source.mkdir()
    (source / "data").write_bytes(b"1")
    (source / os.fsdecode(b"caf\xe9")).write_bytes(b"2")
    (source / "loop").symlink_to(".")
    os.mkfifo(source / "pipe\x1b[2J")
    done = s3tui("cp", "-r", "source", f"s3://{BUCKET}/up")
    assert done.returncode == 1
    assert keys_of(moto) == {"up/data": 1, "up/caf%E9": 1}
    lines = done.stderr.decode().splitlines()
    assert all(line.isprintable() for line in lines)
    assert [word in "".join(lines) for word in ("a FIFO", "link to a folder", "“caf%E9”")] == [True] * 3
