"""The way every S3 request goes: credentials, limits, judgement of refusals, and repetition.

`S3Calls.persist` is the loop: it waits for credentials, makes an attempt, and decides whether what went wrong
is final, worth another attempt, or expiry, which is no failure at all. `S3Calls.call` is one API operation in
that loop. Attempts and their time are bounded; waiting for credentials is not, and counts for neither.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from msgspec.structs import replace

from s3tui.credentials.live import MARGIN
from s3tui.errors import (
    AccessDenied,
    Busy,
    CredentialsExpired,
    CredentialsRefused,
    StorageError,
    Unreachable,
)
from s3tui.model.credentials import Workspace
from s3tui.model.location import S3Location
from s3tui.storage.s3_breakdowns import never_sent
from s3tui.storage.s3_client import DEFAULT_REGION, Purpose, S3Clients
from s3tui.storage.s3_errors import Verdict, answered, foreign, judge, refusal_in
from s3tui.storage.s3_head import head_object
from s3tui.storage.s3_subject import Standing, Subject
from s3tui.storage.setback import Setback, Trouble

tried: ContextVar[int] = ContextVar("tried", default=0)
"""Attempts that another worker has made at the unit of this task before it died."""

_CLOCK_MOVED = 60.0
"""Seconds by which the server's clock must turn out to be another for a refusal to be put down to that."""

_STRAY = (304, 416)
"""Statuses of answers that nothing which is asked should get: the first one counts for nothing."""

SHORT = frozenset({"list_objects_v2", "head_object", "get_object", "put_object", "upload_part"})
"""Operations that need no aiobotocore where the short way leads."""

Result = TypeVar("Result")


