"""Reads the forms in which the place of a value is its name: `mc alias set`, addresses with the key in them,
password files, and calls or lines that hold bare values.
"""

import re
from urllib.parse import unquote

from s3tui.credentials.reading.findings import Field, Finding, Verdict
from s3tui.credentials.reading.judge import is_aws_id, verdict
from s3tui.credentials.reading.tokens import looks_like_token

_RANK = 3
_MC = re.compile(
    r"""\bmc(?:\.exe|li)?[ \t]+(?:-{1,2}\w+[ \t]+){0,5}"""
    r"""(?:alias[ \t]+set|alias[ \t]+s|config[ \t]+host[ \t]+add)[ \t]+"""
    r"""["']?([\w.\-]{1,64})/?["']?[ \t]+["']?(https?://[^\s"']{1,300})["']?"""
    r"""(?:[ \t]+(?:"([^"\n]{1,128})"|'([^'\n]{1,128})'|([^\s"']{1,128}))"""
    r"""[ \t]+(?:"([^"\n]{1,400})"|'([^'\n]{1,400})'|([^\s"']{1,400})))?"""
)
_MC_HOST = re.compile(r"\bMC_HOST_(\w{1,64})\b")
_IN_ADDRESS = re.compile(
    r"\b(s3[an]?|https?)://([^\s:/@\"'<>]{3,200}):([^\s@\"'<>]{4,400}?)(?::([^\s@:\"'<>]{16,8000}))?@([\w.\-]{1,200}(?::\d{1,5})?)"
    r"(/[^\s\"'<>]{0,1000})?"
)
_PAIR = re.compile(r"(?<![\w/+])((?:AKIA|ASIA)[A-Z0-9]{16}):([A-Za-z0-9/+]{40})(?![\w/+=])")
_PAIR_LINE = re.compile(
    r"^[ \t]*(?:([a-z0-9][a-z0-9.\-]{2,62}):)?([A-Za-z0-9]{16,128}):([A-Za-z0-9/+=_\-]{16,128})[ \t]*$",
    re.MULTILINE,
)
_PAIR_WORD = re.compile(
    r"(?<![\w/+])((?:AKIA|ASIA)[A-Z0-9]{16}|[A-Z0-9]{20})[:,;/ ]{1,2}([A-Za-z0-9/+]{40})(?![\w/+=])"
)
_WORD = re.compile(r"[^\s\"'`,;|()<>\[\]{}\x00]{16,16384}")
_SECRET_SHAPE = re.compile(r"[A-Za-z0-9/+]{40}\Z")
_HEX = re.compile(r"[0-9a-f]{40}\Z")


def read_commands(text: str) -> tuple[list[Finding], str]:
    """Return what commands and addresses with credentials in them hold, and the text without them."""
    findings: list[Finding] = []

    def blank(match: re.Match[str]) -> str:
        return match.group() if not _from_address(match, text, findings) else _blank(match)

    def alias(match: re.Match[str]) -> str:
        _from_mc(match, findings)
        return _blank(match)

    def pair(match: re.Match[str]) -> str:
        findings.append(Finding(Field.ID, match.group(1), _RANK, match.start()))
        findings.append(Finding(Field.SECRET, match.group(2), _RANK, match.start()))
        return _blank(match)

    if "mc" in text and ("alias" in text or "config" in text):
        text = _MC.sub(alias, text)
    if "://" in text and "@" in text:
        text = _IN_ADDRESS.sub(blank, text)
    text = _PAIR.sub(pair, text)
    if ":" in text:
        for match in _PAIR_LINE.finditer(text):
            _from_password_file(match, findings)
    return findings, text


