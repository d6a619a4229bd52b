"""From a whole text to what it holds: the order in which the steps of reading are taken."""

import datetime as dt

from msgspec.structs import astuple

from s3tui.credentials.parsed import ParsedPaste
from s3tui.credentials.paste_errors import PasteError
from s3tui.credentials.reading.addresses import addressed_region
from s3tui.credentials.reading.bare import read_bare
from s3tui.credentials.reading.checks import check_identity
from s3tui.credentials.reading.choose import Identity, Sections, choose
from s3tui.credentials.reading.columns import read_columns
from s3tui.credentials.reading.commands import read_commands
from s3tui.credentials.reading.dress import Certainty, unwrapped
from s3tui.credentials.reading.findings import KEY_FIELDS, WORD, Field, Finding
from s3tui.credentials.reading.judge import has_issued_form, is_aws_id, is_random
from s3tui.credentials.reading.manifests import decoded_secret_manifest, with_plain_elements
from s3tui.credentials.reading.names import find_names
from s3tui.credentials.reading.places import endpoint_of, place_of, profile_of, region_of
from s3tui.credentials.reading.refusals import other_than_credentials, without_signed_links
from s3tui.credentials.reading.scan import scan
from s3tui.credentials.reading.tables import read_tables
from s3tui.credentials.reading.text import statements, uniform, without_comments
from s3tui.credentials.reading.times import instant
from s3tui.credentials.reading.torn import refuse_torn

MAX_WRAPPED_TEXT = 16 * 1024
"""Longest text, in characters, that is also read with its lines joined."""


AWS_SECRET = 40
"""Length of AWS's secrets, in characters."""

_HALF_READ = frozenset(
    {
        "missing_secret",
        "missing_access_key",
        "missing_token",
        "truncated_token",
        "multiple_identities",
        "not_credentials",
    }
)
"""Refusals that a torn line can cause."""


def read_whole(text: str) -> ParsedPaste:
    """Return the credentials that the text holds.

    Args:
        text: what was pasted, in any form; at most 64 KiB.

    Raises:
        PasteError: with the code and the sentence for the first rule that the text breaks.
    """
    clean = with_plain_elements(without_signed_links(uniform(text)))
    wrapped = unwrapped(clean) if len(clean) <= MAX_WRAPPED_TEXT else None
    parsed = _read_active(clean) if wrapped is None else _read_wrapped(clean, *wrapped)
    if parsed is None:
        raise other_than_credentials(uniform(text))
    return parsed


def _read_wrapped(text: str, joined: str, certainty: Certainty) -> ParsedPaste | None:
    """Read a text whose lines may have been wrapped; the refusal of the likelier version counts."""
    versions = (joined, text) if certainty is Certainty.SURE else (text, joined)
    try:
        parsed = _read_active(versions[0])
    except PasteError as refusal:
        other = _read_or_none(versions[1]) if refusal.code in _HALF_READ else None
        if other is None:
            raise
        return other
    if parsed is None:
        return _read_or_none(versions[1])
    if certainty is Certainty.SURE:
        return _without_neighbour(parsed, text)
    longer = _read_or_none(joined)
    if longer is None or not _continues(longer, parsed):
        return parsed
    likely = certainty is Certainty.LIKELY and not has_issued_form(parsed.secret_access_key)
    same = longer.secret_access_key == parsed.secret_access_key and certainty is Certainty.LIKELY
    return longer if likely or same or _completes(longer, parsed) else parsed


def _without_neighbour(parsed: ParsedPaste, text: str) -> ParsedPaste:
    """The reading without joined lines when joining made AWS's secret too long, else the one with them."""
    if not is_aws_id(parsed.access_key_id) or len(parsed.secret_access_key) <= AWS_SECRET:
        return parsed
    other = _read_or_none(text)
    return parsed if other is None or len(other.secret_access_key) != AWS_SECRET else other


def _read_or_none(text: str) -> ParsedPaste | None:
    try:
        return _read_active(text)
    except PasteError:
        return None


