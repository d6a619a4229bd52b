"""Plain boto clients for tests: signed with the owner's or temporary credentials, without retries.

Checksums are only sent where an operation requires them: Ceph refuses boto's default trailers over TLS.
"""

from typing import Any

import boto3
from botocore.config import Config

REGION = "us-east-1"
"""Any region is accepted by the test servers; one must be named to sign."""


def client_config(**more: Any) -> Any:
    """Returns the botocore configuration that suits every server of the tests; `more` overrides it."""
    settings: dict[str, Any] = {
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "s3": {"addressing_style": "path"},
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "connect_timeout": 10,
        "read_timeout": 60,
    }
    return Config(**{**settings, **more})


def boto_client(
    service: str,
    endpoint_url: str,
    access_key_id: str,
    secret_access_key: str,
    session_token: str | None = None,
    *,
    ca_file: str | None = None,
    parameter_validation: bool = True,
) -> Any:
    """Returns a blocking boto client for `s3`, `sts` or `iam`; close it when done."""
    return boto3.session.Session().client(
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        aws_session_token=session_token,
        verify=ca_file,
        config=client_config(parameter_validation=parameter_validation),
    )