class S3Calls:
    """Requests of one connection, made in a way that outlives expiry and transient faults."""

    def __init__(self, clients: S3Clients, home: Workspace | None = None, *, in_slots: bool = False) -> None:
        """Use these clients.

        Args:
            clients: open.
            home: where the credentials are meant for.
            in_slots: each request belongs to a unit that holds a slot of the endpoint's pace.
        """
        self._in_slots = in_slots
        self.clients = clients
        self.live = clients.live
        self.limits = clients.limits
        self._home = home or Workspace()
        self._home_was_open = False
        self._probing = asyncio.Lock()
        self._probed = (-1, 0.0)  # generation that passed, and when it was asked

    async def call(
        self,
        operation: str,
        verb: str,
        location: S3Location,
        *,
        wait: bool = False,
        purpose: Purpose | None = None,
        attempts: int | None = None,
        limit: float | None = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Make one API call, `operation` as in "list_objects_v2", and return botocore's answer.

        Args:
            operation: method of the aiobotocore client.
            verb: completes "you may not …" in error sentences.
            location: what it is about, for error sentences.
            wait: wait for new credentials instead of raising CredentialsExpired.
            purpose: which client carries it; by default that of transfers when they are what waits.
            attempts: requests before giving up, if not the usual number.
            limit: seconds for one attempt, answer and body, if not the usual ones.
            parameters: of the operation.

        Raises:
            StorageError: what the table in `s3_wording` says.
        """

        async def attempt() -> dict[str, Any]:
            carrier = purpose or ("transfer" if wait else "browse")
            client = self.clients.client(carrier)
            if operation not in SHORT:
                # What it takes to import a library is no time that the server has taken.
                await self.clients.long(carrier)
            method = getattr(client, operation)
            async with asyncio.timeout(limit or self.limits.call):
                if operation == "head_object":
                    return await head_object(client, parameters)
                answer: dict[str, Any] = await method(**parameters)
                return answer

        return await self.persist(attempt, self.subject(verb, location), wait=wait, attempts=attempts)

    async def persist(
        self,
        attempt: Callable[[], Awaitable[Result]],
        subject: Callable[[], Subject],
        *,
        wait: bool,
        attempts: int | None = None,
    ) -> Result:
        """Repeat an attempt until it succeeds or its failure is final.

        Raises:
            StorageError: the last failure; CredentialsExpired only when `wait` is False.
        """
        allowed = attempts or self.limits.attempts
        failures, spent, clock = tried.get(), 0.0, self.clients.clock
        while True:
            _, generation = await self.live.ready(wait=wait)
            started, naps, sent = clock.time(), clock.naps, time.monotonic()
            offset = self.live.clock.offset
            try:
                result = await attempt()
            except StorageError as error:
                raised: BaseException = error
            except foreign() as error:
                raised = error
            else:
                if not self._in_slots:
                    self.clients.retries.answered()
                return result
            verdict = judge(raised, subject())
            if verdict.doubtful and generation != self.live.generation:
                continue  # it was signed with a set that has been replaced in the meantime
            standing = await self._standing(verdict, generation, sent)
            if standing:
                verdict = judge(raised, replace(subject(), standing=standing))
            if standing == "ended":
                self.live.server_says_expired(generation)
                if not wait:
                    raise verdict.error from None
                continue
            if verdict.doubtful and generation != self.live.generation:
                continue  # replaced while that was found out: it was asked with the new set
            final = verdict.error
            trouble = self._trouble(raised, final, wait=wait)
            if naps == clock.naps:
                # A connection that does not outlive a nap says nothing of the server.
                failures += trouble is not Trouble.NO_WAY
                spent += min(clock.time() - started, self.limits.unnoticed)
            again = final.retryable or self._says_little(raised, verdict.status, failures, offset)
            if not again or failures >= allowed or spent > self.limits.verdict:
                raise final from None
            waiting = clock.time()
            setback = Setback(
                trouble,
                final.sentence,
                max(failures, 1),
                self.limits.verdict - spent,
                final.retry_after if isinstance(final, Busy) else None,
                self._in_slots,
            )
            if not await self.clients.retries.again(setback):
                raise final from None
            if trouble is not Trouble.NO_WAY:
                spent += clock.time() - waiting

    def _says_little(self, raised: BaseException, status: int, failures: int, offset: float) -> bool:
        """Whether a refusal is no reason to give up yet, because it may not be one of this request.

        `offset` is how far the server's clock seemed to be ahead when it was signed: if that was wrong, any
        refusal may come from it.
        """
        if abs(self.live.clock.offset - offset) > _CLOCK_MOVED:
            return True
        if isinstance(raised, answered()) and "TooSkewed" in refusal_in(raised).code:
            # Other requests may have moved the clock there and back meanwhile.
            return failures < 3
        return status in _STRAY and failures < 2

    def _trouble(self, raised: BaseException, error: StorageError, *, wait: bool) -> Trouble:
        if isinstance(error, Busy):
            return Trouble.BUSY
        # Somebody who waits at the screen is told at once.
        if wait and isinstance(error, Unreachable) and never_sent(raised):
            return Trouble.NO_WAY
        return Trouble.FAULT

    def subject(self, verb: str, location: S3Location) -> Callable[[], Subject]:
        """What to say of a request if it fails; made late, because clock and credentials change."""

        def make() -> Subject:
            current, endpoint = self.live.current, self.clients.endpoint
            kept = (current.secret_access_key, current.session_token or "") if current else ()
            home = self._home if self._home_was_open else Workspace()
            return Subject(
                verb=verb,
                location=location,
                host=endpoint.host,
                region=endpoint.region or DEFAULT_REGION,
                skew=self.live.clock.offset,
                secrets=tuple(secret for secret in kept if secret),
                secure=not (endpoint.url or "").lower().startswith("http://"),
                key=current.label if current else "",
                temporary=current is not None and current.temporary,
                token_missing=current is not None
                and current.access_key_id.startswith("ASIA")
                and not current.temporary,
                expires_at=self.live.expires_at,
                home=S3Location(home.bucket, home.prefix) if home.bucket else None,
            )

        return make

    def home_is_known_open(self, home: Workspace) -> None:
        """Note a place that can be listed while the credentials are good: a later refusal means expiry."""
        self._home, self._home_was_open = home, True

    async def _standing(self, verdict: Verdict, generation: int, sent: float) -> Standing:
        """What is known of the credentials after a refusal, in whatever words the server put it.

        `sent` is the monotonic time at which the refused request began.
        """
        if isinstance(verdict.error, CredentialsExpired):
            return "ended"
        current = self.live.current
        if not verdict.doubtful or current is None or not current.temporary:
            return ""
        ends = self.live.expires_at
        if ends is not None:
            return "ended" if ends <= self.live.clock.time() + MARGIN else "good"
        if not isinstance(verdict.error, AccessDenied | CredentialsRefused) and verdict.status != 400:
            return ""
        if not self._home_was_open:
            return ""
        return "good" if await self._home_is_open(generation, sent) else "ended"

    async def _home_is_open(self, generation: int, sent: float) -> bool:
        """Ask for one key of the home prefix, unless that was done since the refused request was sent."""
        async with self._probing:
            passed, when = self._probed
            if passed == generation and when >= sent:
                return True
            asked = time.monotonic()
            place = S3Location(self._home.bucket or "", self._home.prefix)
            client = self.clients.client("browse")
            try:
                if place.bucket:
                    await client.list_objects_v2(
                        Bucket=place.bucket, Prefix=place.key, Delimiter="/", MaxKeys=1
                    )
                else:
                    await client.list_buckets()
            except foreign() as error:
                return judge(error, self.subject("list", place)()).error.retryable
            self._probed = (generation, asked)
            return True
