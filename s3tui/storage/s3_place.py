"""Where the objects of a bucket are, as far as that can be told without a library that knows all of AWS."""

import os
import re
from functools import lru_cache
from urllib.parse import urlsplit

from msgspec import Struct

from s3tui.model.credentials import Endpoint
from s3tui.storage.http.connecting import Origin

DEFAULT_REGION = "us-east-1"
"""What requests are signed for when nobody named a region; own endpoints usually do not care."""

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_NAME = re.compile(r"[a-zA-Z0-9._-]{3,63}")
_LABEL = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_REGION = re.compile(r"(?:us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-[0-9]")
_SPECIAL = re.compile(r"(?:^xn--|^sthree-|^amzn-s3-demo-|--[a-z0-9]+-s3$|-s3alias$|--[a-z0-9]+$)")
_PORTS = {"http": 80, "https": 443}


class Place(Struct, frozen=True):
    """Where the objects of a bucket are."""

    origin: Origin
    host: str
    """As the Host header names it."""
    path: str
    """Encoded path up to the key."""
    region: str
    """What requests are signed for."""


def place_at(base: str, region: str) -> Place | None:
    """The place of a URL up to the key; None when it is an unusual one."""
    try:
        parts = urlsplit(base)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or parts.query or parts.fragment or not _HOST.fullmatch(parts.netloc):
        return None
    usual = _PORTS[parts.scheme]
    name = parts.hostname or ""
    host = name if port in (None, usual) else f"{name}:{port}"
    return Place(Origin(name, port or usual, parts.scheme == "https"), host, parts.path, region)


def place_of(endpoint: Endpoint, bucket: str) -> Place | None:
    """The place of a bucket; None where that is not certain: addresses with a path, odd regions, aliases."""
    if endpoint.url is not None:
        return _own(endpoint, bucket)
    region = endpoint.region or ""
    # For the first of all regions the name depends on settings of old.
    if _REGION.fullmatch(region) is None or region == DEFAULT_REGION or _SPECIAL.search(bucket):
        return None
    if _LABEL.fullmatch(bucket) is None:
        return None
    if endpoint.addressing == "path":
        return place_at(f"https://s3.{region}.amazonaws.com/{bucket}/", region)
    return place_at(f"https://{bucket}.s3.{region}.amazonaws.com/", region)


def _own(endpoint: Endpoint, bucket: str) -> Place | None:
    scheme, _, host = (endpoint.url or "").removesuffix("/").partition("://")
    if endpoint.addressing == "virtual" or not host or "/" in host or "amazonaws.com" in host:
        return None
    if _NAME.fullmatch(bucket) is None or _SPECIAL.search(bucket) or bucket in (".", ".."):
        return None
    return place_at(f"{scheme}://{host}/{bucket}/", endpoint.region or DEFAULT_REGION)


def proxied(place: Place) -> bool:
    """Whether the surroundings want requests to this place to go through a proxy."""
    scheme = "https" if place.origin.secure else "http"
    settings = tuple(
        sorted((name, value) for name, value in os.environ.items() if name[-6:].lower() == "_proxy")
    )
    return bool(settings) and _proxied(place.host, scheme, settings)


@lru_cache(64)
def _proxied(host: str, scheme: str, _settings: tuple[tuple[str, str], ...]) -> bool:
    from urllib.request import getproxies, proxy_bypass  # only where there is a proxy: it is a large module

    return scheme in getproxies() and not proxy_bypass(host)
