"""What transfers need from the outside, as protocols: tests and the engine put the real things in."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from s3tui.model.entry import Entry, EntryPage, ObjectInfo
from s3tui.model.location import Location, S3Location
from s3tui.model.upload import OpenUpload
from s3tui.model.upload_check import UploadProof, WholeSum
from s3tui.model.work import Outcome, SourceIdentity, Unit

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


class Gate(Protocol):
    """Says how many requests may move bytes at the same time, and what all of them wait for."""

    outage: str
    """Why there is no way to the server; empty while there is one."""
    on_outage: Callable[[str], None]
    """Called with a sentence when all begin to wait for the network, and "" when that is over."""

    @property
    def at_once(self) -> int:
        """Requests that may move bytes now."""
        ...

    @property
    def most(self) -> int:
        """Requests at once, at the very most."""
        ...

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Hold the right to one such request."""
        ...

    def done(self, size: int) -> None:
        """Note a unit that has moved `size` bytes to its end."""
        ...

    def alive(self) -> None:
        """Note that bytes move: there is a way to the server."""
        ...


class ObjectStore(Protocol):
    """The S3 verbs that transfers and plans use besides moving bytes; all raise `StorageError`s.

    Calls made with `wait=True` wait for credentials while they are expired; others raise CredentialsExpired.
    """

    async def head(
        self, location: S3Location, *, wait: bool = False, many: bool = False, part: int = 0
    ) -> ObjectInfo:
        """HeadObject; NotFound when absent. `many` keeps the connections for further ones.

        With a `part` the size is that of this part of the object, where the server understands the question.
        """
        ...

    def list_pages(
        self, location: S3Location, *, recursive: bool = False, etags: bool = False
    ) -> AsyncGenerator[EntryPage, None]:
        """Pages of a folder's entries; names relative to it, ETags only when asked for."""
        ...

    async def create_multipart_upload(
        self,
        location: S3Location,
        metadata: dict[str, str],
        *,
        checksum: str = "",
        wait: bool = True,
        on_stray: Callable[[], None] = lambda: None,
    ) -> str:
        """CreateMultipartUpload; returns the upload id. Every part has to carry the `checksum` that is named.

        `on_stray` is called when an earlier attempt, whose answer was lost, may have left an upload open.
        """
        ...

    async def prove_upload(
        self, location: S3Location, upload_id: str, numbers: tuple[int, ...], checksum: str
    ) -> UploadProof:
        """Find out what the server checks, with parts that have not been sent; never fails."""
        ...

    async def complete_multipart_upload(
        self,
        location: S3Location,
        upload_id: str,
        etags: tuple[tuple[int, str], ...],
        whole: WholeSum | None = None,
    ) -> str:
        """CompleteMultipartUpload with (part number, ETag) pairs; returns the final ETag or ""."""
        ...

    async def abort_multipart_upload(self, location: S3Location, upload_id: str) -> None:
        """AbortMultipartUpload; an upload that is gone already is fine."""
        ...

    async def uploads_of_key(
        self, location: S3Location, since: float, until: float
    ) -> tuple[OpenUpload, ...]:
        """The open uploads of one key begun between two moments (Unix seconds) of the server's clock."""
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


class LocalFiles(Protocol):
    """What transfers do to local files besides moving bytes; blocking, so it runs in threads.

    All raise `StorageError`s. Where a `root` is asked for it is the number of bytes of the path that the user
    chose himself: below them no symbolic link is followed.
    """

    def identify(self, path: bytes) -> SourceIdentity:
        """The identity of a regular file; symbolic links are followed."""
        ...

    def make_folders(self, path: bytes, root: int) -> None:
        """Make a folder and all that is missing above it."""
        ...

    def make_part_file(self, path: bytes, root: int) -> None:
        """Make a new, empty temporary file, after removing our own leftover."""
        ...

    def part_file_size(self, path: bytes) -> int | None:
        """Bytes of a temporary file that is a regular file of ours, else None."""
        ...

    def finish(
        self, part: bytes, target: bytes, root: int, *, replace: bool, modified_ns: int | None
    ) -> None:
        """Bring a verified temporary file to the disk and give it its final name and time.

        Raises:
            Changed: the target exists and `replace` is False.
        """
        ...

    def discard(self, part: bytes, root: int) -> None:
        """Remove a temporary file; one that is gone already is fine."""
        ...

    def remove_source(self, path: bytes, root: int, identity: SourceIdentity | None) -> None:
        """Delete a file that was moved away, and folders below the root that became empty.

        Args:
            path: the file, or an empty folder when `identity` is None.
            root: see above.
            identity: of the file that was copied.

        Raises:
            Changed: it is not that file any more.
        """
        ...

    def free_space(self, path: bytes) -> int:
        """Bytes that can still be written at a path or its nearest existing parent."""
        ...
