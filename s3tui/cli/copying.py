"""`s3tui cp`: plan, submit, wait, tell; and go on where an earlier run of the same command stopped.

Each command has a journal of its own, named after its arguments: two different copies can run side by side,
and the same one finds what it left.
"""

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from msgspec import Struct

from s3tui.cli.access import Access
from s3tui.cli.console import Console
from s3tui.cli.left import remember
from s3tui.cli.manifest import ManifestLine, write_manifest
from s3tui.cli.session import FAILED, OK, Session, command_settings, run_session
from s3tui.cli.verifying import manifest_line
from s3tui.config import Settings
from s3tui.engine.client import EngineClient, RequestRefused
from s3tui.engine.messages import ControlAction
from s3tui.errors import CredentialsExpired, NotFound
from s3tui.formatting import count_text, size_text
from s3tui.model.location import S3Location
from s3tui.model.transfer import (
    Assurance,
    ClashPolicy,
    CopyItem,
    NamePolicy,
    PlanSummary,
    TransferRow,
    TransferStatus,
    UnfinishedWork,
)

STOPPED = "Stopped. What has arrived is kept: run the same command again to go on."
FEW = 2000
"""Transfers that can be asked about often."""

WINDOW = 500
"""Transfers asked for at a time when telling what failed."""


class CopyJob(Struct, frozen=True):
    """What one `cp` is to do."""

    item: CopyItem
    policy: ClashPolicy
    hold_seconds: float
    """How long to wait for new credentials once they have expired."""
    manifest: Path | None = None
    """Where to write what is the same on both sides in the end."""
    names: NamePolicy = NamePolicy.RENAME
    """What to do with names that cannot be kept."""

    @property
    def remote(self) -> S3Location:
        """The side of it that lies in S3."""
        source, destination = self.item.source, self.item.destination
        place = source if isinstance(source, S3Location) else destination
        assert isinstance(place, S3Location)
        return place

    def state_folder(self, settings: Settings, access: Access) -> Path:
        """The folder of this command's journal: the same for the same copy from or to the same server."""
        words = (
            access.endpoint.url or "",
            repr(self.item.source),
            repr(self.item.destination),
            str(self.item.folder),
            self.policy.value,
            *([] if self.names is NamePolicy.RENAME else [self.names.value]),
        )
        name = hashlib.sha256("\0".join(words).encode("utf-8", "surrogateescape")).hexdigest()[:24]
        return settings.state_path / "commands" / name


def run_copy(client: EngineClient, settings: Settings, access: Access, job: CopyJob, console: Console) -> int:
    """Copy, and return the exit status: 0 only when every file is verified and has its final name."""
    folder = job.state_folder(settings, access)
    remember(folder, job.item, access.endpoint.url)

    async def body(session: Session) -> int:
        return await _Copy(session, access, job).run(command_settings(settings, folder))

    status = run_session(body, client, console, interrupted=STOPPED)
    if status == OK:
        shutil.rmtree(folder, ignore_errors=True)
    return status


