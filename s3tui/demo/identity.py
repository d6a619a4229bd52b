"""The token service's one verb: GetCallerIdentity, which needs no permission."""

import hashlib
from urllib.parse import parse_qs

from aiohttp import web

from s3tui.demo.issuer import Issuer
from s3tui.demo.policy import ACCOUNT
from s3tui.demo.responses import S3Error, XmlTree, xml_document
from s3tui.demo.signature import RequestHead, verify

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_MAX_FORM_BYTES = 64 * 1024
_STS_STATUS = {"ExpiredToken": 403, "InvalidToken": 403}


def is_token_service(request: web.BaseRequest) -> bool:
    """Whether a request is for the token service: a form posted to the root."""
    return request.method == "POST" and request.raw_path.partition("?")[0] == "/"


async def get_caller_identity(
    request: web.BaseRequest, head: RequestHead, issuer: Issuer, request_id: str
) -> web.Response:
    """Answer who the caller is, or the token service's form of the refusal."""
    try:
        length = request.content_length
        if length is None or length > _MAX_FORM_BYTES:
            raise S3Error("MissingContentLength")
        form = await request.content.read(-1)
        identity = verify(head, issuer, "sts", hashlib.sha256(form).hexdigest()).issued.identity
        action = parse_qs(form.decode("utf-8", "replace")).get("Action", [""])[0]
        if action != "GetCallerIdentity":
            raise S3Error("MethodNotAllowed", f"This server has no {action or 'action without a name'}.")
    except S3Error as error:
        status = _STS_STATUS.get(error.code, error.status)
        body = error.sts_document(request_id)
        return web.Response(status=status, body=body, content_type="text/xml")
    result: list[XmlTree] = [("Arn", identity.arn), ("UserId", identity.user_id), ("Account", ACCOUNT)]
    tree: list[XmlTree] = [
        ("GetCallerIdentityResult", result),
        ("ResponseMetadata", [("RequestId", request_id)]),
    ]
    body = xml_document(("GetCallerIdentityResponse", tree), _NAMESPACE)
    return web.Response(body=body, content_type="text/xml")
