"""Refusals of many servers, byte for byte, and what is to be said of each: `tests/data/refusals.jsonl`.

The token in them is made up, and so is every host. `{host}` in a header stands for the server's own name.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from s3tui.errors import StorageError
from s3tui.model.location import S3Location
from s3tui.storage.s3_answer import PageInstead, page_instead, read_refusal
from s3tui.storage.s3_errors import judge
from s3tui.storage.s3_subject import Subject

HOST = "s3.example.org"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEHwaCWV1LXdlc3QtMSJHMEUCIQDTESTTOKENTESTTOKENTESTTOKENTESTTOKEN"
TEMPORARY_KEY = "ASIAIOSFODNN7EXAMPLE"

_FILE = Path(__file__).resolve().parents[1] / "data" / "refusals.jsonl"
_VERBS = {"complete": "write"}


@dataclass(frozen=True)
class Wording:
    """One answer of one server, and what it means."""

    id: str
    operation: str
    """list, read, write, delete or complete."""
    status: int
    headers: dict[str, str]
    body: bytes
    place: S3Location
    key_id: str
    token: bool
    """Whether a session token is sent."""
    code: str
    """Of the error that is to come of it."""
    sentence: str
    next_step: str

    def __str__(self) -> str:
        return self.id

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Wording":
        """Take a line of the file."""
        key = row.get("key_name", "data/" if row["operation"] == "list" else "data/a.nc")
        return cls(
            row["id"],
            row["operation"],
            row["status"],
            {name: value.replace("{host}", HOST) for name, value in row["headers"].items()},
            row["body"].encode(),
            S3Location(row.get("bucket", "reef"), key),
            row.get("key", TEMPORARY_KEY),
            row.get("token", True),
            row["code"],
            row["sentence"],
            row["next_step"],
        )

    @property
    def verb(self) -> str:
        """What was asked for, as sentences say it."""
        return _VERBS.get(self.operation, self.operation)


def wordings() -> tuple[Wording, ...]:
    """All of them."""
    return tuple(Wording.of(json.loads(line)) for line in _FILE.read_text("utf-8").splitlines())


def raised_by(wording: Wording) -> Exception:
    """What a request that gets this answer raises."""
    headers = {name.lower(): value for name, value in wording.headers.items()}
    if wording.status < 300:
        return PageInstead(page_instead(headers, wording.body))
    refusal = read_refusal(wording.status, headers, wording.body)
    response: Any = {"Error": {}, "ResponseMetadata": {}, "s3tui-refusal": refusal}
    error: Exception = ClientError(response, "Operation")
    return error


def subject_of(wording: Wording, **more: Any) -> Subject:
    """What the request was about."""
    return Subject(
        wording.verb,
        wording.place,
        HOST,
        region="us-east-1",
        secrets=(SECRET, TOKEN),
        secure=False,
        key=f"{wording.key_id[:4]}…{wording.key_id[-4:]}",
        temporary=wording.token,
        token_missing=not wording.token and wording.key_id.startswith("ASIA"),
        **more,
    )


def told(wording: Wording, **more: Any) -> StorageError:
    """What is said of it, with more known about the credentials if given."""
    return judge(raised_by(wording), subject_of(wording, **more)).error
