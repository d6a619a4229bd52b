"""`s3tui verify` from end to end: what agrees, what does not, and what is written down."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import BUCKET, Command
from tests.conftest import MakeFile
from tests.servers.moto_server import MotoServer

REMOTE = f"s3://{BUCKET}/in"


@pytest.fixture
def copied(s3tui: Command, big_file: MakeFile) -> Path:
    """A folder of small files and one in parts that has gone up."""
    source = s3tui.folder / "data"
    (source / "deep").mkdir(parents=True)
    for number in range(5):
        big_file(source / "deep", 500 * number, seed=number, name=f"file {number}.csv")
    big_file(source, 20_000_000, name="largê.nc")
    assert s3tui("cp", "-r", "data", REMOTE).returncode == 0
    return source


def test_a_good_copy_is_the_same_and_a_manifest_tells_each_file(
    s3tui: Command, moto: MotoServer, copied: Path
) -> None:
    (s3tui.folder / "seen.jsonl").write_text("an older one")
    found = s3tui("verify", "data", REMOTE, "--manifest", "seen.jsonl")
    assert (found.returncode, found.stdout) == (0, b"")
    assert b"6 files (20.0 MB) the same." in found.stderr
    lines = [json.loads(line) for line in (s3tui.folder / "seen.jsonl").read_text().splitlines()]
    assert [line["key"] for line in lines] == [
        f"{REMOTE}/{name}" for name in [*(f"deep/file {n}.csv" for n in range(5)), "largê.nc"]
    ]
    assert [line["bytes"] for line in lines] == [0, 500, 1000, 1500, 2000, 20_000_000]
    md5 = hashlib.md5((copied / "deep" / "file 1.csv").read_bytes()).hexdigest()
    assert lines[1]["digest"] == f"md5:{md5}"
    etag = moto.client().head_object(Bucket=BUCKET, Key="in/largê.nc")["ETag"].strip('"')
    assert lines[5]["digest"] == f"etag:{etag}"
    assert lines[0]["when"].endswith("Z")
    mask = os.umask(0o22)
    os.umask(mask)
    assert (s3tui.folder / "seen.jsonl").stat().st_mode & 0o777 == 0o666 & ~mask
    assert not list(s3tui.folder.glob(".s3tui-*"))


def test_every_kind_of_difference_is_told_once(s3tui: Command, moto: MotoServer, copied: Path) -> None:
    client = moto.client()
    with (copied / "largê.nc").open("r+b") as file:
        file.seek(19_000_000)
        file.write(b"flip")
    (copied / "deep" / "file 1.csv").write_bytes(b"shorter")
    (copied / "deep" / "file 2.csv").unlink()
    (copied / "new.txt").write_bytes(b"new")
    os.mkfifo(copied / "pipe")
    client.put_object(Bucket=BUCKET, Key="in/../out", Body=b"hostile")
    found = s3tui("verify", "data/", f"{REMOTE}/", "--json", "--manifest", "m")
    assert found.returncode == 1
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    told = {Path(row["path"]).name: row["finding"] for row in rows if row["path"]}
    assert told == {
        "largê.nc": "differs",
        "file 0.csv": "same",
        "file 1.csv": "differs",
        "file 2.csv": "not here",
        "file 3.csv": "same",
        "file 4.csv": "same",
        "new.txt": "not there",
        "out": "not here",
    }
    assert any(row["path"] and row["path"].endswith("/data/%2E%2E/out") for row in rows)
    nameless = [row["sentence"] for row in rows if not row["path"]]
    assert sorted(row["finding"] for row in rows if not row["path"]) == ["not checked"]
    assert any("pipe" in sentence for sentence in nameless)
    assert len((s3tui.folder / "m").read_text().splitlines()) == 3
    words = s3tui("verify", "data", REMOTE)
    assert words.returncode == 1
    summary = b"3 files (3.5 kB) the same, 2 different, 2 not here, 1 not there, 1 not checked."
    assert summary in words.stderr
    assert words.stdout.count(b"\n") == 6


def test_one_file_is_compared_with_its_object(s3tui: Command, moto: MotoServer) -> None:
    (s3tui.folder / "one.txt").write_bytes(b"one")
    moto.client().put_object(Bucket=BUCKET, Key="there/one.txt", Body=b"one")
    assert s3tui("verify", "one.txt", f"s3://{BUCKET}/there/").returncode == 0
    assert s3tui("verify", "one.txt", f"s3://{BUCKET}/there/one.txt").returncode == 0
    missing = s3tui("verify", "one.txt", f"s3://{BUCKET}/elsewhere")
    assert (missing.returncode, missing.stdout[:9]) == (1, b"not there")
    (s3tui.folder / "link").symlink_to("one.txt")
    assert s3tui("verify", "link", f"s3://{BUCKET}/there/one.txt").returncode == 0
    assert s3tui("verify", "one.txt", "link").returncode == 2


def test_where_only_sizes_can_be_compared_the_status_says_so(s3tui: Command, moto: MotoServer) -> None:
    (s3tui.folder / "odd.bin").write_bytes(os.urandom(6_000_000))
    client = moto.client()
    upload = client.create_multipart_upload(Bucket=BUCKET, Key="odd.bin")["UploadId"]
    data = (s3tui.folder / "odd.bin").read_bytes()
    parts = []
    for number, piece in enumerate((data[:5_555_555], data[5_555_555:]), 1):
        sent = client.upload_part(
            Bucket=BUCKET, Key="odd.bin", UploadId=upload, PartNumber=number, Body=piece
        )
        parts.append({"PartNumber": number, "ETag": sent["ETag"]})
    client.complete_multipart_upload(
        Bucket=BUCKET, Key="odd.bin", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    found = s3tui("verify", "odd.bin", f"s3://{BUCKET}/odd.bin", "--manifest", "m")
    assert (found.returncode, found.stdout[:9]) == (3, b"size only")
    assert json.loads((s3tui.folder / "m").read_text())["digest"] == ""


def test_a_manifest_that_cannot_be_written_is_said(s3tui: Command, moto: MotoServer, copied: Path) -> None:
    found = s3tui("verify", "data", REMOTE, "--manifest", "no/such/folder/m")
    assert found.returncode == 1
    assert b"cannot be written" in found.stderr


def test_a_copy_writes_its_manifest_also_of_what_an_earlier_run_brought(
    s3tui: Command, moto: MotoServer, copied: Path
) -> None:
    (copied / "later.txt").write_bytes(b"later")
    up = s3tui("cp", "-r", "data", REMOTE, "--skip-existing", "--manifest", "up.jsonl")
    assert (up.returncode, up.stderr) == (0, b"")
    down = s3tui("cp", "-r", REMOTE, "back", "--manifest", "down.jsonl")
    assert (down.returncode, down.stderr) == (0, b"")
    lines = [
        [json.loads(line) for line in (s3tui.folder / name).read_text().splitlines()]
        for name in ("up.jsonl", "down.jsonl")
    ]
    assert len(lines[0]) == 7
    told = [[(line["key"], line["bytes"], line["digest"]) for line in each] for each in lines]
    assert told[0] == told[1]
    assert {Path(line["path"]).parts[-2] for line in lines[1]} == {"back", "deep"}
