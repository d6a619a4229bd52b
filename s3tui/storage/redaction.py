"""Makes words of a server fit to be shown and logged: one bounded line, nothing invisible, no secret.

Servers repeat what they were sent: tokens, signatures, signed addresses. What is known to be secret is cut
out, and so is whatever looks like it, because a token may come back altered.
"""

import re
from collections.abc import Iterable
from urllib.parse import quote

LENGTH = 300
"""Characters of a server's sentence that are kept."""

MARK = "[secret]"
"""Stands where a secret was."""

_NAMED = re.compile(
    r"""(?ix)
    ( ["']?\b(?: x-amz-(?:security-token|signature|credential|s3session-token) | token-0 | session[-_ ]?token
        | security[-_ ]?token | secret(?:[-_ ]?access)?[-_ ]?key | aws_?secret\w* | access[-_ ]?token
        | id[-_ ]?token
        | signature(?:provided)? | awsaccesskeyid | authorization | cookie | set-cookie | password | passwd
        | stringtosign | canonicalrequest | x-auth-token
      )\b["']? \s*[:=>]\s* ["']? )
    (?: (?:aws4-hmac-sha256|bearer|basic|aws|negotiate)\s+ )? [^\s"'<>,;&]+
    """
)
_SCHEMES = re.compile(r"(?i)\b(AWS4-HMAC-SHA256|Bearer|Basic|Negotiate)\s+[A-Za-z0-9+/=._~-]{8,}[^\n]*")
_ADDRESS = re.compile(r"(?i)\b((?:https?|s3)://[^\s?#\"'<>]*)\?[^\s\"'<>]*")
_QUERY = re.compile(r"(?i)\?(?=[^\s]*(?:x-amz-|signature=|awsaccesskeyid=|token=))[^\s\"'<>]*")
_LOOKS_SECRET = re.compile(
    r"""(?x)
      \b(?:IQoJ|FwoG|FQoG|Fwo|AQoD)[A-Za-z0-9+/=%_-]{12,}      # session tokens of Amazon
    | \beyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,2}          # JSON web tokens
    | [A-Za-z0-9+=%_-]{80,}                                    # no word, name or hash is that long
    | [A-Za-z0-9+/=%]{200,}
    """
)
_KEY_ID = re.compile(r"\b((?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{0,1})[A-Z0-9]{8,}([A-Z0-9]{4})\b")


def cleaned(text: str, secrets: Iterable[str] = ()) -> str:
    """One line of at most `LENGTH` characters without secrets, known or suspected."""
    text = "".join(ch if ch.isprintable() else " " for ch in text[: 20 * LENGTH])
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote(secret)}:
            if len(form) >= 4:
                text = text.replace(form, MARK)
    text = _ADDRESS.sub(r"\1", text)
    text = _QUERY.sub("", text)
    text = _SCHEMES.sub(rf"\1 {MARK}", text)
    text = _NAMED.sub(rf"\1{MARK}", text)
    text = _LOOKS_SECRET.sub(MARK, text)
    text = _KEY_ID.sub(lambda found: f"{found[1][:4]}…{found[2]}", text)
    return " ".join(text.split())[:LENGTH]