class _Copy:
    """One run of a copy."""

    def __init__(self, session: Session, access: Access, job: CopyJob) -> None:
        self._session = session
        self._client = session.client
        self._console = session.console
        self._access = access
        self._job = job
        self._complete = True

    async def run(self, settings: Settings) -> int:
        ready = await self._session.start(settings)
        await self._session.connect(self._access, self._job.remote, prove=False)
        policy = self._job.policy
        if ready.unfinished is not None and ready.unfinished.files:
            await self._go_on(ready.unfinished)
        if policy is ClashPolicy.OVERWRITE:
            policy = ClashPolicy.GO_ON
        plan = await self._plan(self._job.item)
        self._tell(plan)
        await self._client.submit(plan.plan_id, policy, names=self._job.names)
        await self._finish()
        await self._tell_failures()
        if self._job.manifest is not None:
            await self._write_manifest(self._job.manifest)
        return OK if self._complete else FAILED

    async def _go_on(self, left: UnfinishedWork) -> None:
        """Finish what an earlier run of this command began; what has changed since is copied anew."""
        files, safe = count_text(left.files, "file"), size_text(left.bytes_safe)
        self._console.say(f"Going on with {files} of an earlier run; {safe} have arrived already.")
        await self._client.take_up(True)
        await self._finish()
        failed = [row async for row in self._rows((TransferStatus.FAILED, TransferStatus.CANCELLED))]
        if not failed:
            return
        await self._client.control(ControlAction.CLEAR, tuple(row.id for row in failed))
        for row in failed:
            try:
                plan = await self._plan(CopyItem(row.source, row.destination))
            except RequestRefused as refusal:
                # What is gone from the source is none of this copy any more.
                if refusal.failure.code != NotFound.code:
                    self._tell_failure(row, refusal.failure.text)
            else:
                await self._client.submit(plan.plan_id, ClashPolicy.OVERWRITE)
        await self._finish()

    async def _plan(self, item: CopyItem) -> PlanSummary:
        self._console.status("Looking at what there is to copy …")
        while True:
            try:
                return await self._client.plan((item,))
            except RequestRefused as refusal:
                if refusal.failure.code != CredentialsExpired.code:
                    raise
                await self._new_credentials()

    def _tell(self, plan: PlanSummary) -> None:
        for sentence in (*plan.warnings, *plan.skipped):
            self._console.say(sentence)
        self._tell_names(plan)
        if plan.skipped_count > len(plan.skipped):
            self._console.say(f"{plan.skipped_count - len(plan.skipped)} more are not copied.")
        if plan.skipped_count:
            self._complete = False

    def _tell_names(self, plan: PlanSummary) -> None:
        """Say what is copied under another name, or left out as was asked."""
        left_out = self._job.names is NamePolicy.LEAVE_OUT
        for each in plan.renamed:
            how = "is left out: its name cannot be kept" if left_out else f"is copied as {each.destination}"
            self._console.say(f"{each.source} {how}.")
        if plan.renamed_count > len(plan.renamed):
            how = "left out" if left_out else "copied under other names"
            self._console.say(f"{plan.renamed_count - len(plan.renamed)} more are {how}.")

    async def _finish(self) -> None:
        """Wait until nothing of the queue is under way, with new credentials when those run out."""
        session, late, looks = self._session, False, 0
        while True:
            session.changed.clear()
            # What was told last may be out of date: the queue itself is asked before concluding anything.
            if (late or not session.summary.active) and not await self._count(*_ACTIVE):
                return
            if session.summary.held and await self._count(TransferStatus.HELD):
                await self._new_credentials()
                continue
            try:
                async with asyncio.timeout(self._patience(looks)):
                    await session.changed.wait()
                late = False
            except TimeoutError:
                late = True
                looks += 1

    def _patience(self, looks: int) -> float:
        """Seconds until the queue is asked although nothing was told: few at the end of a small copy.

        The first of so many `looks` are the quickest: a small file is done in hundredths of a second.
        """
        summary = self._session.summary
        known = summary.active + summary.succeeded + summary.failed + summary.cancelled
        nearly = summary.eta is None or summary.eta < 1.0
        return min(0.05, 0.01 * 2 ** min(looks, 3)) if nearly and known <= FEW else 2.0

    async def _count(self, *statuses: TransferStatus) -> int:
        return (await self._client.transfers(0, 1, statuses)).total

    async def _new_credentials(self) -> None:
        """Wait for the source of the credentials to have new ones, and put them in place."""
        if self._session.credential_state.renews:
            await self._session.until_renewed(self._job.hold_seconds)
            return
        await self._access.renew_when_possible(self._client.renew, self._job.hold_seconds, self._console.say)

    async def _write_manifest(self, path: Path) -> None:
        """Compare all there is, also what an earlier run brought, and write down what is the same."""
        self._console.status("Comparing for the manifest …")
        lines: list[ManifestLine] = []
        async with aclosing(self._client.verify(self._job.item)) as found:
            async for rows in found:
                lines += (manifest_line(row) for row in rows if row.finding.good)
        write_manifest(path, lines)

    async def _tell_failures(self) -> None:
        unsure = 0
        async for row in self._rows():
            if row.status is not TransferStatus.SUCCEEDED:
                self._tell_failure(row, row.failure.text if row.failure else "It was stopped.")
            elif row.assurance is Assurance.SIZE_ONLY:
                unsure += 1
        if unsure:
            what = count_text(unsure, "file")
            them = "it" if unsure == 1 else "them"
            self._console.say(
                f"{what} could be compared by size only: the server gives no checksum for {them}."
            )

    def _tell_failure(self, row: TransferRow, reason: str) -> None:
        self._complete = False
        self._console.say(f"{row.source} → {row.destination}: {reason}")

    async def _rows(self, statuses: tuple[TransferStatus, ...] = ()) -> AsyncIterator[TransferRow]:
        offset = 0
        while True:
            window = await self._client.transfers(offset, WINDOW, statuses)
            for row in window.rows:
                yield row
            offset += len(window.rows)
            if not window.rows or offset >= window.total:
                return


_ACTIVE = (TransferStatus.QUEUED, TransferStatus.RUNNING, TransferStatus.HELD, TransferStatus.PAUSED)
