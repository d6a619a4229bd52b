"""Multipart uploads that are open on a server: their parts take room until they are completed or aborted."""

from msgspec import Struct

from s3tui.model.location import S3Location


class OpenUpload(Struct, frozen=True):
    """One multipart upload, whoever has begun it."""

    location: S3Location
    upload_id: str
    started: float
    """Unix seconds by the server's clock."""
    in_use: bool = False
    """A transfer of this engine's queue goes on with it."""
