"""Where something is: a local path or a bucket and key.

Locations are never bare strings. A folder in S3 is a prefix that ends in "/" (or is empty, the root of the
bucket); an empty bucket stands for the list of buckets.
"""

import os
from typing import Self

from msgspec import Struct


class LocalLocation(Struct, frozen=True, tag="local"):
    """A local file or folder.

    Paths are kept as bytes because a Unix name need not be UTF-8, and every byte must survive the way
    through the message channel.
    """

    raw: bytes

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> Self:
        """Make a location from a path; relative paths count from the working directory."""
        return cls(os.fsencode(os.path.abspath(os.fspath(path))))

    @property
    def path(self) -> str:
        """The path as Python's own file functions take it (undecodable bytes as surrogates)."""
        return os.fsdecode(self.raw)

    @property
    def name(self) -> str:
        """The last component; "/" for the root."""
        return os.path.basename(self.path) or "/"

    @property
    def parent(self) -> "LocalLocation":
        """The folder this lies in; the root is its own parent."""
        return LocalLocation(os.path.dirname(self.raw) or b"/")

    @property
    def is_root(self) -> bool:
        """Whether there is nothing above."""
        return os.path.dirname(self.raw) == self.raw

    def child(self, name: str, *, folder: bool = False) -> "LocalLocation":
        """The location of an entry in this folder; `folder` makes no difference for local paths."""
        return LocalLocation(os.path.join(self.raw, os.fsencode(name)))

    def __str__(self) -> str:
        """The path for display; undecodable bytes are shown as the replacement character."""
        return self.raw.decode("utf-8", "replace")


class S3Location(Struct, frozen=True, tag="s3"):
    """A bucket, a prefix or an object."""

    bucket: str
    """Bucket name; empty stands for the list of all buckets."""

    key: str = ""
    """Key of an object, or a prefix that ends in "/"; empty is the bucket's root."""

    @classmethod
    def parse(cls, address: str) -> Self:
        """Read `s3://bucket/key`.

        Raises:
            ValueError: the address has no bucket or another scheme.
        """
        if not address.startswith("s3://"):
            raise ValueError(f"{address!r} is not an s3:// address")
        bucket, _, key = address[5:].partition("/")
        if not bucket and key:
            raise ValueError(f"{address!r} names no bucket")
        return cls(bucket, key)

    @property
    def is_folder(self) -> bool:
        """Whether this is a bucket or a prefix."""
        return not self.key or self.key.endswith("/")

    @property
    def name(self) -> str:
        """The last component, without its slash."""
        return self.key.rstrip("/").rpartition("/")[2] or self.bucket

    @property
    def is_root(self) -> bool:
        """Whether there is nothing above (the list of buckets)."""
        return not self.bucket

    @property
    def parent(self) -> "S3Location":
        """The prefix this lies in; a bucket's parent is the list of buckets."""
        if not self.key:
            return S3Location("")
        stem = self.key[:-1] if self.key.endswith("/") else self.key
        cut = stem.rfind("/")
        return S3Location(self.bucket, stem[: cut + 1])

    def child(self, name: str, *, folder: bool = False) -> "S3Location":
        """The location of an entry under this prefix; folders get their trailing slash."""
        if not self.bucket:
            return S3Location(name)
        return S3Location(self.bucket, f"{self.key}{name}/" if folder else f"{self.key}{name}")

    def __str__(self) -> str:
        """The address as other tools write it."""
        return f"s3://{self.bucket}/{self.key}" if self.bucket else "s3://"


Location = LocalLocation | S3Location
"""Anywhere an entry can be."""
