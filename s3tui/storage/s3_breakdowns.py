"""What it means when no answer came: the table from exceptions of the network to sentences."""

import errno
import socket
import ssl
from collections.abc import Iterator

from msgspec import Struct

from s3tui.errors import Damaged, ServerFault, Unreachable
from s3tui.storage.foreign_errors import kinds
from s3tui.storage.http.errors import BrokenOff, ConnectTimeout, HungUp, NotHttp
from s3tui.storage.s3_subject import Subject
from s3tui.storage.s3_wording import Rule

_PROXY_OR_PAGE = "Check the endpoint; a login page or a proxy may stand in between."
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})

Kind = type[BaseException] | str
"""An exception, or the full name of one that a library has, which may not be there."""

_NO_CONNECTION: tuple[Kind, ...] = (
    socket.gaierror,
    ConnectionRefusedError,
    ConnectTimeout,
    "aiohttp.ClientConnectorDNSError",
    "aiohttp.ConnectionTimeoutError",
    "botocore.exceptions.ConnectTimeoutError",
)


class Breakdown(Struct, frozen=True):
    """One line of the table: kinds of exception anywhere in the chain, and words in one of them."""

    kinds: tuple[Kind, ...]
    rule: Rule
    words: tuple[str, ...] = ()
    errnos: frozenset[int] = frozenset()
    clear: bool = False
    """Only without TLS."""
    fresh: bool = False
    """Only while nothing has been had from this server."""

    def fits(self, cause: BaseException, subject: Subject) -> bool:
        """Whether this is the line for one cause of a failure."""
        if not _is_one(cause, self.kinds) or (self.clear and subject.secure):
            return False
        if self.fresh and subject.home is not None:
            return False
        if self.errnos and getattr(cause, "errno", None) not in self.errnos:
            return False
        text = f"{cause} {getattr(cause, 'verify_message', '')}".lower()
        return not self.words or any(word in text for word in self.words)


_NOT_MADE_OUT = Rule(
    ServerFault, "The certificate of {host} is not made out for this name.", "Check the endpoint."
)
BROKEN_OFF = Rule(Unreachable, "The connection to {host} broke off.", "Check the network and try again.")

