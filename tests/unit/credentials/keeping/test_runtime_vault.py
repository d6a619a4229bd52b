"""Secrets in the runtime folder: what is written, and everything that is refused."""

import os
import secrets
import stat
from pathlib import Path

import pytest

from s3tui.credentials.keeping import private_files
from s3tui.credentials.keeping.runtime_vault import SECRET_LIMIT, RuntimeVault
from s3tui.credentials.keeping.vault import KeepingError, SecretBytes

ID = "0123456789abcdef"
SECRET = SecretBytes(b"the secret of the test")


@pytest.fixture
def runtime(home: Path) -> Path:
    """Gives the runtime folder the environment names."""
    return home / ".run"


@pytest.fixture
def vault(tmp_path: Path) -> RuntimeVault:
    """Gives a vault that takes the test's file system for a local one, whatever it is."""
    return RuntimeVault(mounts=_mounts(tmp_path, "/", "tmpfs"))


def _mounts(folder: Path, point: str, kind: str) -> Path:
    table = folder / "mountinfo"
    table.write_text(
        f"21 1 0:19 / / rw - ext4 /dev/root rw\n36 21 0:40 / {point} rw,nosuid shared:1 - {kind} source rw\n"
    )
    return table


def test_a_secret_comes_back_until_it_is_forgotten(vault: RuntimeVault) -> None:
    assert vault.available() == ""
    assert vault.fetch(ID) is None
    vault.keep(ID, SecretBytes(b"an earlier one"), None)
    vault.keep(ID, SECRET, None)
    assert vault.fetch(ID) == SECRET
    vault.forget(ID)
    vault.forget(ID)
    assert vault.fetch(ID) is None


def test_only_the_owner_can_get_at_it_whatever_the_umask(vault: RuntimeVault, runtime: Path) -> None:
    before = os.umask(0)
    try:
        vault.keep(ID, SECRET, None)
    finally:
        os.umask(before)
    kept = runtime / "s3tui" / f"kept-{ID}"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert [path.name for path in kept.parent.iterdir()] == [kept.name], "a draft was left behind"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_others_can_open_is_refused(vault: RuntimeVault, runtime: Path, mode: int) -> None:
    vault.keep(ID, SECRET, None)
    (runtime / "s3tui" / f"kept-{ID}").chmod(mode)
    with pytest.raises(KeepingError, match=rf"other users have access to it \(mode {mode:04o}\)"):
        vault.fetch(ID)


def test_a_planted_link_is_neither_read_nor_written_through(vault: RuntimeVault, runtime: Path) -> None:
    vault.available()
    target = runtime / "target"
    target.write_bytes(b"somebody's own file")
    target.chmod(0o600)
    planted = runtime / "s3tui" / f"kept-{ID}"
    planted.symlink_to(target)
    with pytest.raises(KeepingError, match="it is a link"):
        vault.fetch(ID)
    vault.keep(ID, SECRET, None)
    assert target.read_bytes() == b"somebody's own file"
    assert not planted.is_symlink()
    assert vault.fetch(ID) == SECRET


@pytest.mark.parametrize("link", [True, False])
def test_a_guessed_draft_is_not_written_into(
    vault: RuntimeVault, runtime: Path, monkeypatch: pytest.MonkeyPatch, link: bool
) -> None:
    vault.available()
    monkeypatch.setattr(secrets, "token_hex", lambda _: "guessed")
    target = runtime / "target"
    target.write_bytes(b"somebody's own file")
    planted = runtime / "s3tui" / f".kept-{ID}.guessed"
    if link:
        planted.symlink_to(target)
    else:
        planted.hardlink_to(target)
    with pytest.raises(KeepingError, match="cannot be written: File exists"):
        vault.keep(ID, SECRET, None)
    assert target.read_bytes() == b"somebody's own file"


def test_a_second_name_a_pipe_and_a_folder_are_refused(vault: RuntimeVault, runtime: Path) -> None:
    vault.keep(ID, SECRET, None)
    kept = runtime / "s3tui" / f"kept-{ID}"
    (runtime / "second").hardlink_to(kept)
    with pytest.raises(KeepingError, match="second name"):
        vault.fetch(ID)
    kept.unlink()
    os.mkfifo(kept, 0o600)
    with pytest.raises(KeepingError, match="not a regular file"):
        vault.fetch(ID)
    kept.unlink()
    kept.mkdir(0o700)
    with pytest.raises(KeepingError, match="not a regular file"):
        vault.fetch(ID)


