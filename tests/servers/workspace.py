"""A researcher's place on a real server: a bucket, a prefix in it, and credentials that open only that."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.servers.rgw import RgwServer
from tests.servers.sts import Access, TemporaryCredentials, issue

PREFIX = "workspaces/alice/"
FOREIGN_PREFIX = "workspaces/bob/"
_KEPT_BYTES = 64 * 1024**2


@dataclass(frozen=True)
class Workspace:
    """One bucket with the prefix of a researcher and credentials of one hour for it.

    The methods act as the bucket's owner, so that a test can look at what the program did.
    """

    server: RgwServer
    bucket: str
    prefix: str
    """Ends in a slash."""
    credentials: TemporaryCredentials
    owner: Any = field(repr=False)
    """A blocking boto S3 client that may do everything."""

    @property
    def url(self) -> str:
        """The place as s3://bucket/prefix/."""
        return f"s3://{self.bucket}/{self.prefix}"

    def issue(
        self,
        lifetime_seconds: int,
        access: Access = "rw",
        without: tuple[str, ...] = (),
        also: tuple[str, ...] = (),
    ) -> TemporaryCredentials:
        """Issues another set for this place; see `tests.servers.sts.issue`."""
        return issue(self.server, self.bucket, self.prefix, lifetime_seconds, access, without, also)

    def put(self, name: str, data: bytes = b"") -> str:
        """Stores an object under the prefix and returns its key."""
        key = self.prefix + name
        self.owner.put_object(Bucket=self.bucket, Key=key, Body=data)
        return key

    def read(self, name: str) -> bytes:
        """Returns the bytes of an object under the prefix."""
        with self.owner.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"] as body:
            data: bytes = body.read()
        return data

    def sizes(self) -> dict[str, int]:
        """Returns the size in bytes of every object of the bucket by its key."""
        return {found["Key"]: found["Size"] for found in self._objects()}

    def names(self) -> tuple[str, ...]:
        """Returns the names of all objects under the prefix, without it, in the server's order."""
        return tuple(key.removeprefix(self.prefix) for key in self.sizes() if key.startswith(self.prefix))

    def open_uploads(self) -> tuple[tuple[str, str], ...]:
        """Returns key and upload id of every multipart upload that is neither complete nor aborted."""
        pages = self.owner.get_paginator("list_multipart_uploads").paginate(Bucket=self.bucket)
        return tuple((found["Key"], found["UploadId"]) for page in pages for found in page.get("Uploads", ()))

    def clean_up(self) -> None:
        """Aborts open uploads, deletes what would fill the server's memory, and closes the client."""
        for key, upload_id in self.open_uploads():
            self.owner.abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)
        sizes = self.sizes()
        if sum(sizes.values()) > _KEPT_BYTES:
            for key in (key for key, size in sizes.items() if size):
                self.owner.delete_object(Bucket=self.bucket, Key=key)
        self.owner.close()

    def _objects(self) -> Iterator[dict[str, Any]]:
        for page in self.owner.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            yield from page.get("Contents", ())


def new_workspace(server: RgwServer, prefix: str = PREFIX) -> Workspace:
    """Makes a new bucket with one foreign object beside the prefix, and issues credentials of one hour."""
    bucket = f"space-{secrets.token_hex(5)}"
    owner = server.owner_client()
    owner.create_bucket(Bucket=bucket)
    owner.put_object(Bucket=bucket, Key=FOREIGN_PREFIX + "secret.txt", Body=b"not for alice")
    return Workspace(server, bucket, prefix, issue(server, bucket, prefix, 3600), owner)
