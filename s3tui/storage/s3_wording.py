"""The sentences for what a server refuses, and what to do then.

Sentences are templates over `{what}` (the address), `{verb}`, `{bucket}`, `{host}`, `{region}`, `{skew}`,
`{tier}`, `{home}`, `{key}` (a label of the key id), `{leads_to}` and `{message}`, the server's own words.
Which one is said when stands in `s3_refusals`.
"""

import re

from msgspec import Struct

from s3tui.errors import (
    AccessDenied,
    Busy,
    Changed,
    CredentialsExpired,
    CredentialsRefused,
    Damaged,
    Full,
    NotFound,
    ServerFault,
    StorageError,
    Unreachable,
    Withheld,
)


class Rule(Struct, frozen=True):
    """How to tell one refusal."""

    error: type[StorageError]
    sentence: str
    next_step: str = ""
    doubtful: bool = False
    """Some servers say the same of expired credentials: know the expiry, or probe."""


_COPY_AGAIN = "Copy key id, secret and token once more, all three from one page (K)."
ASK_OWNER = "Ask the owner of the data."
_PROXY = "Check the endpoint; a login page or a proxy may stand in between."

SECURELY = "Write the endpoint with https:// (K)."

# ---- credentials ---------------------------------------------------------------------------------------

EXPIRED = Rule(
    CredentialsExpired,
    "Your credentials have expired.",
    "Paste new ones (K): everything that waits goes on with them.",
)
SIGN_IN_ENDED = Rule(
    CredentialsExpired,
    "The sign-in behind your credentials has ended.",
    "Sign in again where they come from, then paste new ones (K).",
)
DENIED = Rule(
    AccessDenied,
    "Your credentials may not {verb} {what}.",
    "They may be limited to another bucket, prefix or action.",
    doubtful=True,
)
NEEDS_MFA = Rule(
    AccessDenied,
    "{host} wants an MFA code before credentials may {verb} {what}.",
    "Get credentials with one: from a profile with mfa_serial, or from your platform's page (K).",
)
DENIED_AS_TOLD = Rule(AccessDenied, "Your credentials may not {verb} {what}.", ASK_OWNER)
LINK_EXPIRED = Rule(
    AccessDenied, "{host} says that the request for {what} has expired.", "Try again.", doubtful=True
)
WRONG_TOKEN = Rule(
    CredentialsRefused,
    "{host} says that the session token does not belong to this key, or was cut when it was copied.",
    _COPY_AGAIN,
    doubtful=True,
)
NO_TOKEN = Rule(
    CredentialsRefused,
    "The key {key} is a temporary one, and its session token is missing.",
    _COPY_AGAIN,
)
WRONG_SECRET = Rule(
    CredentialsRefused,
    "{host} says that the secret does not fit the key id {key}.",
    _COPY_AGAIN,
    doubtful=True,
)
UNKNOWN_KEY = Rule(
    CredentialsRefused,
    "{host} does not know the key id {key}.",
    "Check the endpoint, or copy the credentials once more (K).",
    doubtful=True,
)
FOREIGN_KEY = Rule(
    CredentialsRefused,
    "The key id {key} is not of the kind {host} gives out.",
    "It may belong to another service: check the endpoint.",
)
NOT_TAKEN = Rule(
    CredentialsRefused,
    "{host} does not accept these credentials.",
    "Check the endpoint, or copy them once more (K).",
    doubtful=True,
)
NOT_SIGNED = Rule(
    CredentialsRefused,
    "{host} saw a request without credentials.",
    "A proxy in between may have taken them out; check the endpoint.",
)
STOPPED = Rule(CredentialsRefused, "{host} has suspended this account or key: {message}", ASK_OWNER)
NOT_ENABLED = Rule(
    CredentialsRefused,
    "Storage is not switched on for this account at {host}: {message}",
    "Ask whoever runs the account.",
)
REGION_OFF = Rule(
    CredentialsRefused,
    "These credentials are not valid in the region {region}.",
    "Ask for some from a regional endpoint, or for the region to be switched on.",
)
CLOCK = Rule(
    ServerFault,
    "This computer's clock is {skew}, so {host} refuses everything it signs.",
    "Have the clock set; new credentials will not help.",
)
OLD_SIGNATURE = Rule(
    ServerFault, "{host} wants another kind of signature than s3tui makes.", "Check the endpoint."
)

