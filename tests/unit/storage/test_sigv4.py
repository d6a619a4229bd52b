"""Our signatures are those of botocore, to the letter."""

import time
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as some

from s3tui.storage.sigv4 import EMPTY, UNSIGNED, Signer, encoded_key, encoded_query

TEXT = some.text(some.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)
PLAIN = some.text(some.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


@given(
    key=TEXT,
    query=some.dictionaries(some.sampled_from(["partNumber", "uploadId", "versionId"]), PLAIN),
    metadata=some.dictionaries(some.from_regex(r"[a-z]{1,8}", fullmatch=True), PLAIN),
    token=some.none() | PLAIN,
    method=some.sampled_from(["GET", "PUT", "HEAD"]),
    payload=some.sampled_from([EMPTY, UNSIGNED, "ab" * 32]),
    now=some.integers(1_600_000_000, 2_000_000_000),
)
def test_signatures_agree_with_botocores(
    key: str,
    query: dict[str, str],
    metadata: dict[str, str],
    token: str | None,
    method: str,
    payload: str,
    now: int,
) -> None:
    path, asked = "/bucket/" + encoded_key(key), encoded_query(query)
    given_headers = {f"x-amz-meta-{name}": value for name, value in metadata.items()} | {"range": "bytes=0-9"}
    signer = Signer("AKID", "secret/+=", token, "eu-west-2")
    sent = signer.sign(method, "s3.example.org:8080", path, asked, given_headers, payload, now)
    assert sent["authorization"].endswith("Signature=" + _botocores(method, path, asked, sent, token))


def test_the_signing_key_changes_with_the_day() -> None:
    signer, fresh = Signer("AKID", "secret", None, "r"), Signer("AKID", "secret", None, "r")
    noon = 1_700_000_000 // 86_400 * 86_400 + 43_200
    signer.sign("GET", "h", "/", "", {}, EMPTY, noon)
    tomorrow = noon + 86_400
    assert signer.sign("GET", "h", "/", "", {}, EMPTY, tomorrow) == fresh.sign(
        "GET", "h", "/", "", {}, EMPTY, tomorrow
    )


def test_a_signer_shows_nothing() -> None:
    assert "hunter2" not in repr(Signer("AKID", "hunter2", "hunter2-token", "r"))


def _botocores(method: str, path: str, query: str, sent: dict[str, str], token: str | None) -> str:
    auth = S3SigV4Auth(ReadOnlyCredentials("AKID", "secret/+=", token), "s3", "eu-west-2")
    url = f"https://s3.example.org:8080{path}" + (f"?{query}" if query else "")
    headers = {name: value for name, value in sent.items() if name not in ("authorization", "host")}
    request = AWSRequest(method=method, url=url, headers=headers)
    request.context["timestamp"] = sent["x-amz-date"]
    assert time.strptime(sent["x-amz-date"], "%Y%m%dT%H%M%SZ")
    assert urlsplit(url).netloc == sent["host"]
    signature: str = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    return signature
