"""Reads the address of a server; on its own, because every start needs it and no start a paste's patterns."""

import re

_AWS_OWN = re.compile(r"(?:\A|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws|aws\.amazon\.com)\Z")
_HOST = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_\-]{0,62})(?:\.[A-Za-z0-9_\-]{1,63})*\.?|\[[0-9a-fA-F:.]{2,45}\])\Z"
)


def is_aws_endpoint(address: str) -> bool:
    """Whether the address is one of AWS's public hosts, which need no endpoint of their own."""
    host = address.partition("://")[2].partition(":")[0].lower()
    return _AWS_OWN.search(host) is not None and ".vpce." not in host


def endpoint_address(value: str, *, plain: bool = False) -> str | None:
    """Return scheme://host[:port] for an address or bare host, or None when it is not usable.

    Args:
        value: what stands in the endpoint's field.
        plain: whether a bare host is spoken to without TLS.
    """
    scheme, separator, rest = value.partition("://")
    if not separator:
        scheme, rest = ("http" if plain else "https"), value
    if scheme.lower() not in ("http", "https"):
        return None
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host, port = authority, ""
    if match := re.match(r"(.*):(\d{0,9})\Z", authority):
        host, port = match.groups()
        if not port or not 0 < int(port) < 65536:
            return None
    if not _HOST.match(host) or ".." in host or host.startswith("-"):
        return None
    if re.match(r"[\d.]+\Z", host) and (
        host.count(".") != 3 or any(int(p or 999) > 255 for p in host.split("."))
    ):
        return None
    return f"{scheme.lower()}://{host.rstrip('.')}{':' + port if port else ''}"
