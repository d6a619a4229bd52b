"""ConnectomeDB / HCP: a lasting key from a file of values, and datasets whose terms are not accepted."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui.model.credentials import Credentials
from s3tui.model.location import S3Location
from tests.platforms.front import Front
from tests.platforms.issuers import allow, bucket_with, policy_of
from tests.servers.rgw import RgwServer

SUBJECT = "HCP_1200/100307/"
LOCKED = "HCP_Retest/103818/"


@pytest.fixture(scope="module")
def reader(rgw: RgwServer) -> Iterator[tuple[str, Credentials]]:
    """A user of the bucket's account: lists what is offered, reads what its terms were accepted for."""
    bucket = f"hcp-openaccess-{secrets.token_hex(3)}"
    bucket_with(
        rgw, bucket, {f"{SUBJECT}T1w.nii.gz": b"\x1f\x8b" * 600, f"{LOCKED}T1w.nii.gz": b"restricted"}
    )
    uid = f"hcp{secrets.token_hex(4)}"
    key, secret = f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)[:40]
    rgw.admin("user", "create", "--uid", uid, "--display-name", uid, "--access-key", key, "--secret", secret)
    principal = {"Principal": {"AWS": [f"arn:aws:iam:::user/{uid}"]}}
    policy = policy_of(
        allow(("ListBucket",), bucket, StringLike={"s3:prefix": ["HCP_1200/*", "HCP_Retest/"]}) | principal,
        allow(("GetObject",), f"{bucket}/HCP_1200/*") | principal,
    )
    owner = rgw.owner_client()
    owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    owner.close()
    yield bucket, Credentials(key, secret)
    rgw.admin("user", "rm", "--uid", uid)


async def test_a_lasting_key_from_a_file_opens_what_was_accepted_and_names_what_is_locked(
    front: Front, rgw: RgwServer, reader: tuple[str, Credentials], tmp_path: Path
) -> None:
    bucket, key = reader
    csv = f"Access key ID,Secret access key\r\n{key.access_key_id},{key.secret_access_key}\r\n"
    home = await front.paste(f"{csv}\r\ns3://{bucket}/HCP_1200/\r\n", rgw.endpoint_url)
    await front.until(lambda: front.state.label)
    assert not front.state.temporary
    assert front.state.expires_at is None
    assert await front.names(home) == ["100307"]
    got = await front.downloaded(S3Location(bucket, SUBJECT).child("T1w.nii.gz"), tmp_path / "T1w.nii.gz")
    assert (got.status, got.assurance) == ("succeeded", "verified")

    # The name is offered, what is in it is locked: in the pane, in the details and before a copy.
    assert await front.names(S3Location(bucket, "HCP_Retest/")) == ["103818"]
    folder, image = S3Location(bucket, LOCKED), S3Location(bucket, LOCKED).child("T1w.nii.gz")
    opened = await front.refused(front.names(folder))
    looked_at = await front.refused(front.client.inspect(image))
    kept = await front.refused(front.fetch(image, tmp_path / "locked.nii.gz"))
    for refused, place in ((opened, folder), (looked_at, image), (kept, image)):
        assert refused.code == "denied"
        assert refused.sentence == f"{place} is locked: its terms of use are not accepted for this key."
        assert "db.humanconnectome.org" in refused.next_step
        assert "AccessDenied" in refused.detail
    assert not (tmp_path / "locked.nii.gz").exists()
    assert not front.state.refused
    sent = await front.uploaded(tmp_path / "T1w.nii.gz", home.child("mine.nii.gz"))
    assert sent.failure is not None
    assert sent.failure.code == "denied"
