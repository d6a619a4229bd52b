"""Reads the answer of a server that refuses: S3's XML, JSON, a web page, plain text, or nothing at all.

Only named fields are taken out of a body, so that the session token, the signature and the string to sign,
which some servers repeat in their errors, never get any further. Bodies may come from anybody: nothing in
them is parsed by more than searching.
"""

import html
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from s3tui.storage.redaction import cleaned

Shape = Literal["s3", "json", "page", "text", "empty"]
"""What the body of an answer is."""

READ = 16 * 1024
"""Bytes of a body that are looked at."""

_REQUEST_IDS = (
    "x-amz-request-id",
    "x-amzn-requestid",
    "x-trans-id",
    "x-request-id",
    "x-guploader-uploadid",
    "x-oss-request-id",
    "cf-ray",
    "x-amz-cf-id",
)
_S3_HEADERS = ("x-amz-request-id", "x-amz-id-2", "x-amz-bucket-region", "x-amz-version-id")
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_HEADING = re.compile(r"<(title|h1|h2)\b[^>]*>(.{0,400}?)</\1>", re.I | re.S)
_HIDDEN = re.compile(r"<(script|style|head)\b.{0,8000}?</\1>", re.I | re.S)
_TAG = re.compile(r"<[^<>]*>")
_LISTED = re.compile(r"<li>\s*(Code|Message):\s*([^<]*)</li>", re.I | re.S)
_CLOCKS = re.compile(r"(?:expired|not yet current): (\d{8}T\d{6}Z) .*\((\d{8}T\d{6}Z)")
"""Both clocks in a sentence of Amazon's STS: ours, then theirs."""
_EXPECTED_REGION = re.compile(r"region\b.{0,60}expect(?:ing|ed)\W{1,4}([a-z0-9-]{2,40})", re.I)
_EXPECTED_SCOPE = re.compile(r"\bexpected\W{1,4}\d{8}/([a-z0-9-]{2,40})/s3/", re.I)
_REGION_IN_HOST = re.compile(r"\bs3[.-](?:dualstack\.|fips\.)?([a-z]{2}(?:-[a-z]{2,12})+-\d{1,2})\.")
_CODE_NAMES = ("code", "errorcode", "__type", "error", "reason", "status")
_MESSAGE_NAMES = (
    "message",
    "errormessage",
    "errordescription",
    "description",
    "detail",
    "msg",
    "title",
    "error",
)


class Refusal(Struct, frozen=True):
    """What a server said when it refused."""

    status: int = 0
    """HTTP status; 0 when unknown."""
    code: str = ""
    """The server's word for it; empty where there is none (HEAD, web pages)."""
    message: str = ""
    """The server's own sentence, on one line, cut short."""
    shape: Shape = "empty"
    from_s3: bool = False
    """It comes from an S3 server, not from something in front of it."""
    region: str = ""
    """Where the bucket lies, where the server says so."""
    server_time: float | None = None
    """Unix seconds of the server's clock, from the body of a complaint about ours."""
    request_time: float | None = None
    """Unix seconds at which it says we signed."""
    storage_class: str = ""
    request_id: str = ""
    leads_to: str = ""
    """scheme://host of a redirect, without path or query."""
    retry_after: float | None = None
    """Seconds the server asks us to stay away."""
    page_promised: bool = False
    """Its headers announce a web page; the answer to a HEAD has no other sign of one."""

    @property
    def bare(self) -> bool:
        """Whether there is nothing but a status, as in every refused HEAD."""
        return self.shape == "empty" and not self.code


class PageInstead(Exception):
    """A web page came where S3's success was expected; the text is what the page says."""


