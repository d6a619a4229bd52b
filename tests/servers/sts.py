"""Real temporary credentials from Ceph's STS, limited to one bucket and prefix, that really expire.

`issue` plays the data platform: it makes a role with a policy as such platforms write it, and assumes it.
Asking again for the same scope gives a second, different set for the same identity.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from botocore.exceptions import ClientError

from tests.servers.clients import REGION, boto_client
from tests.servers.rgw import RgwServer

Access = Literal["rw", "ro"]

_READING = ("s3:GetObject",)
_WRITING = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
# RGW lets a role session of the bucket's owner read these; platforms do not grant them, so they are denied.
_BUCKET_SETTINGS = (
    "s3:GetBucketAcl",
    "s3:GetBucketLocation",
    "s3:GetBucketPolicy",
    "s3:GetBucketVersioning",
    "s3:ListBucketMultipartUploads",
)


@dataclass(frozen=True)
class TemporaryCredentials:
    """One issued set: three secrets, the instant they end, and the place they open."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: datetime
    """When the server stops accepting them; aware, in UTC."""
    endpoint_url: str
    bucket: str
    prefix: str
    """Ends in a slash, or is empty for the whole bucket."""

    @property
    def url(self) -> str:
        """The place as s3://bucket/prefix."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def expiration_text(self) -> str:
        """The expiry as platforms print it, like 2036-05-01T12:00:00Z."""
        return self.expiration.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def seconds_left(self) -> float:
        """Seconds until the expiry by this machine's clock; negative afterwards."""
        return (self.expiration - datetime.now(UTC)).total_seconds()

    def client(
        self, service: str = "s3", *, endpoint_url: str | None = None, ca_file: str | None = None
    ) -> Any:
        """Returns a blocking boto client signed with these credentials, through another endpoint if given."""
        return boto_client(
            service,
            endpoint_url or self.endpoint_url,
            self.access_key_id,
            self.secret_access_key,
            self.session_token,
            ca_file=ca_file,
        )

    def as_environment(self) -> dict[str, str]:
        """Renders the names a program reads from its environment."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
            "AWS_CREDENTIAL_EXPIRATION": self.expiration_text,
            "AWS_ENDPOINT_URL_S3": self.endpoint_url,
            "AWS_REGION": REGION,
        }

    def as_shell_exports(self) -> str:
        """Renders shell export lines, and the place as a listing command under them."""
        lines = [f'export {name}="{value}"' for name, value in self.as_environment().items()]
        return "\n".join([*lines, f"aws s3 ls {self.url}"])

    def as_ini(self, profile: str = "platform") -> str:
        """Renders one section of a shared credentials file."""
        return (
            f"[{profile}]\n"
            f"aws_access_key_id = {self.access_key_id}\n"
            f"aws_secret_access_key = {self.secret_access_key}\n"
            f"aws_session_token = {self.session_token}\n"
            f"region = {REGION}\n"
            f"endpoint_url = {self.endpoint_url}\n"
        )

    def as_json(self) -> str:
        """Renders the answer of a platform's API, with the place beside the credentials."""
        return json.dumps(
            {
                "bucket": self.bucket,
                "baseKey": self.prefix.rstrip("/"),
                "accessKeyId": self.access_key_id,
                "secretAccessKey": self.secret_access_key,
                "sessionToken": self.session_token,
                "expiration": self.expiration_text,
                "endpointUrl": self.endpoint_url,
            },
            indent=2,
        )


def scoped_policy(
    bucket: str, prefix: str, access: Access, without: tuple[str, ...] = (), also: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Returns a platform's policy document: listing and objects below the prefix, no bucket settings.

    An empty prefix means the whole bucket. `without` names actions left out, as some platforms grant no
    s3:AbortMultipartUpload or s3:ListMultipartUploadParts; `also` names actions on the bucket
    that are granted.
    """
    stem = prefix.rstrip("/")
    bucket_arn = f"arn:aws:s3:::{bucket}"
    granted = [action for action in _READING + (_WRITING if access == "rw" else ()) if action not in without]
    listing: dict[str, Any] = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [bucket_arn]}
    if stem:
        listing["Condition"] = {"StringLike": {"s3:prefix": [f"{stem}/", f"{stem}/*"]}}
    return {
        "Version": "2012-10-17",
        "Statement": [
            listing,
            {
                "Effect": "Allow",
                "Action": granted,
                "Resource": [f"{bucket_arn}/{stem}/*" if stem else f"{bucket_arn}/*"],
            },
            *({"Effect": "Allow", "Action": [action], "Resource": [bucket_arn]} for action in also),
            {
                "Effect": "Deny",
                "Action": [action for action in _BUCKET_SETTINGS if action not in also],
                "Resource": [bucket_arn],
            },
        ],
    }


def issue(
    server: RgwServer,
    bucket: str,
    prefix: str,
    lifetime_seconds: int,
    access: Access = "rw",
    without: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
) -> TemporaryCredentials:
    """Issues credentials for one prefix of an existing bucket that end after `lifetime_seconds` (1 to 3600).

    Raises botocore's ClientError when the server refuses.
    """
    stem = prefix.strip("/")
    policy = scoped_policy(bucket, stem, access, without, also)
    return issue_under(server, policy, bucket, stem, lifetime_seconds)


def issue_under(
    server: RgwServer, policy: Mapping[str, Any], bucket: str, prefix: str, lifetime_seconds: int = 3600
) -> TemporaryCredentials:
    """Issues credentials under a policy document of the caller's; bucket and prefix say what they are for.

    Raises botocore's ClientError when the server refuses.
    """
    stem = prefix.strip("/")
    # RGW refuses an underscore in a role's name.
    role = f"scope-{hashlib.sha256(_spaceless(policy).encode()).hexdigest()[:20]}"
    _ensure_role(server, role, policy)
    # boto's own check refuses less than 900 s; the server decides.
    sts = server.owner_client("sts", parameter_validation=False)
    try:
        answer: Mapping[str, Any] = sts.assume_role(
            RoleArn=f"arn:aws:iam:::role/{role}", RoleSessionName="alice", DurationSeconds=lifetime_seconds
        )["Credentials"]
    finally:
        sts.close()
    return TemporaryCredentials(
        access_key_id=answer["AccessKeyId"],
        secret_access_key=answer["SecretAccessKey"],
        session_token=answer["SessionToken"],
        expiration=answer["Expiration"].astimezone(UTC),
        endpoint_url=server.endpoint_url,
        bucket=bucket,
        prefix=f"{stem}/" if stem else "",
    )


def _ensure_role(server: RgwServer, role: str, policy: Mapping[str, Any]) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["sts:AssumeRole"],
                "Principal": {"AWS": [f"arn:aws:iam:::user/{server.user_id}"]},
            }
        ],
    }
    iam = server.owner_client("iam")
    try:
        try:
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=_spaceless(trust))
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 409:
                raise
            return
        iam.put_role_policy(RoleName=role, PolicyName="scope", PolicyDocument=_spaceless(policy))
    finally:
        iam.close()


def _spaceless(document: Mapping[str, Any]) -> str:
    # RGW 16 leaves the plus sign of a form's blank as it is, and then cannot read the document.
    return json.dumps(document, separators=(",", ":"))
