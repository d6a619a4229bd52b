"""The S3 store of one connection: every verb that is not moving bytes, in one class."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

from msgspec.structs import replace

from s3tui.errors import AccessDenied, NotFound, ServerFault, StorageError
from s3tui.model.credentials import Connection, Workspace
from s3tui.model.entry import NO_TIME, EntryPage, ObjectInfo
from s3tui.model.location import S3Location
from s3tui.model.upload import OpenUpload
from s3tui.model.upload_check import UploadProof, WholeSum
from s3tui.storage.s3_call import S3Calls
from s3tui.storage.s3_client import S3Clients
from s3tui.storage.s3_copy import LARGEST_COPY, copy_in_parts, copy_whole
from s3tui.storage.s3_delete import delete_keys
from s3tui.storage.s3_listing import S3Listing
from s3tui.storage.s3_multipart import S3Multipart
from s3tui.storage.s3_uploads import S3Uploads
from s3tui.storage.upload_probe import UploadProbe

CHECKSUMS = ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
"""The checksum headers of S3, without their `x-amz-checksum-`."""


class S3Store:
    """Listing, HEAD, multipart verbs, markers, deletes and copies; see `transfer.protocols.ObjectStore`."""

    def __init__(self, clients: S3Clients, home: Workspace | None = None) -> None:
        """Use open clients; `home` as in `S3Calls`."""
        self.calls = S3Calls(clients, home)
        self._listing = S3Listing(self.calls)
        self._multipart = S3Multipart(self.calls, self._head_waiting)
        self._uploads = S3Uploads(self.calls)
        self._probe = UploadProbe(self.calls)

    async def check_access(self, connection: Connection) -> Connection:
        """Prove that the credentials work at this place, and return the place with what was learnt.

        Lists one key of the workspace's root; where no bucket is known, the buckets, and takes the only one.

        Raises:
            StorageError: they do not work, or not there.
        """
        home = connection.workspace
        endpoint = connection.endpoint
        if not home.bucket:
            home = await self._only_bucket(home)
        if home.bucket:
            headers = await self._listing.first_page(S3Location(home.bucket, home.prefix))
            region = headers.get("x-amz-bucket-region")
            if region and region != endpoint.region:
                endpoint = replace(endpoint, region=region)
        self.calls.home_is_known_open(home)
        return Connection(endpoint, home)

    def list_pages(
        self, location: S3Location, *, recursive: bool = False, wait: bool = False, etags: bool = False
    ) -> AsyncGenerator[EntryPage, None]:
        """Pages of a bucket, a prefix or the list of buckets; see `S3Listing.pages`."""
        return self._listing.pages(location, recursive=recursive, wait=wait, etags=etags)

    async def head(
        self, location: S3Location, *, wait: bool = False, many: bool = False, part: int = 0
    ) -> ObjectInfo:
        """HeadObject, of a part where one is named; `many` has it go by the client with many connections.

        Raises:
            NotFound: there is no such object.
            StorageError: anything else.
        """
        answer = await self.calls.call(
            "head_object",
            "read",
            location,
            wait=wait,
            purpose="transfer" if many else None,
            Bucket=location.bucket,
            Key=location.key,
            ChecksumMode="ENABLED",
            **({"PartNumber": part} if part else {}),
        )
        return object_info(answer)

    async def create_multipart_upload(
        self,
        location: S3Location,
        metadata: dict[str, str],
        *,
        checksum: str = "",
        wait: bool = True,
        on_stray: Callable[[], None] = lambda: None,
    ) -> str:
        """Open a multipart upload and return its id; `on_stray` is called when another may stay open."""
        return await self._multipart.create(
            location, metadata, checksum=checksum, wait=wait, on_stray=on_stray
        )

    async def prove_upload(
        self, location: S3Location, upload_id: str, numbers: tuple[int, ...], checksum: str
    ) -> UploadProof:
        """Try parts that have not been sent; see `UploadProbe.ask`."""
        return await self._probe.ask(location, upload_id, numbers, checksum)

    async def complete_multipart_upload(
        self,
        location: S3Location,
        upload_id: str,
        etags: tuple[tuple[int, str], ...],
        whole: WholeSum | None = None,
    ) -> str:
        """Make the object of its parts; see `S3Multipart.complete`."""
        return await self._multipart.complete(location, upload_id, etags, whole)

    async def abort_multipart_upload(self, location: S3Location, upload_id: str) -> None:
        """Drop an upload; one that is gone already is fine."""
        await self._multipart.abort(location, upload_id)

    async def uploads_of_key(
        self, location: S3Location, since: float, until: float
    ) -> tuple[OpenUpload, ...]:
        """The open uploads of one key that were begun between two moments of the server's clock."""
        return await self._uploads.of_key(location, since, until)

    def uploads_below(self, location: S3Location) -> AsyncGenerator[OpenUpload, None]:
        """All open uploads of keys that begin with the location's; see `S3Uploads.below`."""
        return self._uploads.below(location)

    async def put_folder_marker(self, location: S3Location) -> None:
        """Make an empty object whose key ends in "/"."""
        key = location.key if location.key.endswith("/") else location.key + "/"
        await self.calls.call("put_object", "write", location, Bucket=location.bucket, Key=key, Body=b"")

    async def delete_objects(self, bucket: str, keys: tuple[str, ...]) -> int:
        """Delete keys and return how many are gone, which is all of them.

        Raises:
            StorageError: some are left; the sentence says how many, and why the first one is.
        """
        gone, failed = await self.delete_each(bucket, keys)
        if failed:
            _, first = failed[0]
            if len(keys) == 1:
                raise first
            raise type(first)(
                f"{len(failed)} of {len(keys)} objects are not deleted. {first.sentence}",
                next_step=first.next_step,
                detail=first.detail,
            )
        return gone

    async def delete_each(
        self, bucket: str, keys: tuple[str, ...]
    ) -> tuple[int, tuple[tuple[str, StorageError], ...]]:
        """Delete keys and return how many are gone, and why each of the others is not."""
        return await delete_keys(self.calls, bucket, keys)

    async def copy_object(self, source: S3Location, destination: S3Location, size: int) -> None:
        """Copy on the server, in parts where one request would not do; the copy is seen to be there.

        Raises:
            StorageError: it is not, or not all of it: the source must stay.
        """
        if size <= LARGEST_COPY:
            etag = await copy_whole(self.calls, source, destination)
            there = await self.head(destination)
            if there.size != size or there.etag != etag:
                raise ServerFault(
                    f"{destination} is not what was copied; {source} is still there.", next_step="Try again."
                )
            return
        info = await self.head(source)
        await copy_in_parts(
            self.calls, self._multipart, source, destination, info.size, info.metadata, info.etag
        )

    async def _head_waiting(self, location: S3Location) -> ObjectInfo:
        return await self.head(location, wait=True)

    async def _only_bucket(self, home: Workspace) -> Workspace:
        try:
            pages = [page async for page in self._listing.pages(S3Location(""))]
        except AccessDenied as denied:
            raise AccessDenied(
                "These credentials may not list buckets, and no bucket is named.",
                next_step="Add the place, as s3://bucket/prefix.",
                detail=denied.detail,
            ) from None
        names = [name for page in pages for name in page.names]
        if not names:
            raise NotFound(
                "These credentials see no bucket.", next_step="Add the place, as s3://bucket/prefix."
            )
        return replace(home, bucket=names[0]) if len(names) == 1 else home


