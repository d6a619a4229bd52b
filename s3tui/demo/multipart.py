"""Multipart uploads: create, parts, copied parts, complete, abort, and the two listings."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from aiohttp import web

from s3tui.demo.call import Call, integer, xml_answer
from s3tui.demo.conditions import check_write, wanted_range
from s3tui.demo.content import JoinedContent, SliceContent, md5_of, multipart_etag
from s3tui.demo.digests import CHECKSUM_ALGORITHMS, composite_checksum, whole_checksum
from s3tui.demo.objects import checksum_headers, copy_source
from s3tui.demo.responses import S3Error, XmlTree, iso_time
from s3tui.demo.store import Bucket, Part, StoredObject, Upload

MIN_PART_BYTES = 5 * 1024**2
MAX_PARTS = 10_000

_IMPOSSIBLE = (("crc64nvme", "COMPOSITE"), ("sha1", "FULL_OBJECT"), ("sha256", "FULL_OBJECT"))


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A part as the client's list names it."""

    number: int
    etag: str
    checksums: tuple[tuple[str, str], ...] = ()
    """Algorithm in lower case and base64 value."""


async def create_upload(call: Call) -> web.StreamResponse:
    """CreateMultipartUpload."""
    bucket = call.require_object("s3:PutObject")
    upload = bucket.start_upload(call.key, call.store.clock(), call.description())
    upload.checksum_algorithm = (call.header("x-amz-checksum-algorithm") or "").lower()
    upload.checksum_type = (call.header("x-amz-checksum-type") or "").upper()
    if upload.checksum_algorithm not in ("", *CHECKSUM_ALGORITHMS):
        raise S3Error("InvalidRequest", "Checksum algorithm provided is unsupported.")
    if (upload.checksum_algorithm, upload.checksum_type) in _IMPOSSIBLE:
        algorithm = upload.checksum_algorithm
        message = f"The {upload.checksum_type} checksum type cannot be used with the {algorithm} algorithm."
        raise S3Error("InvalidRequest", message)
    headers = {}
    if upload.checksum_algorithm:
        usual = "FULL_OBJECT" if upload.checksum_algorithm == "crc64nvme" else "COMPOSITE"
        upload.checksum_type = upload.checksum_type or usual
        headers = {
            "x-amz-checksum-algorithm": upload.checksum_algorithm.upper(),
            "x-amz-checksum-type": upload.checksum_type,
        }
    tree: list[XmlTree] = [("Bucket", bucket.name), ("Key", call.key), ("UploadId", upload.upload_id)]
    return xml_answer(("InitiateMultipartUploadResult", tree), headers=headers)


async def upload_part(call: Call) -> web.StreamResponse:
    """UploadPart; a part sent twice replaces the first."""
    upload, number = _upload_and_number(call)
    received = await call.body.store(call.store.spool)
    # The upload may have been aborted or completed while the bytes came in.
    upload = call.bucket.upload(upload.upload_id, call.key)
    _expect_checksum(upload, dict(received.checksums))
    part = Part(number, received.content, received.md5_hex, call.store.clock(), received.checksums)
    upload.parts[number] = part
    headers = {f"x-amz-checksum-{algorithm}": value for algorithm, value in part.checksums}
    return web.Response(headers={"ETag": f'"{part.etag}"'} | headers)


async def upload_part_copy(call: Call) -> web.StreamResponse:
    """UploadPartCopy: a range of another object as a part."""
    upload, number = _upload_and_number(call)
    source = copy_source(call)
    given = call.header("x-amz-copy-source-range")
    span = wanted_range(given, source.size)
    if given is not None and span is None:
        message = "The x-amz-copy-source-range value must be of the form bytes=first-last"
        raise S3Error("InvalidArgument", message, extra={"ArgumentName": "x-amz-copy-source-range"})
    offset, size = span or (0, source.size)
    content = SliceContent(source.content, offset, size)
    etag = await asyncio.to_thread(md5_of, content)
    upload = call.bucket.upload(upload.upload_id, call.key)
    upload.parts[number] = Part(number, content, etag, call.store.clock())
    tree: list[XmlTree] = [("LastModified", iso_time(upload.parts[number].modified)), ("ETag", f'"{etag}"')]
    return xml_answer(("CopyPartResult", tree))


