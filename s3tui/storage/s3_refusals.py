"""The one table from what a server answered to what it means; the sentences are in `s3_wording`.

Rows are tried from the first to the last; what a row can name is in `refusal_row`. The finer a row, the
higher it stands; the statuses come last.
"""

from s3tui.storage import s3_wording as say
from s3tui.storage.refusal_row import Row, plain_code, row
from s3tui.storage.s3_answer import Refusal
from s3tui.storage.s3_subject import Subject
from s3tui.storage.s3_wording import Rule


def rule_of(refusal: Refusal, subject: Subject) -> Rule:
    """What a refusal means."""
    code = plain_code(refusal.code)
    for line in TABLE:
        if line.fits(code, refusal, subject):
            return line.rule
    return say.FAULT if refusal.status >= 500 else say.UNKNOWN


_WEB = ("page", "text", "json", "empty")
_CHANGES = ("write", "delete", "copy to", "abort the upload of")
_NO = (400, 401, 403, 409)
_AUTH = (400, 401, 403)
_EXPIRED_WORDS = (
    r"(?:token|credential|session|access.?key|\bkey\b|jwt|login|sts)\w*[^.]{0,40}\b(?:expired"
    r"|no longer valid)"
    r"|\bexpired[^.]{0,30}(?:token|credential|session|access.?key|jwt|login)"
    r"|\bsession[^.]{0,20}timed out"
)
_STOPPED_WORDS = (
    r"\b(?:account|user|access.?key|key|project|tenant|customer|subscription|service)\b[^.]{0,50}"
    r"\b(?:suspended|disabled|deactivated|inactive|not active|locked|blocked|frozen|terminated"
    r"|closed|on hold)"
    r"|\b(?:suspended|disabled|deactivated|inactive) (?:account|user|key)"
    r"|trial\b[^.]{0,40}\b(?:ended|expired|over)|\b(?:payment|overdue|arrears|unpaid|delinquent)\b"
)

