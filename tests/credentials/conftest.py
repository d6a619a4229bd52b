"""Fixtures for saved credentials: sessions with and without a Secret Service, and the kernel's keyring.

Tests that take `new_desktop` are marked `secret_service` by themselves. Where its programs are not installed
they are skipped; with CI=true that is an error. The same holds for `keyctl`; a kernel that allows no keys,
as in many containers, is the only thing that skips with CI=true.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s3tui.credentials.keeping.kernel_vault import KernelVault
from tests.credentials.driver import KeeperProgram, own_environment
from tests.credentials.secret_service import NOT_INSTALLED, Desktop, missing_programs

NewDesktop = Callable[[Path], Desktop]
NewKeeper = Callable[[dict[str, str]], KeeperProgram]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need a Secret Service; skips what cannot run, and with CI=true stops instead."""
    missing = missing_programs()
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "new_desktop" in fixtures:
            item.add_marker(pytest.mark.secret_service)
            if missing:
                _cannot_run(item, f"{NOT_INSTALLED} (missing: {', '.join(missing)})")
        if "kernel_keyring" in fixtures and shutil.which("keyctl") is None:
            _cannot_run(item, "keyctl is not installed (package keyutils)")


def _cannot_run(item: pytest.Item, reason: str) -> None:
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(
            f"{item.nodeid} cannot run: {reason}. With CI=true this is an error: install "
            "gnome-keyring, dbus-daemon, dbus-bin and keyutils."
        )
    item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def new_desktop() -> Iterator[NewDesktop]:
    """Gives a function that makes a session for a home; all of them end with the test."""
    desktops: list[Desktop] = []

    def make(home: Path) -> Desktop:
        desktop = Desktop(folder=Path(tempfile.mkdtemp(prefix="s3tui-bus-")), home=home)
        desktops.append(desktop)
        return desktop

    yield make
    for desktop in reversed(desktops):
        desktop.stop()
        shutil.rmtree(desktop.folder, ignore_errors=True)


@pytest.fixture
def new_keeper(home: Path) -> Iterator[NewKeeper]:
    """Gives a function that starts a child with a Keeper in an environment; its list is in the home."""
    running: list[KeeperProgram] = []

    def start(env: dict[str, str]) -> KeeperProgram:
        program = KeeperProgram(home / ".local/state/s3tui", env)
        running.append(program)
        return program

    yield start
    for program in running:
        program.__exit__()


@pytest.fixture
def bare_env(home: Path) -> dict[str, str]:
    """Gives the environment of a login without desktop, bus and runtime folder."""
    return own_environment(home)


@pytest.fixture
def kernel_keyring() -> KernelVault:
    """Gives the kernel's keyring, or skips where the kernel or the container forbids it."""
    # Asked without our own code, or a fault of ours would skip its tests.
    asked = ("keyctl", "session", "-", "keyctl", "padd", "user", "s3tui-tests", "@u")
    probe = subprocess.run(asked, input="x", capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"the kernel's keyring cannot be used here: {probe.stderr.strip()}")
    subprocess.run(["keyctl", "unlink", probe.stdout.strip(), "@u"], capture_output=True, check=True)
    return KernelVault()
