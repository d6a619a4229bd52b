"""Tokens and codes go only to the service that is meant: its name is looked for in the certificate."""

import asyncio
import contextlib
import hashlib
import json
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from s3tui.model.credentials import Connection
from s3tui.model.source import ProfileSource
from tests.platforms.front import Front

PROFILES = {
    "sts": (
        "[profile reef]\nrole_arn = arn:aws:iam::111122223333:role/reader\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = AKIABASE1234567890AB\naws_secret_access_key = base/secret\n"
    ),
    "sso": (
        "[profile reef]\nsso_account_id = 111122223333\nsso_role_name = reader\nsso_session = uni\n"
        "[sso-session uni]\nsso_region = eu-west-1\nsso_start_url = https://x.awsapps.com/start\n"
    ),
}


@pytest.mark.parametrize("service", sorted(PROFILES))
@pytest.mark.parametrize(("name", "heard"), [("other.example", False), ("127.0.0.1", True)])
async def test_a_service_under_a_false_name_hears_nothing(
    front: Front, home: Path, tmp_path: Path, service: str, name: str, heard: bool
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "trusted.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    requests: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            requests.append(await reader.read(65536))
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()
            writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    login = {
        "accessToken": "sso-access-token",
        "expiresAt": (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    (cache / f"{hashlib.sha1(b'uni').hexdigest()}.json").write_text(json.dumps(login))
    (home / ".aws" / "config").write_text(
        PROFILES[service].replace("[profile reef]\n", "[profile reef]\nservices = here\n")
        + f"[services here]\n{service} =\n  endpoint_url = {url}\n"
    )
    source = ProfileSource("reef", {"AWS_CA_BUNDLE": str(tmp_path / "trusted.pem")})
    refused = await front.refused(front.client.connect_from(source, Connection()))
    assert refused.next_step
    assert "sso-access-token" not in refused.text + refused.detail
    server.close()
    await server.wait_closed()
    assert any(requests) is heard
