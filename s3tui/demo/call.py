"""One verified request on its way through the handlers, and the answers they share."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from aiohttp import web

from s3tui.demo.bodies import BodyReader
from s3tui.demo.policy import bucket_arn, object_arn
from s3tui.demo.responses import S3_NAMESPACE, S3Error, XmlTree, xml_document
from s3tui.demo.signature import RequestHead, Verified
from s3tui.demo.store import MAX_KEY_BYTES, Bucket, Description, Store

_KEPT_HEADERS = ("Cache-Control", "Content-Disposition", "Content-Language", "Expires")
_MAX_METADATA_BYTES = 2048


@dataclass(slots=True)
class Call:
    """What a handler needs to know."""

    request: web.BaseRequest
    head: RequestHead
    bucket_name: str
    """Empty for requests to the service itself."""
    key: str
    """Empty for requests to a bucket."""
    verified: Verified
    store: Store
    common_headers: dict[str, str]
    """Date, request id and the like, which every answer carries."""

    @property
    def bucket(self) -> Bucket:
        """The bucket named in the path; raises NoSuchBucket."""
        return self.store.bucket(self.bucket_name)

    @property
    def body(self) -> BodyReader:
        """The body, not yet asked for."""
        return BodyReader(self.request, self.verified)

    def parameter(self, name: str) -> str | None:
        """A query parameter, or None."""
        return self.head.parameter(name)

    def header(self, name: str) -> str | None:
        """A header (name in any case), or None."""
        return self.head.header(name.lower())

    def require_bucket(self, action: str, prefix: str | None = None) -> Bucket:
        """The bucket, if it exists and the action on it is allowed."""
        bucket = self.bucket
        self.verified.issued.identity.require(action, bucket_arn(self.bucket_name), prefix)
        return bucket

    def require_object(self, action: str) -> Bucket:
        """The bucket, if the action on the object of this call is allowed."""
        bucket = self.bucket
        self.verified.issued.identity.require(action, object_arn(self.bucket_name, self.key))
        return bucket

    def may_delete(self, key: str) -> bool:
        """Whether another key of this bucket may be deleted."""
        identity = self.verified.issued.identity
        return identity.may("s3:DeleteObject", object_arn(self.bucket_name, key))

    def description(self) -> Description:
        """Content type, kept headers and metadata of the request. Raises S3Error when there is too much."""
        headers = [(name, value) for name in _KEPT_HEADERS if (value := self.header(name)) is not None]
        encodings = [piece.strip() for piece in (self.header("Content-Encoding") or "").split(",")]
        if encoding := ",".join(piece for piece in encodings if piece and piece != "aws-chunked"):
            headers.append(("Content-Encoding", encoding))
        metadata = tuple(
            (name.decode("latin-1").lower(), value.decode("utf-8", "replace").strip())
            for name, value in self.head.headers
            if name.lower().startswith(b"x-amz-meta-")
        )
        used = sum(len(name) - len("x-amz-meta-") + len(value.encode()) for name, value in metadata)
        if used > _MAX_METADATA_BYTES:
            message = "Your metadata headers exceed the maximum allowed metadata size"
            raise S3Error(
                "InvalidArgument", message, extra={"Size": used, "MaxSizeAllowed": _MAX_METADATA_BYTES}
            )
        content_type = self.header("Content-Type") or "binary/octet-stream"
        return Description(content_type, tuple(headers), metadata)


def split_path(raw_path: bytes) -> tuple[str, str]:
    """Bucket and key of a path-style address. Raises InvalidURI or KeyTooLongError."""
    try:
        path = unquote_to_bytes(raw_path).decode("utf-8")
    except UnicodeDecodeError:
        raise S3Error("InvalidURI") from None
    bucket, _, key = path.removeprefix("/").partition("/")
    size = len(key.encode())
    if size > MAX_KEY_BYTES:
        raise S3Error("KeyTooLongError", extra={"Size": size, "MaxSizeAllowed": MAX_KEY_BYTES})
    return bucket, key


def integer(call: Call, name: str, default: int, lowest: int = 0, highest: int = 2**31 - 1) -> int:
    """A whole number from the query; raises InvalidArgument."""
    given = call.parameter(name)
    if given is None or given == "":
        return default
    if not re.fullmatch(r"[0-9]{1,10}", given) or not lowest <= int(given) <= highest:
        message = f"Argument {name} must be an integer between {lowest} and {highest}"
        raise S3Error("InvalidArgument", message, extra={"ArgumentName": name, "ArgumentValue": given})
    return int(given)


def xml_answer(tree: XmlTree, *, headers: dict[str, str] | None = None) -> web.Response:
    """A document as the answer."""
    return web.Response(
        body=xml_document(tree, S3_NAMESPACE), content_type="application/xml", headers=headers or {}
    )
