"""What is understood so far of the credentials somebody wants to use.

A paste and typed fields go the same road: typed values are written as a paste and read by `parse_paste`, so
that the same rules hold for both. Secrets are here and in the engine, never in a widget that shows them.
"""

from msgspec import Struct
from msgspec.structs import replace

from s3tui.credentials.keeping.saved import SavedConnection
from s3tui.credentials.paste import ParsedPaste, PasteError, parse_paste
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.failure import Failure
from s3tui.tui.sign_in.typed import (
    read_acl,
    read_addressing,
    read_endpoint,
    read_expiry,
    read_file,
    read_folder,
    read_payer,
    read_place,
)


class Draft(Struct, frozen=True):
    """Credentials and a place, complete enough to try."""

    credentials: Credentials
    connection: Connection
    local_folder: str = ""
    """Absolute path of the folder that goes with the place; empty for none."""
    origin: str = ""
    """Where the credentials are from, in a few words; empty for a paste and what was typed."""

    @classmethod
    def of(cls, parsed: ParsedPaste, previous: Connection | None = None) -> "Draft":
        """Take what was parsed; a paste that names no place is meant for the one we are at."""
        credentials = parsed.credentials
        here = previous.endpoint.url if previous is not None else None
        endpoint = Endpoint(url=parsed.endpoint_url, region=parsed.region)
        if previous is not None and parsed.endpoint_url in (None, here):
            if parsed.bucket is None:
                return cls(credentials, previous)
            # The same server: how it is spoken to stays.
            endpoint = replace(previous.endpoint, region=parsed.region or previous.endpoint.region)
        workspace = Workspace(parsed.bucket, parsed.prefix or "")
        return cls(credentials, Connection(endpoint, workspace))

    def at(self, entry: SavedConnection) -> "Draft":
        """The same credentials at a saved place, with its terms and its local folder."""
        return Draft(self.credentials, entry.connection, entry.local_folder, self.origin)

    @property
    def place(self) -> str:
        """The workspace as an address; empty when no bucket is known."""
        workspace = self.connection.workspace
        return f"s3://{workspace.bucket}/{workspace.prefix}" if workspace.bucket else ""


Refused = tuple[Draft | None, Failure]
"""What was given at the start, if it was credentials, and why it did not do."""


class Fields(Struct, frozen=True):
    """The text of the fields; empty where nothing was typed."""

    key_id: str = ""
    secret: str = ""
    token: str = ""
    expiry: str = ""
    region: str = ""
    endpoint: str = ""
    place: str = ""
    name: str = ""
    folder: str = ""
    addressing: str = ""
    ca_file: str = ""
    acl: str = ""
    payer: str = ""

    def __repr__(self) -> str:
        """The place only."""
        return f"Fields(place={self.place!r}, endpoint={self.endpoint!r})"

    @property
    def any_key(self) -> bool:
        """Whether any part of a key was typed."""
        return bool(self.key_id or self.secret or self.token)


def completed(draft: Draft | None, fields: Fields, previous: Connection | None = None) -> Draft:
    """Return the draft with what the fields say; typed values win over pasted ones.

    Raises:
        PasteError: the keys typed, with those that were pasted, are not a set that can work.
        FieldProblem: another field cannot be read.
    """
    if fields.any_key or draft is None:
        draft = _typed(draft, fields, previous)
    credentials = replace(draft.credentials, expiration=read_expiry(fields.expiry))
    place = placed(fields, draft.connection)
    return Draft(credentials, place, read_folder(fields.folder), "" if fields.any_key else draft.origin)


def placed(fields: Fields, known: Connection) -> Connection:
    """The place that the fields name, with what only the connection they showed at first knows.

    Raises:
        FieldProblem: a field cannot be read.
    """
    endpoint = Endpoint(
        url=read_endpoint(fields.endpoint),
        region=fields.region.strip() or None,
        addressing=read_addressing(fields.addressing),
        ca_file=read_file(fields.ca_file),
        canned_acl=read_acl(fields.acl),
        request_payer=read_payer(fields.payer),
    )
    workspace = read_place(fields.place)
    if (workspace.bucket, workspace.prefix) == (known.workspace.bucket, known.workspace.prefix):
        workspace = known.workspace
    return Connection(endpoint, replace(workspace, name=fields.name.strip()))


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
