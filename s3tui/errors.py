"""The exception tree of s3tui.

```
S3tuiError                      one sentence for the user, a next step, a raw detail
├── UsageError                  the command line or a setting is wrong
├── PasteError                  (credentials) a paste cannot be read
├── EngineError                 the engine process died or answered nonsense
├── JournalError                the journal cannot be opened, read or written
└── StorageError                an operation on a local file or an object failed
    ├── CredentialsExpired      the server no longer takes the credentials: hold, do not fail
    ├── CredentialsRefused      unknown key, wrong secret, damaged token, stopped account
    ├── AccessDenied            the credentials are good, the action is not allowed
    ├── Withheld                the object is there, but locked, archived or encrypted
    ├── Full                    a quota or the server's space is used up
    ├── NotFound                bucket, object, upload or local file is not there
    ├── Changed                 source or object is not the one that was planned
    ├── Unreachable             no answer worth having: retry
    │   └── Busy                SlowDown, 429, 503: retry later and with less
    ├── Damaged                 bytes, lengths or checksums do not agree: retry
    ├── ServerFault             the server answered something we cannot use
    └── LocalFault              disk full, permission, name too long, not a file
```

Foreign exceptions are translated in exactly two places: `storage.s3_errors` and `storage.local_errors`.
"""

from typing import ClassVar


class S3tuiError(Exception):
    """An error that can be shown to the user as it stands."""

    code: ClassVar[str] = "error"
    """Stable word for programs and tests; never shown alone."""

    def __init__(self, sentence: str, *, next_step: str = "", detail: str = "") -> None:
        """Keep the three texts apart.

        Args:
            sentence: what happened, naming the thing, as one sentence.
            next_step: what the user can do now, or an empty string.
            detail: raw status, code and request id of a server, then operation, place and host, with
                " · " between; never a secret.
        """
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step
        self.detail = detail


class UsageError(S3tuiError):
    """The command line or a setting is wrong."""

    code = "usage"


class EngineError(S3tuiError):
    """The engine process died or gave an answer that cannot be used."""

    code = "engine"


class JournalError(S3tuiError):
    """The journal of transfers cannot be opened, read or written."""

    code = "journal"


class StorageError(S3tuiError):
    """An operation on a local file or an object failed."""

    code = "storage"
    retryable: ClassVar[bool] = False
    """Whether the same request may be sent again without asking anybody."""


class CredentialsExpired(StorageError):
    """The server no longer takes the credentials; requests wait for new ones."""

    code = "expired"


class CredentialsRefused(StorageError):
    """The server does not accept these credentials at all."""

    code = "refused"


class AccessDenied(StorageError):
    """The credentials are good, but this action is not allowed with them."""

    code = "denied"


class Withheld(StorageError):
    """The object is there, but what it is kept in or protected by stands against the action."""

    code = "withheld"


class Full(StorageError):
    """A quota, or the space of the server, is used up."""

    code = "full"


class NotFound(StorageError):
    """The bucket, object, upload or local file does not exist."""

    code = "not-found"


class Changed(StorageError):
    """The source is no longer the one the transfer was planned for."""

    code = "changed"


class Unreachable(StorageError):
    """The server gave no answer, or the answer broke off."""

    code = "unreachable"
    retryable = True


class Busy(Unreachable):
    """The server asks for fewer requests.

    `retry_after` is what the server asked for, in seconds, or None.
    """

    code = "busy"

    def __init__(
        self, sentence: str, *, next_step: str = "", detail: str = "", retry_after: float | None = None
    ) -> None:
        """Keep the server's own wish in seconds beside the texts."""
        super().__init__(sentence, next_step=next_step, detail=detail)
        self.retry_after = retry_after


class Damaged(StorageError):
    """Bytes, lengths or checksums do not agree with what was promised."""

    code = "damaged"
    retryable = True


class ServerFault(StorageError):
    """The server answered something that cannot be used."""

    code = "server"


class LocalFault(StorageError):
    """The local file system refused: disk full, permission, name too long, not a regular file."""

    code = "local"
