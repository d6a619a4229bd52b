"""RRAP and other Provena stores: a page or an answer of the interface, and one dataset that can be read."""

import json
import secrets
from pathlib import Path

import pytest

from s3tui.model.credentials import Connection, Endpoint, Workspace
from s3tui.model.location import S3Location
from s3tui.model.source import ProvenaSource
from tests.platforms.front import Front, root_of
from tests.platforms.issuers import allow, bucket_with, policy_of, provena_answer, rrap_page
from tests.platforms.standin import Answered, StandIn
from tests.servers.rgw import RgwServer
from tests.servers.sts import TemporaryCredentials, issue_under

DATASET = "datasets/10378-1-1948400/"
NEIGHBOUR = "datasets/10378-1-1948411/"


@pytest.fixture(scope="module")
def reef(rgw: RgwServer) -> TemporaryCredentials:
    """Reading of one dataset, listing of the whole bucket, for eight hours, of which Ceph gives one."""
    bucket = f"rrap-storage-{secrets.token_hex(4)}"
    bucket_with(
        rgw,
        bucket,
        {
            f"{DATASET}tide.nc": b"tide" * 1000,
            f"{DATASET}sub/site 1.csv": b"a,b\n",
            f"{NEIGHBOUR}other.nc": b"other",
        },
    )
    read = ("GetObject", "GetObjectVersion", "GetObjectTagging")
    policy = policy_of(
        allow(("ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"), bucket),
        allow(read, f"{bucket}/{DATASET}*"),
    )
    return issue_under(rgw, policy, bucket, DATASET)


async def test_the_text_of_the_page_leads_to_the_dataset(
    front: Front, reef: TemporaryCredentials, tmp_path: Path
) -> None:
    home = await front.paste(rrap_page(reef), reef.endpoint_url)
    assert str(home) == reef.url
    await front.until(lambda: front.state.expires_at)
    assert front.state.expires_at == reef.expiration.replace(microsecond=0).timestamp()
    assert await front.names(home) == ["sub", "tide.nc"]
    got = await front.downloaded(home.child("tide.nc"), tmp_path / "tide.nc")
    assert (got.status, got.assurance) == ("succeeded", "verified")
    assert (tmp_path / "tide.nc").read_bytes() == b"tide" * 1000

    # Names outside can be seen, and going up is no fault; their contents are closed, with the reason.
    above = S3Location(home.bucket, "datasets/")
    assert await front.names(above) == ["10378-1-1948400", "10378-1-1948411"]
    assert await front.names(S3Location(home.bucket, "")) == ["datasets"]
    other = S3Location(home.bucket, NEIGHBOUR).child("other.nc")
    assert await front.names(S3Location(home.bucket, NEIGHBOUR)) == ["other.nc"]
    looked_at = await front.refused(front.client.inspect(other))
    assert (looked_at.code, looked_at.sentence) == ("denied", f"Your credentials may not read {other}.")
    assert looked_at.next_step.startswith("Its name can be seen, but its contents are closed to you.")
    kept = await front.refused(front.fetch(other, tmp_path / "other.nc"))
    assert kept.sentence == looked_at.sentence
    rows = await front.downloaded_all(above, tmp_path / "all")
    assert {key.removeprefix("datasets/"): row.status for key, row in rows.items()} == {
        "10378-1-1948400/tide.nc": "succeeded",
        "10378-1-1948400/sub/site 1.csv": "succeeded",
        "10378-1-1948411/other.nc": "failed",
    }
    failure = rows[other.key].failure
    assert failure is not None
    assert failure.sentence == looked_at.sentence
    assert not list((tmp_path / "all").rglob("other.nc"))

    # Reading only: the first write is refused as such, nothing is held, and reading goes on.
    sent = await front.uploaded(tmp_path / "tide.nc", home.child("new.nc"))
    assert sent.failure is not None
    assert sent.failure.sentence == f"Your credentials may not write {home.child('new.nc')}."
    assert (
        sent.failure.next_step == f"They are good for {reef.url}, but not for this: ask who gave them to you."
    )
    assert not front.state.refused
    assert await front.names(home.child("sub", folder=True)) == ["site 1.csv"]


async def test_the_answer_of_the_interface_pasted_or_asked_for_leads_there_too(
    front: Front, reef: TemporaryCredentials, service: StandIn, tmp_path: Path
) -> None:
    text = json.dumps(provena_answer(reef), indent=2) + f"\n\naws s3 ls {reef.url}\n"
    assert str(await front.paste(text, reef.endpoint_url)) == reef.url
    await front.client.disconnect()
    service.answer = lambda _: Answered(200, provena_answer(reef))
    source = ProvenaSource("10378.1/1948400", "keycloak-token", service.url)
    place = Connection(Endpoint(reef.endpoint_url), Workspace(reef.bucket, reef.prefix))
    found = await front.client.connect_from(source, place)
    assert service.asked[0].json == {"dataset_id": "10378.1/1948400", "console_session_required": False}
    assert found.workspace.read_only, "asked for reading only"
    got = await front.downloaded(root_of(found).child("tide.nc"), tmp_path / "tide.nc")
    assert got.status == "succeeded"
    await front.until(lambda: front.state.renews)
    refused = await front.refused(front.copy(tmp_path / "tide.nc", root_of(found).child("new.nc")))
    assert "for reading only" in refused.sentence


async def test_a_dataset_that_is_not_yours_is_told_by_the_store(front: Front, service: StandIn) -> None:
    service.answer = lambda _: Answered(401, {"detail": "User does not have READ access to dataset."})
    source = ProvenaSource("10378.1/1", "keycloak-token", service.url)
    refused = await front.refused(front.client.connect_from(source, Connection()))
    assert "User does not have READ access to dataset" in refused.sentence
    assert "keycloak-token" not in refused.text + refused.detail
