"""Chooses one identity from the findings, or says why there is none.

Better names win over vaguer ones. In texts with sections (INI files) a value belongs to the section it stands
in, so that the token of one remote is never sent with the key of another.
"""

import bisect
import re

from msgspec import Struct
from msgspec.structs import replace

from s3tui.credentials.paste_errors import PasteError
from s3tui.credentials.reading.findings import KEY_FIELDS, WEAKEST, WORD, Field, Finding, Verdict
from s3tui.credentials.reading.judge import is_temporary_id, verdict
from s3tui.credentials.reading.refusals import SHELL

_SECTION = re.compile(
    r"^[ \t>|•*$#]{0,12}\[[ \t]*(?:profile[ \t]+|services[ \t]+|sso-session[ \t]+|plugins?[ \t]+)?"
    r"[\"']?([^\]\[\n\"'=,{}]{1,120}?)[\"']?[ \t]*\]"
    r"[ \t|\\]{0,40}(?:[#;][^\n]{0,200})?$",
    re.MULTILINE,
)
_NO_SECTION = re.compile(r"\d+\Z|\*+|None\Z|Default\Z|(?:Service|Unit|Install)\Z")
"""Notes in brackets, and the heads of systemd's unit files: no profile is called so."""

_STORAGE = re.compile(
    r"(?i)\bs3\b|s3[_\-:/.]|minio|ceph|bucket|object.?stor|\baws\b|aws_|access.?key|\brgw\b|\br2\b"
)


class Sections:
    """The INI sections of a text."""

    def __init__(self, text: str) -> None:
        """Find the section heads."""
        heads = [m for m in _SECTION.finditer(text) if not _NO_SECTION.match(m.group(1))]
        self._starts = [head.start() for head in heads]
        self._names = [head.group(1).strip().removeprefix("Sessions\\") for head in heads]

    def name_at(self, position: int) -> str | None:
        """Return the name of the section that a position belongs to; None before the first."""
        index = bisect.bisect_right(self._starts, position) - 1
        return self._names[index] if index >= 0 else None


class Identity(Struct, frozen=True):
    """The chosen key, and what stands in its section."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None
    section: str | None
    near: list[Finding]
    """Findings of the same section, or of none."""

    position: int = 0
    """Where the key id stands in the text, in characters."""

    @property
    def is_weakly_named(self) -> bool:
        """Whether only a word such as "user" says that the key id is one."""
        return min(f.rank for f in self.near if f.value == self.access_key_id) >= WEAKEST

    def __repr__(self) -> str:
        """The section only: the rest is secret."""
        return f"Identity(section={self.section!r})"


def choose(findings: list[Finding], sections: Sections, text: str) -> Identity | None:
    """Return the one identity of the text, or None when the text holds no part of one.

    Raises:
        PasteError: half a pair, two identities, placeholders, or code in the place of a value.
    """
    findings = [_judged(finding) for finding in findings]
    groups: dict[str | None, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(sections.name_at(finding.start), []).append(finding)
    whole = {name: group for name, group in groups.items() if _has_real_pair(group)}
    if not whole:
        return _from_group(findings, None, text)
    shared = groups.get(None, [])
    pairs: dict[tuple[str, str], Identity] = {}
    for name, group in whole.items():
        loose = [f for f in shared if f.field not in (Field.ID, Field.SECRET)]
        identity = _from_group(group + (loose if name is not None else []), name, text)
        if identity is not None:
            pairs.setdefault((identity.access_key_id, identity.secret_access_key), identity)
    if len(pairs) > 1:
        raise PasteError("multiple_identities")
    return next(iter(pairs.values()), None)


def _has_real_pair(group: list[Finding]) -> bool:
    return bool(_values(group, Field.ID, Verdict.REAL)) and bool(_values(group, Field.SECRET, Verdict.REAL))


def _values(group: list[Finding], field: Field, wanted: Verdict) -> list[Finding]:
    return [f for f in group if f.field is field and f.verdict is wanted]


def _judged(finding: Finding) -> Finding:
    if finding.field not in KEY_FIELDS:
        return finding
    judged = verdict(finding.field, finding.value, tight=True, quoted=True)
    return finding if judged is finding.verdict else replace(finding, verdict=judged)


def _from_group(group: list[Finding], section: str | None, text: str) -> Identity | None:
    group = _with_borrowed_token(group)
    best: dict[Field, str | None] = {field: _best(group, field) for field in KEY_FIELDS}
    key_id, secret, token = best[Field.ID], best[Field.SECRET], best[Field.TOKEN]
    if key_id and secret:
        if _is_only_an_account(group, text):
            return None
        _refuse_second_pair(group, key_id, secret)
        position = next(f.start for f in group if f.value == key_id)
        return Identity(key_id, secret, token, section, group, position)
    _refuse_unreal(group)
    ranks = {
        field: min((f.rank for f in _values(group, field, Verdict.REAL)), default=99) for field in KEY_FIELDS
    }
    if key_id and (ranks[Field.ID] < WORD or is_temporary_id(key_id)):
        raise PasteError("missing_secret")
    if (secret and ranks[Field.SECRET] < WORD) or (token and ranks[Field.TOKEN] < WORD and not key_id):
        raise PasteError("missing_access_key")
    return None


def _with_borrowed_token(group: list[Finding]) -> list[Finding]:
    """JASMIN calls the key id "token": take it for the id when there is a secret and no other id."""
    if any(f.field is Field.ID for f in group) or not any(f.field is Field.SECRET for f in group):
        return group
    return [
        Finding(Field.ID, f.value, f.rank, f.start)
        if f.field is Field.TOKEN and f.rank >= WORD and len(f.value) <= 128
        else f
        for f in group
    ]


def _best(group: list[Finding], field: Field) -> str | None:
    """The value of the best-named findings; refuses two different ones of equal rank."""
    real = _values(group, field, Verdict.REAL)
    if not real:
        return None
    rank = min(f.rank for f in real)
    # A vague second name ("key" beside "access_key") is no second identity; an equally good one is.
    values = {f.value for f in real if f.rank <= rank + (1 if rank < WORD else 0)}
    if len(values) > 1:
        raise PasteError("multiple_identities")
    return values.pop()


def _refuse_second_pair(group: list[Finding], key_id: str, secret: str) -> None:
    """Refuse another complete pair under vaguer names."""
    others = [
        f
        for f in group
        if f.rank < WEAKEST and f.field in (Field.ID, Field.SECRET) and f.verdict is Verdict.REAL
    ]
    other_ids = {f.value for f in others if f.field is Field.ID and f.rank < WORD} - {key_id}
    other_secrets = {f.value for f in others if f.field is Field.SECRET and f.rank < WORD} - {secret}
    if other_ids and other_secrets:
        raise PasteError("multiple_identities")


def _refuse_unreal(group: list[Finding]) -> None:
    """Refuse examples and shell code that stand where the key should."""
    verdicts = [f.verdict for f in group if f.field in KEY_FIELDS and f.rank < WEAKEST]
    if Verdict.PLACEHOLDER in verdicts:
        raise PasteError("placeholder")
    if Verdict.CODE in verdicts:
        raise PasteError("not_credentials", SHELL)


def _is_only_an_account(group: list[Finding], text: str) -> bool:
    """Whether the pair is a user name and password in a text that does not speak of object storage."""
    ranks = [min(f.rank for f in _values(group, field, Verdict.REAL)) for field in (Field.ID, Field.SECRET)]
    return max(ranks) >= WEAKEST and _STORAGE.search(text) is None
