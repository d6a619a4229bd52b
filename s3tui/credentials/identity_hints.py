"""What credentials tell of their owner without asking anybody: hints to help, never to refuse by."""

import base64
import binascii
import json
import re

from s3tui.model.credentials import Credentials
from s3tui.model.identity import Identity, ToldBy

_ARN = re.compile(r"arn:aws[a-z-]*:(?:sts|iam)::(\d{12}|):([a-z-]+)/([\w+=,.@/-]{1,512})")
_SINGLE_SIGN_ON = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_KEY_ID = re.compile(r"(?:AKIA|ASIA)([A-Z2-7]{16})")


def identity_of_arn(text: str, told_by: ToldBy) -> Identity | None:
    """Return the identity of the first ARN of a user or session in a text, or None.

    Args:
        text: an ARN, or the words of a refusal ("User: arn:… is not authorized to perform …").
        told_by: whose words these are.
    """
    found = _ARN.search(text)
    if found is None:
        return None
    account, kind, path = found.groups()
    if kind == "assumed-role":
        role, _, session = path.partition("/")
        friendly = _SINGLE_SIGN_ON.fullmatch(role)
        return Identity(
            found[0], account, role=friendly[1] if friendly else role, session=session, told_by=told_by
        )
    return Identity(found[0], account, user=path.rpartition("/")[2], told_by=told_by)


def identity_in(credentials: Credentials) -> Identity:
    """Return what token and key id tell: MinIO's tokens name a user, AWS's key ids hold the account."""
    parent = _minio_parent(credentials.session_token or "")
    if parent:
        return Identity(user=parent, told_by="token")
    account = account_of_key(credentials.access_key_id)
    return Identity(account=account, told_by="key id") if account else Identity()


def account_of_key(key_id: str) -> str:
    """The account number inside a key id of AWS; empty for other keys, and for AWS's before 2019."""
    found = _KEY_ID.fullmatch(key_id)
    if found is None:
        return ""
    number = int.from_bytes(base64.b32decode(found[1])[:6], "big")
    # The topmost bit tells ids that hold the account from older ones.
    if not number >> 47:
        return ""
    return f"{(number & 0x7FFFFFFFFF80) >> 7:012}"


def _minio_parent(token: str) -> str:
    parts = token.split(".")
    if not token.startswith("eyJ") or len(parts) != 3:
        return ""
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return ""
    parent = payload.get("parent") if isinstance(payload, dict) else None
    return parent[:200] if isinstance(parent, str) else ""