# ---- places --------------------------------------------------------------------------------------------

WRONG_REGION = Rule(
    ServerFault, "The bucket {bucket} lies in {told_region}, not in {region}.", "Set its region (K)."
)
NO_SUCH_REGION = Rule(ServerFault, "{host} knows no region {region}: {message}", "Set one it knows (K).")
NO_BUCKET = Rule(
    NotFound,
    "{host} has no bucket named {bucket}.",
    "It may be gone, or lie elsewhere: check its name and the endpoint.",
)
FOREIGN_BUCKET = Rule(
    AccessDenied, "The bucket {bucket} belongs to somebody else.", "Check its name and the endpoint."
)
BAD_BUCKET_NAME = Rule(ServerFault, "{bucket} cannot be the name of a bucket.", "Check its spelling.")
NO_OBJECT = Rule(NotFound, "There is no {what}.", "List again (Ctrl+R): it may have been moved or deleted.")
NO_UPLOAD = Rule(NotFound, "The multipart upload of {what} is not open any more.", "Start it again.")
BAD_NAME = Rule(ServerFault, "{host} does not allow the name {what}.", "Rename it.")
LONG_NAME = Rule(ServerFault, "The key of {what} is longer than {host} takes.", "Shorten it.")
IN_THE_WAY = Rule(
    ServerFault,
    "{host} cannot hold {what} beside an object or folder of the same name.",
    "Rename one of them.",
)
TERMS = Rule(
    AccessDenied,
    "{what} is locked until its terms of use are accepted: {message}",
    "Accept them where it is offered.",
)

# ---- objects -------------------------------------------------------------------------------------------

ARCHIVED = Rule(
    Withheld,
    "{what} lies in {tier}.",
    "It must be restored before it can be read; ask the owner of the data.",
)
RESTORING = Rule(Withheld, "{what} is being restored from {tier}.", "Try again in some hours.")
LOCKED = Rule(
    Withheld,
    "{what} is protected by an object lock, so it can be neither changed nor deleted yet.",
    "Ask the owner of the data how long that lasts.",
)
PAYER = Rule(
    AccessDenied,
    "Whoever reads from the bucket {bucket} pays for it.",
    "Agree to that for this connection (K), if you have an account that can pay.",
)
NO_KEY_ACCESS = Rule(
    AccessDenied,
    "Your credentials may not use the encryption key of {what}.",
    "Ask the owner of the data for access to the key, too.",
)
KEY_GONE = Rule(Withheld, "The encryption key of {what} is disabled or gone: {message}", ASK_OWNER)
OWN_KEY = Rule(
    Withheld,
    "{what} was encrypted with a key that only its owner has (SSE-C).",
    "s3tui cannot read it; ask its owner for a copy.",
)
NEEDS_TLS = Rule(AccessDenied, "{what} is to be had over https only, and was asked for over http.", SECURELY)
NEEDS_ENCRYPTION = Rule(
    AccessDenied, "The bucket {bucket} takes encrypted uploads only: {message}", ASK_OWNER
)
NEEDS_ACL = Rule(
    AccessDenied,
    "The bucket {bucket} refuses the access list that is sent along: {message}",
    "Change the access list of this connection (K).",
)
FULL = Rule(Full, "The quota for {bucket} is used up.", "Delete something, or ask for more.")
CAP = Rule(
    Full, "A cap of the account at {host} is reached: {message}", "Whoever runs the account can raise it."
)
NO_SPACE = Rule(Full, "{host} has no space left.", "Ask those who run it; it is not your connection.")
TOO_LARGE = Rule(ServerFault, "{what} is larger than {host} takes.", "Split it, or ask for a higher limit.")
PROXY_TOO_LARGE = Rule(
    ServerFault,
    "Something in front of {host} takes no request as large as a part of {what}.",
    "Use smaller parts.",
)
BAD_PARTS = Rule(
    ServerFault, "{host} cannot put the parts of {what} together: {message}", "Copy the file again."
)
CHANGED = Rule(Changed, "{what} has changed or exists already.", "List again and decide anew.")
COLLISION = Rule(Unreachable, "Somebody else is changing {what}.", "Try again.")
DAMAGED = Rule(Damaged, "What arrived at {host} for {what} is not what was sent.", "Try again.")

# ---- servers -------------------------------------------------------------------------------------------

