"""AWS Signature Version 4 of S3 requests, as cheap as it can be in Python.

After Amazon's "Signature Calculations for the Authorization Header" for S3: one chunk, keys encoded once, the
hash of the payload in a header. The day's signing key is kept, everything else is made anew.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import quote

UNSIGNED = "UNSIGNED-PAYLOAD"
"""Stands for the hash of a body that is not signed."""

EMPTY = hashlib.sha256(b"").hexdigest()
"""The hash of no body."""


def encoded_key(key: str) -> str:
    """A key as it stands in a URL's path."""
    return quote(key, safe="/~")


def encoded_query(parameters: Mapping[str, str]) -> str:
    """Query parameters as they are signed, which is in order, and sent."""
    return "&".join(
        f"{quote(name, safe='~')}={quote(parameters[name], safe='~')}" for name in sorted(parameters)
    )


class Signer:
    """Signs requests with one set of credentials for one region."""

    def __init__(self, key_id: str, secret: str, token: str | None, region: str) -> None:
        """Sign as `key_id`."""
        self._key_id = key_id
        self._secret = secret
        self._token = token
        self._region = region
        self._second = -1
        self._stamp = ""
        self._day = ""
        self._key = b""

    def __repr__(self) -> str:
        """Nothing of what it holds."""
        return "Signer(…)"

    def sign(
        self, method: str, host: str, path: str, query: str, headers: dict[str, str], payload: str, now: float
    ) -> dict[str, str]:
        """The headers to send: those given, and what signing adds to them.

        Args:
            method: of the request.
            host: with its port where the URL names one.
            path: encoded, as in the URL.
            query: encoded and in order, as in the URL.
            headers: names in small letters; all of them are signed.
            payload: SHA-256 of the body in hex, or `UNSIGNED`.
            now: Unix seconds by the server's clock.
        """
        if int(now) != self._second:
            self._second = int(now)
            self._stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        stamp = self._stamp
        day = stamp[:8]
        sent = {**headers, "host": host, "x-amz-content-sha256": payload, "x-amz-date": stamp}
        if self._token:
            sent["x-amz-security-token"] = self._token
        names = sorted(sent)
        lines = "".join(f"{name}:{' '.join(sent[name].split())}\n" for name in names)
        signed = ";".join(names)
        canonical = f"{method}\n{path}\n{query}\n{lines}\n{signed}\n{payload}"
        scope = f"{day}/{self._region}/s3/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
        signature = hmac.digest(self._key_of(day), to_sign.encode(), "sha256").hex()
        credential = f"{self._key_id}/{scope}"
        sent["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}"
        )
        return sent

    def _key_of(self, day: str) -> bytes:
        if day != self._day:
            key = b"AWS4" + self._secret.encode()
            for word in (day, self._region, "s3", "aws4_request"):
                key = hmac.digest(key, word.encode(), "sha256")
            self._key, self._day = key, day
        return self._key
