"""`s3tui uploads`: multipart uploads that were begun and never finished, listed or aborted."""

import sys
import time

import msgspec

from s3tui.cli.access import Access
from s3tui.cli.console import Console
from s3tui.cli.session import OK, Session, run_session
from s3tui.config import Settings
from s3tui.engine.client import EngineClient
from s3tui.formatting import count_text, printable
from s3tui.model.location import S3Location
from s3tui.model.upload import OpenUpload

_AT_ONCE = 100
"""Uploads in one request to the engine."""

_HOUR = 3600.0


class UploadsJob(msgspec.Struct, frozen=True):
    """What one `uploads` is to do."""

    below: S3Location
    older_than: float
    """Hours; younger ones are left out."""
    upload_id: str = ""
    """Only this one."""
    abort: bool = False
    json: bool = False

    def means(self, upload: OpenUpload, now: float) -> bool:
        """Whether an upload is one of those asked for."""
        old = now - upload.started >= self.older_than * _HOUR
        return old and self.upload_id in ("", upload.upload_id)


def run_uploads(
    client: EngineClient, settings: Settings, access: Access, job: UploadsJob, console: Console
) -> int:
    """List or abort, and return the exit status."""

    async def body(session: Session) -> int:
        await session.start(settings, queue=False)
        await session.connect(access, job.below, prove=False)
        now = time.time() + session.credential_state.clock_offset
        found = [
            upload
            async for several in session.client.list_uploads(job.below)
            for upload in several
            if job.means(upload, now)
        ]
        for upload in found:
            sys.stdout.write(_line(upload, json=job.json))
        sys.stdout.flush()
        if job.abort:
            for start in range(0, len(found), _AT_ONCE):
                await session.client.abort_uploads(tuple(found[start : start + _AT_ONCE]))
            console.say(f"{count_text(len(found), 'unfinished upload')} aborted.")
        return OK

    return run_session(body, client, console)


def _line(upload: OpenUpload, *, json: bool) -> str:
    if not json:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(upload.started))
        return f"{when} {printable(upload.upload_id)} {printable(str(upload.location))}\n"
    fields = {
        "bucket": upload.location.bucket,
        "key": upload.location.key.encode("utf-8", "replace").decode(),
        "upload_id": upload.upload_id,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(upload.started)),
    }
    return msgspec.json.encode(fields).decode() + "\n"
