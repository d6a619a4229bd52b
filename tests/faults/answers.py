"""What servers and what stands before them say in the place of an answer, word for word as they do."""

from tests.servers.rules import Answer

_XML = (("Content-Type", "application/xml"),)


def refusal(
    status: int,
    code: str,
    message: str = "",
    headers: tuple[tuple[str, str], ...] = (),
    *,
    keeps: bool = True,
) -> Answer:
    """S3's own words for no."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>tx0001</RequestId></Error>"
    )
    return Answer(status, body.encode(), (*_XML, *headers), keeps_open=keeps)


INTERNAL = refusal(500, "InternalError", "We encountered an internal error. Please try again.")
BAD_GATEWAY = Answer(
    502,
    b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
    (("Content-Type", "text/html"),),
)
UNAVAILABLE = Answer(503, b"", ())
SLOW_DOWN = refusal(503, "SlowDown", "Please reduce your request rate.")
SLOW_DOWN_LATER = refusal(503, "SlowDown", "Please reduce your request rate.", (("Retry-After", "1"),))
TOO_MANY = refusal(429, "TooManyRequests", "Too many requests.")
TOO_MANY_LATER = refusal(429, "TooManyRequests", "Too many requests.", (("Retry-After", "1"),))
GATEWAY_TIMEOUT = Answer(504, b"upstream request timeout", (("Content-Type", "text/plain"),))
REQUEST_TIMEOUT = refusal(
    400,
    "RequestTimeout",
    "Your socket connection to the server was not read from or written to within the timeout period.",
    keeps=False,
)
LOGIN_PAGE = Answer(
    200,
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>",
    (("Content-Type", "text/html; charset=utf-8"),),
    keeps_open=True,
)

DENIED = refusal(403, "AccessDenied", "Access Denied")
NO_BUCKET = refusal(404, "NoSuchBucket", "The specified bucket does not exist.")
NO_UPLOAD = refusal(404, "NoSuchUpload", "The specified upload does not exist.")
SKEWED = refusal(
    403, "RequestTimeTooSkewed", "The difference between the request time and ours is too large."
)
QUOTA = refusal(403, "QuotaExceeded", "The quota of this user is used up.")
ERROR_IN_200 = Answer(
    200,
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>InternalError</Code>'
    b"<Message>We encountered an internal error. Please try again.</Message></Error>",
    _XML,
    keeps_open=True,
)
NOT_DELETED = Answer(
    200,
    b'<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult><Error><Key>data.bin</Key>'
    b"<Code>InternalError</Code><Message>We encountered an internal error.</Message></Error></DeleteResult>",
    _XML,
    keeps_open=True,
)

EXPIRED_AWS = refusal(400, "ExpiredToken", "The provided token has expired.")
EXPIRED_CEPH = refusal(403, "AccessDenied")
EXPIRED_CEPH_KEY = refusal(403, "InvalidAccessKeyId")
EXPIRED_MINIO = refusal(403, "InvalidTokenId", "The security token included in the request is invalid")


def redirect(url: str, status: int = 307, code: str = "TemporaryRedirect") -> Answer:
    """A redirect to another host, as a hostile or muddled server gives it."""
    return refusal(status, code, "Please re-send this request elsewhere.", (("Location", url),))
