"""Recognises what people paste instead of S3 keys, so that the refusal can name it."""

import re

from s3tui.credentials.paste_errors import PasteError

_QUERY = re.compile(r"https?://[^\s\"'<>?]{1,2000}\?([^\s\"'<>]+)", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"(?:\A|[&?])(?:X-Amz-(?:Signature|Credential|Algorithm|Security-Token)|AWSAccessKeyId|Signature|SigninToken"
    r"|X-Goog-Signature|sig|sv)=",
    re.IGNORECASE,
)
_LINK = re.compile(r"\A\s*<?(?:https?|ftp|sftp)://\S+>?\s*\Z")
_API_KEY = re.compile(
    r"\bapi[ _\-]?key\b|\baccess_token\b|\baccessToken\b|\bBearer\s|\brefresh_token\b"
    r"|\b(?:ghp|gho|github_pat|glpat|hf|xox[bp]|sk)[_\-]\w{10}"
    r"|-----BEGIN [A-Z ]{3,40}-----|AccountKey=|DefaultEndpointsProtocol=|\bpersonal access token\b"
    r"|\"private_key\""
    r"|\bmachine\s+\S+\s+login\s|\bAIza[\w\-]{30}",
    re.IGNORECASE,
)
_LONE_JWT = re.compile(r"\A\s*[\"']?eyJ[\w\-]{10,}(?:\.[\w\-]*){0,4}={0,2}[\"']?\s*\Z")
_COMMAND = re.compile(r"\$\([^)\n]{0,500}|`[^`\n]{1,500}`|\$\{[^}\n]{0,200}\}")

LINK = (
    "This is a link (a pre-signed URL), not credentials: it opens one object only; ask your platform for the"
    " access key id, the secret access key and the session token."
)
API_KEY = (
    "This is an API key or access token of another service, not an S3 key: use it on your platform to get an"
    " access key id, a secret access key and a session token."
)
SHELL = (
    "A value is a shell command or variable, not the key itself, and commands in a paste are never run:"
    " run it in your own shell and paste what it prints."
)
EMPTY = (
    "The text is empty: copy the access key id, the secret access key and, for a temporary key,"
    " the session token."
)


def without_signed_links(text: str) -> str:
    """Return the text with the queries of signed links cut off: the id in them is not the user's to use."""
    return _QUERY.sub(_unsigned, text) if "?" in text else text


def _unsigned(link: re.Match[str]) -> str:
    return link.group().partition("?")[0] + " " if _SIGNATURE.search(link.group(1)) else link.group()


def other_than_credentials(text: str) -> PasteError:
    """Return the refusal for a text in which no S3 key was found."""
    if not text.strip():
        return PasteError("not_credentials", EMPTY)
    if _LINK.match(text) or without_signed_links(text) != text:
        return PasteError("not_credentials", LINK)
    if is_api_key(text):
        return PasteError("not_credentials", API_KEY)
    if _COMMAND.search(text):
        return PasteError("not_credentials", SHELL)
    return PasteError("not_credentials")


def is_api_key(text: str) -> bool:
    """Whether the text is, or is about, the key of another kind of service."""
    return bool(_LONE_JWT.match(text) or _API_KEY.search(text))
