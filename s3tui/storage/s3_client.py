"""S3 clients that sign with live credentials and leave retries, redirects and settings to us.

Nothing of the surroundings is read: no `~/.aws`, no `AWS_*` variable, no metadata address. What a client
needs stands in an `Endpoint` and a `LiveCredentials`; replacing the latter's set changes what running clients
sign with. Importing this module costs half a second, because it brings aioboto3.
"""

import contextlib
import logging
import ssl
from typing import Any, Literal

import aioboto3
import aiohttp
from aiobotocore.config import AioConfig
from aiobotocore.credentials import AioCredentials
from aiobotocore.session import AioSession
from botocore.credentials import ReadOnlyCredentials
from botocore.session import Session as BotocoreSession

from s3tui import __version__
from s3tui.credentials.live import LiveCredentials
from s3tui.errors import CredentialsExpired
from s3tui.model.credentials import Endpoint
from s3tui.model.location import S3Location
from s3tui.storage.awake import AwakeClock
from s3tui.storage.idle_connections import trust_silent_ones_only
from s3tui.storage.limits import Limits
from s3tui.storage.pace import Pace
from s3tui.storage.request_terms import keep_terms
from s3tui.storage.s3_errors import FOREIGN, judge, keep_refusals
from s3tui.storage.s3_subject import Subject
from s3tui.storage.setback import Retries
from s3tui.storage.short_way import go_short
from s3tui.storage.upload_body import watch_uploads
from s3tui.storage.verified_tls import VerifyingSession

DEFAULT_REGION = "us-east-1"
"""What requests are signed for when nobody named a region; own endpoints usually do not care."""

BROWSE_CONNECTIONS = 8
"""Connections of the client for listings and single questions: they never wait for transfers."""

_UNFIT: tuple[type[BaseException], ...] = (ValueError, *FOREIGN)
"""What making a client raises when its endpoint cannot be one."""

Purpose = Literal["browse", "transfer"]
"""Which of the two clients a request uses."""

PURPOSES: tuple[Purpose, ...] = ("browse", "transfer")


