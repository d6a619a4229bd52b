"""What data platforms grant, as policy documents, and the texts in which they hand it out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from tests.platforms.standin import Answered, Asked, StandIn
from tests.servers.rgw import RgwServer
from tests.servers.sts import TemporaryCredentials

Policy = Mapping[str, Any]


class Issued(Protocol):
    """Temporary credentials for a place, from whichever server of the tests."""

    @property
    def access_key_id(self) -> str: ...
    @property
    def secret_access_key(self) -> str: ...
    @property
    def session_token(self) -> str | None: ...
    @property
    def expiration(self) -> datetime | None: ...
    @property
    def bucket(self) -> str: ...
    @property
    def prefix(self) -> str: ...


def policy_of(*statements: Mapping[str, Any]) -> Policy:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: tuple[str, ...], *resources: str, **condition: Any) -> dict[str, Any]:
    """A statement that allows actions of S3; resources are written behind `arn:aws:s3:::`."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Action": [f"s3:{action}" for action in actions],
        "Resource": [f"arn:aws:s3:::{resource}" for resource in resources],
    }
    return statement | ({"Condition": condition} if condition else {})


def bucket_with(server: RgwServer, bucket: str, objects: Mapping[str, bytes]) -> None:
    """Make a bucket of the owner's with these objects in it."""
    owner = server.owner_client()
    owner.create_bucket(Bucket=bucket)
    for key, data in objects.items():
        owner.put_object(Bucket=bucket, Key=key, Body=data)
    owner.close()


def rrap_page(issued: TemporaryCredentials) -> str:
    """The text of a dataset's page at RRAP: a shell's block, a JavaScript date, and commands."""
    local = issued.expiration.astimezone(timezone(timedelta(hours=10)))
    moment = f"{local:%a %b %d %Y %H:%M:%S} GMT+1000 (Australian Eastern Standard Time)"
    return (
        "Access Credentials\n\nBash\n\n"
        f'export AWS_ACCESS_KEY_ID="{issued.access_key_id}"\n'
        f'export AWS_SECRET_ACCESS_KEY="{issued.secret_access_key}"\n'
        f'export AWS_SESSION_TOKEN="{issued.session_token}"\n'
        f"\nExpires on {moment}\n\nDownload the dataset\n\n"
        f"aws s3 sync {issued.url} ./data\n"
    )


def provena_answer(issued: TemporaryCredentials) -> dict[str, Any]:
    """What the interface of a Provena data store answers."""
    return {
        "status": {"success": True, "details": "Credentials generated."},
        "credentials": {
            "aws_access_key_id": issued.access_key_id,
            "aws_secret_access_key": issued.secret_access_key,
            "aws_session_token": issued.session_token,
            "expiry": issued.expiration.isoformat(),
        },
        "console_session_url": None,
    }


def camel(issued: TemporaryCredentials) -> dict[str, Any]:
    """The four names most interfaces use."""
    return {
        "accessKeyId": issued.access_key_id,
        "secretAccessKey": issued.secret_access_key,
        "sessionToken": issued.session_token,
        "expiration": issued.expiration_text,
    }


def eodh_popup(issued: TemporaryCredentials) -> str:
    """The labels of EODH's window; its time is the browser's, and has no zone."""
    return (
        "S3 Credentials\n\n"
        f"Access Key ID\n{issued.access_key_id}\n\n"
        f"Secret Access Key\n{issued.secret_access_key}\n\n"
        f"Session Token\n{issued.session_token}\n\n"
        f"Expires\n{issued.expiration:%d/%m/%Y, %H:%M:%S}\n"
    )


def eodh_env(issued: TemporaryCredentials) -> str:
    """What its button for a `.env` file copies."""
    return (
        f"ACCESS_KEY_ID={issued.access_key_id}\n"
        f"SECRET_ACCESS_KEY={issued.secret_access_key}\n"
        f"SESSION_TOKEN={issued.session_token}\n"
    )


def synapse_answer(issued: Issued) -> dict[str, str | None]:
    """What Synapse answers when it is asked for the credentials of a folder."""
    return {
        "accessKeyId": issued.access_key_id,
        "secretAccessKey": issued.secret_access_key,
        "sessionToken": issued.session_token,
        "expiration": f"{issued.expiration:%Y-%m-%dT%H:%M:%SZ}",
        "bucket": issued.bucket,
        "baseKey": issued.prefix.rstrip("/"),
    }


def synapse_that_gives(renew: Callable[[], Issued], access_token: str) -> StandIn:
    """A stand-in for Synapse, not started yet, that gives new credentials to who shows the access token."""

    def issue(asked: Asked) -> Answered:
        if asked.headers.get("authorization") != f"Bearer {access_token}":
            return Answered(401, {"reason": "Invalid access token"})
        return Answered(200, synapse_answer(renew()))

    return StandIn(issue)


def assumed_role(issued: Issued) -> Answered:
    """What STS answers to AssumeRole."""
    return Answered(
        200,
        "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
        f"<AccessKeyId>{issued.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{issued.secret_access_key}</SecretAccessKey>"
        f"<SessionToken>{issued.session_token}</SessionToken>"
        f"<Expiration>{issued.expiration:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
        "</Credentials></AssumeRoleResult></AssumeRoleResponse>",
        {"Content-Type": "text/xml"},
    )
