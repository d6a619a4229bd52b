"""The Earth Observation Data Hub: credentials for one workspace, for an hour.

Refusals of its storage service arrive as a fault of the hub whose text begins with the operation that failed.
"""

import urllib.parse

from s3tui.credentials.renewal.answers import CAMEL, credentials_in, refusal
from s3tui.credentials.renewal.exchange import PlatformAnswer, PlatformRequest, bearer, clean_token, words_of
from s3tui.errors import AccessDenied, CredentialsRefused, UsageError
from s3tui.model.source import EodhSource, Obtained

REGION = "eu-west-2"
"""Where the hub's buckets lie."""


def request_for(source: EodhSource) -> PlatformRequest:
    """What to ask for a workspace's credentials.

    Raises:
        UsageError: workspace or token are missing.
    """
    workspace = source.workspace.strip()
    if not workspace:
        raise UsageError("The workspace is missing.", next_step="Its name stands on the hub's page.")
    path = urllib.parse.quote(workspace, safe="")
    return PlatformRequest(
        "EODH",
        f"{source.base_url.rstrip('/')}/api/workspaces/{path}/me/s3-tokens",
        method="POST",
        headers=bearer(source.token),
        body=b"",
        secrets=(clean_token(source.token),),
    )


def read(source: EodhSource, request: PlatformRequest, answer: PlatformAnswer) -> Obtained:
    """Take the credentials out of the answer; the place follows from the workspace.

    Raises:
        StorageError: the hub refused, or answered something else.
    """
    words = words_of(answer, request.secrets)
    workspace = source.workspace.strip()
    if answer.status >= 400 and "AccessDenied" in words:
        raise AccessDenied(
            f"You are no member of the workspace {workspace}, or it has no storage.",
            next_step="Check its name, or ask its owner.",
            detail=f"HTTP {answer.status} {words}",
        )
    if answer.status == 401 or (answer.status >= 400 and "ExpiredToken" in words):
        raise CredentialsRefused(
            "EODH does not take this token: it has ended, or is one for something else.",
            next_step="Make a new one on the hub's page and connect again.",
            detail=f"HTTP {answer.status} {words}".rstrip(),
        )
    refused = refusal(request, answer)
    if refused is not None:
        raise refused
    return Obtained(
        credentials_in(request, answer, CAMEL),
        region=REGION,
        bucket=source.bucket.strip() or None,
        prefix=f"{workspace}/" if source.bucket.strip() else "",
    )
