"""NASA's Earthdata centres: credentials for an hour that only work from inside one region of AWS."""

from s3tui.credentials.renewal.answers import CAMEL, credentials_in, refusal
from s3tui.credentials.renewal.exchange import PlatformAnswer, PlatformRequest, bearer, clean_token
from s3tui.errors import CredentialsRefused
from s3tui.model.source import EarthdataSource, Obtained

REGION = "us-west-2"

CAUTION = f"Earthdata's keys work only on machines inside AWS's region {REGION}."
"""Why good credentials are refused everywhere else."""


def request_for(source: EarthdataSource) -> PlatformRequest:
    """What to ask a data centre.

    Raises:
        UsageError: the token cannot be one.
    """
    return PlatformRequest(
        "Earthdata",
        source.url.strip(),
        headers=bearer(source.token),
        secrets=(clean_token(source.token),),
    )


def read(source: EarthdataSource, request: PlatformRequest, answer: PlatformAnswer) -> Obtained:
    """Take the credentials out of the answer, which is JSON whatever it is labelled as.

    Raises:
        StorageError: the centre refused, or answered something else.
    """
    refused = refusal(request, answer)
    if isinstance(refused, CredentialsRefused):
        raise CredentialsRefused(
            refused.sentence,
            next_step="Make a new token at urs.earthdata.nasa.gov; they last 60 days.",
            detail=refused.detail,
        )
    if refused is not None:
        raise refused
    return Obtained(credentials_in(request, answer, CAMEL), region=REGION, read_only=True, caution=CAUTION)