class S3Clients:
    """The two clients of one connection: a small one for browsing, a large one for bytes."""

    def __init__(
        self,
        endpoint: Endpoint,
        live: LiveCredentials,
        *,
        limits: Limits | None = None,
        connections: int = 0,
        retries: Retries | None = None,
    ) -> None:
        """Prepare.

        Args:
            endpoint: the server.
            live: what requests are signed with.
            limits: waiting times and counts.
            connections: requests that may move bytes at the same time; 0 has the pace find the number.
            retries: who grants them in another process; by default the pace of these clients.
        """
        self.endpoint = endpoint
        self.live = live
        self.limits = limits or Limits()
        self.clock = AwakeClock(self.limits.nap)
        self.pace = Pace(self.limits, connections, clock=self.clock)
        """Slots for requests that move bytes, and the retries of this process."""
        self.retries = retries or self.pace
        """Who grants retries."""
        self.connections = self.pace.most
        self._stack = contextlib.AsyncExitStack()
        self._clients: dict[Purpose, Any] = {}

    async def open(self) -> None:
        """Make the clients; sends nothing.

        Raises:
            StorageError: the endpoint is no address, or its region cannot be one.
        """
        session = aioboto3.Session(botocore_session=_isolated_session(self.live))
        # The libraries write headers, signatures and bodies to their debug logs.
        for name in ("botocore", "aiobotocore", "boto3", "aioboto3"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self.clock.start()
        try:
            for purpose in PURPOSES:
                self._clients[purpose] = await self._stack.enter_async_context(
                    session.client(
                        "s3",
                        region_name=self.endpoint.region or DEFAULT_REGION,
                        endpoint_url=self.endpoint.url,
                        verify=self.endpoint.ca_file or True,
                        config=self._config(purpose),
                    )
                )
                self._watch(self._clients[purpose])
            go_short(self._clients["transfer"], self.endpoint, self.live)
        except _UNFIT as error:
            await self.close()
            subject = Subject(
                "reach",
                S3Location(""),
                self.endpoint.host or str(self.endpoint.url),
                self.endpoint.region or DEFAULT_REGION,
            )
            raise judge(error, subject).error from None
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close every connection; bodies still being read break off."""
        self.clock.stop()
        self._clients.clear()
        await self._stack.aclose()

    async def __aenter__(self) -> "S3Clients":
        """Open."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    def client(self, purpose: Purpose) -> Any:
        """The aiobotocore client for a purpose; KeyError before `open` and after `close`."""
        return self._clients[purpose]

    def _config(self, purpose: Purpose) -> AioConfig:
        browsing = purpose == "browse"
        addressing = self.endpoint.addressing
        if addressing == "auto":
            addressing = "path" if self.endpoint.url else "virtual"
        return AioConfig(
            http_session_cls=_session_class(self.endpoint),
            connect_timeout=self.limits.connect,
            read_timeout=self.limits.browse_answer if browsing else self.limits.answer,
            # Two more than are used: an abort must get through while every transfer hangs.
            max_pool_connections=BROWSE_CONNECTIONS if browsing else self.connections + 2,
            # Retries are ours: those of botocore know neither bodies nor credentials.
            retries={"mode": "standard", "total_max_attempts": 1},
            # The trailers that are sent otherwise make Ceph answer 411 over TLS.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            # Every body is signed by its SHA-256: the server refuses one that was damaged on its way.
            s3={"addressing_style": addressing, "payload_signing_enabled": True},
            ignore_configured_endpoint_urls=True,
            user_agent=f"s3tui/{__version__}",
        )

    def _watch(self, client: Any) -> None:
        events = client.meta.events
        events.register_last("before-send.s3", _without_expect)
        watch_uploads(client)
        keep_terms(client, self.endpoint)
        keep_refusals(client)
        events.register_first("response-received.s3", self._observe_date)
        events.register_last("before-call.s3.HeadBucket", _without_following)

    def _observe_date(self, response_dict: Any = None, **_: object) -> None:
        if response_dict is not None:
            self.live.clock.observe(response_dict["headers"].get("date"))


class _SigningCredentials(AioCredentials):  # type: ignore[misc]
    """Hands the live set to botocore's signer; never waits, because waiting is the caller's part."""

    def __init__(self, live: LiveCredentials) -> None:
        self._live = live
        self.method = "s3tui"
        self.account_id = None

    def __repr__(self) -> str:
        return "_SigningCredentials(…)"

    async def get_frozen_credentials(self) -> ReadOnlyCredentials:
        current = self._live.current
        if current is None:
            raise CredentialsExpired("There are no credentials.", next_step="Paste some (K) to go on.")
        return ReadOnlyCredentials(
            current.access_key_id, current.secret_access_key, current.session_token, None
        )


class _StraightSession:
    """An aiohttp session that does what it is asked once.

    It follows no redirect, because the session token must not reach another host, and sends nothing a second
    time by itself, because attempts are counted.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        session._retry_connection = False
        self._session = session

    async def request(self, method: str, **kwargs: Any) -> aiohttp.ClientResponse:
        return await self._session.request(method, allow_redirects=False, **kwargs)


class _HttpSession(VerifyingSession):
    """aiobotocore's HTTP session without redirects, trusting the system's authorities as well."""

    def _create_connector(self, proxy_url: str | None) -> aiohttp.TCPConnector:
        connector: aiohttp.TCPConnector = super()._create_connector(proxy_url)
        # Here, because this is done once for each of them, while sessions are asked for with every request.
        trust_silent_ones_only(connector)
        return connector

    async def _get_session(self, proxy_url: str | None) -> _StraightSession:
        return _StraightSession(await super()._get_session(proxy_url))

    def _get_ssl_context(self) -> ssl.SSLContext:
        context = super()._get_ssl_context()
        context.load_default_certs()
        return context


class _OwnAuthoritySession(_HttpSession):
    """The same for an endpoint that comes with its own certificate authorities."""

    def _get_ssl_context(self) -> ssl.SSLContext:
        return VerifyingSession._get_ssl_context(self)


def _session_class(endpoint: Endpoint) -> type[_HttpSession]:
    return _OwnAuthoritySession if endpoint.ca_file else _HttpSession


def _isolated_session(live: LiveCredentials) -> AioSession:
    # A variable of the session that names neither a file nor the environment is only its default.
    own = {
        name: (None, None, default, convert)
        for name, (_, _, default, convert) in BotocoreSession.SESSION_VARIABLES.items()
    }
    for name in ("config_file", "credentials_file"):
        own[name] = (None, None, None, None)
    session = AioSession(session_vars=own)
    session._credentials = _SigningCredentials(live)
    return session


def _without_expect(request: Any, **_: object) -> None:
    # A server that stays silent on Expect: 100-continue would be waited for without any limit.
    if "Expect" in request.headers:
        del request.headers["Expect"]


def _without_following(params: Any, **_: object) -> None:
    # botocore asks HeadBucket for the region when it is redirected, also when that is what was redirected.
    params["context"].setdefault("s3_redirect", {})["redirected"] = True
