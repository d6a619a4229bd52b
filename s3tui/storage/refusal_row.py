"""One row of the table of refusals, and how it is compared with an answer."""

import re
from fnmatch import fnmatchcase

from msgspec import Struct

from s3tui.storage.s3_answer import Refusal
from s3tui.storage.s3_subject import Subject
from s3tui.storage.s3_wording import Rule

SKEW = 14 * 60.0
"""Seconds of difference from which our clock explains a refusal: servers allow fifteen minutes."""

NO_CODE = "-"
"""Stands for an answer without a code."""

ANY_CODE = "??*"
"""Stands for an answer with some code."""


class Row(Struct, frozen=True):
    """One line of the table: it fits when everything it names fits."""

    rule: Rule
    codes: tuple[str, ...] = ()
    """Plain codes, where `*` stands for anything."""
    statuses: tuple[int, ...] = ()
    shapes: tuple[str, ...] = ()
    """Of the body."""
    says: re.Pattern[str] | None = None
    """Found in the server's message."""
    verbs: tuple[str, ...] = ()
    """What was asked for."""
    skewed: bool = False
    """Only where our clock is wrong, and nothing has succeeded in spite of that."""
    token_missing: bool = False
    """Only for a temporary key without its token."""
    token: bool | None = None
    """Only with, or only without, a session token."""
    foreign: bool = False
    """Only where the answer does not come from an S3 server."""
    silent: bool = False
    """Only without a message."""

    def fits(self, code: str, refusal: Refusal, subject: Subject) -> bool:
        """Whether this row is the one for a refusal whose code is already plain."""
        return (
            (not self.codes or any(fnmatchcase(code, wanted) for wanted in self.codes))
            and (not self.statuses or refusal.status in self.statuses)
            and (not self.shapes or refusal.shape in self.shapes)
            and (not self.verbs or subject.verb in self.verbs)
            and (not self.skewed or (abs(subject.skew) >= SKEW and subject.home is None))
            and (not self.token_missing or subject.token_missing)
            and (self.token is None or self.token == subject.temporary)
            and (not self.foreign or not refusal.from_s3)
            and (not self.silent or not refusal.message)
            and (self.says is None or self.says.search(refusal.message) is not None)
        )


def row(rule: Rule, codes: str = "", says: str = "", *statuses: int, **more: object) -> Row:
    """Write a row: codes side by side as servers spell them, and words as a pattern without case."""
    patterns = tuple(_pattern(word) for word in codes.split())
    words = re.compile(says, re.I) if says else None
    return Row(rule, patterns, statuses, says=words, **more)  # type: ignore[arg-type]


def plain_code(code: str) -> str:
    """A code without case, punctuation and some servers' endings: "KeyTooLongError" is "keytoolong"."""
    plain = re.sub(r"[^a-z0-9]", "", code.lower()).removeprefix("xminio").removeprefix("xrgw")
    return re.sub(r"(?:exception|fault|error)$", "", plain) or NO_CODE


def _pattern(word: str) -> str:
    if word in (NO_CODE, ANY_CODE):
        return word
    return "*".join(plain_code(piece) if piece else "" for piece in word.split("*"))
