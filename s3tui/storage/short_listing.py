"""The short way of browsing: listings besides what the short way does for single objects.

A page through botocore and aiohttp costs twice what reading its thousand keys does, and the first one half a
second of imports.
"""

import re
from typing import Any

from msgspec.structs import replace

from s3tui.storage.raw_pages import PAGE
from s3tui.storage.s3_answer import Refusal
from s3tui.storage.s3_errors import refuse_page, refused
from s3tui.storage.s3_pages import RawPage
from s3tui.storage.s3_place import DEFAULT_REGION, Place
from s3tui.storage.short_way import Answer, ShortWay
from s3tui.storage.sigv4 import EMPTY, encoded_query

_QUERY = {
    "Prefix": "prefix",
    "Delimiter": "delimiter",
    "MaxKeys": "max-keys",
    "ContinuationToken": "continuation-token",
}

_REGION = re.compile(r"[A-Za-z0-9-]{1,40}")

_MOST_PAGE = 32 * 1024 * 1024
"""Bytes of a page; a thousand of the longest keys in their longest form are a third of it."""


class ShortListing(ShortWay):
    """Has the methods of an aiobotocore client, and does listings and single objects itself where it can."""

    async def list_objects_v2(self, **parameters: Any) -> Answer:
        """ListObjectsV2; what it raises `judge` understands."""
        bucket = parameters["Bucket"]
        place = self._place(bucket)
        if not parameters.keys() - _QUERY.keys() - {"Bucket"}:
            while place is not None:
                told = await self._page(place, parameters)
                if not isinstance(told, Refusal):
                    return told
                place = self._places[bucket] = self._signed_elsewhere(place, told)
        listed: Answer = await self._long.list_objects_v2(**parameters)
        return listed

    def _signed_elsewhere(self, place: Place, told: Refusal) -> Place | None:
        """The same place, signed for the region that its server names; botocore knows all else."""
        own = self._endpoint.url is not None and place.region == (self._endpoint.region or DEFAULT_REGION)
        named = told.status in (400, 403) and _REGION.fullmatch(told.region) and told.region != place.region
        return replace(place, region=told.region) if own and named else None

    async def _page(self, place: Place, parameters: dict[str, Any]) -> Answer | Refusal:
        """Ask for a page; a refusal is one to ask elsewhere, or signed for another region."""
        query = {_QUERY[name]: str(value) for name, value in parameters.items() if name in _QUERY}
        asked = encoded_query({"list-type": "2", "encoding-type": "url", **query})
        # The bucket itself, whose address has no slash at its end unless it is all of the path.
        path = place.path.removesuffix("/") or "/"
        head = self._head(place, "GET", path, asked, self._terms("ListObjectsV2"), EMPTY)
        reply = await self._http.ask(place.origin, "GET", head)
        body, status, headers = await reply.read(_MOST_PAGE), reply.status, reply.headers
        self._live.clock.observe(headers.get("date"), refused=status == 403)
        refuse_page({"body": body, "status_code": status, "headers": headers})
        if status < 300:
            meta = {"HTTPStatusCode": status, "HTTPHeaders": headers, "RetryAttempts": 0}
            return {"ResponseMetadata": meta, PAGE: RawPage.of(body)}
        error, elsewhere = refused(status, headers, body, "ListObjectsV2", place.region)
        if elsewhere:
            return error.refusal
        raise error