TABLE: tuple[Row, ...] = (
    # ---- our clock: no new credentials help, whatever else the server says
    row(say.CLOCK, "RequestTimeTooSkewed RequestInTheFuture SignatureNotYetCurrent RequestNotReadyYet"),
    row(
        say.CLOCK,
        "",
        r"difference between the request time|request time\b[^.]{0,40}too (?:skewed|large|old)"
        r"|date is too old"
        r"|signature (?:expired|not yet current): \d|clock.?skew|too far in the (?:past|future)"
        r"|request is not (?:yet valid|valid yet)|time.?stamp\b[^.]{0,30}(?:outdated|too old|expired)",
    ),
    row(
        say.CLOCK,
        "- AccessDenied Forbidden SignatureDoesNotMatch RequestExpired InvalidRequest Unauthorized"
        " AuthFailure",
        "",
        *_AUTH,
        skewed=True,
    ),
    # ---- something else than the S3 server that was meant
    row(
        say.SAYS_HTTPS,
        "",
        r"plain HTTP request was sent to HTTPS|HTTP request to an HTTPS|speaking plain HTTP to an SSL",
    ),
    row(say.NOT_S3_PORT, "", r"S3 API requests? must be made to"),
    row(say.PROXY_LOGIN, "", "", 407),
    row(say.NETWORK_LOGIN, "", "", 511),
    row(say.LOGIN, "", "", 301, 302, 303, 307, 308, foreign=True),
    row(say.WEBSITE, "??*", "", shapes=("page",)),
    row(say.FULL, "", r"exceeds? quota", 413),
    row(say.PROXY_TOO_LARGE, "-", "", 413, foreign=True, shapes=("page", "text", "empty")),
    row(say.NOT_S3, "", r"^Missing Authentication Token", shapes=("json",)),
    row(say.BUSY, "", "", 429, shapes=_WEB),
    row(say.BLOCKED, "", r"^error code: 1\d{3}\b", 403, 429),
    row(say.BLOCKED, "-", r"\bblocked\b|(?:company|usage|security) policy", 502, 503, shapes=("page",)),
    row(say.MAINTENANCE, "-", r"maintenance|back soon|be right back", 502, 503, foreign=True),
    row(say.GATEWAY_BUSY, "-", "", 503, foreign=True, shapes=("page", "text")),
    row(say.GATEWAY, "-", "", 502, 504, *range(520, 531), foreign=True),
    row(say.NOT_TAKEN, "", "", 401, shapes=("page",)),
    row(say.BLOCKED, "", "", 403, 406, 451, shapes=("page",)),
    row(say.NOT_S3, "", "", 200, 400, 404, 405, 410, 415, 418, 421, 501, shapes=("page",), foreign=True),
    # ---- expired
    row(
        say.EXPIRED,
        "ExpiredToken TokenExpired SecurityTokenExpired ExpiredSecurityToken TokenRefreshRequired"
        " RequestExpired"
        " *CredentialsExpired ExpiredCredentials ExpiredJWT AccessTokenExpired SessionExpired ExpiredSession"
        " AccessKeyExpired ExpiredAccessKey ExpiredAccessKeyId InvalidTokenExpired AuthenticationExpired",
    ),
    row(say.LINK_EXPIRED, "ExpiredPresign* PresignedUrlExpired"),
    row(say.LINK_EXPIRED, "", r"(?:request|link|url|policy) has expired", 400, 403),
    row(say.SIGN_IN_ENDED, "UnauthorizedSSOToken InvalidGrant ExpiredSSOToken SSOTokenLoad TokenRetrieval"),
    row(say.SIGN_IN_ENDED, "", r"(?:sso|refresh token|grant)\b[^.]{0,40}expired", *_NO),
    row(say.EXPIRED, "", _EXPIRED_WORDS, *_NO),
    # ---- denials that say more than that
    row(say.NEEDS_TLS, "", r"over a secure connection|secure transport|requires? (?:https|tls|ssl)\b", *_NO),
    row(
        say.NEEDS_MFA,
        "",
        r"\bmfa\b|multi.?factor|one.?time (?:pass(?:word|code)|code)",
        *_NO,
    ),
    row(say.NO_KEY_ACCESS, "", r"not authori[sz]ed to perform:? kms:", *_NO),
    row(say.DENIED_AS_TOLD, "", r"not authori[sz]ed to perform", *_NO),
    row(
        say.NEEDS_ENCRYPTION,
        "",
        r"encrypt\w*\b[^.]{0,40}(?:required|mandatory|must)|must be encrypted|unencrypted",
        *_NO,
        verbs=_CHANGES,
    ),
    row(say.KEY_GONE, "KMS*Disabled* KMS*NotFound* KMS*State* KMS*Invalid* KMSNotConfigured KMSKey*"),
    row(say.NO_KEY_ACCESS, "KMS*", r"denied|authori|permission"),
    row(say.KEY_GONE, "KMS*"),
    row(say.KEY_GONE, "", r"\bkms\b[^.]{0,60}(?:disabled|pending|not exist|not found|invalid)", *_NO),
    row(say.NO_KEY_ACCESS, "", r"ciphertext refers|customer master key|\bkms\b", *_NO),
    row(
        say.OWN_KEY,
        "SSEEncryptedObject SSECustomer* InvalidSSE* *SSECustomerKey*",
        "",
    ),
    row(
        say.OWN_KEY,
        "",
        r"stored using a form of server.side encryption|customer.provided (?:encryption )?key|\bsse-?c\b"
        r"|server-side-encryption-customer",
        *_NO,
    ),
    row(
        say.ARCHIVED,
        "InvalidObjectState ObjectNotInActiveTier ObjectArchived ObjectNotRestored InvalidStorageClassState",
    ),
    row(say.RESTORING, "RestoreAlreadyInProgress ObjectRestoring GlacierExpeditedRetrievalNotAvailable"),
    row(say.LOCKED, "", r"(?:temporary|event.based|active) hold", *_NO),
    row(
        say.ARCHIVED,
        "",
        r"must (?:first )?be restored|storage class\b[^.]{0,40}(?:glacier|archive)|\barchived\b",
    ),
    row(say.CANNOT, "", r"content-md5[^.]{0,60}required|x-amz-checksum[^.]{0,60}required"),
    row(
        say.LOCKED,
        "ObjectLocked ObjectUnderRetention ObjectImmutable FileImmutable ObjectLockedByBucketPolicy",
    ),
    row(
        say.LOCKED,
        "",
        r"object.?lock|\bworm\b|\bretention\b|legal.?hold|\bimmutab|compliance mode|governance mode",
        *(400, 403, 405, 409),
        verbs=_CHANGES,
    ),
    row(say.PAYER, "UserProjectMissing UserProjectAccessDenied RequesterPays* *RequesterPays*"),
    row(say.PAYER, "", r"requester.?pays|request-payer"),
    row(say.TERMS, "", r"\bterms\b|data use|\beula\b|licen[cs]e agreement|agreement\b", *_NO),
    row(say.NEEDS_ACL, "AccessControlListNotSupported InvalidBucketAclWithObjectOwnership"),
    row(
        say.NEEDS_ACL, "", r"\bacls?\b[^.]{0,40}(?:not allow|not support|required)|does not allow acls", *_NO
    ),
    row(
        say.NOT_HERE,
        "",
        r"\bip\b(?: address)?.{0,60}?\b(?:not allowed|not permitted|restrict|denied|white|allow.?list)"
        r"|source ip|not\b[^.]{0,30}from (?:this|your) (?:ip|network|region|location|country)",
        *_NO,
    ),
    # ---- limits
    row(say.CAP, "", r"\bcaps?\b (?:was |is |has been )?exceeded|cap exceeded|usage cap", 400, 403, 429),
    row(
        say.FULL,
        "*QuotaExceeded* QuotaExceed* StorageLimitExceeded StorageQuota* InsufficientQuota CapExceeded"
        " *BucketQuota* EDQUOT TotalSizeExceeded",
    ),
    row(say.FULL, "", r"\bquota\b(?![^.]{0,20}(?:rate|requests))", 400, 403, 409, 413, 422, 507),
    row(
        say.NO_SPACE, "StorageFull InsufficientCapacity InsufficientStorage* NotEnough* DiskFull NoSpaceLeft"
    ),
    row(say.NO_SPACE, "", r"no space left|free drive threshold|disk (?:is )?full|out of (?:disk )?space"),
    row(say.NO_SPACE, "", "", 507),
    # ---- keys and accounts
    row(
        say.STOPPED,
        "*AccountProblem AllAccessDisabled *Suspended *AccountDisabled UserDisable* InvalidPayer"
        " AccessKeyDisabled"
        " KeyDisabled InactiveAccessKey* DisabledAccount AccountLocked AccountIsDisabled AccountInactive",
    ),
    row(say.STOPPED, "", _STOPPED_WORDS, *_NO, 451),
    row(say.STOPPED, "", "", 402),
    row(say.NOT_ENABLED, "NotSignedUp NotEntitled *OptInRequired SubscriptionRequired ServiceNotEnabled"),
    row(say.NOT_ENABLED, "", r"needs a subscription|not subscribed", *_NO),
    row(say.REGION_OFF, "RegionDisabled"),
    row(
        say.NO_TOKEN,
        "InvalidAccessKeyId InvalidClientTokenId InvalidToken InvalidTokenId AccessDenied"
        " MissingSecurityToken"
        " Forbidden Unauthorized UnrecognizedClient SignatureDoesNotMatch -",
        "",
        *_AUTH,
        token_missing=True,
    ),
    row(say.UNKNOWN_KEY, "InvalidClientTokenId UnrecognizedClient InvalidToken InvalidTokenId", token=False),
    row(
        say.WRONG_TOKEN,
        "InvalidToken InvalidTokenId InvalidClientTokenId InvalidSecurityToken* UnrecognizedClient"
        " MalformedSecurityToken InvalidSessionToken",
    ),
    # Ceph cannot decode a damaged token, and says no more than this.
    row(say.WRONG_TOKEN, "InvalidArgument", "", 400, token=True, silent=True),
    row(say.WRONG_TOKEN, "", r"(?:security|session)[- ]token", *_AUTH, token=True),
    row(
        say.FOREIGN_KEY, "", r"access key has length|malformed access.?key|access key id\b[^.]{0,20}malformed"
    ),
    row(
        say.OLD_SIGNATURE,
        "",
        r"authori[sz]ation mechanism|signature version|please use aws4|unsupported signature",
    ),
    row(
        say.WRONG_SECRET,
        "SignatureDoesNotMatch InvalidSignature SignatureMismatch BadSignature InvalidSecretKey",
    ),
    row(
        say.WRONG_SECRET,
        "",
        r"signature\b[^.]{0,60}(?:not match|mismatch|invalid|incorrect|failed|wrong)|(?:invalid"
        r"|bad) signature",
        *_AUTH,
    ),
    row(
        say.UNKNOWN_KEY,
        "InvalidAccessKey* NoSuchAccessKey AccessKeyNotFound InvalidKeyId UnknownAccessKey*"
        " InvalidCredential*"
        " AccessKeyIdNotFound",
    ),
    row(
        say.UNKNOWN_KEY,
        "",
        r"no such (?:access )?key:|access.?key\b[^.]{0,60}(?:not exist|not found|unknown|invalid"
        r"|not valid|unrecogn)"
        r"|(?:unknown|invalid|no such|unrecogni[sz]ed) access.?key|\bkey '[^']*' is not valid",
        *_AUTH,
    ),
    row(
        say.NOT_SIGNED,
        "MissingSecurityHeader MissingAuthentication* AuthenticationRequired CredentialsMissing"
        " MissingCredentials"
        " NoNamespaceForAnonymousRequest",
    ),
    row(say.NOT_SIGNED, "", r"\banonymous\b|missing authentication|no credentials", *(400, 401, 403)),
    row(
        say.NOT_TAKEN,
        "Unauthorized InvalidSecurity AuthenticationFailed InvalidAuth* AuthFailure NotAuthenticated"
        " Authentication InvalidLogin InvalidIdentityToken",
    ),
    # ---- region
    row(say.NO_SUCH_REGION, "InvalidRegion* InvalidLocationConstraint", r"region|location"),
    row(
        say.WRONG_REGION,
        "PermanentRedirect TemporaryRedirect IllegalLocationConstraint IncorrectEndpoint WrongRegion Redirect"
        " MovedPermanently BucketRegion",
    ),
    row(
        say.WRONG_REGION,
        "AuthorizationHeaderMalformed AuthorizationQueryParameters AccessDenied InvalidRequest -",
        r"\bregion\b[^.]{0,50}(?:wrong|mismatch|expect|incorrect)|wrong region|unexpected scope"
        r"|specified endpoint",
    ),
    # ---- denied, plainly
    row(
        say.DENIED,
        "AccessDenied Forbidden AccessForbidden UnauthorizedAccess UnauthorizedOperation NotAuthorized"
        " PermissionDenied InsufficientPermission* OperationNotPermitted NoPermission"
        " AccountAccessDenied NotAllowed",
    ),
    # ---- names and places
    row(say.NO_BUCKET, "NoSuchBucket BucketNotFound NoSuchContainer"),
    row(say.FOREIGN_BUCKET, "BucketAlreadyExists"),
    row(say.FOREIGN_BUCKET, "", r"bucket\b[^.]{0,30}(?:owned by|belongs to) (?:another|some|a different)"),
    row(say.BAD_BUCKET_NAME, "InvalidBucketName"),
    row(say.NO_UPLOAD, "NoSuchUpload"),
    row(say.NO_OBJECT, "NoSuchKey NoSuchVersion NoSuchObject ObjectNotFound"),
    row(say.LONG_NAME, "KeyTooLong NameTooLong ObjectNameTooLong"),
    row(
        say.IN_THE_WAY, "ParentIsObject ObjectExistsAsDirectory ObjectAlreadyExistsAsFolder ExistsAsDirectory"
    ),
    row(say.BAD_NAME, "InvalidObjectName InvalidURI InvalidResourceName InvalidKey InvalidObjectKey"),
    row(say.BAD_NAME, "", r"object name (?:contains|is)|unsupported characters|invalid (?:object|key) name"),
    # ---- objects
    row(say.BAD_PARTS, "InvalidPart InvalidPartOrder EntityTooSmall MalformedPartList"),
    row(say.TOO_LARGE, "EntityTooLarge MaxMessageLengthExceeded RequestEntityTooLarge FileTooLarge TooLarge"),
    row(say.CHANGED, "PreconditionFailed InvalidRange ObjectAlreadyExists ObjectModified"),
    row(
        say.COLLISION,
        "ConditionalRequestConflict OperationAborted ConcurrentModification ResourceInUse BucketNotReady",
    ),
    row(
        say.DAMAGED,
        "BadDigest InvalidDigest XAmzContentSHA256Mismatch XAmzContentChecksumMismatch IncompleteBody"
        " ContentSHA256Mismatch ChecksumMismatch BadChecksum",
    ),
    row(say.TOO_SLOW, "RequestTimeout RequestTimedOut"),
    # ---- the server
    row(say.BANDWIDTH, "BandwidthLimitExceeded DownloadLimitExceeded"),
    row(
        say.BUSY,
        "SlowDown* TooManyRequests Throttl* RequestLimitExceeded RequestRateTooLarge RateLimit* Busy"
        " ServerBusy"
        " ServiceUnavailable OverCapacity ReduceYourRequestRate TooManyConcurrent*"
        " ProvisionedThroughputExceeded"
        " ResourceRequested",
    ),
    row(say.BUSY, "", r"reduce your (?:concurrent )?request rate|rate.?limit|too many requests|slow down"),
    row(
        say.FAULT,
        "Internal InternalServer InternalFailure ServerNotInitialized BackendDown ReadQuorum WriteQuorum",
    ),
    row(say.CANNOT, "NotImplemented UnsupportedOperation UnsupportedArgument Unsupported NotSupported"),
    row(say.NOT_ALLOWED, "MethodNotAllowed"),
    # ---- statuses, where nothing else says more
    row(say.NOT_S3_UNREAD, "-", "", 404, 405, 501, shapes=("empty",), foreign=True, verbs=("list",)),
    row(say.NOT_S3, "-", "", 404, 405, 501, shapes=("text", "json"), foreign=True),
    row(say.WRONG_REGION, "", "", 301, 302, 307, 308),
    row(say.BAD_REQUEST, "", "", 400),
    row(say.NOT_TAKEN, "", "", 401),
    row(say.DENIED, "", "", 403),
    row(say.NO_OBJECT, "", "", 404, 410),
    row(say.NOT_ALLOWED, "", "", 405),
    row(say.TOO_SLOW, "", "", 408, 499),
    row(say.COLLISION, "", "", 409, 423),
    row(say.LENGTH_WANTED, "", "", 411),
    row(say.CHANGED, "", "", 412, 416),
    row(say.TOO_LARGE, "", "", 413),
    row(say.LONG_NAME, "", "", 414),
    row(say.BANDWIDTH, "", "", 509),
    row(say.BUSY, "", "", 429, 498, 503, 529),
    row(say.CANNOT, "", "", 501),
)
"""What every refusal means."""
