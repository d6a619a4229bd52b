"""Kubernetes Secret manifests: their `data` holds every value in base64."""

import base64
import binascii
import re

from s3tui.credentials.reading.findings import KEY_FIELDS, Finding

_SECRET_KIND = re.compile(r"""["']?kind["']?\s{0,10}:\s{0,10}["']?Secret\b""")
_DATA = re.compile(r"""(?:^|[\s,{])["']?(data|stringData)["']?\s{0,10}:""")
_PRINTABLE = re.compile(rb"[\x21-\x7e]+\s*\Z")


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
    try:
        plain = base64.b64decode(finding.value, validate=True)
    except (ValueError, binascii.Error):
        return finding
    if len(plain) < 3 or not _PRINTABLE.match(plain):
        return finding
    return Finding(finding.field, plain.decode("ascii").strip(), finding.rank, finding.start, finding.note)