def read_refusal(status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
    """Take an error answer apart; anything may be in it, and nothing is raised."""
    text = body[:READ].decode("utf-8", "replace")
    shape = _shape(text)
    code, message = "", ""
    if shape == "s3":
        code = _element(text, "Code")
        message = f"{_element(text, 'Message')} {_element(text, 'Details')}".strip()
    elif shape == "json":
        code, message = _from_json(body)
    elif shape == "page":
        code, message = _from_page(text)
    elif shape == "text":
        message = _without_tags(text) if text.lstrip().startswith("<") else text
    clocks, location = _CLOCKS.search(message), headers.get("location", "")
    return Refusal(
        status=status,
        code=cleaned(code)[:64],
        message=cleaned(message),
        shape=shape,
        from_s3=shape == "s3" or any(name in headers for name in _S3_HEADERS),
        region=cleaned(headers.get("x-amz-bucket-region", "") or _region(text, message, location))[:40],
        server_time=_instant(_element(text, "ServerTime") or (clocks[2] if clocks else "")),
        request_time=_instant(_element(text, "RequestTime") or (clocks[1] if clocks else "")),
        storage_class=cleaned(_element(text, "AccessTier") or _element(text, "StorageClass"))[:40],
        request_id=cleaned(_request_id(headers) or _element(text, "RequestId"))[:80],
        leads_to=_host_of(location),
        retry_after=_retry_after(headers),
        page_promised=headers.get("content-type", "").startswith("text/html"),
    )


def page_instead(headers: Mapping[str, str], body: bytes) -> str | None:
    """The words of a web page that was given in place of S3's success; None when it is no such page."""
    if any(name in headers for name in (*_S3_HEADERS, "etag")):
        return None
    text = body[:READ].decode("utf-8", "replace")
    if _shape(text) == "page":
        return cleaned(_from_page(text)[1])
    return "" if not text and headers.get("content-type", "").startswith("text/html") else None


def refusal_of(response: Mapping[str, Any]) -> Refusal:
    """The same from botocore's own reading, for answers whose body nobody has seen."""
    told, meta = response.get("Error") or {}, response.get("ResponseMetadata") or {}
    code, message = (str(told.get(name) or "") for name in ("Code", "Message"))
    status = int(meta.get("HTTPStatusCode") or 0) or (int(code) if code.isdigit() else 0)
    headers = {str(name).lower(): str(value) for name, value in (meta.get("HTTPHeaders") or {}).items()}
    bare = code.isdigit()
    return Refusal(
        status=status,
        code="" if bare else cleaned(code)[:64],
        message="" if bare else cleaned(message),
        shape="empty" if bare else "s3",
        from_s3=not bare or any(name in headers for name in _S3_HEADERS),
        region=cleaned(headers.get("x-amz-bucket-region", "") or str(told.get("Region") or ""))[:40],
        server_time=_instant(str(told.get("ServerTime") or "")),
        request_time=_instant(str(told.get("RequestTime") or "")),
        storage_class=cleaned(str(told.get("AccessTier") or told.get("StorageClass") or ""))[:40],
        request_id=cleaned(str(meta.get("RequestId") or _request_id(headers)))[:80],
        leads_to=_host_of(headers.get("location", "")),
        retry_after=_retry_after(headers),
    )


def _shape(text: str) -> Shape:
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        return "empty"
    if _PAGE.match(start):
        return "page"
    if start.startswith("<") and _element(start, "Code"):
        return "s3"
    if start[0] in "{[":
        return "json"
    return "text"


def _element(text: str, name: str) -> str:
    """The text of the first XML element of a name; empty when there is none."""
    found = re.search(rf"<(?:\w+:)?{name}\b[^<>]*>\s*(?:<!\[CDATA\[(.{{0,2000}}?)\]\]>|([^<]*))", text, re.S)
    return html.unescape((found[1] or found[2] or "").strip()) if found else ""


def _region(text: str, message: str, location: str) -> str:
    """Where a bucket lies, as told by name, in words, or by the host that is to be asked instead."""
    told = _EXPECTED_REGION.search(message)
    told = told or _EXPECTED_SCOPE.search(message)
    for host in (_element(text, "Endpoint"), _host_of(location)):
        told = told or _REGION_IN_HOST.search(host)
    return _element(text, "Region") or (told[1] if told else "")


def _from_page(text: str) -> tuple[str, str]:
    """The code S3's own web pages list, and the heading people would read."""
    listed = {name.lower(): html.unescape(value) for name, value in _LISTED.findall(text)}
    if "code" in listed:
        return listed["code"], listed.get("message", "")
    headings = [_without_tags(found[2]) for found in _HEADING.finditer(text)]
    rest = _without_tags(_HEADING.sub(" ", _HIDDEN.sub(" ", text)))
    kept: list[str] = []
    for part in (*headings, rest):
        if part and not any(part in other for other in kept):
            kept.append(part.rstrip("."))
    return "", ". ".join(kept)


def _without_tags(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _from_json(body: bytes) -> tuple[str, str]:
    try:
        value = msgspec.json.decode(body[:READ])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    found: dict[str, str] = {}
    _collect(value, found, 0)
    code = next((found[name] for name in _CODE_NAMES if name in found), "")
    message = next((found[name] for name in _MESSAGE_NAMES if name in found), "")
    # A sentence is no code, and a number says no more than the status does.
    if " " in code.strip() or code.isdigit():
        code = ""
    return code.rpartition("#")[2], message if message != code else ""


def _collect(value: object, found: dict[str, str], depth: int) -> None:
    """Texts by their names without case and punctuation, the outer ones first."""
    if depth > 4:
        return
    if isinstance(value, list):
        for item in value[:3]:
            _collect(item, found, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            plain = re.sub(r"[^a-z_]", "", str(name).lower())
            plain = plain if plain == "__type" else plain.replace("_", "")
            if isinstance(item, str) and item.strip():
                found.setdefault(plain, item)
        for item in value.values():
            _collect(item, found, depth + 1)


def _request_id(headers: Mapping[str, str]) -> str:
    return next((headers[name] for name in _REQUEST_IDS if headers.get(name)), "")


def _host_of(address: str) -> str:
    try:
        parts = urlsplit(address)
        return cleaned(f"{parts.scheme}://{parts.hostname}")[:120] if parts.hostname else ""
    except ValueError:
        return ""


def _instant(text: str) -> float | None:
    """Unix seconds of a time as servers write it: ISO, ISO without punctuation, or RFC 1123."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks for, as a number or as a moment by its own clock."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    then, now = _instant(text), _instant(headers.get("date", ""))
    if then is None:
        return None
    return max(0.0, then - (time.time() if now is None else now))
