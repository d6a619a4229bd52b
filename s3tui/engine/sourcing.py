"""Connections whose credentials come from a source: obtained, connected, and kept fresh."""

import asyncio
import importlib
from collections.abc import Callable

from msgspec.structs import replace

from s3tui.engine import messages as say
from s3tui.engine.asking import Asking
from s3tui.engine.belonging import AnotherIdentity, known_of
from s3tui.engine.connecting import Connecting
from s3tui.engine.renewing import Renewing
from s3tui.errors import AccessDenied, CredentialsExpired, CredentialsRefused, EngineError
from s3tui.model.credentials import Connection
from s3tui.model.identity import Identity
from s3tui.model.source import InstanceSource, Obtained, ProfileSource, Source


class Sourcing:
    """Answers `ConnectFrom` and `WhoAmI`, and renews."""

    def __init__(self, connecting: Connecting, send: Callable[[say.Event], None]) -> None:
        """Connect with `connecting`; questions and notices go out with `send`."""
        self._connecting = connecting
        self._held_back: tuple[Source, Obtained] | None = None
        """What was not taken because it is somebody else's: an MFA code gets it only once."""
        self.asking = Asking(send)
        self.renewing = Renewing(
            self._obtain,
            connecting.renew,
            connecting.live,
            lambda sentence, serious: send(say.Notice(sentence, serious)),
            self._renewing_changed,
        )

    async def connect_from(self, request: say.ConnectFrom) -> Connection:
        """Get credentials, connect with them, and follow their source; returns the place as it was found.

        Raises:
            AnotherIdentity: they are somebody else's than those in use at this place.
            S3tuiError: the source or the server refused; what was in use stays so.
        """
        held_back, self._held_back = self._held_back, None
        if request.any_identity and held_back is not None and held_back[0] == request.source:
            given = held_back[1]
        else:
            given = await self._obtain(request.source)
        wanted = place_of(request.connection, given)
        try:
            found = await self._connecting.connect(
                given.credentials, wanted, prove=request.prove, any_identity=request.any_identity
            )
        except AnotherIdentity:
            self._held_back = (request.source, given)
            raise
        except (AccessDenied, CredentialsRefused, CredentialsExpired) as refused:
            if not given.caution:
                raise
            raise type(refused)(refused.sentence, next_step=given.caution, detail=refused.detail) from None
        if given.renewable:
            self.renewing.follow(request.source, given)
        else:
            self.renewing.stop()
        return found

    async def who_am_i(self) -> Identity:
        """Return what is known of the user, asking those who can know.

        Raises:
            EngineError: there is no connection.
        """
        link, current = self._connecting.link, self._connecting.live.current
        if link is None or current is None:
            raise EngineError("You are not connected to a server.", next_step="Paste credentials (K).")
        known = await known_of(current, link.connection.endpoint)
        if known.told_by in ("sts", "token"):
            return known
        # It stands on the S3 libraries, which are there once there is a link.
        from s3tui.storage.s3_identity import ask_server

        told = await ask_server(link.clients)
        if told is None:
            return known
        return told if told.account else replace(told, account=known.account)

    async def _obtain(self, source: Source) -> Obtained:
        # Most connections have no source: what asks one is imported when it is needed.
        if not isinstance(source, ProfileSource | InstanceSource):
            from s3tui.credentials.renewal.platforms import from_platform

            return await from_platform(source)
        await asyncio.to_thread(importlib.import_module, "s3tui.storage.profiles")
        from s3tui.storage.profiles import from_instance, from_profile

        if isinstance(source, InstanceSource):
            return await from_instance(source)
        return await from_profile(source, self.asking.ask)

    def _renewing_changed(self) -> None:
        self._connecting.renews = self.renewing.active
        self._connecting.changed()


def place_of(wanted: Connection, given: Obtained) -> Connection:
    """The place to connect to: what the user said, and what the source knows of the rest."""
    endpoint, workspace = wanted.endpoint, wanted.workspace
    endpoint = replace(
        endpoint,
        url=endpoint.url or given.endpoint_url,
        region=endpoint.region or given.region,
        canned_acl=endpoint.canned_acl or given.canned_acl,
    )
    if workspace.bucket is None:
        workspace = replace(workspace, bucket=given.bucket, prefix=given.prefix)
    return Connection(endpoint, replace(workspace, read_only=workspace.read_only or given.read_only))
