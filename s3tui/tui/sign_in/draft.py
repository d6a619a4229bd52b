"""What is understood so far of the credentials somebody wants to use.

A paste and typed fields go the same road: typed values are written as a paste and read by `parse_paste`, so
that the same rules hold for both. Secrets are here and in the engine, never in a widget that shows them.
"""

import datetime as dt

from msgspec import Struct
from msgspec.structs import replace

from s3tui.credentials.paste import ParsedPaste, PasteError, parse_paste
from s3tui.credentials.reading.places import endpoint_address
from s3tui.credentials.reading.times import instant
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.location import S3Location


class Draft(Struct, frozen=True):
    """Credentials and a place, complete enough to try."""

    credentials: Credentials
    connection: Connection

    @classmethod
    def of(cls, parsed: ParsedPaste, previous: Connection | None = None) -> "Draft":
        """Take what was parsed; a paste that names no place is meant for the one we are at."""
        credentials = Credentials(
            parsed.access_key_id, parsed.secret_access_key, parsed.session_token, parsed.expiration
        )
        here = previous.endpoint.url if previous is not None else None
        if previous is not None and parsed.bucket is None and parsed.endpoint_url in (None, here):
            return cls(credentials, previous)
        endpoint = Endpoint(url=parsed.endpoint_url, region=parsed.region)
        if previous is not None and parsed.endpoint_url is None:
            endpoint = previous.endpoint
        workspace = Workspace(parsed.bucket, parsed.prefix or "")
        return cls(credentials, Connection(endpoint, workspace))

    @property
    def place(self) -> str:
        """The workspace as an address; empty when no bucket is known."""
        workspace = self.connection.workspace
        return f"s3://{workspace.bucket}/{workspace.prefix}" if workspace.bucket else ""


class Fields(Struct, frozen=True):
    """The text of the fields; empty where nothing was typed."""

    key_id: str = ""
    secret: str = ""
    token: str = ""
    expiry: str = ""
    region: str = ""
    endpoint: str = ""
    place: str = ""

    def __repr__(self) -> str:
        """The place only."""
        return f"Fields(place={self.place!r}, endpoint={self.endpoint!r})"

    @property
    def any_key(self) -> bool:
        """Whether any part of a key was typed."""
        return bool(self.key_id or self.secret or self.token)


class FieldProblem(Exception):
    """A typed field cannot be used; the text is a sentence for the user."""

    def __init__(self, field: str, sentence: str) -> None:
        """Name the field that is wrong."""
        super().__init__(sentence)
        self.field = field


def completed(draft: Draft | None, fields: Fields, previous: Connection | None = None) -> Draft:
    """Return the draft with what the fields say; typed values win over pasted ones.

    Raises:
        PasteError: the keys typed, with those that were pasted, are not a set that can work.
        FieldProblem: expiry, endpoint or place cannot be read.
    """
    if fields.any_key or draft is None:
        draft = _typed(draft, fields, previous)
    credentials, connection = draft.credentials, draft.connection
    credentials = replace(credentials, expiration=read_expiry(fields.expiry))
    endpoint = replace(
        connection.endpoint, url=read_endpoint(fields.endpoint), region=fields.region.strip() or None
    )
    workspace = read_place(fields.place)
    if (workspace.bucket, workspace.prefix) == (connection.workspace.bucket, connection.workspace.prefix):
        workspace = connection.workspace
    return Draft(credentials, replace(connection, endpoint=endpoint, workspace=workspace))


def _typed(draft: Draft | None, fields: Fields, previous: Connection | None) -> Draft:
    old = draft.credentials if draft is not None else Credentials("", "")
    values = {
        "aws_access_key_id": fields.key_id.strip() or old.access_key_id,
        "aws_secret_access_key": fields.secret.strip() or old.secret_access_key,
        "aws_session_token": fields.token.strip() or old.session_token,
    }
    lines = [f"{name} = {value}" for name, value in values.items() if value]
    if not lines:
        raise PasteError("not_credentials")
    typed = Draft.of(parse_paste("\n".join(lines)), previous)
    return typed if draft is None else replace(typed, connection=draft.connection)


def read_place(text: str) -> Workspace:
    """The bucket and prefix that a place names; a workspace without a bucket when it is empty.

    Raises:
        FieldProblem: it is no address.
    """
    text = text.strip()
    if not text:
        return Workspace()
    if "://" not in text:
        text = f"s3://{text}"
    try:
        place = S3Location.parse(text)
    except ValueError:
        raise FieldProblem("place", "The place looks like s3://bucket/prefix/.") from None
    prefix = place.key.lstrip("/")
    return Workspace(place.bucket or None, f"{prefix}/" if prefix and not prefix.endswith("/") else prefix)


def read_endpoint(text: str) -> str | None:
    """The server's address; None for AWS, when nothing was typed.

    Raises:
        FieldProblem: it is no http or https address of a host.
    """
    text = text.strip()
    if not text:
        return None
    address = endpoint_address(text)
    if address is None:
        raise FieldProblem("endpoint", "The endpoint looks like https://host or https://host:port.")
    return address


def read_expiry(text: str) -> dt.datetime | None:
    """The time of expiry, in UTC unless it names another zone; None when nothing was typed.

    Raises:
        FieldProblem: it cannot be read as a time.
    """
    text = text.strip()
    if not text:
        return None
    moment = instant(text, "UTC")
    if moment is None:
        raise FieldProblem("expiry", "The expiry looks like 2026-11-22 14:00 (UTC).")
    return moment


def expiry_text(moment: dt.datetime | None) -> str:
    """A time of expiry as the field shows it."""
    return "" if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
