"""Finds buckets and prefixes in the addresses of a text: `s3://…`, ARNs, hosts, remotes, settings."""

import re
from urllib.parse import unquote

_NAME = r"(?P<bucket>[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9])"
_TAIL = r"(?P<prefix>/[^\s\"'<>?#\x00]{0,1000})?(?=[\s\"'<>?#),.;]|\Z)"
_AWS = r"s3[.\-]?(?:dualstack\.)?(?P<region>[a-z]{2}-[a-z\-]+-\d)?\.?amazonaws\.com(?:\.cn)?"

_S3_ADDRESS = re.compile(
    r"(?:\bs3[an]?://|/vsis3(?:_streaming)?/)(\$?[^\s\"'`<>|,;)\]}\x00]{1,2000})", re.IGNORECASE
)
_RCLONE_REMOTE = re.compile(r":s3,([^\n]{1,4000})")
_RCLONE_PLACE = re.compile(r":([a-z0-9][a-z0-9.\-]{2,62})(/[^\s\"']{0,1000})?[\"']?(?=\s|\Z)")
_VIRTUAL = re.compile(rf"https?://{_NAME}\.{_AWS}{_TAIL}")
_PATH_STYLE = re.compile(rf"https?://{_AWS}/{_NAME}{_TAIL}")

ARN = re.compile(
    r"\barn:aws[\w\-]*:s3:::(?P<bucket>[A-Za-z0-9._\-]{3,255})(?P<prefix>/[^\s\"'`<>,;)\]}\x00]{0,1000})?"
)
RESTIC = re.compile(
    rf"\bs3:(?P<endpoint>https?://[\w.\-]{{3,200}}(?::\d{{1,5}})?)/{_NAME}(?P<prefix>/[^\s\"']{{0,1000}})?"
)
_FORMS = (
    RESTIC,
    _VIRTUAL,
    _PATH_STYLE,
    re.compile(
        rf"console\.aws\.amazon\.com/s3/buckets/{_NAME}(?:\?(?:[^\s\"'<>]{{0,300}}&)?prefix=(?P<prefix>[^\s\"'<>&]{{1,600}}))?"
    ),
    re.compile(rf"https?://\w{{8,64}}(?:\.\w{{2,8}})?\.r2\.cloudflarestorage\.com/{_NAME}"),
    ARN,
    re.compile(rf"\bfs\.s3a\.bucket\.{_NAME}\.(?:access|secret|session|endpoint|aws)\b"),
    re.compile(rf"Authorized buckets:?\s{{1,40}}(?:[RWO]{{1,3}}\s{{1,20}})?{_NAME}\b"),
)
"""Addresses and settings that hold a bucket's name, and perhaps a prefix, the surest first."""

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{1,254}\Z")
_FILE_NAME = re.compile(
    r"\.(?:csv|tsv|txt|md|json|xml|ya?ml|gz|tgz|bz2|xz|zst|zip|tar|nc|nc4|h5|hdf5?|tiff?|jp2|grib2?|parquet|feather|rds"
    r"|rda|npy|npz|fa|fasta|fastq|fq|bam|bai|cram|vcf|bed|nii|mat|pdf|png|jpe?g|mp4|docx?|xlsx?|py|r|ipynb|sh|log|dat|bin"
    r"|sqlite|db|las|laz|shp|gpkg|geojson|kml|html?)/\Z",
    re.IGNORECASE,
)
NOTHING = frozenset(
    {"", "none", "null", "nil", "auto", "default", "false", "true", "aws", "n/a", "undefined", "not set"}
)
_DUMMY_BUCKETS = re.compile(
    r"[<>{}$%*]|your[-_]?|\Aexample|-example\Z|bucket[-_]?name|\Amy-?bucket\Z|EXAMPLE|\A[A-Z_]+\Z"
)

Place = tuple[str, str | None]
"""A bucket and, where given, a prefix that ends in "/"."""


def addressed_places(text: str) -> list[Place]:
    """Return all places that addresses in the text name, the surest form first."""
    places = [_folder(*match.group(1).partition("/")[::2]) for match in first_matches(_S3_ADDRESS, text)]
    for remote in first_matches(_RCLONE_REMOTE, text)[:5]:
        place = _RCLONE_PLACE.search(remote.group(1))
        places.append(named_place(*place.groups()) if place else None)
    for form in _FORMS:
        for match in first_matches(form, text):
            place_in = match.groupdict()
            places.append(_folder(place_in["bucket"], unquote(place_in.get("prefix") or "")))
    return [place for place in places if place]


def addressed_region(text: str) -> str | None:
    """Return the region that a bucket's own AWS address names."""
    found = [match.group("region") for form in (_VIRTUAL, _PATH_STYLE) if (match := form.search(text))]
    return next((region for region in found if region), None)


def first_matches(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """Return the first fifty matches: no real paste has more."""
    found = []
    for match in pattern.finditer(text):
        found.append(match)
        if len(found) >= 50:
            break
    return found


def split_address(address: str) -> Place | None:
    """Return the place that `bucket/prefix` names."""
    bucket, _, prefix = address.partition("/")
    return named_place(bucket, prefix)


def named_place(bucket: str, prefix: str | None) -> Place | None:
    """Return the place, or None when the bucket is no name or only an example."""
    bucket = bucket.rstrip(".:*")
    if not _BUCKET.match(bucket) or _DUMMY_BUCKETS.search(bucket):
        return None
    return bucket, prefix_of(prefix or "")


def _folder(bucket: str, key: str | None) -> Place | None:
    """The place of an address that may be one object's: then its folder."""
    place = named_place(bucket, key)
    if (
        place is None
        or place[1] is None
        or (key or "").endswith(("/", "*"))
        or not _FILE_NAME.search(place[1])
    ):
        return place
    return place[0], place[1].rstrip("/").rpartition("/")[0] + "/" if "/" in place[1].rstrip("/") else None


def prefix_of(value: str) -> str | None:
    """Return the prefix with its one slash at the end, or None when the value names nothing."""
    value = value.strip().strip("\"'`,;")
    if "$" in value or "<" in value or value.lower() in NOTHING:
        return None
    if "://" in value:
        place = split_address(value.partition("://")[2])
        return place[1] if place else None
    value = unquote(value) if "%2F" in value.upper() else value
    value = value.strip("/").rstrip("*").rstrip("/")
    return value + "/" if value else None