async def complete_upload(call: Call) -> web.StreamResponse:
    """CompleteMultipartUpload; asked again after a lost reply it answers the same."""
    bucket = call.require_object("s3:PutObject")
    upload_id = call.parameter("uploadId") or ""
    finished = bucket.find(call.key)
    if finished is not None and bucket.completed.get(upload_id) == finished.etag:
        return _completed(call, finished)
    upload = bucket.upload(upload_id, call.key)
    # A checksum in the headers is that of the object.
    claimed = _claimed_parts(await call.body.document(sums_are_its=False))
    upload = bucket.upload(upload_id, call.key)
    parts = _checked_parts(upload, claimed)
    check_write(bucket.find(call.key), call.header)
    content = JoinedContent([part.content for part in parts])
    promised = call.header("x-amz-mp-object-size")
    if promised is not None and promised != str(content.size):
        message = (
            f"The provided 'x-amz-mp-object-size' header does not match what was computed: {content.size}"
        )
        raise S3Error("InvalidRequest", message)
    stored = StoredObject(
        call.key,
        content,
        multipart_etag([bytes.fromhex(part.etag) for part in parts]),
        call.store.clock(),
        upload.description,
        _upload_checksums(call, upload, parts),
        upload.checksum_type or "FULL_OBJECT",
        tuple(part.content.size for part in parts),
    )
    bucket.put(stored)
    del bucket.uploads[upload_id]
    bucket.completed[upload_id] = stored.etag
    return _completed(call, stored)


async def abort_upload(call: Call) -> web.StreamResponse:
    """AbortMultipartUpload; the parts' room is given back."""
    bucket = call.require_object("s3:AbortMultipartUpload")
    upload = bucket.upload(call.parameter("uploadId") or "", call.key)
    del bucket.uploads[upload.upload_id]
    return web.Response(status=204)


async def list_parts(call: Call) -> web.StreamResponse:
    """ListParts, by pages."""
    bucket = call.require_object("s3:ListMultipartUploadParts")
    upload = bucket.upload(call.parameter("uploadId") or "", call.key)
    limit = min(integer(call, "max-parts", 1000), 1000)
    marker = integer(call, "part-number-marker", 0)
    later = [upload.parts[number] for number in sorted(upload.parts) if number > marker]
    page = later[:limit]
    tree: list[XmlTree] = [
        ("Bucket", bucket.name),
        ("Key", call.key),
        ("UploadId", upload.upload_id),
        ("PartNumberMarker", marker),
        ("NextPartNumberMarker", page[-1].number if page else None),
        ("MaxParts", limit),
        ("IsTruncated", len(later) > len(page)),
        ("StorageClass", "STANDARD"),
    ]
    for part in page:
        checksums: list[XmlTree] = [(f"Checksum{name.upper()}", value) for name, value in part.checksums]
        tree.append(
            (
                "Part",
                [
                    ("PartNumber", part.number),
                    ("LastModified", iso_time(part.modified)),
                    ("ETag", f'"{part.etag}"'),
                    ("Size", part.content.size),
                    *checksums,
                ],
            )
        )
    return xml_answer(("ListPartsResult", tree))


async def list_uploads(call: Call) -> web.StreamResponse:
    """ListMultipartUploads, by pages; delimiters are not supported."""
    prefix = call.parameter("prefix") or ""
    bucket = call.require_bucket("s3:ListBucketMultipartUploads", prefix)
    limit = min(integer(call, "max-uploads", 1000), 1000)
    marker = (call.parameter("key-marker") or "", call.parameter("upload-id-marker") or "")
    uploads = sorted(
        (upload for upload in bucket.uploads.values() if upload.key.startswith(prefix)),
        key=lambda upload: (upload.key, upload.upload_id),
    )
    later = [
        upload
        for upload in uploads
        if ((upload.key, upload.upload_id) > marker if marker[1] else upload.key > marker[0])
    ]
    page = later[:limit]
    truncated = len(later) > len(page)
    tree: list[XmlTree] = [
        ("Bucket", bucket.name),
        ("KeyMarker", marker[0]),
        ("UploadIdMarker", marker[1]),
        ("NextKeyMarker", page[-1].key if truncated and page else None),
        ("NextUploadIdMarker", page[-1].upload_id if truncated and page else None),
        ("Prefix", prefix),
        ("MaxUploads", limit),
        ("IsTruncated", truncated),
    ]
    for upload in page:
        item: list[XmlTree] = [("Key", upload.key), ("UploadId", upload.upload_id)]
        item += [("StorageClass", "STANDARD"), ("Initiated", iso_time(upload.started))]
        tree.append(("Upload", item))
    return xml_answer(("ListMultipartUploadsResult", tree))


