"""`--credentials-file` takes a private file of the user's own and nothing else."""

import os
from pathlib import Path

import pytest

from s3tui.credentials.credentials_file import read_credentials_file
from s3tui.errors import UsageError


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A credentials file that only its owner can read."""
    path = tmp_path / "keys"
    path.write_text("AWS_ACCESS_KEY_ID=x\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_read(private: Path, mode: int) -> None:
    private.chmod(mode)
    assert read_credentials_file(private) == "AWS_ACCESS_KEY_ID=x\n"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o700, 0o644])
def test_a_file_open_to_others_is_refused_with_the_command_that_closes_it(private: Path, mode: int) -> None:
    private.chmod(mode)
    with pytest.raises(UsageError, match="open to others") as refusal:
        read_credentials_file(private)
    assert refusal.value.next_step == f"Run: chmod 600 {private}"


def test_a_symbolic_link_is_refused(private: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(private)
    with pytest.raises(UsageError, match="symbolic link"):
        read_credentials_file(link)


def test_a_directory_and_a_pipe_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (tmp_path, pipe):
        with pytest.raises(UsageError, match="not a regular file"):
            read_credentials_file(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be opened"):
        read_credentials_file(tmp_path / "none")


def test_a_large_file_is_refused(private: Path) -> None:
    private.write_bytes(b"x" * (64 * 1024 + 1))
    with pytest.raises(UsageError, match="64 KiB"):
        read_credentials_file(private)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_another_owners_file_is_refused(private: Path) -> None:
    os.chown(private, 12345, -1)
    with pytest.raises(UsageError, match="somebody else"):
        read_credentials_file(private)
