"""Issues temporary credentials of AWS's shape and knows which are still good.

The id holds the account number and the token its region, account and time of issue, where AWS's own have
them, so that what a client reads from real credentials it reads from these too.
"""

import base64
import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest

from s3tui.demo.policy import ACCOUNT, Identity
from s3tui.demo.responses import S3Error

_WHOLE_SECONDS_FROM = 60.0
"""Lives this long end on a whole second, as AWS's do; shorter ones are for tests and keep their fraction."""


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """One set of credentials and the identity behind it. Its repr shows no value."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    expires: float | None
    """Unix seconds by the server's clock; None for a long-term key."""
    identity: Identity

    @property
    def expiration(self) -> dt.datetime | None:
        """The expiry in UTC."""
        return None if self.expires is None else dt.datetime.fromtimestamp(self.expires, dt.UTC)


class Issuer:
    """All credentials ever issued; expired ones stay known, since expired and unknown differ."""

    def __init__(self, region: str, clock: Callable[[], float]) -> None:
        """Issue for `region` by the server's `clock` (Unix seconds)."""
        self.region = region
        self.clock = clock
        self._issued: dict[str, Issued] = {}

    def temporary(self, identity: Identity, lifetime_seconds: float) -> Issued:
        """Credentials with a session token that end `lifetime_seconds` from now, in the past if negative."""
        now = self.clock()
        expires = now + lifetime_seconds
        if lifetime_seconds >= _WHOLE_SECONDS_FROM:
            expires = float(int(expires))
        return self._keep(
            Issued(
                _access_key_id("ASIA"),
                _secret(),
                _session_token(self.region, int(now)),
                expires,
                identity,
            )
        )

    def long_term(self, identity: Identity) -> Issued:
        """A key without token and end."""
        return self._keep(Issued(_access_key_id("AKIA"), _secret(), None, None, identity))

    def lookup(self, access_key_id: str, token: str | None) -> Issued:
        """The credentials of an id, after the checks AWS makes before it looks at the signature.

        Raises InvalidAccessKeyId, InvalidToken or ExpiredToken.
        """
        found = self._issued.get(access_key_id)
        if found is None or (found.session_token is not None and not token):
            raise S3Error("InvalidAccessKeyId", extra={"AWSAccessKeyId": access_key_id})
        if token and not compare_digest((found.session_token or "").encode(), token.encode()):
            raise S3Error("InvalidToken", extra={"Token-0": token})
        if found.expires is not None and self.clock() >= found.expires:
            raise S3Error("ExpiredToken", extra={"Token-0": token or ""})
        return found

    def _keep(self, issued: Issued) -> Issued:
        self._issued[issued.access_key_id] = issued
        return issued


def _access_key_id(kind: str) -> str:
    """An id whose sixteen last characters hold the account number in AWS's place."""
    account = (1 << 47) | (int(ACCOUNT) << 7) | secrets.randbits(7)
    return kind + base64.b32encode(account.to_bytes(6) + secrets.token_bytes(4)).decode()


def _secret() -> str:
    return base64.b64encode(secrets.token_bytes(30)).decode()


def _session_token(region: str, issued: int) -> str:
    """Random bytes in the frame of an AWS token: its numbered fields, each with its length."""
    account = b"\x08\x3d\x10\x00" + _field(3, ACCOUNT.encode()) + _field(4, secrets.token_bytes(12))
    account += _field(5, secrets.token_bytes(245))
    fields = [
        _field(1, b"origin_ec"),
        b"\x10" + _varint(19),
        _field(3, region.encode()),
        _field(4, b"0D\x02 " + secrets.token_bytes(32) + b"\x02 " + secrets.token_bytes(32)),
        _field(5, account),
        b"\x30" + _varint(issued),
        _field(7, secrets.token_bytes(148)),
    ]
    return base64.b64encode(b"\x21" + b"".join(fields)).decode()


def _field(number: int, value: bytes) -> bytes:
    return bytes((number << 3 | 2,)) + _varint(len(value)) + value


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