def read_bare(text: str, have: set[Field]) -> list[Finding]:
    """Return unlabelled values known by their form alone, for the fields that are still missing.

    Args:
        text: the text without the values that were taken already.
        have: the fields that names have given.
    """
    ids: list[Finding] = []
    secrets: list[Finding] = []
    tokens: list[Finding] = []
    for count, match in enumerate(_WORD.finditer(text)):
        if count > 2000:
            break
        word = match.group().rstrip(".:")
        if is_aws_id(word):
            ids.append(Finding(Field.ID, word, 5, match.start()))
        elif looks_like_token(word):
            tokens.append(Finding(Field.TOKEN, word, 5, match.start()))
        elif _SECRET_SHAPE.match(word) and not _HEX.match(word) and _is_mixed(word):
            secrets.append(Finding(Field.SECRET, word, 5, match.start()))
    if not ids and not secrets and Field.ID not in have:
        for pair in list(_PAIR_WORD.finditer(text))[:3]:
            ids.append(Finding(Field.ID, pair.group(1), 5, pair.start()))
            secrets.append(Finding(Field.SECRET, pair.group(2), 5, pair.start()))
    times = [_same_line(text, finding) for finding in ids[:3] if Field.ID not in have]
    missing = [
        *times,
        *(ids if Field.ID not in have else ()),
        *(secrets if Field.SECRET not in have else ()),
        *(tokens if Field.TOKEN not in have else ()),
    ]
    return missing if ids or secrets or have & {Field.ID, Field.SECRET} else []


def _same_line(text: str, finding: Finding) -> Finding:
    """The rest of an unlabelled id's line, which may hold the expiry, as in text output of the AWS CLI."""
    line = text[finding.start : finding.start + 120].partition("\n")[0]
    return Finding(Field.EXPIRY, line[len(finding.value) :], 5, finding.start)


def _blank(match: re.Match[str]) -> str:
    return "\x00" * len(match.group())


def _is_mixed(word: str) -> bool:
    return any(c.isupper() for c in word) and any(c.islower() for c in word)


def _from_mc(match: re.Match[str], findings: list[Finding]) -> None:
    alias, url, *values = match.groups()
    findings.append(Finding(Field.PROFILE, alias, 1, match.start()))
    findings.append(Finding(Field.ENDPOINT, url, 1, match.start()))
    key_id = values[0] or values[1] or values[2]
    secret = values[3] or values[4] or values[5]
    if key_id and secret:
        findings.append(Finding(Field.ID, key_id, _RANK, match.start()))
        findings.append(Finding(Field.SECRET, secret, _RANK, match.start()))


def _from_address(match: re.Match[str], text: str, findings: list[Finding]) -> bool:
    scheme, key_id, secret, token, host, path = match.groups()
    start = match.start()
    before = _MC_HOST.search(text, max(0, start - 90), start)
    if scheme.startswith("http"):
        if not before:
            return False
        findings.append(Finding(Field.PROFILE, before.group(1), 1, start))
        findings.append(Finding(Field.ENDPOINT, f"{scheme}://{host}", 1, start))
    elif "." in host or ":" in host or host == "localhost":
        findings.append(Finding(Field.ENDPOINT, host, 1, start))
        if path and path.strip("/"):
            findings.append(Finding(Field.BUCKET, f"s3:/{path}", 1, start))
    else:
        findings.append(Finding(Field.BUCKET, f"s3://{host}{path or ''}", 1, start))
    findings.append(Finding(Field.ID, unquote(key_id), _RANK, start))
    findings.append(Finding(Field.SECRET, unquote(secret), _RANK, start))
    if token:
        findings.append(Finding(Field.TOKEN, unquote(token), _RANK, start))
    return True


def _from_password_file(match: re.Match[str], findings: list[Finding]) -> None:
    bucket, key_id, secret = match.groups()
    if verdict(Field.SECRET, secret, tight=False, quoted=False) is not Verdict.REAL:
        return
    if bucket:
        findings.append(Finding(Field.BUCKET, bucket, 3, match.start()))
    findings.append(Finding(Field.ID, key_id, 5, match.start()))
    findings.append(Finding(Field.SECRET, secret, 5, match.start()))
