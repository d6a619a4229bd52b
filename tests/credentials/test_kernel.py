"""Credentials in the kernel's keyring, and who gets to see them on the way there."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from s3tui.credentials.keeping.kernel_vault import KernelVault
from s3tui.credentials.keeping.vault import KeepingError, SecretBytes
from tests.credentials.conftest import NewKeeper
from tests.credentials.keeping_child import digest
from tests.credentials.samples import PLACE, new_credentials

_RECORDER = """#!/bin/sh
{{
  tr '\\0' ' ' < /proc/$$/cmdline; tr '\\0' ' ' < /proc/$PPID/cmdline; echo "$@"; env
}} >> '{log}'
exec '{program}' "$@"
"""


def test_credentials_outlive_the_program(
    kernel_keyring: KernelVault, new_keeper: NewKeeper, bare_env: dict[str, str]
) -> None:
    credentials = new_credentials()
    today = new_keeper(bare_env)
    assert today.why_not("kernel") == ""
    identifier = today.save(PLACE, credentials, "kernel")
    today.end(limit=5)
    later = new_keeper(bare_env)
    assert later.ask("saved") == [identifier]
    assert later.ask("load", id=identifier) == digest(credentials)
    later.ask("forget", id=identifier)
    assert kernel_keyring.fetch(identifier) is None


def test_the_kernel_itself_drops_a_key_at_its_expiry(kernel_keyring: KernelVault) -> None:
    kernel_keyring.keep("0123456789abcdef", SecretBytes(b"short-lived"), time.time() + 4)
    assert kernel_keyring.fetch("0123456789abcdef") == b"short-lived"
    deadline = time.monotonic() + 15
    while kernel_keyring.fetch("0123456789abcdef") is not None:
        assert time.monotonic() < deadline, "the kernel still has the key"
        time.sleep(0.1)
    kernel_keyring.forget("0123456789abcdef")


def test_no_command_line_and_no_environment_holds_the_secret(
    kernel_keyring: KernelVault,
    new_keeper: NewKeeper,
    bare_env: dict[str, str],
    tmp_path: Path,
) -> None:
    log = tmp_path / "seen"
    recorder = tmp_path / "bin" / "keyctl"
    recorder.parent.mkdir()
    recorder.write_text(_RECORDER.format(log=log, program=shutil.which("keyctl")))
    recorder.chmod(0o755)
    credentials = new_credentials()
    keeper = new_keeper(
        {
            **bare_env,
            "PATH": f"{recorder.parent}:{os.environ['PATH']}",
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        }
    )
    identifier = keeper.save(PLACE, credentials, "kernel")
    assert keeper.ask("load", id=identifier) == digest(credentials)
    keeper.ask("forget", id=identifier)
    seen = log.read_text()
    assert f"padd user s3tui:{identifier} @u" in seen
    assert "pipe" in seen
    assert credentials.secret_access_key not in seen
    assert str(credentials.session_token) not in seen
    assert credentials.access_key_id not in seen
    own = Path(f"/proc/{keeper.pid}/cmdline").read_text()
    assert credentials.secret_access_key not in own + keeper.heard


def test_a_login_whose_session_does_not_hold_the_user_keyring_can_read_its_keys(
    kernel_keyring: KernelVault, tmp_path: Path
) -> None:
    kernel_keyring.keep("fedcba9876543210", SecretBytes(b"kept at the desk"), time.time() + 60)
    script = (
        "from s3tui.credentials.keeping.kernel_vault import KernelVault\n"
        "print(KernelVault().fetch('fedcba9876543210').decode())\n"
    )
    # What a batch job or a service of the same user has: a session keyring of its own, linked to nothing.
    job = subprocess.run(
        ["keyctl", "session", "-", sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    kernel_keyring.forget("fedcba9876543210")
    assert job.stdout.strip() == "kept at the desk", job.stderr


def test_the_login_session_is_left_as_it_was(kernel_keyring: KernelVault) -> None:
    def session() -> str:
        return subprocess.run(["keyctl", "show", "@s"], capture_output=True, text=True, check=True).stdout

    before = session()
    kernel_keyring.keep("00000000000000aa", SecretBytes(b"x"), time.time() + 60)
    kernel_keyring.fetch("00000000000000aa")
    kernel_keyring.forget("00000000000000aa")
    assert session() == before


def test_a_secret_over_the_quota_is_refused_in_a_sentence(kernel_keyring: KernelVault) -> None:
    with pytest.raises(KeepingError) as caught:
        kernel_keyring.keep("00000000000000bb", SecretBytes(b"x" * 40_000), None)
    assert caught.value.sentence.startswith("The kernel's keyring")
    assert "xxx" not in f"{caught.value!r} {caught.value.detail}"
    assert kernel_keyring.fetch("00000000000000bb") is None


def test_without_the_program_the_sentence_names_its_package(
    new_keeper: NewKeeper, bare_env: dict[str, str], tmp_path: Path
) -> None:
    keeper = new_keeper({**bare_env, "PATH": str(tmp_path)})
    assert keeper.why_not("kernel") == "The program keyctl is not installed (package keyutils)."
    assert "not installed" in keeper.save_refused(PLACE, new_credentials(), "kernel")
    assert keeper.ask("saved") == []


def test_a_kernel_that_forbids_keys_is_explained(
    new_keeper: NewKeeper, bare_env: dict[str, str], tmp_path: Path
) -> None:
    forbidding = tmp_path / "keyctl"
    forbidding.write_text(
        "#!/bin/sh\necho 'keyctl_join_session_keyring: Operation not permitted' >&2\nexit 1\n"
    )
    forbidding.chmod(0o755)
    keeper = new_keeper({**bare_env, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert "containers often forbid it" in keeper.why_not("kernel")


def test_a_keyctl_that_hangs_is_given_up(
    new_keeper: NewKeeper, bare_env: dict[str, str], tmp_path: Path
) -> None:
    hanging = tmp_path / "keyctl"
    hanging.write_text("#!/bin/sh\nexec sleep 30\n")
    hanging.chmod(0o755)
    keeper = new_keeper({**bare_env, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert "did not" in keeper.why_not("kernel")
    assert keeper.end(limit=5) < 3
