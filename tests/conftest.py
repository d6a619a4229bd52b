"""Fixtures every test may use: real servers, a clean environment, and files to move.

A test that takes a fixture standing on Ceph is marked `rgw` by itself. Where Ceph is not installed such tests
are skipped and counted in one line at the end; with CI=true that is an error, so CI never passes without.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.files import write_big_file
from tests.servers.children import free_tcp_port
from tests.servers.moto_server import MotoServer, start_moto
from tests.servers.proxy import RecordingProxy
from tests.servers.rgw import NOT_INSTALLED, RgwServer, missing_programs, start_rgw
from tests.servers.tls import TlsFront
from tests.servers.workspace import Workspace, new_workspace

_FOREIGN_NAMES = ("AWS_", "S3_", "S3TUI_", "TEXTUAL", "XDG_", "BOTO", "KEYRING_")
_FOREIGN_EXACT = frozenset(
    {
        "NO_COLOR",
        "FORCE_COLOR",
        "COLORTERM",
        "COLUMNS",
        "LINES",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
    }
)
_SNAPSHOT_FOLDER = "TEXTUAL_SNAPSHOT_TEMPDIR"
"""Where the snapshot plugin puts its report; it reads the variable once more at the end of the run."""
_PROXY_NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class MakeFile(Protocol):
    """Writes a file of `size` bytes, the same for the same seed; see `tests.files.write_big_file`."""

    def __call__(self, folder: Path, size: int, seed: int = 0, name: str | None = None) -> Path: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that stand on Ceph; without Ceph skips them, or with CI=true stops with an error."""
    missing = missing_programs()
    needing = [item for item in items if "rgw" in getattr(item, "fixturenames", ())]
    for item in needing:
        item.add_marker(pytest.mark.rgw)
        if missing:
            item.add_marker(pytest.mark.skip(reason=NOT_INSTALLED))
    if needing and missing and os.environ.get("CI") == "true":
        raise pytest.UsageError(
            f"{len(needing)} tests cannot run: {NOT_INSTALLED} (missing: {', '.join(missing)}). "
            "With CI=true this is an error: install radosgw, ceph-mon, ceph-osd and ceph-base."
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says in one plain line how many tests were not run for want of Ceph."""
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", ())
        if NOT_INSTALLED in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.write_sep("=", "not everything was tested", yellow=True)
        terminalreporter.write_line(f"{len(skipped)} tests not run: {NOT_INSTALLED}")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gives every test an empty home, XDG folders of its own and no foreign setting; returns the home."""
    for name in list(os.environ):
        foreign = name.upper().startswith(_FOREIGN_NAMES) or name in _FOREIGN_EXACT
        if name != _SNAPSHOT_FOLDER and (foreign or name.lower() in _PROXY_NAMES):
            monkeypatch.delenv(name)
    folder = tmp_path_factory.mktemp("home")
    for name, part in {
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
        "XDG_RUNTIME_DIR": ".run",
    }.items():
        (folder / part).mkdir(parents=True, mode=0o700)
        monkeypatch.setenv(name, str(folder / part))
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TZ", "UTC")
    # botocore would otherwise ask the cloud's metadata address for keys.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return folder


@pytest.fixture(scope="session")
def rgw() -> Iterator[RgwServer]:
    """Gives a real Ceph RGW with STS, started when the first test asks for it and shared by the whole run."""
    server = start_rgw()
    yield server
    server.stop()


@pytest.fixture
def rgw_workspace(rgw: RgwServer) -> Iterator[Workspace]:
    """Gives a new bucket, a prefix in it and credentials of one hour that open only that prefix."""
    workspace = new_workspace(rgw)
    yield workspace
    workspace.clean_up()


@pytest.fixture
def tls_proxy(rgw: RgwServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsFront]:
    """Gives TLS in front of RGW, with a certificate only its `ca_file` vouches for."""
    front = TlsFront(rgw.endpoint_url, tmp_path_factory.mktemp("tls"))
    yield front
    front.stop()


@pytest.fixture
def recording_proxy(rgw: RgwServer) -> Iterator[RecordingProxy]:
    """Gives a proxy in front of RGW that counts, delays, holds and cuts requests."""
    proxy = RecordingProxy(rgw.endpoint_url)
    yield proxy
    proxy.stop()


@pytest.fixture(scope="session")
def moto_process() -> Iterator[MotoServer]:
    """Gives the one moto server of the run; tests take `moto`, which is empty each time."""
    server = start_moto()
    yield server
    server.stop()


@pytest.fixture
def moto(moto_process: MotoServer) -> MotoServer:
    """Gives an empty moto server: a second S3 implementation, without expiry or policies."""
    moto_process.reset()
    return moto_process


@pytest.fixture
def free_port() -> int:
    """Gives a loopback TCP port nobody listens on."""
    return free_tcp_port()


@pytest.fixture
def big_file() -> MakeFile:
    """Gives a function (folder, size, seed=0, name=None) -> Path that writes a file of random-like bytes."""
    return write_big_file
