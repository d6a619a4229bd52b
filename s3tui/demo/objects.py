"""Verbs on one object: get, head, put, copy, delete, and the batch delete."""

import asyncio
from itertools import accumulate
from xml.etree import ElementTree

from aiohttp import web

from s3tui.demo.bodies import MAX_BODY_BYTES, PIECE_BYTES
from s3tui.demo.call import Call, integer, split_path, xml_answer
from s3tui.demo.conditions import check_read, check_source, check_write, wanted_range
from s3tui.demo.content import Content, SpooledContent, md5_of
from s3tui.demo.policy import denied, object_arn
from s3tui.demo.responses import S3Error, XmlTree, http_time, iso_time
from s3tui.demo.store import StoredObject

_MAX_BATCH = 1000
_OVERRIDES = {
    "response-cache-control": "Cache-Control",
    "response-content-disposition": "Content-Disposition",
    "response-content-encoding": "Content-Encoding",
    "response-content-language": "Content-Language",
    "response-content-type": "Content-Type",
    "response-expires": "Expires",
}


async def get_object(call: Call) -> web.StreamResponse:
    """GetObject and HeadObject, whole, by range or by part number."""
    stored = call.require_object("s3:GetObject").get(call.key)
    check_read(stored, call.header)
    headers = call.common_headers | _object_headers(call, stored)
    if call.parameter("partNumber") is not None:
        span: tuple[int, int] | None = _part_span(call, stored)
        headers["x-amz-mp-parts-count"] = str(max(1, len(stored.part_sizes)))
    else:
        span = wanted_range(call.header("Range"), stored.size)
    offset, length = span or (0, stored.size)
    headers["Content-Length"] = str(length)
    if span is not None and length:
        headers["Content-Range"] = f"bytes {offset}-{offset + length - 1}/{stored.size}"
    elif (call.header("x-amz-checksum-mode") or "").upper() == "ENABLED":
        headers |= checksum_headers(stored)
    answer = web.StreamResponse(status=206 if "Content-Range" in headers else 200, headers=headers)
    await answer.prepare(call.request)
    if call.request.method != "HEAD":
        try:
            await _send(answer, stored.content, offset, length)
        except OSError as problem:
            # The head is out: all that can still be said is to break off.
            if call.request.transport is not None:
                call.request.transport.abort()
            raise ConnectionResetError("the body could not be sent whole") from problem
    await answer.write_eof()
    return answer


async def put_object(call: Call) -> web.StreamResponse:
    """PutObject; the object appears when its last byte is there and proved."""
    bucket = call.require_object("s3:PutObject")
    check_write(bucket.find(call.key), call.header)
    description = call.description()
    received = await call.body.store(call.store.spool)
    check_write(bucket.find(call.key), call.header)
    stored = StoredObject(
        call.key,
        received.content,
        received.md5_hex,
        call.store.clock(),
        description,
        received.checksums,
    )
    bucket.put(stored)
    return web.Response(headers={"ETag": stored.quoted_etag} | checksum_headers(stored))


async def copy_object(call: Call) -> web.StreamResponse:
    """CopyObject within the server; the bytes are shared, the ETag becomes that of one piece."""
    bucket = call.require_object("s3:PutObject")
    source = copy_source(call)
    replace = (call.header("x-amz-metadata-directive") or "COPY").upper() == "REPLACE"
    if source is bucket.find(call.key) and not replace:
        message = (
            "This copy request is illegal because it is trying to copy an object to itself without changing "
            "the object's metadata, storage class, website redirect location or encryption attributes."
        )
        raise S3Error("InvalidRequest", message)
    if source.size > MAX_BODY_BYTES:
        message = f"The specified copy source is larger than the maximum allowable size: {MAX_BODY_BYTES}"
        raise S3Error("InvalidRequest", message)
    check_write(bucket.find(call.key), call.header)
    etag = source.etag if "-" not in source.etag else await asyncio.to_thread(md5_of, source.content)
    stored = StoredObject(
        call.key,
        source.content,
        etag,
        call.store.clock(),
        call.description() if replace else source.description,
        source.checksums if source.checksum_type == "FULL_OBJECT" else (),
    )
    bucket.put(stored)
    return xml_answer(
        ("CopyObjectResult", [("LastModified", iso_time(stored.modified)), ("ETag", stored.quoted_etag)])
    )