TABLE: tuple[Breakdown, ...] = (
    Breakdown(
        ("botocore.parsers.ResponseParserError",),
        Rule(Unreachable, "{host} answered with something that is not S3.", _PROXY_OR_PAGE),
    ),
    Breakdown(
        (ssl.SSLCertVerificationError,),
        _NOT_MADE_OUT,
        ("hostname mismatch", "ip address mismatch", "doesn't match", "not valid for"),
    ),
    Breakdown(
        (ssl.SSLCertVerificationError,),
        Rule(ServerFault, "The certificate of {host} has expired.", "Tell those who run the server."),
        ("has expired",),
    ),
    Breakdown(
        (ssl.SSLCertVerificationError,),
        Rule(ServerFault, "The certificate of {host} is not valid yet.", "Is this computer's clock right?"),
        ("not yet valid",),
    ),
    Breakdown(
        (ssl.SSLCertVerificationError,),
        Rule(
            ServerFault,
            "The certificate of {host} cannot be trusted: {message}",
            "If it comes from an authority of its own, name that CA file for this connection (K).",
        ),
    ),
    Breakdown(("aiohttp.ClientConnectorCertificateError",), _NOT_MADE_OUT),
    Breakdown(
        (ssl.SSLError,),
        Rule(ServerFault, "{host} does not speak TLS.", "Is its address http:// instead of https://?"),
        ("wrong_version_number", "http_request", "record_layer_failure", "unknown_protocol"),
    ),
    Breakdown(
        (ssl.SSLError,),
        Rule(ServerFault, "{host} wants a certificate of yours, and s3tui has none.", "Check the endpoint."),
        ("certificate_required", "certificate required", "bad_certificate"),
    ),
    Breakdown(
        (ssl.SSLError,),
        Rule(ServerFault, "The CA file of this connection holds no certificate.", "Name another one (K)."),
        ("no_certificate_or_crl_found", "pem lib", "no_start_line"),
    ),
    Breakdown(
        (ssl.SSLError,),
        Rule(
            ServerFault,
            "{host} and this computer agree on no version of TLS.",
            "It may be too old, or another kind of server.",
        ),
        ("unsupported_protocol", "protocol_version", "handshake_failure", "no_shared_cipher", "no_protocols"),
    ),
    Breakdown(
        (socket.gaierror, "aiohttp.ClientConnectorDNSError"),
        Rule(Unreachable, "The name {name} cannot be found.", "Check the endpoint and the network."),
    ),
    # botocore wraps what a proxy answers as if it had not answered.
    Breakdown(
        ("aiohttp.ClientHttpProxyError",),
        Rule(ServerFault, "The proxy in front of {host} wants a login.", "Check HTTPS_PROXY."),
        ("407, message",),
    ),
    Breakdown(
        ("aiohttp.ClientHttpProxyError",),
        Rule(
            ServerFault,
            "The proxy of this network does not let anything through to {host}.",
            "Ask those who run the network, or check HTTPS_PROXY.",
        ),
        ("403, message", "405, message", "451, message"),
    ),
    Breakdown(
        ("aiohttp.ClientHttpProxyError",),
        Rule(Unreachable, "The proxy of this network cannot reach {host}.", "Check the endpoint."),
    ),
    Breakdown(
        ("botocore.exceptions.ProxyConnectionError", "aiohttp.ClientProxyConnectionError"),
        Rule(Unreachable, "The proxy in front of {host} does not answer.", "Check HTTPS_PROXY."),
    ),
    Breakdown(
        (ConnectionRefusedError,),
        Rule(Unreachable, "Nothing answers at {host}.", "Check the endpoint and its port."),
    ),
    Breakdown(
        (OSError,),
        Rule(
            Unreachable,
            "There is no way from this computer to {host}.",
            "Check the network, or its firewall.",
        ),
        errnos=_NO_WAY,
    ),
    Breakdown(
        (FileNotFoundError, PermissionError, IsADirectoryError),
        Rule(ServerFault, "The CA file of this connection cannot be read.", "Name another one (K)."),
    ),
    Breakdown(
        ("botocore.exceptions.FlexibleChecksumError",), Rule(Damaged, "{what} arrived damaged.", "Try again.")
    ),
    Breakdown(
        (UnicodeEncodeError,),
        Rule(ServerFault, "{what} has a name that is not UTF-8, so no key can be made of it.", "Rename it."),
    ),
    Breakdown(
        (UnicodeDecodeError,),
        Rule(ServerFault, "{host} answered with text that is not UTF-8.", "Tell those who run the server."),
    ),
    Breakdown(
        ("botocore.exceptions.EndpointResolutionError",),
        Rule(
            ServerFault, "{host} is no address of a server.", "Write it as https://name or https://name:port."
        ),
    ),
    Breakdown(
        (ValueError, "botocore.exceptions.BotoCoreError"),
        Rule(
            ServerFault, "{host} is no address of a server.", "Write it as https://name or https://name:port."
        ),
        ("invalid endpoint", "is not a valid host", "port could not be cast", "invalid url"),
    ),
    Breakdown(
        ("botocore.exceptions.ParamValidationError",),
        Rule(ServerFault, "{bucket} cannot be the name of a bucket.", "Check its spelling."),
        ("invalid bucket name",),
    ),
    Breakdown(
        ("botocore.exceptions.ParamValidationError", "botocore.exceptions.InvalidRegionError", ValueError),
        Rule(
            ServerFault, "{host} cannot be asked for {what}: its name is not allowed.", "Check its spelling."
        ),
    ),
    Breakdown(
        (BrokenOff, "aiohttp.ClientPayloadError", "aiohttp.http_exceptions.PayloadEncodingError"), BROKEN_OFF
    ),
    Breakdown(
        (NotHttp, "aiohttp.http_exceptions.HttpProcessingError", "aiohttp.ClientResponseError"),
        Rule(
            Unreachable,
            "{host} answered with something that is not HTTP.",
            "Is its address https:// instead of http://, or is the port another server's?",
        ),
        clear=True,
    ),
    Breakdown(
        (NotHttp, "aiohttp.http_exceptions.HttpProcessingError"),
        Rule(Unreachable, "{host} answered with something that is not HTTP.", _PROXY_OR_PAGE),
    ),
    Breakdown(
        (HungUp, ConnectionResetError, "aiohttp.ServerDisconnectedError"),
        Rule(
            Unreachable,
            "{host} hangs up without an answer.",
            "Check the endpoint and its port; it may want https:// instead of http://.",
        ),
        clear=True,
        fresh=True,
    ),
    Breakdown(
        (TimeoutError, "botocore.exceptions.ReadTimeoutError", "botocore.exceptions.ConnectTimeoutError"),
        Rule(Unreachable, "{host} did not answer in time.", "Try again later."),
    ),
)
"""What a failure without an answer means; the first line that fits any cause counts."""


def breakdown_of(error: BaseException, subject: Subject) -> Rule:
    """The rule for an exception."""
    causes = tuple(causes_of(error))
    for line in TABLE:
        for cause in causes:
            if line.fits(cause, subject):
                return line.rule
    return BROKEN_OFF


def _is_one(cause: BaseException, wanted: tuple[Kind, ...]) -> bool:
    for kind in wanted:
        if isinstance(kind, str):
            module, _, name = kind.rpartition(".")
            if isinstance(cause, kinds(module, name)):
                return True
        elif isinstance(cause, kind):
            return True
    return False


def never_sent(error: BaseException) -> bool:
    """Whether no connection came into being, so that nothing was asked of the server."""
    return any(
        _is_one(cause, _NO_CONNECTION) or getattr(cause, "errno", None) in _NO_WAY
        for cause in causes_of(error)
    )


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything it was raised from, botocore's own way of wrapping included."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        wrapped = (getattr(cause, "kwargs", None) or {}).get("error")
        waiting += [wrapped, getattr(cause, "os_error", None), cause.__cause__, cause.__context__]
