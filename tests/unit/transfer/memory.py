"""A store of our own protocol that keeps only names, for plans and queues too large for a real server."""

from collections.abc import AsyncGenerator, Callable

from s3tui.errors import AccessDenied, NotFound
from s3tui.model.entry import Entry, EntryPage, ObjectInfo
from s3tui.model.location import S3Location
from s3tui.model.upload import OpenUpload
from s3tui.model.upload_check import UploadProof, WholeSum
from s3tui.model.work import Failed, Fetched, FetchFile, Outcome, PutFile, Sent, Unit
from s3tui.transfer.protocols import Moved

PAGE = 1000


class NameStore:
    """Lists and heads what it was given; `denied` names verbs that are refused."""

    def __init__(self, entries: dict[str, Entry] | None = None, denied: tuple[str, ...] = ()) -> None:
        """`entries` by key."""
        self.entries = entries or {}
        self.denied = denied
        self.listings = 0
        self.heads = 0
        self.pages = 0

    async def head(
        self, location: S3Location, *, wait: bool = False, many: bool = False, part: int = 0
    ) -> ObjectInfo:
        """What is known of a key."""
        self.heads += 1
        self._allow("head")
        entry = self.entries.get(location.key)
        if entry is None:
            raise NotFound("There is none.")
        return ObjectInfo(entry.size, entry.etag, entry.modified)

    async def list_pages(
        self, location: S3Location, *, recursive: bool = False, etags: bool = False
    ) -> AsyncGenerator[EntryPage, None]:
        """Pages of what lies under a prefix."""
        self.listings += 1
        self._allow("list")
        found = [
            Entry(key.removeprefix(location.key), entry.kind, entry.size, entry.modified)
            for key, entry in self.entries.items()
            if key.startswith(location.key) and key != location.key
        ]
        for start in range(0, len(found), PAGE):
            self.pages += 1
            yield EntryPage.of(found[start : start + PAGE])

    async def create_multipart_upload(
        self,
        location: S3Location,
        metadata: dict[str, str],
        *,
        checksum: str = "",
        wait: bool = True,
        on_stray: Callable[[], None] = lambda: None,
    ) -> str:
        """An id."""
        return "upload"

    async def prove_upload(
        self, location: S3Location, upload_id: str, numbers: tuple[int, ...], checksum: str
    ) -> UploadProof:
        """Nothing is known."""
        return UploadProof()

    async def complete_multipart_upload(
        self,
        location: S3Location,
        upload_id: str,
        etags: tuple[tuple[int, str], ...],
        whole: WholeSum | None = None,
    ) -> str:
        """Nothing is made."""
        return ""

    async def abort_multipart_upload(self, location: S3Location, upload_id: str) -> None:
        """Nothing to abort."""

    async def uploads_of_key(
        self, location: S3Location, since: float, until: float
    ) -> tuple[OpenUpload, ...]:
        """None is ever open."""
        return ()

    async def put_folder_marker(self, location: S3Location) -> None:
        """Nothing is made."""

    async def delete_objects(self, bucket: str, keys: tuple[str, ...]) -> int:
        """Nothing is deleted."""
        return 0

    async def copy_object(self, source: S3Location, destination: S3Location, size: int) -> None:
        """Nothing is copied."""

    def _allow(self, verb: str) -> None:
        if verb in self.denied:
            raise AccessDenied("You may not.")


class QuickWorkers:
    """Says that everything was sent."""

    def __init__(self) -> None:
        """Count from nothing."""
        self.sent = 0

    async def run(self, unit: Unit, moved: Moved) -> Outcome:
        """Pretend."""
        match unit:
            case PutFile():
                self.sent += 1
                moved(unit.identity.size)
                return Sent("e", unit.identity.size)
            case FetchFile():
                return Fetched(unit.expected_size, "e", 0.0)
            case _:
                raise NotImplementedError(type(unit))


class Never:
    """Workers that never finish anything."""

    async def run(self, unit: Unit, moved: Moved) -> Outcome:
        """Wait for a cancellation."""
        import asyncio

        await asyncio.Event().wait()
        return Failed(None)  # type: ignore[arg-type]
