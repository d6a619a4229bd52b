"""Raw requests to the demo server: signed by botocore's signer, or wrongly on purpose, sent by http.client.

A boto client corrects, retries and hides too much to show what is on the wire.
"""

import http.client
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import boto3
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from s3tui.demo.access import DemoAccess


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    @property
    def code(self) -> str:
        """S3's error code, or an empty string."""
        return self.text("Code")

    def text(self, element: str) -> str:
        """Text of the first element of that name in the XML body, in any namespace."""
        root = ElementTree.fromstring(self.body)
        return root.findtext(f".//{{*}}{element}") or root.findtext(element) or ""


def target(access: DemoAccess, key: str, query: str = "") -> str:
    """The path of a key in the access's bucket, encoded, with a raw query."""
    path = f"/{access.bucket}/{urllib.parse.quote(key, safe='/~')}"
    return f"{path}?{query}" if query else path


def signed_headers(
    access: DemoAccess,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    payload_hash: str | None = None,
    region: str | None = None,
    service: str = "s3",
) -> dict[str, str]:
    """The headers botocore would send, signature included."""
    request = AWSRequest(method, access.endpoint_url + path, headers=dict(headers or {}), data=body)
    credentials = Credentials(access.access_key_id, access.secret_access_key, access.session_token)
    base = S3SigV4Auth if service == "s3" else SigV4Auth

    class Signer(base):  # type: ignore[misc, valid-type]
        def payload(self, request: Any) -> Any:
            return payload_hash if payload_hash is not None else super().payload(request)

    Signer(credentials, service, region or access.region).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


def send(
    access: DemoAccess, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Reply:
    """Send exactly this and read the answer."""
    where = urllib.parse.urlsplit(access.endpoint_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    try:
        connection.request(method, path, body=body or None, headers=dict(headers or {}))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read())
    finally:
        connection.close()


def ask(
    access: DemoAccess,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    payload_hash: str | None = None,
) -> Reply:
    """Sign and send."""
    signed = signed_headers(access, method, path, headers=headers, body=body, payload_hash=payload_hash)
    return send(access, method, path, signed, body)


def boto(access: DemoAccess, service: str = "s3", **settings: Any) -> Any:
    """A blocking boto client without retries; close it when done."""
    config = Config(
        **{"retries": {"total_max_attempts": 1}, "request_checksum_calculation": "when_required"} | settings
    )
    return boto3.session.Session().client(
        service,
        endpoint_url=access.endpoint_url,
        region_name=access.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        aws_session_token=access.session_token,
        config=config,
    )


def refusal(problem: ClientError) -> tuple[int, str]:
    """Status and code of a boto error."""
    return problem.response["ResponseMetadata"]["HTTPStatusCode"], problem.response["Error"]["Code"]
