"""What the readers report: a value, the field it seems to be, and how sure that is."""

from enum import Enum

from msgspec import Struct


class Field(Enum):
    """The fields a paste can give."""

    ID = "id"
    SECRET = "secret"  # noqa: S105  # a field's name
    TOKEN = "token"  # noqa: S105
    EXPIRY = "expiry"
    REGION = "region"
    ENDPOINT = "endpoint"
    BUCKET = "bucket"
    PREFIX = "prefix"
    PROFILE = "profile"
    HTTPS = "https"


class Verdict(Enum):
    """What kind of thing a value is."""

    REAL = "real"
    EMPTY = "empty"
    PLACEHOLDER = "placeholder"
    CODE = "code"
    """Something a program would have to work out: `$(…)`, `${NAME}`, `os.environ[…]`."""

    NOISE = "noise"
    """A word of the sentence, not a value."""


KEY_FIELDS = (Field.ID, Field.SECRET, Field.TOKEN)
"""The fields that make an identity."""


class Finding(Struct, frozen=True):
    """One value found in the text."""

    field: Field
    value: str
    rank: int
    """How exact the name was: 0 is best, `WEAKEST` is a word such as "user"."""

    start: int = 0
    """Where the name stands in the text, in characters."""

    note: str = ""
    """Extra text that came with the value: what stood in brackets beside a label."""

    verdict: Verdict = Verdict.REAL
    """What kind of value it is; judged for the key fields when an identity is chosen."""

    def __repr__(self) -> str:
        """Field and rank only: values may be secret."""
        return f"Finding({self.field.value}, rank={self.rank})"


WORD = 6
"""Rank from which a name is a plain word ("secret", "token") that needs company."""

WEAKEST = 8
"""Rank of words that name accounts of every kind ("user", "password")."""
