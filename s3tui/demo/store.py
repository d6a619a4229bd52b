"""Buckets, objects and multipart uploads in memory; the bytes themselves are `content`.

Keys are kept sorted by code point, which is S3's order of UTF-8 bytes too, so that a page of a listing
costs the page and not the bucket. Everything runs on the server's loop: there are no locks.
"""

import bisect
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from s3tui.demo.content import Content, GeneratedContent, Spool
from s3tui.demo.responses import S3Error

MAX_KEY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Description:
    """What a client says about an object besides its bytes."""

    content_type: str = "binary/octet-stream"
    headers: tuple[tuple[str, str], ...] = ()
    """Cache-Control and its like, as given."""
    metadata: tuple[tuple[str, str], ...] = ()
    """The `x-amz-meta-*` headers, names in lower case."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as it stands in a bucket."""

    key: str
    content: Content
    etag: str
    """Without quotes."""
    modified: float
    """Unix seconds by the server's clock."""
    description: Description = Description()
    checksums: tuple[tuple[str, str], ...] = ()
    """Algorithm in lower case and base64 value."""
    checksum_type: str = "FULL_OBJECT"
    part_sizes: tuple[int, ...] = ()
    """Bytes of each part of a multipart upload; empty for a single put."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.content.size

    @property
    def quoted_etag(self) -> str:
        """The ETag as headers and listings carry it."""
        return f'"{self.etag}"'


@dataclass(frozen=True, slots=True)
class Part:
    """One uploaded part."""

    number: int
    content: Content
    etag: str
    """MD5 in hexadecimal, without quotes."""
    modified: float
    checksums: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Upload:
    """A multipart upload in progress."""

    upload_id: str
    key: str
    started: float
    description: Description
    checksum_algorithm: str = ""
    checksum_type: str = ""
    parts: dict[int, Part] = field(default_factory=dict)


class Bucket:
    """Objects in order, and the uploads that may become some."""

    def __init__(self, name: str, created: float) -> None:
        """Start empty."""
        self.name = name
        self.created = created
        self.uploads: dict[str, Upload] = {}
        self.completed: dict[str, str] = {}
        """ETag of each finished upload by its id: completing twice is answered twice."""
        self._objects: dict[str, StoredObject] = {}
        self._keys: list[str] = []

    def __len__(self) -> int:
        """Count objects."""
        return len(self._keys)

    def find(self, key: str) -> StoredObject | None:
        """The object of that key, or None."""
        return self._objects.get(key)

    def get(self, key: str) -> StoredObject:
        """The object of that key; raises NoSuchKey."""
        found = self._objects.get(key)
        if found is None:
            raise S3Error("NoSuchKey", extra={"Key": key})
        return found

    def put(self, stored: StoredObject) -> None:
        """Add or replace an object."""
        if stored.key not in self._objects:
            bisect.insort(self._keys, stored.key)
        self._objects[stored.key] = stored

    def fill(self, objects: list[StoredObject]) -> None:
        """Add many objects at once, sorting once."""
        self._objects.update((stored.key, stored) for stored in objects)
        self._keys = sorted(self._objects)

    def delete(self, key: str) -> None:
        """Remove an object; a missing one is no error, as on S3."""
        if self._objects.pop(key, None) is not None:
            del self._keys[bisect.bisect_left(self._keys, key)]

    def index_of(self, key: str) -> int:
        """Position of the first key that is not below `key`."""
        return bisect.bisect_left(self._keys, key)

    def key_at(self, index: int) -> str | None:
        """The key at a position, or None past the end."""
        return self._keys[index] if index < len(self._keys) else None

    def upload(self, upload_id: str, key: str) -> Upload:
        """The upload of that id for that key; raises NoSuchUpload."""
        found = self.uploads.get(upload_id)
        if found is None or found.key != key:
            raise S3Error("NoSuchUpload", extra={"UploadId": upload_id})
        return found

    def start_upload(self, key: str, started: float, description: Description) -> Upload:
        """A new upload for `key`."""
        upload = Upload(secrets.token_urlsafe(48), key, started, description)
        self.uploads[upload.upload_id] = upload
        return upload


class Store:
    """All buckets and the spool their bodies are in."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without buckets; `clock` gives the server's Unix seconds."""
        self.clock = clock
        self.spool = Spool()
        self.buckets: dict[str, Bucket] = {}

    def bucket(self, name: str) -> Bucket:
        """The bucket of that name; raises NoSuchBucket."""
        found = self.buckets.get(name)
        if found is None:
            raise S3Error("NoSuchBucket", extra={"BucketName": name})
        return found

    def create_bucket(self, name: str) -> Bucket:
        """A new bucket; raises BucketAlreadyOwnedByYou."""
        if name in self.buckets:
            raise S3Error("BucketAlreadyOwnedByYou", extra={"BucketName": name})
        self.buckets[name] = Bucket(name, self.clock())
        return self.buckets[name]

    def close(self) -> None:
        """Forget everything."""
        self.buckets.clear()
        self.spool.close()


def generated_object(key: str, size: int, modified: float, description: Description) -> StoredObject:
    """An object of generated bytes, looking like an upload in parts of 8 MiB."""
    content = GeneratedContent(key, size)
    return StoredObject(key, content, content.etag(), modified, description, part_sizes=content.part_sizes())


def after_prefix(prefix: str) -> str | None:
    """The smallest key above every key that starts with `prefix`, or None when there is no such key."""
    while prefix:
        last = ord(prefix[-1]) + 1
        if last == 0xD800:
            last = 0xE000
        if last <= sys.maxunicode:
            return prefix[:-1] + chr(last)
        prefix = prefix[:-1]
    return None
