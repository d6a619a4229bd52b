"""Reads the forms in which the place of a value is its name: `mc alias set`, addresses with the key in them,
password files, calls of SDKs, the text output of the AWS CLI.
"""

import re
from urllib.parse import unquote

from s3tui.credentials.reading.findings import KEY_FIELDS, WORD, Field, Finding, Verdict
from s3tui.credentials.reading.judge import verdict

_RANK = 3
_MC = re.compile(
    r"""\bmc(?:\.exe|li)?[ \t]+(?:-{1,2}\w+[ \t]+){0,5}"""
    r"""(?:alias[ \t]+set|alias[ \t]+s|config[ \t]+host[ \t]+add|admin[ \t]+user[ \t]+add)[ \t]+"""
    r"""["']?([\w.\-]{1,64})/?["']?(?:[ \t]+["']?(https?://[^\s"']{1,300})["']?)?"""
    r"""(?:[ \t]+(?:"([^"\n]{1,128})"|'([^'\n]{1,128})'|([^\s"']{1,128}))"""
    r"""[ \t]+(?:"([^"\n]{1,400})"|'([^'\n]{1,400})'|([^\s"']{1,400})))?"""
)
_MC_HOST = re.compile(r"\bMC_HOST_(\w{1,64})\b")
_IN_ADDRESS = re.compile(
    r"\b(s3[an]?|aws|https?)://([^\s:/@\"'<>]{3,200}):([^\s@\"'<>]{4,400}?)(?::([^\s@:\"'<>]{16,8000}))?@([\w.\-]{0,200}(?::\d{1,5})?)"
    r"(/[^\s\"'<>]{0,1000})?"
)
_PAIR = re.compile(r"(?<![\w/+])((?:AKIA|ASIA)[A-Z0-9]{16}):([A-Za-z0-9/+]{40})(?![\w/+=])")
_PAIR_LINE = re.compile(
    r"^[ \t]*(?:([a-z0-9][a-z0-9.\-]{2,62}):)?([A-Za-z0-9]{16,128}):([A-Za-z0-9/+=_\-]{16,128})[ \t]*$",
    re.MULTILINE,
)
_PASSWORD_OPTION = re.compile(
    r"""(?:--user|-u|\becho(?:[ \t]+-n)?)[ \t=]{1,4}["']?"""
    r"""([A-Za-z0-9][\w.\-]{2,127}):([^\s:"'@]{8,400})["']?"""
)
_CALL = re.compile(
    r"""(?:[Cc]redentials?|NewStatic\w{0,20}|StaticProvider|Minio)(?:(?:\.|::)\w{1,20})?\(\s{0,80}"""
    r"""(?:["']([^"'\n]{1,200})["'],\s{0,80})?"""
    r"""["']([^"'\n]{3,128})["'],\s{0,80}["']([^"'\n]{8,400})["']"""
    r"""(?:,\s{0,80}(?:Some\()?["']([^"'\n]{0,16384})["'])?"""
)
_CLIENT_HOST = re.compile(r"""\b(?:Minio|minio\.New)\(\s{0,40}["']([\w.\-]{1,200}(?::\d{1,5})?)["']""")
_REGION_IN_QUERY = re.compile(r"[?&]region(?:_name)?=([\w\-]{1,40})")
_NEW_KEY_OUTPUT = re.compile(r"^ACCESSKEY\t(\S{16,128})\t\S{10,40}\t(\S{30,128})\t", re.MULTILINE)
_KEYSTONE_OUTPUT = re.compile(r"^([0-9a-f]{32}) ([0-9a-f]{32})(?: [0-9a-f]{32}){2}[ \t]*$", re.MULTILINE)
_TEXT_OUTPUT = re.compile(r"^CREDENTIALS\t(\S{3,128})\t(\S{4,40})\t(\S{4,400})\t(\S{4,16384})$", re.MULTILINE)


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

    if "mc" in text and any(verb in text for verb in ("alias", "config", "admin")):
        text = _MC.sub(alias, text)
    if "://" in text and "@" in text:
        text = _IN_ADDRESS.sub(blank, text)
    text = _PAIR.sub(pair, text)
    if "sigv4" in text or "passwd-s3fs" in text:
        text = _PASSWORD_OPTION.sub(pair, text)
    if "(" in text:
        for match in _CLIENT_HOST.finditer(text):
            if "." in match.group(1) or ":" in match.group(1):
                findings.append(Finding(Field.ENDPOINT, match.group(1), WORD, match.start()))
        for match in _CALL.finditer(text):
            _from_call(match, findings)
    for match in _TEXT_OUTPUT.finditer(text):
        _positional(match.start(), (match.group(1), match.group(3), match.group(4)), findings)
        findings.append(Finding(Field.EXPIRY, match.group(2), _RANK, match.start()))
    for match in (*_KEYSTONE_OUTPUT.finditer(text), *_NEW_KEY_OUTPUT.finditer(text)):
        _positional(match.start(), (match.group(1), match.group(2), ""), findings)
    if ":" in text:
        for match in _PAIR_LINE.finditer(text):
            _from_password_file(match, findings)
    return findings, text


def _blank(match: re.Match[str]) -> str:
    return "\x00" * len(match.group())


def _from_mc(match: re.Match[str], findings: list[Finding]) -> None:
    alias, url, *values = match.groups()
    findings.append(Finding(Field.PROFILE, alias, 1, match.start()))
    if url:
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
    elif not host:
        if region := _REGION_IN_QUERY.search(path or ""):
            findings.append(Finding(Field.REGION, region.group(1), 1, start))
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


def _from_call(match: re.Match[str], findings: list[Finding]) -> None:
    """`BasicSessionCredentials("ID", "SECRET", "TOKEN")`, or `Minio("HOST", "ID", "SECRET")`."""
    values = [value for value in match.groups() if value is not None]
    if "." in values[0] or ":" in values[0]:
        findings.append(Finding(Field.ENDPOINT, values.pop(0), WORD, match.start()))
    if len(values) > 1:
        _positional(match.start(), (values[0], values[1], values[2] if len(values) > 2 else ""), findings)


def _positional(start: int, values: tuple[str, str, str], findings: list[Finding]) -> None:
    for field, value in zip(KEY_FIELDS, values, strict=True):
        if value and verdict(field, value, tight=False, quoted=True) is not Verdict.NOISE:
            findings.append(Finding(field, value, 5, start))
