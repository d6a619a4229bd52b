"""TLS that looks at the name in a certificate, which aiobotocore leaves out.

botocore's context is made for urllib3, which compares names by itself; aiohttp relies on the context. So
without this the certificate of any host is good for every other, and behind a proxy nothing is checked.
"""

import ssl
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.httpsession import AIOHTTPSession


class VerifyingSession(AIOHTTPSession):  # type: ignore[misc]
    """aiobotocore's HTTP session, with certificates checked in full, behind a proxy as well."""

    def _get_ssl_context(self) -> ssl.SSLContext:
        context: ssl.SSLContext = super()._get_ssl_context()
        context.check_hostname = True
        return context

    def _setup_proxy_ssl_context(self, proxy_url: str) -> ssl.SSLContext:
        context: ssl.SSLContext | None = super()._setup_proxy_ssl_context(proxy_url)
        # No settings of its own for the proxy means the usual checks, not none.
        return self._get_ssl_context() if context is None else context


class VerifyingConfig(AioConfig):  # type: ignore[misc]
    """Settings of a client that checks certificates in full, also when they are merged with others."""

    def __init__(self, connector_args: Any = None, **options: Any) -> None:
        """Take the options of AioConfig."""
        options.setdefault("http_session_cls", VerifyingSession)
        super().__init__(connector_args, **options)

    def merge(self, other_config: Any) -> "VerifyingConfig":
        """The options of both; aiobotocore's own way forgets what makes the connections."""
        options = {**self._user_provided_options, **other_config._user_provided_options}
        return VerifyingConfig(self.connector_args, **options)