def object_info(answer: dict[str, Any]) -> ObjectInfo:
    """What a HEAD or GET answer tells of an object."""
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    kind, etag = headers.get("x-amz-checksum-type", "").upper(), str(answer.get("ETag") or "").strip('"')
    found = {f"x-amz-checksum-{name}": headers.get(f"x-amz-checksum-{name}", "") for name in CHECKSUMS}
    modified = answer.get("LastModified")
    restored = 'ongoing-request="false"' in str(answer.get("Restore", ""))
    cold = answer.get("StorageClass") in ("GLACIER", "DEEP_ARCHIVE") or bool(answer.get("ArchiveStatus"))
    return ObjectInfo(
        size=int(answer.get("ContentLength") or 0),
        etag=etag,
        modified=modified.timestamp() if modified is not None else NO_TIME,
        metadata={name.lower(): value for name, value in (answer.get("Metadata") or {}).items()},
        checksums={name: value for name, value in found.items() if _is_of_all(name, value, kind, etag)},
        composite={name: value for name, value in found.items() if kind == "COMPOSITE" and "-" in value},
        encrypted=str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
        or "SSECustomerAlgorithm" in answer,
        archived=cold and not restored,
    )


def _is_of_all(name: str, value: str, kind: str, etag: str) -> bool:
    """Whether a checksum is that of the contents as a whole.

    Where an object was sent in parts and the server does not say so, it may as well be that of the parts'
    checksums; only CRC64NVME is never made of those.
    """
    if not value or "-" in value or kind == "COMPOSITE":
        return False
    return bool(kind) or "-" not in etag or name.endswith("crc64nvme")
