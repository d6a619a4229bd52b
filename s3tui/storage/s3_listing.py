"""Listings of buckets and prefixes, page by page, each next page asked for before the last one is used."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Any

from s3tui.errors import AccessDenied, ServerFault, Unreachable
from s3tui.model.entry import NO_SIZE, NO_TIME, Entry, EntryKind, EntryPage
from s3tui.model.location import S3Location
from s3tui.storage.raw_pages import PAGE
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_pages import RawPage

_ASKED = 2
"""Times that a page is asked for when it says that more follows and not where."""


class S3Listing:
    """ListObjectsV2 and ListBuckets of one connection."""

    def __init__(self, calls: S3Calls) -> None:
        """Use these calls."""
        self._calls = calls

    async def pages(
        self, location: S3Location, *, recursive: bool = False, wait: bool = False, etags: bool = False
    ) -> AsyncGenerator[EntryPage, None]:
        """Yield the entries of a bucket or prefix, or of the list of buckets; closing it stops the requests.

        Recursive listings name every object by its path below the prefix; a folder marker among them is a
        FOLDER without its slash. The marker of the listed prefix itself is left out. With `etags` the pages
        hold them.

        Raises:
            StorageError: before the first page or between pages.
        """
        if not location.bucket:
            yield await self._buckets(wait)
            return
        prefix = location.key if location.is_folder else location.key + "/"
        delimiter = "" if recursive else "/"
        try:
            first = await self._ask(location, prefix, delimiter, None, wait)
        except AccessDenied as refused:
            if not prefix:
                raise
            async with aclosing(
                self._without_slash(location, prefix, recursive, wait, etags, refused)
            ) as folded:
                async for page in folded:
                    yield page
            return
        async with aclosing(self._follow(location, prefix, delimiter, first, wait)) as pages:
            async for raw in pages:
                yield raw.page(prefix.encode("utf-8", "surrogateescape"), recursive=recursive, etags=etags)

    async def first_page(self, location: S3Location, *, wait: bool = False) -> dict[str, str]:
        """Prove that a bucket or prefix can be listed; returns the headers of the answer.

        Raises:
            StorageError: it cannot, with neither form of the prefix.
        """
        try:
            answer = await self._answer(location, location.key, "/", None, wait, keys=1)
        except AccessDenied as refused:
            if not location.key:
                raise
            try:
                answer = await self._answer(location, location.key.rstrip("/"), "/", None, wait, keys=1)
            except AccessDenied:
                raise refused from None
        headers: dict[str, str] = answer["ResponseMetadata"]["HTTPHeaders"]
        return headers

    async def _follow(
        self, location: S3Location, prefix: str, delimiter: str, first: RawPage, wait: bool
    ) -> AsyncGenerator[RawPage, None]:
        raw, seen = first, set[str]()
        while True:
            token = raw.next_token
            if token is None:
                yield raw
                return
            if token in seen:
                yield raw
                raise ServerFault(
                    f"{self._calls.clients.endpoint.host} repeats its listing of {location} without end.",
                    next_step="The entries so far are shown.",
                )
            seen.add(token)
            ahead = asyncio.ensure_future(self._ask(location, prefix, delimiter, token, wait))
            try:
                yield raw
                raw = await ahead
            finally:
                await _end(ahead)

    async def _without_slash(
        self,
        location: S3Location,
        prefix: str,
        recursive: bool,
        wait: bool,
        etags: bool,
        refused: AccessDenied,
    ) -> AsyncGenerator[EntryPage, None]:
        """List for a policy that allows exactly `folder`: everything below, folded into folders by us."""
        bare, raw_prefix = prefix.rstrip("/"), prefix.encode("utf-8", "surrogateescape")
        try:
            first = await self._ask(location, bare, "", None, wait)
        except AccessDenied:
            raise refused from None
        folders: set[str] = set()
        async with aclosing(self._follow(location, bare, "", first, wait)) as pages:
            async for raw in pages:
                page = raw.page(raw_prefix, recursive=True, etags=etags)
                yield page if recursive else _folded(page, folders)

    async def _ask(
        self, location: S3Location, prefix: str, delimiter: str, token: str | None, wait: bool
    ) -> RawPage:
        host = self._calls.clients.endpoint.host
        for _ in range(_ASKED):
            answer = await self._answer(location, prefix, delimiter, token, wait)
            page = answer.get(PAGE)
            if not isinstance(page, RawPage):
                raise Unreachable(f"{host} gave no listing of {location}.")
            try:
                _ = page.next_token
            except Unreachable:
                continue
            return page
        raise Unreachable(f"{host} broke the listing of {location} off without saying how to go on.")

    def _answer(
        self,
        location: S3Location,
        prefix: str,
        delimiter: str,
        token: str | None,
        wait: bool,
        keys: int = 1000,
    ) -> Awaitable[dict[str, Any]]:
        more: dict[str, Any] = {} if token is None else {"ContinuationToken": token}
        return self._calls.call(
            "list_objects_v2",
            "list",
            location,
            wait=wait,
            Bucket=location.bucket,
            # Both are sent when empty, too: there are policies that compare them.
            Prefix=prefix,
            Delimiter=delimiter,
            MaxKeys=keys,
            **more,
        )

    async def _buckets(self, wait: bool) -> EntryPage:
        answer = await self._calls.call("list_buckets", "list", S3Location(""), wait=wait)
        return EntryPage.of(
            Entry(
                found["Name"],
                EntryKind.BUCKET,
                NO_SIZE,
                found["CreationDate"].timestamp() if "CreationDate" in found else NO_TIME,
            )
            for found in answer.get("Buckets", ())
        )


def _folded(page: EntryPage, folders: set[str]) -> EntryPage:
    """Only the first level of a recursive page; `folders` holds those that were shown before."""
    rows: list[Entry] = []
    for row in page.rows():
        head, slash, _ = row.name.partition("/")
        if not slash and row.kind is not EntryKind.FOLDER:
            rows.append(row)
        elif head not in folders:
            folders.add(head)
            rows.append(Entry(head, EntryKind.FOLDER))
    return EntryPage.of(rows)


async def _end(task: "asyncio.Future[RawPage]") -> None:
    if not task.done():
        task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()
