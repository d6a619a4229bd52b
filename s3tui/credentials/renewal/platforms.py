"""The one door to the platforms: a source in, fresh credentials out."""

from s3tui.credentials.renewal import earthdata, eodh, generic, provena, synapse
from s3tui.credentials.renewal.exchange import PlatformAnswer, PlatformRequest
from s3tui.credentials.renewal.sending import LIMIT_SECONDS, send
from s3tui.model.source import (
    EarthdataSource,
    EodhSource,
    HttpSource,
    Obtained,
    PlatformSource,
    ProvenaSource,
    SynapseSource,
)


async def from_platform(source: PlatformSource, limit: float = LIMIT_SECONDS) -> Obtained:
    """Ask a platform for credentials, within `limit` seconds.

    Raises:
        UsageError: the source is not filled in well.
        StorageError: the platform refused or did not answer; a retryable one is worth another try later.
    """
    request = request_for(source)
    return read(source, request, await send(request, limit))


def request_for(source: PlatformSource) -> PlatformRequest:
    """What to send for a source; raises UsageError."""
    match source:
        case SynapseSource():
            return synapse.request_for(source)
        case EodhSource():
            return eodh.request_for(source)
        case ProvenaSource():
            return provena.request_for(source)
        case EarthdataSource():
            return earthdata.request_for(source)
        case HttpSource():
            return generic.request_for(source)


def read(source: PlatformSource, request: PlatformRequest, answer: PlatformAnswer) -> Obtained:
    """What an answer to a source's request says; raises StorageError."""
    match source:
        case SynapseSource():
            return synapse.read(source, request, answer)
        case EodhSource():
            return eodh.read(source, request, answer)
        case ProvenaSource():
            return provena.read(source, request, answer)
        case EarthdataSource():
            return earthdata.read(source, request, answer)
        case HttpSource():
            return generic.read(source, request, answer)
