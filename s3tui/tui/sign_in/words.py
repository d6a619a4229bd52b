"""What the credentials screen says of what it has understood; never a secret, only how long it is."""

from typing import TYPE_CHECKING

from s3tui.formatting import clock_text, count_text, printable
from s3tui.model.credentials import Connection, Credentials
from s3tui.tui.sign_in.draft import Draft

if TYPE_CHECKING:
    from s3tui.tui.session import Session


def summary_text(draft: Draft, now: float) -> str:
    """Whose key, where it leads, and how long it lasts, as one sentence."""
    place, life = place_text(draft.connection), life_text(draft.credentials, now)
    return f"{printable(draft.credentials.label)} for {place}, {life}."


def place_text(connection: Connection) -> str:
    """Where a connection leads: "s3://bucket/prefix/ at host"."""
    workspace = connection.workspace
    place = f"s3://{workspace.bucket}/{workspace.prefix}" if workspace.bucket else "all buckets"
    return f"{printable(place)} at {printable(connection.endpoint.host)}"


def life_text(credentials: Credentials, now: float) -> str:
    """How long credentials last from `now` (Unix seconds)."""
    if credentials.expiration is None:
        return "expiry unknown" if credentials.temporary else "no expiry"
    left = credentials.expiration.timestamp() - now
    return f"expires in {clock_text(left)}" if left > 0 else "already expired"


def field_hints(credentials: Credentials | None) -> dict[str, str]:
    """What empty key fields say: what was understood, or what belongs there."""
    if credentials is None:
        return {
            "key_id": "access key id",
            "secret": "secret access key",
            "token": "session token, if there is one",
        }
    token = credentials.session_token
    return {
        "key_id": f"{printable(credentials.label)}, as pasted",
        "secret": f"{count_text(len(credentials.secret_access_key), 'character')}, as pasted",
        "token": f"{count_text(len(token), 'character')}, as pasted" if token else "none: a long-term key",
    }


def same_place(one: Connection | None, other: Connection) -> bool:
    """Whether new credentials lead to where we are already."""
    return one is not None and _key(one) == _key(other)


def _key(connection: Connection) -> tuple[str | None, str | None, str]:
    workspace = connection.workspace
    return (connection.endpoint.url, workspace.bucket, workspace.prefix)


def first_words(session: "Session") -> tuple[str, str]:
    """What the screen says before anything was pasted, and its style class."""
    state = session.state
    if not session.connected:
        return "No credentials yet. They stay in memory only, unless you ask to keep them.", "-faint"
    if session.expired:
        waiting = f" {state.waiting:,} transfers wait for new ones." if state.waiting else ""
        return f"These credentials have expired.{waiting} Paste new ones to go on.", "-warning"
    return f"Connected with {state.label}. A new paste for the same place renews it.", "-faint"
