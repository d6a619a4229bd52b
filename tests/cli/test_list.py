"""`s3tui ls` against a server."""

import json
import subprocess

from tests.cli.conftest import BUCKET, Command
from tests.servers.moto_server import MotoServer


def fill(moto: MotoServer, *keys: str) -> None:
    """Stores small objects."""
    client = moto.client()
    for key in keys:
        client.put_object(Bucket=BUCKET, Key=key, Body=b"12345")
    client.close()


def test_buckets_prefixes_and_objects_are_listed(s3tui: Command, moto: MotoServer) -> None:
    fill(moto, "top.txt", "data/one.csv", "data/sub/two.csv")
    assert s3tui("ls").stdout.decode().split()[-1] == BUCKET
    lines = s3tui("ls", f"s3://{BUCKET}").stdout.decode().splitlines()
    assert [line.split()[-1] for line in lines] == ["data/", "top.txt"] or [
        line.split()[-1] for line in lines
    ] == ["top.txt", "data/"]
    recursive = s3tui("ls", "-r", f"s3://{BUCKET}/data").stdout.decode().splitlines()
    assert [line[19:] for line in recursive] == ["          5 data/one.csv", "          5 data/sub/two.csv"]
    one = s3tui("ls", f"s3://{BUCKET}/data/one.csv")
    assert one.stdout.decode().endswith("          5 one.csv\n")


def test_json_lines_can_be_read_by_programs(s3tui: Command, moto: MotoServer) -> None:
    fill(moto, "a b/ü.txt", "z.txt")
    done = s3tui("ls", "--json", f"s3://{BUCKET}/")
    found = {item["key"]: item["kind"] for item in map(json.loads, done.stdout.splitlines())}
    assert found == {"a b/": "prefix", "z.txt": "object"}


def test_nothing_there_is_status_1_with_a_sentence(s3tui: Command, moto: MotoServer) -> None:
    done = s3tui("ls", f"s3://{BUCKET}/none/")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"none" in done.stderr


def test_an_empty_bucket_is_no_error(s3tui: Command) -> None:
    done = s3tui("ls", f"s3://{BUCKET}")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_reader_that_goes_away_is_no_traceback(s3tui: Command, moto: MotoServer) -> None:
    fill(moto, *(f"many/{'x' * 900}-{number:04}" for number in range(80)))  # more than a pipe holds
    child = subprocess.Popen(
        s3tui.argv("ls", f"s3://{BUCKET}/many/"),
        env=dict(s3tui.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.read(100)
    child.stdout.close()
    said = child.stderr.read()
    child.stderr.close()
    assert (child.wait(60), said) == (141, b"")
