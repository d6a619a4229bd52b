"""Who may do what: identities, their statements, and S3's sentence for a denial.

Statements are allow-only, as session policies of data platforms are. Resources are patterns of ARNs; a
condition on `s3:prefix` narrows listings, which is how one prefix of a shared bucket is lent out.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from s3tui.demo.access import Rights
from s3tui.demo.responses import S3Error

ACCOUNT = "111122223333"
"""The account number AWS's documentation uses."""

_READ = ("s3:GetObject",)
_WRITE = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
_INSPECT = ("s3:ListMultipartUploadParts", "s3:GetObjectTagging", "s3:GetObjectAttributes")


@dataclass(frozen=True, slots=True)
class Statement:
    """Allows actions on resources, listings only where the prefix fits."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    """Patterns of ARNs with `*`."""
    prefixes: tuple[str, ...] | None = None
    """Patterns for the listing's prefix (StringLike on s3:prefix), or None for no condition."""

    def allows(self, action: str, resource: str, prefix: str | None) -> bool:
        """Whether this statement covers the request; a missing prefix fails every condition."""
        if not any(_like(action, pattern) for pattern in self.actions):
            return False
        if not any(_like(resource, pattern) for pattern in self.resources):
            return False
        if self.prefixes is None:
            return True
        return prefix is not None and any(_like(prefix, pattern) for pattern in self.prefixes)


@dataclass(frozen=True, slots=True)
class Identity:
    """A user or a role session and what it may do."""

    arn: str
    user_id: str
    statements: tuple[Statement, ...]

    def may(self, action: str, resource: str, prefix: str | None = None) -> bool:
        """Whether the action is allowed."""
        return any(statement.allows(action, resource, prefix) for statement in self.statements)

    def require(self, action: str, resource: str, prefix: str | None = None) -> None:
        """Raise AccessDenied in AWS's words unless the action is allowed."""
        if not self.may(action, resource, prefix):
            raise denied(self, action, resource)


def denied(identity: Identity, action: str, resource: str) -> S3Error:
    """AWS's refusal, which names the identity, the action and the resource."""
    return S3Error(
        "AccessDenied",
        f'User: {identity.arn} is not authorized to perform: {action} on resource: "{resource}" '
        f"because no session policy allows the {action} action",
    )


def bucket_arn(bucket: str) -> str:
    """ARN of a bucket; of all of them when empty."""
    return f"arn:aws:s3:::{bucket or '*'}"


def object_arn(bucket: str, key: str) -> str:
    """ARN of an object."""
    return f"arn:aws:s3:::{bucket}/{key}"


def identity_for(rights: Rights, bucket: str, prefix: str) -> Identity:
    """The identity that holds `rights` in one prefix (which ends with a slash) of one bucket."""
    if rights == "admin":
        everything = Statement(("s3:*",), ("*",))
        return Identity(f"arn:aws:iam::{ACCOUNT}:user/reef-admin", "AIDADEMOREEFADMIN0001", (everything,))
    objects: tuple[str, ...] = _READ if rights == "ro" else _READ + _WRITE
    listing = Statement(("s3:ListBucket",), (bucket_arn(bucket),), (f"{_literal(prefix)}*",))
    statements = [listing]
    if rights == "full":
        objects += _INSPECT
        statements.append(
            Statement(("s3:ListBucketMultipartUploads",), (bucket_arn(bucket),), (f"{_literal(prefix)}*",))
        )
    statements.append(Statement(objects, (object_arn(_literal(bucket), f"{_literal(prefix)}*"),)))
    return Identity(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/reef-data-access/reef-researcher",
        "AROADEMOREEFDATA00001:reef-researcher",
        tuple(statements),
    )


def _literal(text: str) -> str:
    """Text that stands for itself in a pattern."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in text)


@lru_cache(maxsize=4096)
def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text, pattern)