def _upload_and_number(call: Call) -> tuple[Upload, int]:
    bucket: Bucket = call.require_object("s3:PutObject")
    upload = bucket.upload(call.parameter("uploadId") or "", call.key)
    return upload, integer(call, "partNumber", 0, 1, MAX_PARTS)


def _expect_checksum(upload: Upload, given: dict[str, str]) -> None:
    """Raise InvalidRequest for a part without the checksum that its upload was created with."""
    expected = upload.checksum_algorithm
    if expected and expected not in given:
        actual = next(iter(given), "null")
        message = (
            f"Checksum Type mismatch occurred, expected checksum Type: {expected}, "
            f"actual checksum Type: {actual}"
        )
        raise S3Error("InvalidRequest", message)


def _claimed_parts(document: bytes) -> list[_Claimed]:
    """The client's list of parts; raises MalformedXML."""
    try:
        root = ElementTree.fromstring(document)
        claimed = [
            _Claimed(
                int(part.findtext("{*}PartNumber") or ""),
                (part.findtext("{*}ETag") or "").strip().strip('"'),
                tuple(
                    (algorithm, value.strip())
                    for algorithm in CHECKSUM_ALGORITHMS
                    if (value := part.findtext(f"{{*}}Checksum{algorithm.upper()}")) is not None
                ),
            )
            for part in root.iterfind("{*}Part")
        ]
    except (ElementTree.ParseError, ValueError):
        raise S3Error("MalformedXML") from None
    if not claimed:
        raise S3Error("MalformedXML")
    return claimed


def _checked_parts(upload: Upload, claimed: Sequence[_Claimed]) -> list[Part]:
    """The parts of the list; raises InvalidPartOrder, InvalidPart or EntityTooSmall. The upload stays."""
    numbers = [part.number for part in claimed]
    if numbers != sorted(set(numbers)):
        raise S3Error("InvalidPartOrder", extra={"UploadId": upload.upload_id})
    parts = []
    for wanted in claimed:
        part = upload.parts.get(wanted.number)
        if part is None or part.etag != wanted.etag or not set(wanted.checksums) <= set(part.checksums):
            extra: dict[str, str | int] = {
                "UploadId": upload.upload_id,
                "PartNumber": wanted.number,
                "ETag": wanted.etag,
            }
            raise S3Error("InvalidPart", extra=extra)
        parts.append(part)
    for part in parts[:-1]:
        if part.content.size < MIN_PART_BYTES:
            extra = {"ProposedSize": part.content.size, "MinSizeAllowed": MIN_PART_BYTES}
            raise S3Error("EntityTooSmall", extra=extra | {"PartNumber": part.number, "ETag": part.etag})
    return parts


def _upload_checksums(call: Call, upload: Upload, parts: Sequence[Part]) -> tuple[tuple[str, str], ...]:
    """The object's additional checksum: computed from the parts', or the client's own of the whole."""
    algorithm = upload.checksum_algorithm
    if algorithm not in CHECKSUM_ALGORITHMS:
        return ()
    values = [dict(part.checksums).get(algorithm) for part in parts]
    if upload.checksum_type == "FULL_OBJECT":
        given = call.header(f"x-amz-checksum-{algorithm}")
        pairs = [(part.content.size, value) for part, value in zip(parts, values, strict=True) if value]
        computed = whole_checksum(algorithm, pairs) if len(pairs) == len(parts) else None
        if given and computed != given:
            message = f"The {algorithm} you specified did not match what we received."
            raise S3Error("BadDigest", message)
        return ((algorithm, computed),) if computed else ()
    known = [value for value in values if value is not None]
    composite = composite_checksum(algorithm, known) if len(known) == len(parts) else None
    return ((algorithm, composite),) if composite else ()


def _completed(call: Call, stored: StoredObject) -> web.Response:
    tree: list[XmlTree] = [
        ("Location", f"http://{call.request.host}{call.head.raw_path.decode('latin-1')}"),
        ("Bucket", call.bucket_name),
        ("Key", stored.key),
        ("ETag", stored.quoted_etag),
    ]
    tree += [(f"Checksum{name.upper()}", value) for name, value in stored.checksums]
    return xml_answer(("CompleteMultipartUploadResult", tree), headers=checksum_headers(stored))
