"""Answers in S3's own words: the error type, its XML, and the small XML writer all listings use.

`S3Error` is raised by every room of the demo server and turned into an answer once, in `server`.
"""

import datetime as dt
from collections.abc import Iterable
from email.utils import formatdate
from typing import TypeAlias
from xml.sax.saxutils import escape

S3_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

XmlTree: TypeAlias = "tuple[str, str | int | bool | Iterable[XmlTree] | None]"
"""An element: its name and its text or children; an element whose value is None is left out."""

_STATUS_AND_MESSAGE = {
    "AccessDenied": (403, "Access Denied"),
    "AuthorizationHeaderMalformed": (400, "The authorization header is malformed."),
    "AuthorizationQueryParametersError": (400, "The authorization query parameters are malformed."),
    "BadDigest": (400, "The Content-MD5 you specified did not match what we received."),
    "BucketAlreadyOwnedByYou": (409, "Your previous request to create the named bucket succeeded."),
    "BucketNotEmpty": (409, "The bucket you tried to delete is not empty"),
    "EntityTooLarge": (400, "Your proposed upload exceeds the maximum allowed size"),
    "EntityTooSmall": (400, "Your proposed upload is smaller than the minimum allowed size"),
    "ExpiredToken": (400, "The provided token has expired."),
    "IncompleteBody": (400, "The request body terminated unexpectedly"),
    "InternalError": (500, "We encountered an internal error. Please try again."),
    "InvalidAccessKeyId": (403, "The AWS Access Key Id you provided does not exist in our records."),
    "InvalidArgument": (400, "Invalid Argument"),
    "InvalidDigest": (400, "The Content-MD5 you specified was invalid."),
    "InvalidPart": (
        400,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, "
        "or the specified entity tag may not match the part's entity tag.",
    ),
    "InvalidPartNumber": (416, "The requested partnumber is not satisfiable"),
    "InvalidPartOrder": (
        400,
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    ),
    "InvalidRange": (416, "The requested range is not satisfiable"),
    "InvalidRequest": (400, "The request is not valid."),
    "InvalidToken": (400, "The provided token is malformed or otherwise invalid."),
    "InvalidURI": (400, "Couldn't parse the specified URI."),
    "KeyTooLongError": (400, "Your key is too long"),
    "MalformedXML": (
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    ),
    "MethodNotAllowed": (405, "The specified method is not allowed against this resource."),
    "MissingContentLength": (411, "You must provide the Content-Length HTTP header."),
    "NoSuchBucket": (404, "The specified bucket does not exist"),
    "NoSuchKey": (404, "The specified key does not exist."),
    "NoSuchUpload": (
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been "
        "aborted or completed.",
    ),
    "NotImplemented": (501, "A header you provided implies functionality that is not implemented"),
    "NotModified": (304, "Not Modified"),
    "PreconditionFailed": (412, "At least one of the pre-conditions you specified did not hold"),
    "RequestTimeTooSkewed": (
        403,
        "The difference between the request time and the current time is too large.",
    ),
    "SignatureDoesNotMatch": (
        403,
        "The request signature we calculated does not match the signature you provided. "
        "Check your key and signing method.",
    ),
    "XAmzContentSHA256Mismatch": (
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ),
}


class S3Error(Exception):
    """A refusal in S3's wording.

    `code` is S3's error code, `extra` the further elements of the error document, `headers` of the answer.
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        extra: dict[str, str | int] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Take status and message from the table unless given."""
        usual_status, usual_message = _STATUS_AND_MESSAGE[code]
        super().__init__(code)
        self.code = code
        self.status = usual_status if status is None else status
        self.message = usual_message if message is None else message
        self.extra = extra or {}
        self.headers = headers or {}

    def document(self, resource: str, request_id: str, host_id: str) -> bytes:
        """The error as S3's XML."""
        children: list[XmlTree] = [("Code", self.code), ("Message", self.message)]
        children += [(name, value) for name, value in self.extra.items()]
        if self.code.startswith("NoSuch") or self.code == "AccessDenied":
            children.append(("Resource", resource))
        children += [("RequestId", request_id), ("HostId", host_id)]
        return xml_document(("Error", children), namespace=None)

    def sts_document(self, request_id: str) -> bytes:
        """The same error in the form of the token service, which differs from S3's."""
        error: list[XmlTree] = [("Type", "Sender"), ("Code", self.code), ("Message", self.message)]
        tree: XmlTree = ("ErrorResponse", [("Error", error), ("RequestId", request_id)])
        return xml_document(tree, namespace="https://sts.amazonaws.com/doc/2011-06-15/")


def xml_text(text: str) -> str:
    """Text for an XML document.

    Control characters become character references, as S3 writes them: no XML parser takes those, which is why
    clients ask for `encoding-type=url`.
    """
    escaped = escape(text)
    if escaped.isprintable():
        return escaped
    return "".join(f"&#x{ord(sign):x};" if ord(sign) < 0x20 else sign for sign in escaped)


def xml_document(tree: XmlTree, namespace: str | None = S3_NAMESPACE) -> bytes:
    """A whole document with its declaration; the root carries the namespace."""
    pieces = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    _write(tree, pieces, f' xmlns="{namespace}"' if namespace else "")
    return "".join(pieces).encode("utf-8", "replace")


def _write(tree: XmlTree, pieces: list[str], attributes: str = "") -> None:
    name, value = tree
    if value is None:
        return
    pieces.append(f"<{name}{attributes}>")
    if isinstance(value, bool):
        pieces.append("true" if value else "false")
    elif isinstance(value, int):
        pieces.append(str(value))
    elif isinstance(value, str):
        pieces.append(xml_text(value))
    else:
        for child in value:
            _write(child, pieces)
    pieces.append(f"</{name}>")


def iso_time(seconds: float) -> str:
    """Unix seconds as S3 writes times in XML: "2026-01-31T23:05:00.000Z"."""
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def http_time(seconds: float) -> str:
    """Unix seconds as HTTP headers write times."""
    return formatdate(seconds, usegmt=True)