BUSY = Rule(
    Busy, "{host} asks for fewer requests.", "It goes on more slowly; try again later if it does not."
)
BANDWIDTH = Rule(Busy, "{host} has reached its bandwidth limit.", "It goes on more slowly.")
FAULT = Rule(Unreachable, "{host} had a fault of its own while it was to {verb} {what}.", "Try again later.")
GATEWAY = Rule(Unreachable, "The storage behind {host} does not answer its gateway.", "Try again later.")
GATEWAY_BUSY = Rule(Busy, GATEWAY.sentence, GATEWAY.next_step)
MAINTENANCE = Rule(Busy, "{host} is closed for maintenance: {message}", GATEWAY.next_step)
TOO_SLOW = Rule(
    Unreachable, "{host} had to wait too long for the data of {what}.", "Check the network, then try again."
)
CANNOT = Rule(
    ServerFault, "{host} cannot {verb} {what} in this way: {message}", "Ask those who run it whether it can."
)
NOT_ALLOWED = Rule(ServerFault, "{host} does not allow to {verb} {what}.", "Ask those who run it.")
BAD_REQUEST = Rule(
    ServerFault,
    "{host} refused to {verb} {what} as a bad request: {message}",
    "Check the endpoint and the region, or copy the credentials once more (K).",
    doubtful=True,
)
LENGTH_WANTED = Rule(
    ServerFault,
    "{host} wants to know the length of {what} first.",
    "A proxy may have taken it out; check the endpoint.",
)
UNKNOWN = Rule(ServerFault, "{host} refused to {verb} {what}: {message}", "Ask those who run it.")

# ---- something in between ------------------------------------------------------------------------------

NOT_S3 = Rule(ServerFault, "What answers at {host} is no S3 server: {message}", _PROXY)
NOT_S3_UNREAD = Rule(ServerFault, "What answers at {host} is no S3 server.", _PROXY)
PAGE = Rule(Unreachable, "{host} answered with a web page, not as an S3 server: {message}", _PROXY)
PAGE_UNREAD = Rule(Unreachable, "{host} answered with a web page, not as an S3 server.", _PROXY)
NOT_S3_PORT = Rule(
    ServerFault, "{host} is the console of an S3 server, not the server itself.", "Check the port."
)
WEBSITE = Rule(
    ServerFault, "{host} is the website of a bucket, not an S3 server.", "Use the endpoint for S3 itself."
)
SAYS_HTTPS = Rule(
    ServerFault, "{host} speaks https, and was asked over http.", "Write its address with https://."
)
LOGIN = Rule(
    ServerFault,
    "{host} leads to {leads_to} instead of answering, as login pages do.",
    "Check the endpoint; sign in to the network first if it asks for that.",
)
PROXY_LOGIN = Rule(ServerFault, "The proxy in front of {host} wants a login.", "Check HTTPS_PROXY.")
NETWORK_LOGIN = Rule(
    ServerFault,
    "This network wants a login before it lets anything through.",
    "Sign in to it, then try again.",
)
BLOCKED = Rule(
    ServerFault,
    "Something in front of {host} refused to {verb} {what}: {message}",
    "Ask those who run the network or the server; new credentials would hardly help.",
)
NOT_HERE = Rule(
    ServerFault,
    "{host} is not open to the network of this computer: {message}",
    "Work from a machine inside it; new credentials will not help.",
)

LIMITED = "They are good for {home}."
"""Next step of a denial elsewhere, when they are known to be good there."""

NOT_FOR_THIS = "They are good for {home}, but not for this: ask who gave them to you."
"""Next step of a denial in the workspace itself."""

SEEN_NOT_READ = "Its name can be seen, but its contents are closed to you. Ask the owner of the data."
"""Next step of a refusal to read."""

MAYBE_EXPIRED = "They may have expired (K), or be limited to another bucket, prefix or action."
"""Next step of a denial by temporary credentials of which nothing more is known."""

PLACES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"hcp-openaccess.*"),
        "{what} is locked: its terms of use are not accepted for this key.",
        "Accept them at db.humanconnectome.org, and make a new key there.",
    ),
    (
        re.compile(r".*(?:-cumulus-|-protected|podaac|gesdisc|nsidc|ornldaac|lp-prod|asf-).*"),
        "Your credentials may not {verb} {what}.",
        "NASA's keys work only on machines inside Amazon's region us-west-2.",
    ),
)
"""Buckets whose denials have a reason of their own: name, sentence, next step."""
