"""What each refusal of an S3 server means: one table from codes and statuses to error and sentence.

Sentences are templates over `{what}` (the address), `{verb}`, `{bucket}`, `{host}`, `{skew}` and `{message}`
(the server's own words, cut short). Servers' wordings differ, so the code decides where there is one, and the
HTTP status where there is none (HEAD) or an unknown one.
"""

from msgspec import Struct

from s3tui.errors import (
    AccessDenied,
    Busy,
    Changed,
    CredentialsExpired,
    CredentialsRefused,
    Damaged,
    NotFound,
    ServerFault,
    StorageError,
    Unreachable,
)


class Rule(Struct, frozen=True):
    """How to tell one refusal."""

    error: type[StorageError]
    sentence: str
    next_step: str = ""
    doubtful: bool = False
    """Some servers say the same of expired credentials: know the expiry, or probe."""


_PASTE = "Paste new ones (K): everything that waits goes on with them."
_COPY_AGAIN = "Copy key id, secret and token once more, all three from one page."
_ENDPOINT = "Check the endpoint, or copy the credentials once more."

EXPIRED = Rule(CredentialsExpired, "Your credentials have expired.", _PASTE)
DENIED = Rule(
    AccessDenied,
    "Your credentials may not {verb} {what}.",
    "They may be limited to another bucket, prefix or action.",
    doubtful=True,
)
_WRONG_TOKEN = Rule(
    CredentialsRefused,
    "{host} says that the session token does not belong to this key, or was cut when it was copied.",
    _COPY_AGAIN,
)
_WRONG_SECRET = Rule(
    CredentialsRefused, "{host} says that the secret does not fit the key id.", _COPY_AGAIN, doubtful=True
)
_UNKNOWN_KEY = Rule(CredentialsRefused, "{host} does not know this key id.", _ENDPOINT, doubtful=True)
_STOPPED = Rule(
    CredentialsRefused, "{host} has stopped this account or key: {message}", "Ask the owner of the data."
)
_WRONG_REGION = Rule(
    ServerFault, "The bucket {bucket} lies in another region than {region}.", "Set its region under K."
)
_BUSY = Rule(Busy, "{host} asks for fewer requests.")
_FAULT = Rule(Unreachable, "{host} had a fault of its own while it was to {verb} {what}.", "Try again later.")
_DAMAGED = Rule(Damaged, "What arrived at {host} for {what} is not what was sent.", "Try again.")
_NO_OBJECT = Rule(NotFound, "There is no {what}.")
_NO_UPLOAD = Rule(NotFound, "The multipart upload of {what} is not open any more.", "Start it again.")
_BAD_PARTS = Rule(
    ServerFault, "{host} cannot put the parts of {what} together: {message}", "Copy the file again."
)
_CHANGED = Rule(Changed, "{what} has changed or exists already.", "List again and decide anew.")
_ARCHIVED = Rule(
    AccessDenied, "{what} lies in an archive tier.", "It must be restored before it can be read."
)

