"""Made-up credentials and a place for them."""

import datetime as dt
import secrets

from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace

PLACE = Connection(
    endpoint=Endpoint(url="https://s3.reef.example:7480", region="reef-1", addressing="path"),
    workspace=Workspace(bucket="corals", prefix="survey/2031/", name="Corals of 2031"),
)


def new_credentials(seconds: float | None = 3600.0) -> Credentials:
    """Returns credentials nobody has seen before, temporary ones unless `seconds` (until expiry) is None."""
    if seconds is None:
        return Credentials("AKIA" + secrets.token_hex(8).upper(), secrets.token_hex(20))
    return Credentials(
        "ASIA" + secrets.token_hex(8).upper(),
        secrets.token_hex(20),
        secrets.token_hex(400),
        dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds),
    )
