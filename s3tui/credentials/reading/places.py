"""Finds where the credentials lead: bucket, prefix, endpoint, region, profile.

Named fields come in as findings; this module adds what stands in addresses and options anywhere in the text,
and brings everything into the form that connections use.
"""

import re

from s3tui.credentials.paste_errors import PasteError
from s3tui.credentials.reading.addresses import (
    ARN,
    NOTHING,
    RESTIC,
    Place,
    addressed_places,
    first_matches,
    named_place,
    prefix_of,
    split_address,
)
from s3tui.credentials.reading.endpoints import endpoint_address, is_aws_endpoint
from s3tui.credentials.reading.findings import WORD, Field, Finding

_TELLING_HOST = re.compile(
    r"https?://(?:\w{8,64}(?:\.\w{2,8})?\.r2\.cloudflarestorage\.com|(?:s3|minio|rgw|ceph|objects?|radosgw)[\w\-]{0,40}"
    r"(?:\.[\w\-]{1,63}){1,8}(?::\d{1,5})?)(?=/?[\s\"'<>,;)]|/?\Z|/[\w\-]{3,63}(?:\s|\Z))"
)
_MC_ENTRY = re.compile(r'"([\w.\-]{1,64})"\s{0,20}:\s{0,20}\{([^{}]{1,2000})\}')
_HOST_REGION = re.compile(r"(?:\A|\.)s3[.\-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+){1,3}-\d)\.")
_AWS_REGION = re.compile(
    r"(?<![a-z0-9\-])((?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-[a-z]+){1,3}-\d)(?![a-z0-9\-])"
)
_REGION = re.compile(r"[A-Za-z][A-Za-z0-9._\-]{1,62}\Z")
_PROFILE_OPTION = re.compile(
    r"(?<![\w\-])-{1,2}(?:profile(?:-?name)?|store-?as)(?:[ \t]{1,4}|[=:])[\"']?([\w.@+/\-]{1,100})", re.I
)
_MC_LISTED = re.compile(
    r"\"alias\"\s{0,9}:\s{0,9}\"([\w.\-]{1,64})\"|^([A-Za-z][\w.\-]{0,63})\n[ \t]{1,8}URL[ \t]{1,20}:",
    re.MULTILINE,
)
_MC_ADMIN = re.compile(
    r"\bmc[ \t]+admin[ \t]+(?:user[ \t]+)?(?:svcacct|accesskey)[ \t]+(?:add|create)[ \t]+([\w.\-]{1,64})"
)
_RCLONE_CREATE = re.compile(r"\brclone[ \t]+config[ \t]+(?:create|update)[ \t]+[\"']?([\w.\-]{1,64})[\"']?")
_RCLONE_VARIABLE = re.compile(r"\bRCLONE_CONFIG_([A-Z0-9_]{1,60}?)_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)\b")


def place_of(findings: list[Finding], text: str) -> tuple[str | None, str | None]:
    """Return bucket and prefix: from named fields first, then from addresses in the text."""
    bucket = prefix = None
    for finding in sorted((f for f in findings if f.field is Field.BUCKET), key=lambda f: f.rank):
        place = _bucket_field(finding.value)
        if place:
            bucket, prefix = place
            break
    for finding in sorted((f for f in findings if f.field is Field.PREFIX), key=lambda f: f.rank):
        if prefix is None and (finding.rank < WORD or _is_path(finding.value)):
            prefix = prefix_of(finding.value)
    if bucket is None or prefix is None:
        for found_bucket, found_prefix in addressed_places(text):
            if bucket is None:
                bucket = found_bucket
                prefix = prefix or found_prefix
                break
            if bucket == found_bucket and found_prefix:
                prefix = found_prefix
                break
    return bucket, prefix


