"""TLS in front of a real server: signatures stay valid, and strangers' certificates stay refused."""

import ssl
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError, SSLError

from tests.servers.tls import TlsFront
from tests.servers.workspace import PREFIX, Workspace


def test_data_passes_unchanged_in_both_directions(rgw_workspace: Workspace, tls_proxy: TlsFront) -> None:
    s3 = rgw_workspace.credentials.client(endpoint_url=tls_proxy.endpoint_url, ca_file=str(tls_proxy.ca_file))
    data = bytes(range(256)) * 40_000

    def there_and_back(number: int) -> bool:
        key = f"{PREFIX}file-{number}"
        s3.put_object(Bucket=rgw_workspace.bucket, Key=key, Body=data)
        with s3.get_object(Bucket=rgw_workspace.bucket, Key=key)["Body"] as body:
            return bool(body.read() == data)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(there_and_back, range(4)))
    s3.close()


def test_without_its_authority_the_certificate_is_refused(
    rgw_workspace: Workspace, tls_proxy: TlsFront
) -> None:
    s3 = rgw_workspace.credentials.client(endpoint_url=tls_proxy.endpoint_url)
    with pytest.raises(SSLError):
        s3.list_objects_v2(Bucket=rgw_workspace.bucket, Prefix=PREFIX)
    s3.close()


def test_it_ends_when_stopped(rgw_workspace: Workspace, tmp_path: Path) -> None:
    front = TlsFront(rgw_workspace.server.endpoint_url, tmp_path)
    where = urllib.parse.urlsplit(front.endpoint_url)
    assert where.port is not None
    assert "BEGIN" in ssl.get_server_certificate(("127.0.0.1", where.port))
    s3 = rgw_workspace.credentials.client(endpoint_url=front.endpoint_url, ca_file=str(front.ca_file))
    s3.list_objects_v2(Bucket=rgw_workspace.bucket, Prefix=PREFIX)
    front.stop()
    front.stop()
    s3 = rgw_workspace.credentials.client(endpoint_url=front.endpoint_url)
    with pytest.raises(EndpointConnectionError):
        s3.list_objects_v2(Bucket=rgw_workspace.bucket, Prefix=PREFIX)
