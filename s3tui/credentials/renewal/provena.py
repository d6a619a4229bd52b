"""Provena, the system behind RRAP's data store: credentials for one dataset, for eight hours.

It answers 401 both for a token that has ended and for a dataset that may not be read; only its words differ.
"""

import json

from s3tui.credentials.renewal.answers import credentials_in, refusal, value_at
from s3tui.credentials.renewal.exchange import PlatformAnswer, PlatformRequest, bearer, clean_token, words_of
from s3tui.errors import AccessDenied, NotFound, ServerFault, UsageError
from s3tui.model.source import PROVENA_URL, FieldNames, Obtained, ProvenaSource

RRAP_BUCKET = "rrap-storage-bucket"
RRAP_REGION = "ap-southeast-2"

NAMES = FieldNames(
    "credentials.aws_access_key_id",
    "credentials.aws_secret_access_key",
    "credentials.aws_session_token",
    "credentials.expiry",
)


def request_for(source: ProvenaSource) -> PlatformRequest:
    """What to ask for a dataset's credentials.

    Raises:
        UsageError: dataset or token are missing.
    """
    dataset = source.dataset_id.strip()
    if not dataset:
        raise UsageError("The dataset is missing.", next_step="Its handle looks like 10378.1/1234567.")
    kind = "write" if source.write else "read"
    return PlatformRequest(
        "Provena",
        f"{source.base_url.rstrip('/')}/registry/credentials/generate-{kind}-access-credentials",
        method="POST",
        headers=(*bearer(source.token), ("Content-Type", "application/json")),
        body=json.dumps({"dataset_id": dataset, "console_session_required": False}).encode(),
        secrets=(clean_token(source.token),),
    )


def read(source: ProvenaSource, request: PlatformRequest, answer: PlatformAnswer) -> Obtained:
    """Take the credentials out of the answer; for RRAP the place follows from the handle.

    Raises:
        StorageError: it refused, or answered something else.
    """
    words, dataset = words_of(answer, request.secrets), source.dataset_id.strip()
    detail = f"HTTP {answer.status} {words}".rstrip()
    if answer.status in (401, 403) and ("permission" in words or "locked" in words):
        step = "Ask its owner for access, or connect for reading only." if source.write else ""
        raise AccessDenied(
            f"{dataset}: {words}", next_step=step or "Ask its owner for access.", detail=detail
        )
    if answer.status == 400:
        raise NotFound(
            f"There are no credentials for {dataset}{': ' if words else '.'}{words}",
            next_step="Check the handle; only datasets whose files are in the data store have any.",
            detail=detail,
        )
    refused = refusal(request, answer)
    if refused is not None:
        raise refused
    if isinstance(document := answer.document(), dict) and _failed(document):
        raise ServerFault(f"Provena could not make credentials for {dataset}: {words}", detail=detail)
    rrap = source.base_url.rstrip("/") == PROVENA_URL
    folder = dataset.replace(".", "-").replace("/", "-")
    return Obtained(
        credentials_in(request, answer, NAMES),
        region=RRAP_REGION if rrap else value_at(document, "region") or None,
        bucket=RRAP_BUCKET if rrap else None,
        prefix=f"datasets/{folder}/" if rrap else "",
        read_only=not source.write,
    )


def _failed(document: dict[object, object]) -> bool:
    status = document.get("status")
    return isinstance(status, dict) and status.get("success") is False
