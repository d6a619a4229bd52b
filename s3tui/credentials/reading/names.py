"""Finds the names of fields in a text, whatever dress and prefix they wear.

One expression finds all names in one pass. It matches the *end* of a name ("ACCESS_KEY_ID" in
"RCLONE_CONFIG_LUMI_ACCESS_KEY_ID"), so prefixes need not be known; what stands before decides about
exceptions.
"""

import re
import string
from collections.abc import Iterator

from msgspec import Struct

from s3tui.credentials.reading.findings import WORD, Field
from s3tui.credentials.reading.vocabulary import VOCABULARY


class Name(Struct, frozen=True):
    """A name that stands in the text."""

    field: Field
    rank: int
    """As in `Finding.rank`."""

    start: int
    end: int
    whole: str
    """The name with the prefix it ends, in lower case: "rclone_config_lumi_access_key_id"."""


MAX_NAMES = 400
"""No real paste has as many; the rest of a longer one is not looked at."""

_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_FOLD = str.maketrans(
    string.ascii_uppercase
    + _CYRILLIC.upper()
    + "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜàáâãäåçèéêëìíîïñòóôõöùúûüąćęłńśźżøőű",
    string.ascii_lowercase + _CYRILLIC + "aaaaaaceeeeiiiinooooouuuuaaaaaaceeeeiiiinooooouuuuacelnszzoou",
)
_JOINT = r"[ _.'\-]{0,2}"
_COMPACT = re.compile(r"[^a-z0-9\u0430-\u044f\u3000-\u9fff\uac00-\ud7a3]")
_HOUSES = ("aws", "s3", "minio", "ceph", "rgw", "rados", "object", "obs", "wasabi", "amazon", "hadoop")
_OTHER_KEYS = frozenset(
    {
        "azure",
        "sse",
        "kms",
        "ssh",
        "gpg",
        "public",
        "oauth",
        "oauth2",
        "client",
        "csrf",
        "refresh",
        "license",
        "api",
        "encryption",
        "customer",
        "signing",
        "openai",
        "google",
    }
)
_OTHER_BUCKETS = frozenset({"host", "log", "logs", "logging", "source", "backup"})
_OTHER_ADDRESSES = frozenset(
    {
        "token",
        "auth",
        "sts",
        "iam",
        "login",
        "dynamodb",
        "ec2",
        "swift",
        "keystone",
        "console",
        "metadata",
        "jwks",
        "userinfo",
        "introspection",
        "sqs",
        "sns",
        "start",
        "portal",
        "web",
        "proxy",
        "repo",
        "git",
        "image",
        "callback",
        "redirect",
        "home",
        "cdn",
        "docs",
        "help",
        "issuer",
        "static",
        "webhook",
        "sso",
        "source",
        "authorization",
        "website",
        "public",
        "custom",
        "account",
        "database",
        "db",
        "logout",
        "profile",
        "user",
        "rest api",
    }
)


def _compile() -> tuple[re.Pattern[str], dict[str, tuple[Field, int]]]:
    kinds: dict[str, tuple[Field, int]] = {}
    by_letter: dict[str, list[str]] = {}
    for field, rank, phrases in VOCABULARY:
        for phrase in phrases:
            kinds.setdefault(phrase.replace(" ", ""), (field, rank))
            # "…XS3 secret" ends a key id: a house's name must begin a word.
            guard = f"(?<![a-z0-9]{phrase[0]})" if phrase.startswith(("s3 ", "aws ")) else ""
            by_letter.setdefault(phrase[0], []).append(guard + phrase[1:].replace(" ", _JOINT))
    groups = (
        f"{letter}(?:{'|'.join(sorted(set(rests), key=len, reverse=True))})"
        for letter, rests in sorted(by_letter.items())
    )
    return re.compile(f"(?:{'|'.join(groups)})(?![a-z0-9_])"), kinds


_PATTERN, _KINDS = _compile()
_BEFORE = re.compile(r"[a-z0-9_. \-]{0,40}\Z")
_PLIST_KEY = re.compile(r"(?<=<)key>[^<>\n]{0,80}</key>\s{0,200}<(?:string|integer|true|false|dict|array)\b")
_BUILDER = ("with_", ".set_", ".with")
_LABEL_HEAD = re.compile(r"(?:[a-z0-9_.\-']{0,40} ?){0,4}\Z")
_HEAD = re.compile(r"[a-z0-9_.\-]{0,60}\Z")


def folded(text: str) -> str:
    """Return the text in lower case without accents, every character in its place."""
    return text.translate(_FOLD)


def find_names(text: str) -> tuple[Name, ...]:
    """Return the names in the (uniform) text from left to right, `MAX_NAMES` at most."""
    return tuple(_names(text))


def lines_with(text: str, names: tuple[Name, ...], fields: tuple[Field, ...]) -> list[int]:
    """Return the numbers of the lines on which all these fields are named."""
    found: dict[int, set[Field]] = {}
    number = position = 0
    for name in names:
        number += text.count("\n", position, name.start)
        position = name.start
        found.setdefault(number, set()).add(name.field)
    return [line for line, named in found.items() if named.issuperset(fields)]


def _names(text: str) -> Iterator[Name]:
    low = folded(text)
    for count, match in enumerate(_PATTERN.finditer(low)):
        if count >= MAX_NAMES:
            return
        name = _name(low, match)
        if name is not None:
            yield name


def field_of(label: str) -> tuple[Field, int] | None:
    """Return field and rank when the label as a whole, give or take its dress and prefix, is a known name."""
    label = label.strip(" \t\"'`*_:#|()[]")
    if not label or len(label) > 60 or label.count(" ") > 6:
        return None
    low = folded(label)
    last = None
    for match in _PATTERN.finditer(low):
        last = match
    if last is None or last.end() < len(low) or not _LABEL_HEAD.match(low[: last.start()]):
        return None
    name = _name(low, last)
    return (name.field, name.rank) if name else None


def _name(low: str, match: re.Match[str]) -> Name | None:
    start = match.start()
    field, rank = _KINDS[_COMPACT.sub("", match.group())]
    if low[max(0, start - 2) : start] == "</" or _PLIST_KEY.match(low, start):
        return None
    part = start and (low[start - 1].isalnum() or low[start - 1] in "_.+/=\\")
    if rank >= WORD and part and not low.endswith(_BUILDER, 0, start):
        return None
    found = _HEAD.search(low, max(0, start - 60), start)
    head = found.group() if found else ""
    if _of_another_thing(field, low, start):
        return None
    if rank < WORD and any(house in head or house in match.group() for house in _HOUSES):
        rank -= 1
    return Name(field, rank, start, match.end(), head + match.group())


def _of_another_thing(field: Field, low: str, start: int) -> bool:
    """Whether the words before the name make it another thing: an SSO region, a token endpoint."""
    found = _BEFORE.search(low, max(0, start - 40), start)
    words = re.split(r"[^a-z0-9]+", found.group()) if found else []
    words = [word for word in words if word][-3:]
    if field in (Field.ID, Field.SECRET):
        return any(word in _OTHER_KEYS for word in words)
    if field is Field.ENDPOINT:
        return any(word in _OTHER_ADDRESSES for word in words[-2:])
    if field is Field.BUCKET:
        return "accessing" in words or (bool(words) and words[-1] in _OTHER_BUCKETS)
    if field is Field.REGION:
        return any(word in ("sso", "start") for word in words)
    if field is Field.TOKEN:
        return bool(words) and words[-1] in (
            "access",
            "refresh",
            "id",
            "bearer",
            "api",
            "csrf",
            "auth",
            "oauth",
        )
    return False
