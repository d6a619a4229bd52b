"""Files that hold their values in base64: Kubernetes Secret manifests, XML elements that say so."""

import base64
import binascii
import re

from s3tui.credentials.reading.findings import KEY_FIELDS, Finding

_SECRET_KIND = re.compile(r"""["']?kind["']?\s{0,10}:\s{0,10}["']?Secret\b""")
_DATA = re.compile(r"""(?:^|[\s,{])["']?(data|stringData)["']?\s{0,10}:""")
_PRINTABLE = re.compile(rb"[\x21-\x7e]+\s*\Z")
_ELEMENT = re.compile(r"""<(\w{1,40})\s+encoding=["']base64["']\s*>([A-Za-z0-9+/=]{4,600})</\1>""")


def with_plain_elements(text: str) -> str:
    """Return the text with the contents of XML elements marked as base64 decoded, as in FileZilla's files."""

    def plain(found: re.Match[str]) -> str:
        name, value = found.groups()
        return f"<{name}>{_plain(value) or value}</{name}>"

    return _ELEMENT.sub(plain, text)


def decoded_secret_manifest(text: str, findings: list[Finding]) -> list[Finding]:
    """Return the findings with the values of a Secret's `data` decoded; other texts' findings as they are."""
    if not _SECRET_KIND.search(text):
        return findings
    blocks = [(match.start(), match.group(1)) for match in _DATA.finditer(text)][:100]
    return [_decoded(finding, blocks) for finding in findings]


def _decoded(finding: Finding, blocks: list[tuple[int, str]]) -> Finding:
    before = [name for start, name in blocks if start < finding.start]
    if (finding.field not in KEY_FIELDS and not finding.value.endswith("=")) or (
        before and before[-1] == "stringData"
    ):
        return finding
    plain = _plain(finding.value)
    return (
        finding if plain is None else Finding(finding.field, plain, finding.rank, finding.start, finding.note)
    )


def _plain(encoded: str) -> str | None:
    """The decoded value, or None when it is not base64 of printable characters."""
    try:
        plain = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return None
    return plain.decode("ascii").strip() if len(plain) >= 3 and _PRINTABLE.match(plain) else None
