"""An error as a value, fit to cross between processes and to be kept in the journal."""

from typing import Self

from msgspec import Struct

from s3tui.errors import S3tuiError


class Failure(Struct, frozen=True):
    """What went wrong, in words for the user and one word for programs."""

    code: str
    """The `code` of the error class, for example "denied"."""

    sentence: str
    """One sentence that names the thing."""

    next_step: str = ""
    """What the user can do now, or empty."""

    detail: str = ""
    """Raw status, code and request id, then operation, place and host, with " · " between; shown on demand,
    never holding a secret."""

    @classmethod
    def of(cls, error: S3tuiError) -> Self:
        """Return the value of an exception of ours."""
        return cls(code=error.code, sentence=error.sentence, next_step=error.next_step, detail=error.detail)

    @property
    def text(self) -> str:
        """Sentence and next step in one line."""
        return f"{self.sentence} {self.next_step}".strip()