BY_CODE: dict[str, Rule] = {
    "ExpiredToken": EXPIRED,
    "ExpiredTokenException": EXPIRED,
    "RequestExpired": EXPIRED,
    "TokenRefreshRequired": EXPIRED,
    "InvalidToken": _WRONG_TOKEN,
    "InvalidTokenId": _WRONG_TOKEN,
    "InvalidClientTokenId": _WRONG_TOKEN,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": _WRONG_SECRET,
    "AccessDenied": DENIED,
    "AccessDeniedException": DENIED,
    "Forbidden": DENIED,
    "UnauthorizedAccess": DENIED,
    "AccountProblem": _STOPPED,
    "AllAccessDisabled": _STOPPED,
    "NotSignedUp": _STOPPED,
    "InvalidSecurity": _STOPPED,
    "InvalidPayer": _STOPPED,
    "UserSuspended": _STOPPED,
    "RequestTimeTooSkewed": Rule(
        ServerFault,
        "This computer's clock is {skew}, so {host} refuses everything it signs.",
        "Have the clock set; new credentials will not help.",
    ),
    "PermanentRedirect": _WRONG_REGION,
    "TemporaryRedirect": _WRONG_REGION,
    "AuthorizationHeaderMalformed": _WRONG_REGION,
    "IllegalLocationConstraintException": _WRONG_REGION,
    "NoSuchKey": _NO_OBJECT,
    "NoSuchVersion": _NO_OBJECT,
    "NoSuchBucket": Rule(
        NotFound, "{host} has no bucket named {bucket}.", "Check its name and the endpoint."
    ),
    "InvalidBucketName": Rule(ServerFault, "{bucket} cannot be the name of a bucket.", "Check its spelling."),
    "NoSuchUpload": _NO_UPLOAD,
    "InvalidPart": _BAD_PARTS,
    "InvalidPartOrder": _BAD_PARTS,
    "EntityTooSmall": _BAD_PARTS,
    "PreconditionFailed": _CHANGED,
    "ConditionalRequestConflict": Rule(Unreachable, "Somebody else is writing {what}.", "Try again."),
    "OperationAborted": Rule(Unreachable, "Somebody else is writing {what}.", "Try again."),
    "InvalidObjectState": _ARCHIVED,
    "SlowDown": _BUSY,
    "SlowDownRead": _BUSY,
    "SlowDownWrite": _BUSY,
    "TooManyRequests": _BUSY,
    "TooManyRequestsException": _BUSY,
    "Throttling": _BUSY,
    "ThrottlingException": _BUSY,
    "RequestLimitExceeded": _BUSY,
    "BandwidthLimitExceeded": _BUSY,
    "ServiceUnavailable": _BUSY,
    "Busy": _BUSY,
    "InternalError": _FAULT,
    "RequestTimeout": Rule(Unreachable, "{host} had to wait too long for the data of {what}."),
    "BadDigest": _DAMAGED,
    "InvalidDigest": _DAMAGED,
    "XAmzContentSHA256Mismatch": _DAMAGED,
    "XAmzContentChecksumMismatch": _DAMAGED,
    "IncompleteBody": _DAMAGED,
    "EntityTooLarge": Rule(
        ServerFault, "{what} is larger than {host} takes.", "Use larger parts, or split it."
    ),
    "KeyTooLongError": Rule(ServerFault, "The key of {what} is longer than {host} takes.", "Shorten it."),
    "QuotaExceeded": Rule(
        AccessDenied, "The quota of {bucket} is used up.", "Delete something, or ask for more."
    ),
    "NotImplemented": Rule(ServerFault, "{host} cannot {verb} {what} in this way: {message}"),
    "MethodNotAllowed": Rule(ServerFault, "{host} does not allow to {verb} {what}."),
    "InvalidRange": _CHANGED,
}
"""What the code of an error answer means."""

BY_STATUS: dict[int, Rule] = {
    301: _WRONG_REGION,
    302: _WRONG_REGION,
    307: _WRONG_REGION,
    400: Rule(ServerFault, "{host} refused to {verb} {what} as a bad request: {message}", doubtful=True),
    401: DENIED,
    403: DENIED,
    404: _NO_OBJECT,
    405: Rule(ServerFault, "{host} does not allow to {verb} {what}."),
    408: Rule(Unreachable, "{host} had to wait too long for the data of {what}."),
    409: Rule(Unreachable, "Somebody else is changing {what}.", "Try again."),
    411: Rule(ServerFault, "{host} wants to know the length of {what} first."),
    412: _CHANGED,
    413: Rule(ServerFault, "{what} is larger than {host} takes.", "Use smaller parts."),
    416: _CHANGED,
    429: _BUSY,
    500: _FAULT,
    502: _FAULT,
    503: _BUSY,
    504: _FAULT,
}
"""What a status means where the code says nothing."""

UNKNOWN = Rule(ServerFault, "{host} refused to {verb} {what}: {message}")
"""Everything else below 500."""

SERVER_SIDE = _FAULT
"""Everything else from 500 on."""