def endpoint_of(findings: list[Finding], position: int, text: str) -> tuple[str | None, str | None]:
    """Return the endpoint, and the region that an AWS host's name gives.

    Raises:
        PasteError: a field that can only be the endpoint holds no usable address.
    """
    plain = any(
        f.field is Field.HTTPS and f.value.split()[:1] and f.value.split()[0].strip("\"',;)").lower()
        in ("false", "no", "0", "off", "f", "http") for f in findings
    )  # fmt: skip
    chosen = [f for f in findings if f.field is Field.ENDPOINT]
    chosen += [
        Finding(Field.ENDPOINT, m.group(), WORD + 1, m.start())
        for m in first_matches(_TELLING_HOST, text)[:1]
    ]
    chosen += [Finding(Field.ENDPOINT, m.group(1), WORD, m.start()) for m in first_matches(RESTIC, text)[:1]]
    for finding in sorted(chosen, key=lambda f: (f.rank, abs(f.start - position))):
        value = finding.value.strip().strip("\"'`,;").rstrip("/.")
        if value.lower() in NOTHING:
            continue
        certain = finding.rank < WORD
        if not certain and not re.match(
            r"https?://|[\w\-]+(?:\.[\w\-]+)+(?::\d+)?\Z|localhost\b|[\w\-]+:\d+\Z", value
        ):
            continue
        address = endpoint_address(value, plain=plain)
        if address is None:
            if certain:
                raise PasteError("bad_endpoint")
            continue
        if is_aws_endpoint(address):
            host = address.partition("://")[2].lower()
            region = _HOST_REGION.search(host + ".")
            return None, region.group(1) if region else None
        return address, None
    return None, None


def region_of(findings: list[Finding]) -> str | None:
    """Return the region that a named field gives."""
    for finding in sorted((f for f in findings if f.field is Field.REGION), key=lambda f: f.rank):
        region = _region(finding.value) or _region(finding.note)
        if region:
            return region
    return None


def profile_of(findings: list[Finding], position: int, text: str) -> str | None:
    """Return the profile that an option, a remote's or an alias's name gives."""
    if '"aliases"' in text or '"hosts"' in text:
        for entry in first_matches(_MC_ENTRY, text):
            if entry.start() < position < entry.end():
                return entry.group(1)
    for finding in sorted((f for f in findings if f.field is Field.PROFILE), key=lambda f: f.rank):
        if finding.rank < WORD:
            return finding.value
    if match := _PROFILE_OPTION.search(text) or _RCLONE_CREATE.search(text) or _MC_ADMIN.search(text):
        return match.group(1).rstrip(".,;")
    if match := _MC_LISTED.search(text):
        return match.group(1) or match.group(2)
    if match := _RCLONE_VARIABLE.search(text):
        return match.group(1).lower()
    for finding in findings:
        if finding.field is Field.PROFILE and re.match(r"[\w.@+\-]{1,100}\Z", finding.value):
            return finding.value if finding.value.lower() not in NOTHING else None
    return None


def _bucket_field(value: str) -> Place | None:
    value = value.strip().strip("\"'`,;")
    if value.lower() in NOTHING:
        return None
    if "://" in value:
        scheme, _, rest = value.partition("://")
        return split_address(rest) if scheme.lower() in ("s3", "s3a", "s3n") else None
    if value.startswith("arn:"):
        match = ARN.match(value)
        return named_place(match.group(1), match.group(2)) if match else None
    return split_address(value)


def _is_path(value: str) -> bool:
    """Whether the value of a vague name ("path", "folder") can only be a prefix."""
    return "/" in value.strip("/") and not re.search(r"://|\A[/~.]|\\|\A\w:|:", value)


def _region(value: str) -> str | None:
    value = value.strip().strip("\"'`,;)}(]")
    if match := _AWS_REGION.search(value):
        return match.group(1)
    word = (
        value.split("#", maxsplit=1)[0]
        .split(",", maxsplit=1)[0]
        .split(";", maxsplit=1)[0]
        .strip()
        .strip("\"'`)}")
    )
    return word if _REGION.match(word) and word.lower() not in NOTHING - {"auto", "default"} else None
