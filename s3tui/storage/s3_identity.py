"""Asks servers who we are: STS on AWS, and elsewhere the owner that a list of buckets names.

Nothing follows from failure: a node may reach S3 and not STS, and most platforms allow no list of buckets. A
refusal names us, too.
"""

import asyncio

import aiohttp
import botocore.exceptions as boto
from aiobotocore.session import AioSession
from msgspec.structs import replace

from s3tui.credentials.identity_hints import identity_of_arn
from s3tui.model.credentials import Credentials
from s3tui.model.identity import Identity
from s3tui.storage.s3_client import S3Clients
from s3tui.storage.verified_tls import VerifyingConfig

LIMIT_SECONDS = 3.0

_FAILURES = (boto.BotoCoreError, boto.ClientError, aiohttp.ClientError, OSError, ValueError)


async def ask_sts(
    credentials: Credentials, region: str, *, url: str | None = None, limit: float = LIMIT_SECONDS
) -> Identity | None:
    """Return what GetCallerIdentity says, or None when it says nothing within `limit` seconds.

    Args:
        credentials: whose identity is asked for; no permission is needed.
        region: whose STS to ask.
        url: another address than AWS's.
        limit: seconds.
    """
    config = VerifyingConfig(
        connect_timeout=limit,
        read_timeout=limit,
        retries={"mode": "standard", "total_max_attempts": 1},
        ignore_configured_endpoint_urls=True,
    )
    try:
        async with (
            asyncio.timeout(limit),
            AioSession().create_client(
                "sts",
                region_name=region,
                endpoint_url=url,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
                config=config,
            ) as client,
        ):
            answer = await client.get_caller_identity()
    except _FAILURES:
        return None
    told = identity_of_arn(str(answer.get("Arn") or ""), "sts")
    return replace(told, user_id=str(answer.get("UserId") or "")[:200]) if told is not None else None


async def ask_server(clients: S3Clients, *, limit: float = LIMIT_SECONDS) -> Identity | None:
    """Return the owner of the list of buckets, or whom the refusal names; None when neither says anything."""
    try:
        async with asyncio.timeout(limit):
            answer = await clients.client("browse").list_buckets()
    except boto.ClientError as refusal:
        words = refusal.response.get("Error") or {}
        return identity_of_arn(str(words.get("Message") or ""), "server")
    except _FAILURES:
        return None
    owner = answer.get("Owner") or {}
    name = str(owner.get("DisplayName") or owner.get("ID") or "")[:200]
    return Identity(user=name, told_by="server") if name else None
