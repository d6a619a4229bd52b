"""Listings: ListBuckets, ListObjects in both versions, and the bucket's own verbs.

A page is found by bisection and folders are jumped over, so that it costs what it shows.
"""

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import quote_plus

from aiohttp import web

from s3tui.demo.call import Call, integer, xml_answer
from s3tui.demo.policy import ACCOUNT, bucket_arn
from s3tui.demo.responses import S3Error, XmlTree, iso_time
from s3tui.demo.store import Bucket, StoredObject, after_prefix

_MAX_KEYS = 1000


@dataclass(slots=True)
class Page:
    """One page of a listing."""

    objects: list[StoredObject] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    last: str = ""
    """The last key or folder on the page."""
    truncated: bool = False


def find_page(bucket: Bucket, prefix: str, delimiter: str, after: str, limit: int) -> Page:
    """The entries under `prefix` that come after `after`, at most `limit`.

    Keys with `delimiter` past the prefix are rolled up into folders; a folder that `after` is, or is in, was
    on an earlier page.
    """
    page = Page()
    index = bucket.index_of(max(prefix, after))
    while (key := bucket.key_at(index)) is not None and key.startswith(prefix):
        folder = _folder(key, prefix, delimiter)
        seen = after.startswith(folder) if folder else key <= after
        if not seen:
            if len(page.objects) + len(page.folders) >= limit:
                page.truncated = limit > 0
                break
            if folder:
                page.folders.append(folder)
            else:
                page.objects.append(bucket.get(key))
            page.last = folder or key
        if not folder:
            index += 1
            continue
        following = after_prefix(folder)
        if following is None:
            break
        index = bucket.index_of(following)
    return page


def _folder(key: str, prefix: str, delimiter: str) -> str:
    """What a key is rolled up into, or an empty string."""
    if not delimiter:
        return ""
    end = key.find(delimiter, len(prefix))
    return "" if end < 0 else key[: end + len(delimiter)]


async def list_objects_v2(call: Call) -> web.StreamResponse:
    """ListObjectsV2."""
    prefix, delimiter, limit, encode = _question(call)
    bucket = call.require_bucket("s3:ListBucket", prefix)
    token = call.parameter("continuation-token")
    start_after = call.parameter("start-after") or ""
    after = _decode_token(token) if token is not None else start_after
    page = find_page(bucket, prefix, delimiter, after, limit)
    tree: list[XmlTree] = [
        ("Name", bucket.name),
        ("Prefix", encode(prefix)),
        ("Delimiter", encode(delimiter) if delimiter else None),
        ("StartAfter", encode(start_after) if start_after else None),
        ("ContinuationToken", token),
        ("NextContinuationToken", _encode_token(page.last) if page.truncated else None),
        ("KeyCount", len(page.objects) + len(page.folders)),
        ("MaxKeys", limit),
        ("EncodingType", call.parameter("encoding-type")),
        ("IsTruncated", page.truncated),
    ]
    owner = call.parameter("fetch-owner") == "true"
    tree += _entries(page, encode, owner)
    return xml_answer(("ListBucketResult", tree))


async def list_objects_v1(call: Call) -> web.StreamResponse:
    """ListObjects, the older version, which goes on by key."""
    prefix, delimiter, limit, encode = _question(call)
    bucket = call.require_bucket("s3:ListBucket", prefix)
    marker = call.parameter("marker") or ""
    page = find_page(bucket, prefix, delimiter, marker, limit)
    tree: list[XmlTree] = [
        ("Name", bucket.name),
        ("Prefix", encode(prefix)),
        ("Marker", encode(marker)),
        ("NextMarker", encode(page.last) if page.truncated and delimiter else None),
        ("Delimiter", encode(delimiter) if delimiter else None),
        ("MaxKeys", limit),
        ("EncodingType", call.parameter("encoding-type")),
        ("IsTruncated", page.truncated),
    ]
    tree += _entries(page, encode, owner=True)
    return xml_answer(("ListBucketResult", tree))


async def list_buckets(call: Call) -> web.StreamResponse:
    """ListBuckets."""
    call.verified.issued.identity.require("s3:ListAllMyBuckets", bucket_arn(""))
    buckets: list[XmlTree] = [
        ("Bucket", [("Name", bucket.name), ("CreationDate", iso_time(bucket.created))])
        for _, bucket in sorted(call.store.buckets.items())
    ]
    return xml_answer(("ListAllMyBucketsResult", [_OWNER, ("Buckets", buckets)]))


async def head_bucket(call: Call) -> web.StreamResponse:
    """HeadBucket, which asks for the same right as a listing without prefix."""
    call.require_bucket("s3:ListBucket")
    return web.Response(content_type="application/xml")


async def get_bucket_location(call: Call) -> web.StreamResponse:
    """GetBucketLocation."""
    call.require_bucket("s3:GetBucketLocation")
    return xml_answer(("LocationConstraint", call.verified.region))


async def create_bucket(call: Call) -> web.StreamResponse:
    """CreateBucket."""
    call.verified.issued.identity.require("s3:CreateBucket", bucket_arn(call.bucket_name))
    call.store.create_bucket(call.bucket_name)
    return web.Response(headers={"Location": f"/{call.bucket_name}"})


async def delete_bucket(call: Call) -> web.StreamResponse:
    """DeleteBucket, if it is empty."""
    bucket = call.require_bucket("s3:DeleteBucket")
    if len(bucket):
        raise S3Error("BucketNotEmpty", extra={"BucketName": bucket.name})
    del call.store.buckets[bucket.name]
    return web.Response(status=204)


_OWNER: XmlTree = ("Owner", [("ID", f"{int(ACCOUNT):064x}"), ("DisplayName", "reef-demo")])


class _Encoding:
    """How names are written: as they are, or encoded because XML cannot carry every character."""

    def __init__(self, kind: str | None) -> None:
        if kind not in (None, "url"):
            message = "Invalid Encoding Method specified in Request"
            raise S3Error("InvalidArgument", message, extra={"ArgumentName": "encoding-type"})
        self._encoded = kind == "url"

    def __call__(self, text: str) -> str:
        return quote_plus(text, safe="/") if self._encoded else text


def _question(call: Call) -> tuple[str, str, int, _Encoding]:
    """Prefix, delimiter, largest page and encoding; raises InvalidArgument."""
    limit = min(integer(call, "max-keys", _MAX_KEYS), _MAX_KEYS)
    encoding = _Encoding(call.parameter("encoding-type"))
    return call.parameter("prefix") or "", call.parameter("delimiter") or "", limit, encoding


def _entries(page: Page, encode: _Encoding, owner: bool) -> list[XmlTree]:
    entries: list[XmlTree] = []
    for stored in page.objects:
        fields: list[XmlTree] = [
            ("Key", encode(stored.key)),
            ("LastModified", iso_time(stored.modified)),
            ("ETag", stored.quoted_etag),
            ("Size", stored.size),
        ]
        if owner:
            fields.append(_OWNER)
        fields.append(("StorageClass", "STANDARD"))
        entries.append(("Contents", fields))
    entries += [("CommonPrefixes", [("Prefix", encode(folder))]) for folder in page.folders]
    return entries


def _encode_token(last: str) -> str:
    return base64.urlsafe_b64encode(b"1" + last.encode()).decode()


def _decode_token(token: str) -> str:
    try:
        decoded = base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    if not decoded.startswith("1"):
        message = "The continuation token provided is incorrect"
        raise S3Error("InvalidArgument", message, extra={"ArgumentName": "continuation-token"})
    return decoded[1:]
