"""Synapse: credentials for the storage location of a folder, for twelve hours.

Its rules: the bucket demands an access list with every upload, the folder's base key is the root, and storage
that belongs to Synapse itself can only be read.
"""

import re
import urllib.parse

from s3tui.credentials.renewal.answers import CAMEL, credentials_in, refusal, value_at
from s3tui.credentials.renewal.exchange import PlatformAnswer, PlatformRequest, bearer, clean_token
from s3tui.errors import AccessDenied, NotFound, StorageError, UsageError
from s3tui.model.source import Obtained, SynapseSource

_ENTITY = re.compile(r"(?:syn)?(\d{1,20})", re.IGNORECASE)
_READ_ONLY = "Connect with read-only access."


def request_for(source: SynapseSource) -> PlatformRequest:
    """What to ask for a folder's credentials.

    Raises:
        UsageError: the entity or the token cannot be one.
    """
    number = _ENTITY.fullmatch(source.entity_id.strip())
    if number is None:
        raise UsageError("The entity looks like syn12345678.", next_step="Copy it from the folder's page.")
    permission = "read_write" if source.write else "read_only"
    query = urllib.parse.urlencode({"permission": permission})
    return PlatformRequest(
        "Synapse",
        f"{source.base_url.rstrip('/')}/repo/v1/entity/syn{number[1]}/sts?{query}",
        headers=bearer(source.access_token),
        secrets=(clean_token(source.access_token),),
    )


def read(source: SynapseSource, request: PlatformRequest, answer: PlatformAnswer) -> Obtained:
    """Take credentials and place out of the answer.

    Raises:
        StorageError: Synapse refused, or answered something else.
    """
    refused = refusal(request, answer)
    if refused is not None:
        raise _explained(source, answer.status, refused)
    document = answer.document()
    base = value_at(document, "baseKey").strip("/")
    return Obtained(
        credentials_in(request, answer, CAMEL),
        bucket=value_at(document, "bucket") or None,
        prefix=f"{base}/" if base else "",
        canned_acl="bucket-owner-full-control",
        read_only=not source.write,
    )


def _explained(source: SynapseSource, status: int, refused: StorageError) -> StorageError:
    """Synapse's own reasons with the step that helps."""
    entity, words = source.entity_id.strip(), refused.detail
    if status == 403:
        step = "Ask its owner for the right to download, and accept its conditions on the Synapse page."
        if "scope" in words.lower():
            step = "Make a personal access token with the scopes view and download, and modify to write."
        elif source.write:
            step = f"Writing needs the rights to download, update, create and delete. {_READ_ONLY}"
        return AccessDenied(refused.sentence, next_step=step, detail=words)
    if status == 400 and "write access" in words:
        return AccessDenied(
            f"{entity} lies in storage of Synapse itself, which can only be read this way.",
            next_step=_READ_ONLY,
            detail=words,
        )
    if status == 400 and ("STS-enabled" in words or "project setting" in words):
        return NotFound(
            f"{entity} has no storage location with STS, so there are no S3 credentials for it.",
            next_step="Name the folder that its owner has set up for STS.",
            detail=words,
        )
    if status == 404:
        return NotFound(f"Synapse does not know {entity}.", next_step="Check the number.", detail=words)
    return refused
