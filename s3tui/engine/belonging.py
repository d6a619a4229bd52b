"""Whether new credentials belong to those who owned the old ones: nobody's transfers go on as somebody else.

What is asked of AWS is asked in the background while the credentials are good, because expired ones cannot
tell any more. Elsewhere the key and its token may tell, or nobody does, and then nothing is refused.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from msgspec.structs import replace

from s3tui.credentials.identity_hints import identity_in
from s3tui.errors import S3tuiError
from s3tui.model.credentials import Credentials, Endpoint
from s3tui.model.identity import Identity

DEFAULT_REGION = "us-east-1"

Ask = Callable[[Credentials, Endpoint], Coroutine[Any, Any, Identity]]
"""Finds out what can be known of credentials within a few seconds; never fails."""


class AnotherIdentity(S3tuiError):
    """New credentials for the same place belong to somebody else; they may be used all the same."""

    code = "identity"


class Belonging:
    """Knows whom the credentials in use belong to."""

    def __init__(self, ask: Ask | None = None) -> None:
        """Ask with `ask`, by default those of AWS."""
        self._ask = ask or known_of
        self._learning: asyncio.Task[Identity] | None = None

    def follow(self, credentials: Credentials, endpoint: Endpoint) -> None:
        """Learn in the background whose these are, which are in use from now on."""
        self.stop()
        self._learning = asyncio.create_task(self._ask(credentials, endpoint), name="engine-belonging")

    def stop(self) -> None:
        """Forget who it was."""
        learning, self._learning = self._learning, None
        if learning is not None:
            learning.cancel()

    async def expect_same(self, credentials: Credentials, endpoint: Endpoint) -> None:
        """Look whose new credentials are.

        Raises:
            AnotherIdentity: somebody else's than those in use; what is not known of either does not count.
        """
        learning = self._learning
        if learning is None:
            return
        await asyncio.wait((learning,))
        if learning.cancelled():
            return
        before, after = learning.result(), await self._ask(credentials, endpoint)
        if differ(before, after):
            raise AnotherIdentity(
                f"These credentials belong to {_called(after)}, those in use to {_called(before)}.",
                next_step="Paste those of the same user, or agree to go on with these.",
            )


def differ(before: Identity, after: Identity) -> bool:
    """Whether two identities cannot be the same; sessions of one role are."""
    pairs = [(before.account, after.account), (before.user, after.user), (before.role, after.role)]
    if any(one and other and one != other for one, other in pairs):
        return True
    # A user is no role; only a whole name tells which of both it is.
    return bool(before.arn and after.arn) and bool(before.role) != bool(after.role)


async def known_of(credentials: Credentials, endpoint: Endpoint) -> Identity:
    """What key, token and, on AWS, STS tell of credentials."""
    hint = identity_in(credentials)
    if endpoint.url is not None:
        return hint
    # It stands on the S3 libraries, which are there once something has connected.
    from s3tui.storage.s3_identity import ask_sts

    told = await ask_sts(credentials, endpoint.region or DEFAULT_REGION)
    if told is None:
        return hint
    return told if told.account else replace(told, account=hint.account)


def _called(identity: Identity) -> str:
    """Name and account, so that two of one name differ."""
    if identity.role or identity.user:
        return f"{identity.label} of account {identity.account}" if identity.account else identity.label
    return identity.label
