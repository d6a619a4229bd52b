"""What each platform answers, in its documented wording, and what the user is told of it."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator

import pytest

from s3tui.credentials.renewal.platforms import from_platform
from s3tui.errors import (
    AccessDenied,
    Busy,
    CredentialsRefused,
    NotFound,
    S3tuiError,
    ServerFault,
    Unreachable,
    UsageError,
)
from s3tui.model.source import (
    EarthdataSource,
    EodhSource,
    FieldNames,
    HttpSource,
    PlatformSource,
    ProvenaSource,
    SynapseSource,
)
from tests.platforms.standin import Answered, Asked, StandIn

TOKEN = "eyJ0eXAiOiJKV1QiLCJraWQi.secretpartofthetoken.c2lnbmF0dXJl"
KEY, SECRET = "ASIAQX5TESTKEYQX7M42", "wJalrXUtnFEMIK7MDENGbPxRfiCYtestkey12345"
SESSION = "MadeUpSessionToken0123456789abcdefMadeUpSessionToken0123456789abcdef"
ENDS = dt.datetime(2036, 5, 1, 12, tzinfo=dt.UTC)
CAMEL = {
    "accessKeyId": KEY,
    "secretAccessKey": SECRET,
    "sessionToken": SESSION,
    "expiration": "2036-05-01T12:00:00Z",
}
PROVENA = {
    "status": {"success": True, "details": "STS credentials generated successfully for specified path."},
    "credentials": {
        "aws_access_key_id": KEY,
        "aws_secret_access_key": SECRET,
        "aws_session_token": SESSION,
        "expiry": "2036-05-01T12:00:00+00:00",
    },
    "console_session_url": None,
}


@pytest.fixture
def platform() -> Iterator[StandIn]:
    """Gives a server whose answer the test sets."""
    with StandIn(lambda asked: Answered(500)) as server:
        yield server


def synapse(url: str, *, write: bool = False) -> SynapseSource:
    """A folder of Synapse on the stand-in."""
    return SynapseSource("syn12345678", TOKEN, write, url)


async def test_synapse_gives_a_place_its_access_list_and_read_only(platform: StandIn) -> None:
    platform.answer = lambda _: Answered(200, CAMEL | {"bucket": "ext-bucket", "baseKey": "project/raw"})
    found = await from_platform(synapse(platform.url))
    (asked,) = platform.asked
    assert (asked.method, asked.path) == ("GET", "/repo/v1/entity/syn12345678/sts?permission=read_only")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert (found.bucket, found.prefix, found.read_only) == ("ext-bucket", "project/raw/", True)
    assert found.canned_acl == "bucket-owner-full-control"
    assert (found.credentials.access_key_id, found.credentials.expiration) == (KEY, ENDS)


async def test_synapse_without_a_base_key_is_the_whole_bucket_and_may_write(platform: StandIn) -> None:
    platform.answer = lambda _: Answered(200, CAMEL | {"bucket": "ext-bucket"})
    found = await from_platform(synapse(platform.url, write=True))
    assert platform.asked[0].path.endswith("permission=read_write")
    assert (found.bucket, found.prefix, found.read_only) == ("ext-bucket", "", False)


async def test_eodh_posts_nothing_and_knows_the_place(platform: StandIn) -> None:
    platform.answer = lambda _: Answered(200, CAMEL)
    found = await from_platform(EodhSource("my-space", TOKEN, platform.url))
    (asked,) = platform.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/api/workspaces/my-space/me/s3-tokens", b"")
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert (found.bucket, found.prefix, found.region) == ("workspaces-eodhp", "my-space/", "eu-west-2")
    assert not found.read_only


@pytest.mark.parametrize(("write", "kind"), [(False, "read"), (True, "write")])
async def test_provena_is_asked_for_a_handle(platform: StandIn, write: bool, kind: str) -> None:
    platform.answer = lambda _: Answered(200, PROVENA)
    found = await from_platform(ProvenaSource("10378.1/42", TOKEN, platform.url, write))
    (asked,) = platform.asked
    assert asked.path == f"/registry/credentials/generate-{kind}-access-credentials"
    assert asked.json == {"dataset_id": "10378.1/42", "console_session_required": False}
    assert (found.credentials.session_token, found.credentials.expiration) == (SESSION, ENDS)
    assert found.read_only is not write


async def test_earthdata_is_read_although_it_calls_itself_a_page(platform: StandIn) -> None:
    answer = CAMEL | {"expiration": "2036-05-01 12:00:00+00:00"}
    platform.answer = lambda _: Answered(200, answer, {"Content-Type": "text/html; charset=utf-8"})
    found = await from_platform(EarthdataSource(TOKEN, f"{platform.url}/s3credentials"))
    assert (found.credentials.expiration, found.region) == (ENDS, "us-west-2")
    assert "us-west-2" in found.caution


async def test_a_generic_address_is_read_by_names_or_as_a_paste(platform: StandIn) -> None:
    platform.answer = lambda _: Answered(
        200, {"data": {"id": KEY, "key": SECRET, "tok": SESSION, "end": 2093256000}}
    )
    names = FieldNames("data.id", "data.key", "data.tok", "data.end")
    source = HttpSource(
        f"{platform.url}/x", f"Token {TOKEN}", header="X-Auth", method="POST", body='{"a": 1}', names=names
    )
    found = await from_platform(source)
    (asked,) = platform.asked
    assert (asked.method, asked.json, asked.headers["x-auth"]) == ("POST", {"a": 1}, f"Token {TOKEN}")
    assert (found.credentials.secret_access_key, found.credentials.expiration) == (SECRET, ENDS)
    text = f"AWS_ACCESS_KEY_ID={KEY}\nAWS_SECRET_ACCESS_KEY={SECRET}\nAWS_SESSION_TOKEN={SESSION}\ns3://reef-bucket/p/"
    platform.answer = lambda _: Answered(200, text, {"Content-Type": "text/plain"})
    found = await from_platform(HttpSource(f"{platform.url}/x"))
    assert "authorization" not in platform.asked[-1].headers
    assert (found.credentials.access_key_id, found.bucket, found.prefix) == (KEY, "reef-bucket", "p/")


def reason(text: str) -> dict[str, str]:
    """An error of Synapse."""
    return {"concreteType": "org.sagebionetworks.repo.model.ErrorResponse", "reason": text}


def synapse_to_write(url: str) -> SynapseSource:
    """The same folder, to write in it."""
    return synapse(url, write=True)


def eodh(url: str) -> EodhSource:
    """A workspace of the hub on the stand-in."""
    return EodhSource("w", TOKEN, url)


def provena(url: str) -> ProvenaSource:
    """A dataset on the stand-in."""
    return ProvenaSource("10378.1/42", TOKEN, url)


def provena_to_write(url: str) -> ProvenaSource:
    """The same dataset, to write in it."""
    return ProvenaSource("10378.1/42", TOKEN, url, True)


def earthdata(url: str) -> EarthdataSource:
    """A data centre on the stand-in."""
    return EarthdataSource(TOKEN, url)


NOT_A_MEMBER = (
    "operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: 1, "
    "api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
)
LOCKED = "This dataset is locked - you cannot modify the files of a locked dataset. Unlock the dataset first."
NOT_REPOSITED = "You cannot generate credentials for a non reposited data store item. ID: 10378.1/42."

Make = Callable[[str], PlatformSource]


@pytest.mark.parametrize(
    ("make", "status", "body", "error", "words"),
    [
        (
            synapse,
            401,
            reason("Invalid access token"),
            CredentialsRefused,
            "does not take this token: Invalid",
        ),
        (
            synapse,
            403,
            reason("You lack DOWNLOAD access to the requested entity."),
            AccessDenied,
            "You lack DOWNLOAD access to the requested entity. Ask its owner",
        ),
        (
            synapse,
            403,
            reason("Request lacks scope(s) required by this service: view,download"),
            AccessDenied,
            "scopes view and download",
        ),
        (
            synapse_to_write,
            403,
            reason("You do not have UPDATE permission for the requested entity, syn12345678."),
            AccessDenied,
            "read-only access",
        ),
        (
            synapse_to_write,
            400,
            reason("STS write access is not allowed in Synapse storage"),
            AccessDenied,
            "can only be read this way. Connect with read-only access.",
        ),
        (
            synapse,
            400,
            reason("Entity must have an STS-enabled storage location"),
            NotFound,
            "no storage location with STS",
        ),
        (
            synapse,
            400,
            reason("Entity must have a project setting"),
            NotFound,
            "no storage location with STS",
        ),
        (synapse, 404, reason("Entity syn12345678 is in trash can."), NotFound, "does not know syn12345678"),
        (synapse, 429, reason("Slow down"), Busy, "fewer requests"),
        (eodh, 401, "invalid token\n", CredentialsRefused, "EODH does not take this token"),
        (
            eodh,
            500,
            NOT_A_MEMBER,
            AccessDenied,
            "no member of the workspace w",
        ),
        (eodh, 502, "<html>Bad Gateway</html>", Unreachable, "fault of its own."),
        (
            provena,
            401,
            {"detail": "You do not have sufficient permissions to read from this dataset!"},
            AccessDenied,
            "sufficient permissions to read",
        ),
        (
            provena_to_write,
            401,
            {"detail": LOCKED},
            AccessDenied,
            "for reading only",
        ),
        (provena, 401, {"detail": "Signature has expired."}, CredentialsRefused, "Signature has expired"),
        (
            provena,
            400,
            {"detail": NOT_REPOSITED},
            NotFound,
            "non reposited",
        ),
        (
            provena,
            200,
            {"status": {"success": False, "details": "Registry down"}, "credentials": None},
            ServerFault,
            "Provena could not make credentials",
        ),
        (earthdata, 401, "Unauthorized", CredentialsRefused, "urs.earthdata.nasa.gov"),
        (HttpSource, 200, "<html><title>Log in</title></html>", ServerFault, "not with credentials"),
        (HttpSource, 200, {"accessKeyId": KEY}, ServerFault, "secret access key is missing"),
        (HttpSource, 418, "no tea", ServerFault, "refused: no tea."),
        (synapse, 200, {"bucket": "b"}, ServerFault, "not with credentials"),
    ],
)
async def test_a_refusal_becomes_a_sentence_and_a_step(
    platform: StandIn, make: Make, status: int, body: object, error: type[S3tuiError], words: str
) -> None:
    platform.answer = lambda _: Answered(status, body)
    with pytest.raises(error) as refused:
        await from_platform(make(platform.url))
    told = f"{refused.value.sentence} {refused.value.next_step}"
    assert words in told
    assert type(refused.value) is error


async def test_a_service_that_repeats_the_token_is_not_quoted(platform: StandIn) -> None:
    platform.answer = lambda asked: Answered(401, reason(f"bad header {asked.headers['authorization']}"))
    with pytest.raises(CredentialsRefused) as refused:
        await from_platform(synapse(platform.url))
    assert "secretpart" not in f"{refused.value.sentence} {refused.value.detail}"


async def test_a_redirect_to_another_host_does_not_get_the_token(platform: StandIn) -> None:
    with StandIn(lambda _: Answered(200, CAMEL)) as other:
        platform.answer = lambda _: Answered(302, "", {"Location": f"{other.url}/oauth/authorize"})
        with pytest.raises(CredentialsRefused, match="where your token must not go"):
            await from_platform(EarthdataSource(TOKEN, f"{platform.url}/s3credentials"))
        assert not other.asked


async def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever(platform: StandIn) -> None:
    def answer(asked: Asked) -> Answered:
        return Answered(200, CAMEL) if asked.path == "/b" else Answered(307, "", {"Location": "/b"})

    platform.answer = answer
    found = await from_platform(EarthdataSource(TOKEN, f"{platform.url}/a"))
    assert found.credentials.access_key_id == KEY
    assert platform.asked[1].headers["authorization"] == f"Bearer {TOKEN}"
    platform.answer = lambda _: Answered(307, "", {"Location": "/a"})
    with pytest.raises(ServerFault, match="in circles"):
        await from_platform(EarthdataSource(TOKEN, f"{platform.url}/a"))


@pytest.mark.parametrize(
    "source",
    [
        SynapseSource("syn1", TOKEN, base_url="http://repo.example.org"),
        SynapseSource("syn1", TOKEN, base_url="https://user:pw@repo.example.org"),
        SynapseSource("syn1/../../x", TOKEN),
        SynapseSource("syn1", "two\nlines"),
        SynapseSource("syn1", ""),
        EodhSource("", TOKEN),
        ProvenaSource(" ", TOKEN),
        EarthdataSource(TOKEN, "ftp://x/"),
        HttpSource("https://exa mple.org/"),
        HttpSource("https://[::1/"),
        HttpSource("https://example.org/", TOKEN, header="X: y\r\nZ"),
        HttpSource("https://example.org/", "a\r\nX: y"),
    ],
)
async def test_what_cannot_be_sent_safely_is_not_sent(source: PlatformSource) -> None:
    with pytest.raises(UsageError) as refused:
        await from_platform(source)
    assert TOKEN not in refused.value.sentence


async def test_a_silent_platform_is_given_up(platform: StandIn) -> None:
    gate = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait(_: Asked) -> Answered:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(20)
        return Answered(200, CAMEL)

    platform.answer = wait
    with pytest.raises(Unreachable, match="did not answer in time"):
        await from_platform(synapse(platform.url), limit=0.4)
    gate.set()
    await asyncio.to_thread(platform.wait_for, 1)


async def test_endless_answers_and_closed_ports_are_told(platform: StandIn, free_port: int) -> None:
    platform.answer = lambda _: Answered(200, b"x" * 400_000)
    with pytest.raises(ServerFault, match="far more than credentials"):
        await from_platform(synapse(platform.url))
    with pytest.raises(Unreachable, match="Nothing answers at 127"):
        await from_platform(synapse(f"http://127.0.0.1:{free_port}"))


@pytest.mark.parametrize(
    "source",
    [
        SynapseSource("syn1", TOKEN),
        EodhSource("w", TOKEN),
        ProvenaSource("d", TOKEN),
        EarthdataSource(TOKEN),
        HttpSource("https://x.example.org/", TOKEN, body=TOKEN),
    ],
)
def test_no_repr_shows_a_token(source: PlatformSource) -> None:
    assert TOKEN not in repr(source)
    assert "secretpart" not in f"{source}"
