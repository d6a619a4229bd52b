"""The long way of requests: clients of aiobotocore that leave retries, redirects and settings to us.

Nothing of the surroundings is read: no `~/.aws`, no `AWS_*` variable, no metadata address. Importing this
module costs half a second, because it brings aioboto3.
"""

import contextlib
import logging
import ssl
from typing import Any

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
from s3tui.storage.http.head import header_text
from s3tui.storage.idle_connections import trust_silent_ones_only
from s3tui.storage.kept_refusals import keep_refusals
from s3tui.storage.limits import Limits
from s3tui.storage.long_upload import watch_uploads
from s3tui.storage.raw_pages import read_pages_ourselves
from s3tui.storage.request_terms import keep_terms
from s3tui.storage.s3_errors import foreign, judge
from s3tui.storage.s3_place import DEFAULT_REGION
from s3tui.storage.s3_subject import Subject
from s3tui.storage.verified_tls import VerifyingSession

# The libraries write headers, signatures and bodies to their debug logs.
for _name in ("botocore", "aiobotocore", "boto3", "aioboto3"):
    logging.getLogger(_name).setLevel(logging.WARNING)


async def open_client(
    stack: contextlib.AsyncExitStack,
    endpoint: Endpoint,
    live: LiveCredentials,
    limits: Limits,
    *,
    answer: float,
    connections: int,
) -> Any:
    """Make an aiobotocore client that lives until `stack` ends; sends nothing.

    Args:
        stack: closes it.
        endpoint: the server.
        live: what requests are signed with.
        limits: waiting times.
        answer: seconds for the head of an answer, and between two reads.
        connections: at the same time.

    Raises:
        StorageError: the endpoint is no address, or its region cannot be one.
    """
    session = aioboto3.Session(botocore_session=_isolated_session(live))
    try:
        client = await stack.enter_async_context(
            session.client(
                "s3",
                region_name=endpoint.region or DEFAULT_REGION,
                endpoint_url=endpoint.url,
                verify=endpoint.ca_file or True,
                config=_config(endpoint, limits, answer, connections),
            )
        )
    except _unfit() as error:
        subject = Subject(
            "reach",
            S3Location(""),
            endpoint.host or str(endpoint.url),
            endpoint.region or DEFAULT_REGION,
        )
        raise judge(error, subject).error from None
    _watch(client, endpoint, live)
    return client


def _unfit() -> tuple[type[BaseException], ...]:
    """What making a client raises when its endpoint cannot be one."""
    return (ValueError, *foreign())


def _config(endpoint: Endpoint, limits: Limits, answer: float, connections: int) -> AioConfig:
    addressing = endpoint.addressing
    if addressing == "auto":
        addressing = "path" if endpoint.url else "virtual"
    return AioConfig(
        http_session_cls=_session_class(endpoint),
        connect_timeout=limits.connect,
        read_timeout=answer,
        max_pool_connections=connections,
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


def _watch(client: Any, endpoint: Endpoint, live: LiveCredentials) -> None:
    def observe_date(response_dict: Any = None, **_: object) -> None:
        if response_dict is not None:
            refused = response_dict["status_code"] == 403
            live.clock.observe(response_dict["headers"].get("date"), refused=refused)

    events = client.meta.events
    events.register_last("before-send.s3", _without_expect)
    watch_uploads(client)
    keep_terms(client, endpoint)
    keep_refusals(client)
    read_pages_ourselves(client)
    events.register_first("response-received.s3", observe_date)
    events.register_last("before-call.s3.HeadBucket", _without_following)


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
    """An aiohttp session that does what it is asked once, and whose headers are always text.

    It follows no redirect, because the session token must not reach another host, and sends nothing a second
    time by itself, because attempts are counted. aiobotocore gives up on a header that is not UTF-8.
    """

    def __init__(self, session: aiohttp.ClientSession) -> None:
        session._retry_connection = False
        self._session = session

    async def request(self, method: str, **kwargs: Any) -> aiohttp.ClientResponse:
        response = await self._session.request(method, allow_redirects=False, **kwargs)
        response._raw_headers = tuple(
            (name, value if value.isascii() else header_text(value).encode())
            for name, value in response._raw_headers  # the property keeps what it is first asked for
        )
        return response


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
