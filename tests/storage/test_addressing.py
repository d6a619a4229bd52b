"""How buckets are named in requests, by each style of an endpoint."""

import pytest

from s3tui.credentials.live import LiveCredentials, ServerClock
from s3tui.model.credentials import Credentials, Endpoint
from s3tui.storage.s3_client import PURPOSES, S3Clients


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        (Endpoint("https://reef.example"), "https://reef.example/corals/a.csv"),
        (Endpoint("https://reef.example", addressing="path"), "https://reef.example/corals/a.csv"),
        (Endpoint("https://reef.example", addressing="virtual"), "https://corals.reef.example/a.csv"),
        (Endpoint(region="eu-west-2"), "https://corals.s3.eu-west-2.amazonaws.com/a.csv"),
        (Endpoint(region="eu-west-2", addressing="path"), "https://s3.eu-west-2.amazonaws.com/corals/a.csv"),
    ],
)
async def test_a_bucket_stands_where_the_style_wants_it(endpoint: Endpoint, address: str) -> None:
    live = LiveCredentials(ServerClock())
    live.put(Credentials("AKIA0123456789ABCDEF", "s" * 40))
    async with S3Clients(endpoint, live) as clients:
        for purpose in PURPOSES:
            signed = await clients.client(purpose).generate_presigned_url(
                "get_object", Params={"Bucket": "corals", "Key": "a.csv"}
            )
            assert signed.partition("?")[0] == address