def _continues(longer: ParsedPaste, parsed: ParsedPaste) -> bool:
    """Whether one reading has the same values as the other, and some of them go on or were missing."""
    pairs = list(zip(astuple(parsed), astuple(longer), strict=True))
    return longer != parsed and all(
        before is None or before == after or (isinstance(after, str) and after.startswith(str(before)))
        for before, after in pairs
    )


def _completes(longer: ParsedPaste, parsed: ParsedPaste) -> bool:
    """Whether the longer secret has a form that issuers give, and the shorter none, or half of it."""
    before, after = parsed.secret_access_key, longer.secret_access_key
    return has_issued_form(after) and (not has_issued_form(before) or len(after) == 64)


def _read_active(clean: str) -> ParsedPaste | None:
    """Read without what is commented out; with it when nothing else is there."""
    clean = statements(clean)
    active = without_comments(clean)
    try:
        parsed = _read(active)
    except PasteError as refusal:
        if active == clean or refusal.code not in ("missing_secret", "missing_access_key", "placeholder"):
            raise
        parsed = None
    if parsed is None and active != clean:
        parsed = _read(clean)
    return parsed


def _read(text: str) -> ParsedPaste | None:
    """Read one version of the text; None when no part of an identity is in it."""
    sections = Sections(text)
    names = find_names(text)
    from_tables, rest = read_tables(text, names)
    from_columns, rest = read_columns(rest, names)
    from_commands, rest = read_commands(rest)
    named, rest = scan(rest, names)
    named = decoded_secret_manifest(text, named)
    findings = [*from_tables, *from_columns, *from_commands, *named]
    have = {finding.field for finding in findings if finding.field in KEY_FIELDS}
    if len(have) < len(KEY_FIELDS):
        findings += read_bare(rest, have)
    identity = choose(findings, sections, text)
    if identity is None:
        return None
    if identity.is_weakly_named and any(name.field is Field.ID and name.rank < WORD for name in names):
        raise PasteError("missing_access_key")  # a user's name beside an access key id that cannot be read
    expiration = _expiration(identity, findings, text)
    check_identity(identity, expiration)
    values = (identity.access_key_id, identity.secret_access_key, identity.session_token)
    refuse_torn(text, dict(zip(KEY_FIELDS, values, strict=True)))
    return _result(identity, findings, expiration, sections, text)


def _result(
    identity: Identity, findings: list[Finding], expiration: dt.datetime | None, sections: Sections, text: str
) -> ParsedPaste:
    elsewhere = findings if identity.section is None else identity.near
    endpoint, host_region = endpoint_of(elsewhere, identity.position, text)
    bucket, prefix = place_of(elsewhere, text)
    hidden = [value for value in (identity.secret_access_key, identity.session_token) if value]
    if (
        any(value in f"{bucket} {prefix}" for value in hidden)
        or is_random(bucket)
        or ("+" in (prefix or "") and is_random(prefix))
    ):
        bucket = prefix = None  # a damaged line made a place of a secret; places are shown
    if is_random(endpoint):
        raise PasteError("bad_endpoint")
    region = region_of(elsewhere) or host_region or addressed_region(text)
    profile = identity.section or profile_of(findings, identity.position, text)
    return ParsedPaste(
        access_key_id=identity.access_key_id,
        secret_access_key=identity.secret_access_key,
        session_token=identity.session_token,
        expiration=expiration,
        region=None if is_random(region) else region,
        endpoint_url=endpoint,
        bucket=bucket,
        prefix=prefix,
        profile=None if is_random(profile) else profile,
    )


def _expiration(identity: Identity, findings: list[Finding], text: str) -> dt.datetime | None:
    chosen = identity.near if identity.section is not None else findings
    for finding in sorted((f for f in chosen if f.field is Field.EXPIRY), key=lambda f: f.rank):
        time = instant(finding.value, finding.note)
        if time is not None:
            return time
    return None