def test_a_file_of_another_user_is_refused(
    vault: RuntimeVault, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.keep(ID, SECRET, None)
    kept = runtime / "s3tui" / f"kept-{ID}"
    me = os.geteuid()
    folder = os.open(kept.parent, os.O_RDONLY)
    monkeypatch.setattr(os, "geteuid", lambda: me + 1)
    with pytest.raises(KeepingError, match="belongs to another user"):
        private_files.read_whole(folder, kept.name, kept, SECRET_LIMIT)
    os.close(folder)
    assert "is not ours alone" in vault.available()


def test_an_oversized_file_is_not_read(vault: RuntimeVault, runtime: Path) -> None:
    vault.keep(ID, SecretBytes(b"x" * (SECRET_LIMIT + 1)), None)
    with pytest.raises(KeepingError, match="larger than"):
        vault.fetch(ID)


def test_a_file_system_that_opens_new_files_to_others_gets_nothing(
    vault: RuntimeVault, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.available()
    real = os.open

    def widening(name: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        descriptor = real(name, flags, mode, dir_fd=dir_fd)
        if flags & os.O_CREAT:
            os.fchmod(descriptor, 0o640)
        return descriptor

    monkeypatch.setattr(os, "open", widening)
    with pytest.raises(KeepingError, match="lets other users read"):
        vault.keep(ID, SECRET, None)
    assert list((runtime / "s3tui").iterdir()) == []


def test_a_runtime_folder_that_is_missing_loose_a_link_or_relative_is_refused(
    vault: RuntimeVault, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime.chmod(0o750)
    assert "is not ours alone" in vault.available()
    runtime.chmod(0o700)
    link = runtime.parent / "link"
    link.symlink_to(runtime)
    for value, wanted in (
        (str(link), "cannot be used"),
        (str(runtime / "gone"), "No such file"),
        ("run", "absolute"),
        ("", "not set"),
    ):
        monkeypatch.setenv("XDG_RUNTIME_DIR", value)
        assert wanted in vault.available()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert "not set" in vault.available()
    with pytest.raises(KeepingError, match="not set"):
        vault.keep(ID, SECRET, None)


def test_our_folder_in_it_must_not_be_loose_or_a_link(vault: RuntimeVault, runtime: Path) -> None:
    elsewhere = runtime / "elsewhere"
    elsewhere.mkdir(0o700)
    (runtime / "s3tui").symlink_to(elsewhere)
    assert "cannot be used" in vault.available()
    (runtime / "s3tui").unlink()
    (runtime / "s3tui").mkdir()
    (runtime / "s3tui").chmod(0o755)
    assert "is not ours alone" in vault.available()


@pytest.mark.parametrize("kind", ["nfs4", "lustre", "fuse.sshfs", "gpfs", "cifs", "unheard-of"])
def test_a_network_or_unknown_file_system_is_refused(tmp_path: Path, runtime: Path, kind: str) -> None:
    vault = RuntimeVault(mounts=_mounts(tmp_path, str(runtime), kind))
    assert f"'{kind}'" in vault.available()
    assert "'unknown'" in RuntimeVault(mounts=tmp_path / "none").available()


def test_a_local_mount_below_a_network_one_counts(tmp_path: Path, runtime: Path) -> None:
    table = _mounts(tmp_path, str(runtime.parent), "nfs4")
    with table.open("a") as file:
        file.write(f"50 36 0:50 / {runtime} rw - tmpfs tmpfs rw\n")
    assert RuntimeVault(mounts=table).available() == ""


def test_the_real_table_of_mounts_is_understood(runtime: Path) -> None:
    sentence = RuntimeVault().available()
    assert "'unknown'" not in sentence


def test_neither_repr_nor_str_shows_a_secret() -> None:
    assert f"{SECRET!r} {SECRET} {[SECRET]}".count("the secret") == 0
