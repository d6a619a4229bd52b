"""`s3tui verify`: a copy compared with its original, file by file, and told in words, JSON or a manifest."""

import os
import sys
import time
from contextlib import aclosing
from pathlib import Path

import msgspec
from msgspec import Struct

from s3tui.cli.access import Access
from s3tui.cli.console import Console
from s3tui.cli.manifest import ManifestLine, line_of, write_manifest
from s3tui.cli.session import FAILED, OK, Session, run_session
from s3tui.config import Settings
from s3tui.engine.client import EngineClient
from s3tui.formatting import count_text, printable, size_text
from s3tui.model.location import S3Location
from s3tui.model.transfer import CopyItem
from s3tui.model.verification import Finding, VerifiedRow

UNSURE = 3
"""Exit status: nothing differs, but of some files only the sizes could be compared."""

_COUNTED = {
    Finding.SIZE_ONLY: "of the same size",
    Finding.DIFFERS: "different",
    Finding.NOT_HERE: "not here",
    Finding.NOT_THERE: "not there",
    Finding.NOT_CHECKED: "not checked",
}


class VerifyJob(Struct, frozen=True):
    """What one `verify` is to do."""

    item: CopyItem
    json: bool = False
    """One JSON object a line for every file, instead of a line for each that is not the same."""
    manifest: Path | None = None

    @property
    def remote(self) -> S3Location:
        """The side of it that lies in S3."""
        source, destination = self.item.source, self.item.destination
        place = source if isinstance(source, S3Location) else destination
        assert isinstance(place, S3Location)
        return place


def run_verify(
    client: EngineClient, settings: Settings, access: Access, job: VerifyJob, console: Console
) -> int:
    """Compare, and return the exit status: 0 only when the contents of every file were compared and agree."""

    async def body(session: Session) -> int:
        await session.start(settings)
        await session.connect(access, job.remote, prove=False)
        telling = _Telling(job, console)
        async with aclosing(session.client.verify(job.item)) as found:
            async for rows in found:
                telling.take(rows)
        return telling.end()

    return run_session(body, client, console, interrupted="Stopped before everything was compared.")


class _Telling:
    """Tells rows as they come, and sums them up."""

    def __init__(self, job: VerifyJob, console: Console) -> None:
        self._job = job
        self._console = console
        self._counts = dict.fromkeys(Finding, 0)
        self._bytes = 0
        self._lines: list[ManifestLine] = []

    def take(self, rows: tuple[VerifiedRow, ...]) -> None:
        for row in rows:
            self._counts[row.finding] += 1
            if row.finding is Finding.SAME:
                self._bytes += row.size
            if row.finding.good and self._job.manifest is not None:
                self._lines.append(manifest_line(row))
            if self._job.json:
                _print(_json_of(row))
            elif row.finding is not Finding.SAME:
                _print(f"{row.finding}: {_words(row)}\n".encode("utf-8", "surrogateescape"))
        done = sum(self._counts.values())
        self._console.status(f"{count_text(done, 'file')} compared …")

    def end(self) -> int:
        counts = self._counts
        if self._job.manifest is not None:
            write_manifest(self._job.manifest, self._lines)
        same = f"{count_text(counts[Finding.SAME], 'file')} ({size_text(self._bytes)}) the same"
        others = [f"{counts[finding]} {word}" for finding, word in _COUNTED.items() if counts[finding]]
        self._console.say(", ".join((same, *others)) + ".")
        if not any(counts.values()):
            self._console.say(f"There is nothing to compare at {self._job.remote}.")
            return FAILED
        if any(counts[finding] for finding in Finding if not finding.good):
            return FAILED
        return UNSURE if counts[Finding.SIZE_ONLY] else OK


def manifest_line(row: VerifiedRow) -> ManifestLine:
    """The manifest's line for a row that names both sides."""
    return line_of(str(row.remote or ""), str(row.local or ""), row.size, row.digest, row.checked)


def _words(row: VerifiedRow) -> str:
    if row.local is None:
        return row.sentence
    place = row.remote if row.finding is Finding.NOT_HERE else row.local
    return f"{printable(str(place))} – {row.sentence}"


def _json_of(row: VerifiedRow) -> bytes:
    fields = {
        "finding": str(row.finding),
        "path": str(row.local) if row.local else None,
        "key": str(row.remote) if row.remote else None,
        "bytes": row.size,
        "digest": row.digest,
        "sentence": row.sentence,
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row.checked)) if row.checked else "",
    }
    return msgspec.json.encode(fields) + b"\n"


def _print(data: bytes) -> None:
    # Straight to the descriptor, as `ls` does.
    left = memoryview(data)
    while left:
        left = left[os.write(sys.stdout.fileno(), left) :]
