"""Where buckets are: what is worked out agrees with botocore, and what is odd is left to it."""

from typing import Any

import pytest
from botocore.config import Config
from botocore.session import Session

from s3tui.model.credentials import Addressing, Endpoint
from s3tui.storage.s3_place import place_at, place_of, proxied

KEY = "a/key"


def by_botocore(endpoint: Endpoint, bucket: str) -> str:
    """The URL that botocore asks for a key."""
    addressing = endpoint.addressing
    if addressing == "auto":
        addressing = "path" if endpoint.url else "virtual"
    client: Any = Session().create_client(
        "s3",
        region_name=endpoint.region or "us-east-1",
        endpoint_url=endpoint.url,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(s3={"addressing_style": addressing}, signature_version="s3v4"),
    )
    url: str = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": KEY})
    return url.partition("?")[0]


def ours(endpoint: Endpoint, bucket: str) -> str:
    place = place_of(endpoint, bucket)
    assert place is not None
    scheme = "https" if place.origin.secure else "http"
    return f"{scheme}://{place.host}{place.path}{KEY}"


@pytest.mark.parametrize("bucket", ["reef", "a-b-c", "reef.data", "Reef_Data", "123"])
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "https://s3.example.org", "https://s3.example.org:9000/"]
)
def test_path_style_at_an_endpoint_of_its_own(url: str, bucket: str) -> None:
    endpoint = Endpoint(url, region="somewhere")
    assert ours(endpoint, bucket) == by_botocore(endpoint, bucket)


@pytest.mark.parametrize("region", ["eu-central-1", "ap-southeast-2", "us-west-2", "ca-west-1"])
@pytest.mark.parametrize("addressing", ["auto", "virtual", "path"])
def test_regions_of_aws(region: str, addressing: Addressing) -> None:
    endpoint = Endpoint(None, region=region, addressing=addressing)
    assert ours(endpoint, "reef-data") == by_botocore(endpoint, "reef-data")


@pytest.mark.parametrize(
    ("endpoint", "bucket"),
    [
        (Endpoint("https://gateway.example.org/s3"), "reef"),
        (Endpoint("https://user:pass@s3.example.org"), "reef"),
        (Endpoint("https://S3.example.org"), "reef"),
        (Endpoint("https://[::1]:9000"), "reef"),
        (Endpoint("https://s3.example.org?x"), "reef"),
        (Endpoint("https://s3.eu-west-1.amazonaws.com"), "reef"),
        (Endpoint("https://s3.example.org", addressing="virtual"), "reef"),
        (Endpoint("s3.example.org"), "reef"),
        (Endpoint("ftp://s3.example.org"), "reef"),
        (Endpoint("https://host:99999"), "reef"),
        (Endpoint("https://"), "reef"),
        (Endpoint(""), "reef"),
        (Endpoint("https://s3.example.org"), "arn:aws:s3:eu-west-1:1:accesspoint/x"),
        (Endpoint("https://s3.example.org"), "ü"),
        (Endpoint("https://s3.example.org"), "a b"),
        (Endpoint("https://s3.example.org"), "zone--euw1-az1--x-s3"),
        (Endpoint(None), "reef"),
        (Endpoint(None, region="us-east-1"), "reef"),
        (Endpoint(None, region="cn-north-1"), "reef"),
        (Endpoint(None, region="us-gov-west-1"), "reef"),
        (Endpoint(None, region="eu-central-1"), "reef.data"),
        (Endpoint(None, region="eu-central-1"), "Reef"),
        (Endpoint(None, region="eu-central-1"), "point-s3alias"),
        (Endpoint(None, region="eu-central-1"), "zone--euc1-az1--x-s3"),
        (Endpoint(None, region="eu-central-1"), "lambda--ol-s3"),
    ],
    ids=str,
)
def test_what_is_odd_goes_the_long_way(endpoint: Endpoint, bucket: str) -> None:
    assert place_of(endpoint, bucket) is None


def test_usual_ports_are_not_named() -> None:
    for base in ("http://s3.example.org:80/reef/", "http://s3.example.org/reef/"):
        place = place_at(base, "r")
        assert place is not None
        assert (place.host, place.origin.port) == ("s3.example.org", 80)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, False),
        ({"HTTPS_PROXY": "http://proxy:1"}, True),
        ({"https_proxy": "http://proxy:1"}, True),
        ({"http_proxy": "http://proxy:1"}, False),
        ({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "example.org"}, False),
        ({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "*"}, False),
        ({"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "other.org"}, True),
    ],
)
def test_proxies(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], expected: bool) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    place = place_at("https://s3.example.org/reef/", "r")
    assert place is not None
    assert proxied(place) is expected