async def delete_object(call: Call) -> web.StreamResponse:
    """DeleteObject; deleting what is not there succeeds."""
    bucket = call.require_object("s3:DeleteObject")
    if call.header("If-Match") is not None and bucket.find(call.key) is not None:
        check_write(bucket.find(call.key), call.header)
    bucket.delete(call.key)
    return web.Response(status=204)


async def delete_objects(call: Call) -> web.StreamResponse:
    """DeleteObjects: each key is allowed or refused for itself."""
    bucket = call.bucket
    if not any(
        call.header(name) for name in ("Content-MD5", "x-amz-sdk-checksum-algorithm", "x-amz-trailer")
    ) and (not any(name.lower().startswith(b"x-amz-checksum-") for name, _ in call.head.headers)):
        raise S3Error("InvalidRequest", "Missing required header for this request: Content-MD5")
    keys, quiet = _batch(await call.body.document())
    results: list[XmlTree] = []
    for key in keys:
        if call.may_delete(key):
            bucket.delete(key)
            if not quiet:
                results.append(("Deleted", [("Key", key)]))
            continue
        error = denied(call.verified.issued.identity, "s3:DeleteObject", object_arn(bucket.name, key))
        results.append(("Error", [("Key", key), ("Code", error.code), ("Message", error.message)]))
    return xml_answer(("DeleteResult", results))


def copy_source(call: Call) -> StoredObject:
    """The object that x-amz-copy-source names, if it may be read and its preconditions hold."""
    given = (call.header("x-amz-copy-source") or "").partition("?")[0]
    name, key = split_path(given.encode())
    if not key:
        message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
        raise S3Error("InvalidArgument", message, extra={"ArgumentName": "x-amz-copy-source"})
    bucket = call.store.bucket(name)
    call.verified.issued.identity.require("s3:GetObject", object_arn(name, key))
    source = bucket.get(key)
    check_source(source, call.header)
    return source


def checksum_headers(stored: StoredObject) -> dict[str, str]:
    """The additional checksums of an object as headers."""
    if not stored.checksums:
        return {}
    headers = {f"x-amz-checksum-{algorithm}": value for algorithm, value in stored.checksums}
    return headers | {"x-amz-checksum-type": stored.checksum_type}


def _object_headers(call: Call, stored: StoredObject) -> dict[str, str]:
    headers = dict(stored.description.headers)
    headers |= {
        "Content-Type": stored.description.content_type,
        "ETag": stored.quoted_etag,
        "Last-Modified": http_time(int(stored.modified)),
        "Accept-Ranges": "bytes",
    }
    headers |= dict(stored.description.metadata)
    for parameter, header in _OVERRIDES.items():
        if (value := call.parameter(parameter)) is not None:
            headers[header] = value.replace("\r", " ").replace("\n", " ")
    return headers


def _part_span(call: Call, stored: StoredObject) -> tuple[int, int]:
    sizes = stored.part_sizes or (stored.size,)
    number = integer(call, "partNumber", 1, 1, 10_000)
    if number > len(sizes):
        raise S3Error(
            "InvalidPartNumber", extra={"ActualPartCount": len(sizes), "PartNumberRequested": number}
        )
    start = (0, *accumulate(sizes))[number - 1]
    return start, sizes[number - 1]


async def _send(answer: web.StreamResponse, content: Content, offset: int, length: int) -> None:
    """Stream bytes; those on disk are read in a thread, since a disk may be slow."""
    end = offset + length
    on_disk = isinstance(content, SpooledContent) or length > PIECE_BYTES
    while offset < end:
        wanted = min(PIECE_BYTES, end - offset)
        data = (
            await asyncio.to_thread(content.read, offset, wanted) if on_disk else content.read(offset, wanted)
        )
        await answer.write(data)
        offset += len(data)


def _batch(document: bytes) -> tuple[list[str], bool]:
    """Keys and quietness of a batch delete; raises MalformedXML."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError:
        raise S3Error("MalformedXML") from None
    keys = [element.text or "" for element in root.iterfind("{*}Object/{*}Key")]
    if not keys or len(keys) > _MAX_BATCH:
        raise S3Error("MalformedXML")
    return keys, (root.findtext("{*}Quiet") or "").strip() == "true"
