"""The last questions to an identity: are its characters right, is its token whole, is it still valid?"""

import datetime as dt

from s3tui.credentials.paste_errors import PasteError
from s3tui.credentials.reading.choose import Identity
from s3tui.credentials.reading.findings import Field, Verdict
from s3tui.credentials.reading.judge import has_foreign_letters, is_temporary_id
from s3tui.credentials.reading.refusals import SHELL
from s3tui.credentials.reading.tokens import Shape, token_shape

_ELLIPSES = ("...", "…")


def check_identity(identity: Identity, expiration: dt.datetime | None) -> None:
    """Refuse an identity that cannot work.

    Raises:
        PasteError: unreal or damaged values, a missing or cut token, a token beside a long-term key, or an
            expiry that has passed.
    """
    for field, value in ((Field.ID, identity.access_key_id), (Field.SECRET, identity.secret_access_key)):
        if any(ellipsis in value for ellipsis in _ELLIPSES):
            raise PasteError("placeholder")
        _refuse_foreign(field, value)
    _check_token(identity)
    if expiration is not None and expiration <= dt.datetime.now(dt.UTC):
        raise PasteError("expired")


def _check_token(identity: Identity) -> None:
    token = identity.session_token
    if token is None:
        _refuse_unreal_token(identity)
        if is_temporary_id(identity.access_key_id):
            raise PasteError("missing_token")
        return
    if any(ellipsis in token for ellipsis in _ELLIPSES):
        raise PasteError("truncated_token")
    _refuse_foreign(Field.TOKEN, token)
    if token_shape(token) is Shape.CUT:
        raise PasteError("truncated_token")
    if identity.access_key_id.startswith("AKIA") and len(identity.access_key_id) == 20:
        raise PasteError("token_with_long_term_key")


def _refuse_unreal_token(identity: Identity) -> None:
    """A token that is only a placeholder or shell code is worth its own sentence."""
    for finding in identity.near:
        if finding.field is not Field.TOKEN:
            continue
        if finding.verdict is Verdict.PLACEHOLDER:
            raise PasteError("placeholder")
        if finding.verdict is Verdict.CODE:
            raise PasteError("not_credentials", SHELL)


def _refuse_foreign(field: Field, value: str) -> None:
    torn_entity = "&#" in value
    odd = field is not Field.SECRET and any(c in value for c in "\"'`<>\\&")
    if has_foreign_letters(value) or torn_entity or odd:
        raise PasteError("bad_characters")
