"""Copies over TLS to a real Ceph, whose certificate no system store knows."""

from pathlib import Path

from tests.cli.conftest import Command, environment_for
from tests.conftest import MakeFile
from tests.servers.tls import TlsFront
from tests.servers.workspace import Workspace


def test_files_of_both_sizes_go_up_and_down_over_tls(
    rgw_workspace: Workspace, tls_proxy: TlsFront, big_file: MakeFile, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    paths = [big_file(source, 20_000_000), big_file(source, 1000), big_file(source, 0)]
    issued = rgw_workspace.credentials
    variables = environment_for(
        issued.access_key_id, issued.secret_access_key, issued.session_token, tls_proxy.endpoint_url
    )
    trusting = Command(variables, tmp_path, ("--ca-bundle", str(tls_proxy.ca_file)))
    up = trusting("cp", "-r", "source", f"{rgw_workspace.url}in")
    assert up.returncode == 0, up.stderr.decode()
    down = trusting("cp", "-r", f"{rgw_workspace.url}in", "back")
    assert down.returncode == 0, down.stderr.decode()
    for path in paths:
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes()

    wary = Command(variables, tmp_path)
    refused = wary("ls", rgw_workspace.url)
    assert refused.returncode == 1
    assert b"certificate" in refused.stderr
    named = Command(variables | {"AWS_CA_BUNDLE": str(tls_proxy.ca_file)}, tmp_path)
    assert named("ls", rgw_workspace.url).returncode == 0
