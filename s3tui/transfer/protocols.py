"""What transfers need from the outside, as protocols: tests and the engine put the real things in."""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

from s3tui.model.entry import Entry, EntryPage, ObjectInfo
from s3tui.model.location import Location, S3Location
from s3tui.model.work import Outcome, Unit

Moved = Callable[[int], None]
"""Called with bytes that have moved since the last call; negative when some are sent again."""


class ByteWorkers(Protocol):
    """Stateless executors of units of work."""

    async def run(self, unit: Unit, moved: Moved) -> Outcome:
        """Do one unit. Waits for credentials as long as it takes; cancelling stops it within a second.

        Never raises for failures of the work itself: they are `Failed` outcomes. Progress that was reported
        for work that failed is taken back with a negative `moved` before this returns.
        """
        ...


class ObjectStore(Protocol):
    """The S3 verbs that transfers and plans use besides moving bytes; all raise `StorageError`s.

    Calls made with `wait=True` wait for credentials while they are expired; others raise CredentialsExpired.
    """

    async def head(self, location: S3Location, *, wait: bool = False) -> ObjectInfo:
        """HeadObject; NotFound when absent."""
        ...

    def list_pages(self, location: S3Location, *, recursive: bool = False) -> AsyncIterator[EntryPage]:
        """Pages of a folder's entries; names relative to it."""
        ...

    async def create_multipart_upload(
        self, location: S3Location, metadata: dict[str, str], *, wait: bool = True
    ) -> str:
        """CreateMultipartUpload; returns the upload id."""
        ...

    async def complete_multipart_upload(
        self, location: S3Location, upload_id: str, etags: tuple[tuple[int, str], ...]
    ) -> str:
        """CompleteMultipartUpload with (part number, ETag) pairs; returns the final ETag or ""."""
        ...

    async def abort_multipart_upload(self, location: S3Location, upload_id: str) -> None:
        """AbortMultipartUpload; an upload that is gone already is fine."""
        ...

    async def put_folder_marker(self, location: S3Location) -> None:
        """An empty object whose key ends in "/"."""
        ...

    async def delete_objects(self, bucket: str, keys: tuple[str, ...]) -> int:
        """Delete up to 1,000 keys; falls back to single deletes. Returns how many are gone."""
        ...

    async def copy_object(self, source: S3Location, destination: S3Location, size: int) -> None:
        """Server-side copy, in parts where one request would not do."""
        ...


class LocalStore(Protocol):
    """Local folders, listed in threads."""

    def list_pages(self, location: Location, *, recursive: bool = False) -> AsyncIterator[EntryPage]:
        """Pages of a folder's entries; names relative to it."""
        ...

    async def inspect(self, location: Location) -> Entry:
        """One entry."""
        ...
